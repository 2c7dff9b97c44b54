"""Facts that come of the filer's word: files added, answers, the end it gives the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Supplied:
    """The filer has answered, and the clock goes on; it leaves for the office's inbox."""

    assignment_id: str
    request: int
    answer: str
    receipt_due: datetime
    resolution_due: datetime
    """The deadlines after the clock stood still."""
    resolution_soon: datetime | None
    provisional: bool
    at: datetime
    by: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    stood: int = 0
    """Working days by which the ladder moves on where the deadline was missed, and stays."""
    type: Literal["supplied"] = "supplied"


@dataclass(frozen=True, slots=True)
class CameLate:
    """What the filer said crossed the end on its way: it changes nothing, and is not lost."""

    said: Literal["withdrawn", "concluded", "supplied"]
    text: str
    at: datetime
    by: str | None = None
    type: Literal["came_late"] = "came_late"

    def same(self, other: "CameLate") -> bool:
        """Tell whether it is the same word, said again."""
        return (self.said, self.text) == (other.said, other.text)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file was added to the case; its bytes are intake's."""

    attachment: Mapping[str, Any]
    """JSON: `attachment_id, name, media_type, size, sha256`."""
    at: datetime
    office: str | None = None
    by: str | None = None
    type: Literal["attached"] = "attached"


@dataclass(frozen=True, slots=True)
class AttachedSent:
    """The news of a file leaves for the inbox of an office with open assignments of the case."""

    attachment_id: str
    office: str
    assignment_ids: tuple[str, ...]
    at: datetime
    added_by: str | None = None
    """The office that added it."""
    by: str | None = None
    type: Literal["attached_sent"] = "attached_sent"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The filer takes the case back."""

    reason: str
    withdrawn_on: date
    at: datetime
    by: str | None = None
    type: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class Concluded:
    """The filer says how the case as a whole ended."""

    conclusion: Mapping[str, Any]
    """JSON: `kind`, `concluded_on` and what the kind's conclusion says."""
    at: datetime
    by: str | None = None
    type: Literal["concluded"] = "concluded"
