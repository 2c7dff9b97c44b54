"""Routing: sends each task of a case to its office and keeps the case's status and clock."""
