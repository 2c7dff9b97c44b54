"""What an agency needs to join Fuyuan (府院联动): events, kinds of case, identifiers, topology.

Depends on pydantic and the standard library only. Start with `envelope.decode` and `events.parse`.
"""
