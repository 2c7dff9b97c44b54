"""Runs the real broker and database on one machine, provisions them, and starts the services."""
