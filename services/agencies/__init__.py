"""Agencies: each office's own service, one process per agency."""
