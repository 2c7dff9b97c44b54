"""Compares what each service has said with what the others have heard, and says it again."""
