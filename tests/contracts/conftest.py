"""Makes the contracts' tool importable: it is a script's folder, no package of the project."""

import sys
from pathlib import Path

CONTRACTS = Path(__file__).parents[2] / "contracts"
sys.path.insert(0, str(CONTRACTS))
