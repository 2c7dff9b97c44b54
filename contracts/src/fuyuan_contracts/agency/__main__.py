"""`python -m fuyuan_contracts.agency`."""

import sys

from fuyuan_contracts.agency.cli import main

if __name__ == "__main__":
    sys.exit(main())
