"""What people are shown: the listing's documents, with words, as of now. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.liaison import model as m
from services.liaison.labels import label
from services.liaison.views import view

Json = dict[str, Any]
INNER = ("_id", "rev", "what", "scopes", "order", "overdue_from", "reviewed")


def shown(document: Mapping[str, Any], now: datetime) -> Json:
    """Show a document of a list."""
    found = {name: value for name, value in document.items() if name not in INNER}
    match document["what"]:
        case "instruction":
            state = "closed" if found["closed_at"] else "open"
            if state == "open" and now > found["due_at"]:
                state = "overdue"
            return {"instruction_id": document["_id"], **found, "state": label(state)}
        case "meeting":
            return {"meeting_id": document["_id"], **found, "type": label(found["type"])}
        case "member":
            id_ = document["_id"].removeprefix(m.MEMBER)
            words = {"role": label(found["role"]), "level": label(found["level"])}
            return {"member_id": id_, **found, **words}
        case _:
            return found


def page_of(state: m.State, now: datetime) -> Json:
    """Show a subject as its stream says."""
    document = view(state)
    if document is None:
        raise ValueError(state.id)
    return shown(document | {"_id": state.id}, now)
