"""The metrics service: notes what happened, and counts it."""
