"""Replay: a record of the past goes through the system, on a clock of its own."""
