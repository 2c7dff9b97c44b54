"""Texts that go on the bus hold nobody's phone number or resident id: those are kept by intake."""

import re
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from fuyuan_contracts.identifiers import ResidentId, Text

RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
SAY_IT_ELSEWHERE = "holds a resident id or phone number"

_resident_id: TypeAdapter[str] = TypeAdapter(ResidentId)


def holds_resident_id(text: str) -> bool:
    """Look for 18 characters with the form and the check character of GB 11643."""
    return any(_is_resident_id(found) for found in RESIDENT_ID.findall(text))


def holds_personal(text: str) -> bool:
    """Look for a resident id or a mobile number; not in fields where eleven digits are a number."""
    return bool(MOBILE.search(text)) or holds_resident_id(text)


def _is_resident_id(text: str) -> bool:
    try:
        _resident_id.validate_python(text.upper())
    except ValidationError:
        return False
    return True


def _without(text: str) -> str:
    if holds_personal(text):
        raise ValueError(SAY_IT_ELSEWHERE)
    return text


Told = Annotated[Text, AfterValidator(_without)]
"""A paragraph that others are told: without personal numbers."""
