"""Texts that go on the bus hold nobody's phone number or resident id: those are kept by intake."""

from typing import Annotated

from pydantic import AfterValidator

from fuyuan_contracts.identifiers import Line, Text
from fuyuan_contracts.personal import holds_personal, holds_resident_id

__all__ = ["SAY_IT_ELSEWHERE", "Told", "ToldLine", "holds_personal", "holds_resident_id"]

SAY_IT_ELSEWHERE = "holds a resident id or phone number"


def _without(text: str) -> str:
    if holds_personal(text):
        raise ValueError(SAY_IT_ELSEWHERE)
    return text


ToldLine = Annotated[Line, AfterValidator(_without)]
"""A line that others are told: without personal numbers."""

Told = Annotated[Text, AfterValidator(_without)]
"""A paragraph that others are told: without personal numbers."""
