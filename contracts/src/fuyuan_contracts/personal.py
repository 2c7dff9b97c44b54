"""Finds what must never be on the bus in a text: resident ids and mobile numbers."""

import re
import unicodedata

from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.identifiers import ResidentId

RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
MOBILE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9A-Za-z])"
)
"""Written together or 3-4-4, with or without the country's code."""

_resident_id: TypeAdapter[str] = TypeAdapter(ResidentId)


def holds_resident_id(text: str) -> bool:
    """Look for 18 characters with the form and the check character of GB 11643."""
    return any(_is_resident_id(found) for found in RESIDENT_ID.findall(_plain(text)))


def holds_personal(text: str) -> bool:
    """Look for a resident id or a mobile number; not in fields where eleven digits are a number."""
    return bool(MOBILE.search(_plain(text))) or holds_resident_id(text)


def masked(text: str) -> str:
    """Blot out all that looks like one (for what a program says of its own failure)."""
    return MOBILE.sub("***", RESIDENT_ID.sub("***", text))


def _plain(text: str) -> str:
    """Write full-width digits as the usual ones."""
    return unicodedata.normalize("NFKC", text)


def _is_resident_id(text: str) -> bool:
    try:
        _resident_id.validate_python(text.upper())
    except ValidationError:
        return False
    return True
