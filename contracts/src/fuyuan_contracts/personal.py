"""Finds what must never be on the bus in a text: resident ids and phone numbers."""

import re
import unicodedata

from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.identifiers import CREDIT_CODE_ALPHABET, ResidentId, credit_code_check

RESIDENT_ID = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
MOBILE = re.compile(
    r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])"
)  # fmt: skip
"""Written together or 3-4-4, with or without the country's code; also right behind a letter."""
LANDLINE = re.compile(
    r"(?<![0-9])(?<![0-9]-)0(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]?[2-8][0-9]{6,7}(?![0-9])"
)
"""An area code and seven or eight digits, the first of them 2 to 8."""
CREDIT_CODE = re.compile(
    rf"(?<![0-9A-Za-z])[0-9]{{8}}[{CREDIT_CODE_ALPHABET}]{{10}}(?![0-9A-Za-z])"
)

_resident_id: TypeAdapter[str] = TypeAdapter(ResidentId)


def holds_resident_id(text: str) -> bool:
    """Look for 18 characters with the form and the check character of GB 11643."""
    return any(_is_resident_id(found) for found in RESIDENT_ID.findall(_plain(text)))


def holds_personal(text: str) -> bool:
    """Look for a resident id or a phone number; not in fields where eleven digits are a number."""
    plain = CREDIT_CODE.sub(_without_code, _plain(text))
    return bool(MOBILE.search(plain) or LANDLINE.search(plain)) or holds_resident_id(text)


def masked(text: str) -> str:
    """Blot out all that looks like one (for what a program says of its own failure)."""
    found = _blotted(text)
    return _blotted(_plain(text)) if holds_personal(found) else found


def _blotted(text: str) -> str:
    for pattern in (RESIDENT_ID, MOBILE, LANDLINE):
        text = pattern.sub("***", text)
    return text


def _plain(text: str) -> str:
    """Write full-width digits as the usual ones."""
    return unicodedata.normalize("NFKC", text)


def _without_code(found: re.Match[str]) -> str:
    """Leave a credit code out: between its letters there may be eleven digits."""
    code = found[0]
    has_letter = not code[:17].isdigit()
    return "" if has_letter and credit_code_check(code[:17]) == code[17] else code


def _is_resident_id(text: str) -> bool:
    try:
        _resident_id.validate_python(text.upper())
    except ValidationError:
        return False
    return True
