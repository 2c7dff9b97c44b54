"""Identifiers of the real world, checked the way their standards say."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_ID_CHECKS = "10X98765432"
MAX_FEN = 10**15
"""Ten trillion yuan: above any sum a city handles, far below what BSON's int64 holds."""


def credit_code_check(body: str) -> str:
    """Check character of a unified social credit code's first 17 characters (GB 32100-2015)."""
    total = sum(
        CREDIT_CODE_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body)
    )
    return CREDIT_CODE_ALPHABET[(31 - total % 31) % 31]


def resident_id_check(body: str) -> str:
    """Check character of a resident id's first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(body, RESIDENT_ID_WEIGHTS, strict=True)
    )
    return RESIDENT_ID_CHECKS[total % 11]


def _credit_code(value: str) -> str:
    expected = credit_code_check(value[:17])
    if value[17] != expected:
        msg = f"check character is {value[17]}, GB 32100 gives {expected}"
        raise ValueError(msg)
    return value


def _resident_id(value: str) -> str:
    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError as error:
        msg = "characters 7 to 14 are not a date of birth"  # a person's: never said again
        raise ValueError(msg) from error
    if value[17] != resident_id_check(value[:17]):
        msg = "check character does not match (GB 11643)"
        raise ValueError(msg)
    return value


CreditCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
    AfterValidator(_credit_code),
]
"""统一社会信用代码, 18 characters with the check character of GB 32100-2015.

The check character of the organisation code inside (GB 11714) is not looked at: the whole code has
one of its own, which finds any single wrong character and any two neighbours swapped.
"""

ResidentId = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{5}(18|19|20)[0-9]{9}[0-9X]$"),
    AfterValidator(_resident_id),
]
"""公民身份号码, 18 characters with the check character of GB 11643-1999. Never on the bus.

A permanent residence card of a foreigner (since 2023) has the same form and begins with 9.
"""

Phone = Annotated[str, StringConstraints(pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})$")]
"""A mainland mobile number or a landline with its area code. Never on the bus."""

DivisionCode = Annotated[str, StringConstraints(pattern=r"^[1-8][0-9]{5}$")]
"""行政区划代码, six digits (GB/T 2260, or a configured local code of a functional zone).

The form only: whether the division exists is data of the deployment (`deploy/offices.yaml`).
"""

Fen = Annotated[int, Field(ge=0, le=MAX_FEN, strict=True)]
"""Money in fen (1/100 yuan): a whole number, never a float."""

OfficeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,31}\.[1-8][0-9]{5}$")]
"""承办单位: an agency in a division, such as `tax.410526`. Courts are offices too."""

CaseId = Annotated[str, StringConstraints(pattern=r"^c[a-z2-7]{24}$")]
AssignmentId = Annotated[
    str, StringConstraints(pattern=r"^c[a-z2-7]{24}\.[a-z][a-z_]{1,39}\.[1-9][0-9]{0,3}$")
]
ProjectId = Annotated[str, StringConstraints(pattern=r"^p[a-z2-7]{16}$")]
_BIDI = r"\u202a-\u202e\u2066-\u2069"
"""Bidirectional overrides: they make a line read otherwise than it is stored."""
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
LINE = rf"^[^{_CONTROLS}\t\n\r\u2028\u2029{_BIDI}]+$"
"""No control characters, line ends or separators. Lone surrogates pydantic refuses by itself."""
TEXT = rf"^[^{_CONTROLS}{_BIDI}]+$"
"""The same, but with tabs and line ends."""

Reference = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=LINE)
]
"""The filer's own number of a case (案号 or the like); unique for the filer."""

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)
]
"""One line of text for people."""

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=TEXT)
]
"""A paragraph for people."""


def _printable(value: object) -> object:
    if not isinstance(value, str):
        return value
    return re.sub(rf"[{_CONTROLS}{_BIDI}\ud800-\udfff]", "\ufffd", value).strip()[:4000] or "?"


Diagnosis = Annotated[Text, BeforeValidator(_printable)]
"""What a program says of its failure. Nothing in it must keep it from being told: what a text may
not hold is replaced (U+FFFD), what is too long is cut."""
