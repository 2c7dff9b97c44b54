"""What is sent: one notice, or several together, with the same id at every try."""

import hashlib
import json
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notices.vocabulary import Event
from services.notices.wording import EVENTS, LANGUAGES, line
from services.notices.wording import coded as labelled
from services.runtime.words import KINDS, TASKS

ID_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to a subscriber in one piece: notices as deliveries hold them, oldest first."""

    id: str
    notices: tuple[Mapping[str, Any], ...]

    @property
    def kind(self) -> str:
        """`notice`, `digest`, `test` or `verify`."""
        if len(self.notices) > 1:
            return "digest"
        event = self.notices[0]["event"]
        return event if event in (Event.TEST, Event.VERIFY) else "notice"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try to send went."""

    ok: bool
    said: str
    """For the owner: a status, or what went wrong; never what the endpoint wrote."""
    status: int | None = None
    ours: bool = False
    """It failed on our side (the mail relay): nothing to hold against the subscriber."""
    gone: bool = False
    """The receiver doesn't want any more (410), or there is no such address."""


def message_id(ids: Sequence[str]) -> str:
    """Name the message of some notices: of one, its own id; of several, one derived from theirs."""
    if len(ids) == 1:
        return ids[0]
    digest = hashlib.sha256("\n".join(ids).encode()).digest()
    return "d" + b32encode(digest).decode().lower()[:ID_CHARACTERS]


def delivery(
    subscription: str, notice: Mapping[str, Any], at: datetime, next_at: datetime
) -> dict[str, Any]:
    """Make the document of a delivery. Its id sorts by time, and is the same for the same notice.

    `notice` holds id, event, why, at, case, task, office, due, number.
    """
    return {
        "_id": f"{subscription}/{at:%Y%m%d%H%M%S}-{notice['id']}",
        "subscription": subscription,
        "notice": dict(notice),
        "state": "waiting",
        "attempts": 0,
        "next_at": next_at,
    }


def body(message: Message, subscription: str, now: datetime, cases_url: str) -> bytes:
    """Write a message for a webhook: JSON in UTF-8."""
    document = {
        "id": message.id,
        "type": message.kind,
        "subscription": subscription,
        "sent_at": _instant(now),
        "notices": [shown(notice, cases_url) for notice in message.notices],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def challenge(message: Message, subscription: str, text: str) -> bytes:
    """Write the endpoint check."""
    document = {
        "id": message.id,
        "type": "verify",
        "subscription": subscription,
        "challenge": text,
    }
    return json.dumps(document).encode()


def shown(notice: Mapping[str, Any], cases_url: str) -> dict[str, Any]:
    """Give a notice as people and programs read it."""
    case, due = notice.get("case"), notice.get("due")
    return {
        "id": notice["id"],
        "event": labelled(EVENTS, notice["event"]),
        "why": notice.get("why"),
        "at": _instant(notice["at"]),
        "case": None
        if not case
        else {
            "id": case["id"],
            "reference": case["reference"],
            "title": case["title"],
            "kind": labelled(KINDS, case["kind"]),
            "url": case_url(cases_url, case["id"]),
        },
        "task": labelled(TASKS, notice.get("task")),
        "office": notice.get("office"),
        "number": notice.get("number"),
        "due": _instant(due) if due else None,
        "text": {lang: line(notice, lang) for lang in LANGUAGES},
    }


def case_url(cases_url: str, case: str) -> str:
    """Say where a case's status is."""
    return f"{cases_url.rstrip('/')}/v1/cases/{case}"


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
