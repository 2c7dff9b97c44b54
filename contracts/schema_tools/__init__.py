"""What `generate.py` is made of: a tool of this repository, no part of the package."""
