"""`python -m services` is `fuyuan`, where nothing is installed but the dependencies."""

from services.cli import main

main()
