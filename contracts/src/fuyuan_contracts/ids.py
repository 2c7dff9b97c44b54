"""Ids are derived, not drawn: doing a thing twice gives the same id, so the same effect once."""

import hashlib
import hmac
import re
from base64 import b32encode
from typing import NamedTuple

_ASSIGNMENT = re.compile(r"(c[a-z2-7]{24})\.([a-z][a-z_]{1,39})\.([1-9][0-9]{0,3})")


class AssignmentKey(NamedTuple):
    """The parts of an assignment id."""

    case_id: str
    task: str
    round: int


def case_id(key: bytes, filer: str, reference: str) -> str:
    """Derive a case's id from its filer and the filer's reference: `c` and 24 base32 characters.

    Keyed, so that nobody who knows a reference can tell the id of another filer's case.
    """
    return "c" + _short(hmac.digest(key, f"{filer}\n{reference}".encode(), "sha256"), 24)


def assignment_id(case: str, task: str, round_: int) -> str:
    """Name the `round_`-th try (from 1) to get `task` of `case` done: `<case>.<task>.<round>`."""
    return f"{case}.{task}.{round_}"


def assignment_key(assignment: str) -> AssignmentKey:
    """Take an assignment id apart. Raises ValueError when it is none."""
    match = _ASSIGNMENT.fullmatch(assignment)
    if match is None:
        msg = f"not an assignment id: {assignment[:100]!r}"
        raise ValueError(msg)
    return AssignmentKey(match[1], match[2], int(match[3]))


def project_id(division: str, name: str) -> str:
    """Derive a project's id: the same name in the same division is the same project."""
    return "p" + _short(hashlib.sha256(f"{division}\n{name}".encode()).digest(), 16)


def instruction_id(division: str, number: str) -> str:
    """Derive an instruction's id: the same number in the same division is the same instruction."""
    return "i" + _short(hashlib.sha256(f"{division}\n{number}".encode()).digest(), 24)


def meeting_id(division: str, type_: str, reference: str) -> str:
    """Derive a meeting's id from who held it, its type and the minutes' reference."""
    return "m" + _short(hashlib.sha256(f"{division}\n{type_}\n{reference}".encode()).digest(), 24)


def attachment_id(case: str, sha256: str) -> str:
    """Derive a file's id: the same bytes in the same case are the same attachment."""
    return "f" + _short(hashlib.sha256(f"{case}\n{sha256}".encode()).digest(), 24)


def event_id(source: str, subject: str, sequence: int) -> str:
    """Derive an event's id from who sends it, what it is about, and its number there."""
    return _short(hashlib.sha256(f"{source}\n{subject}\n{sequence}".encode()).digest(), 26)


def _short(digest: bytes, length: int) -> str:
    return b32encode(digest).decode().lower()[:length]
