"""Verifies that no history was changed, shortened or removed since it was written."""
