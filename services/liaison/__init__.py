"""The liaison office's room: instructions, meetings, people and the budget line."""
