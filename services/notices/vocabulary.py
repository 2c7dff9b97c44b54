"""The words of this room: what notices are about, how and to whom they go."""

from enum import StrEnum


class Event(StrEnum):
    """What a notice is about."""

    FILED = "filed"
    WAITING = "waiting"
    DUE_SOON = "due_soon"
    URGED = "urged"
    OVERDUE = "overdue"
    RECALLED = "recalled"
    CLOSED = "closed"
    ESCALATED = "escalated"
    INSTRUCTION = "instruction"
    UNROUTABLE = "unroutable"
    TEST = "test"
    """Asked for by the subscriber."""
    VERIFY = "verify"
    """The endpoint check, or the mail that asks for a confirmation."""


class Channel(StrEnum):
    """How somebody is told."""

    WEBHOOK = "webhook"
    MAIL = "mail"


class Digest(StrEnum):
    """How many notices come together."""

    NONE = "none"
    HOURLY = "hourly"
    DAILY = "daily"


class Party(StrEnum):
    """Whose subscription it is: the front of its scope, `filer:court.410526`."""

    FILER = "filer"
    OFFICE = "office"
    DIVISION = "division"


FILER = Party.FILER.value
"""Addressee of a notice for whoever filed the case: which office that is, its filing says."""


def scope(party: Party, who: str) -> str:
    """Name a side that is told: `office:tax.410526`, `division:410500`."""
    return f"{party.value}:{who}"
