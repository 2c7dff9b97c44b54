"""Plumbing every room stands on: broker, engine, database, HTTP. No case logic."""
