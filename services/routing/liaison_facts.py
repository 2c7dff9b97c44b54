"""What the liaison room says of instructions (批示) that are about the case."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Standing = Literal["issued", "overdue", "closed"]
"""How an instruction stands; one that was closed stays so, whatever is heard later."""
STANDINGS: tuple[Standing, ...] = ("issued", "overdue", "closed")


@dataclass(frozen=True, slots=True)
class Instructed:
    """An instruction about the case was issued, has become overdue, or was closed."""

    instruction_id: str
    number: str
    office: str
    """Who owns it."""
    due_on: date
    standing: Standing
    at: datetime
    assignment_id: str | None = None
    text: str | None = None
    """The instruction, or what came of it."""
    issued_by: str | None = None
    by: str | None = None
    type: Literal["instructed"] = "instructed"
