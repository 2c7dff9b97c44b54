"""JSON that means one thing only (RFC 8259, I-JSON's RFC 7493): all else is refused.

Python's own parser takes a name twice, NaN, Infinity, UTF-16 and 1e999. Here none of them passes,
nor what is nested so deeply that walking through it could exhaust a stack.
"""

import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any, NamedTuple

MAX_DEPTH = 32
"""Levels of objects and lists; the deepest body that a route declares has five."""
TWICE = "given twice"
NO_NUMBER = "expected a number; there is no NaN or Infinity in JSON"
TOO_LARGE = "the number is too large"
_BYTE_ORDER_MARK = "\ufeff"
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
"""A string, ended or not, or a bracket outside of one; never tried twice: no text makes it slow."""


class StrictError(ValueError):
    """A text is no JSON, or could be read in more than one way."""

    def __init__(self, field: str, message: str) -> None:
        """Keep where, a path with dots or `body`, and what was expected."""
        super().__init__(message)
        self.field = field
        self.message = message


class _FoundError(Exception):
    """Something is there that must not be; where, is looked for afterwards."""


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written, doubled names and all."""


class _Not(NamedTuple):
    """In place of a number that is none."""

    message: str


def check(body: bytes) -> None:
    """Read a JSON text and forget it. Raises StrictError."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        why = f"expected JSON in UTF-8; byte {error.start} is none"
        raise StrictError("body", why) from None
    if text.startswith(_BYTE_ORDER_MARK):
        raise StrictError("body", "expected no byte order mark")
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text)
    try:
        _STRICT.decode(text)
    except _FoundError:
        raise next(_found(_LENIENT.decode(text), "")) from None
    except json.JSONDecodeError as error:
        raise StrictError("body", f"at character {error.pos}") from None
    except ValueError:  # an int of thousands of digits
        raise StrictError("body", TOO_LARGE) from None


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        place = token.start()
        if text[place] in "[{":
            depth += 1
        elif text[place] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            expected = f"expected at most {MAX_DEPTH} levels, at character {place}"
            raise StrictError("body", expected)


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _FoundError


def _no_constant(_name: str) -> None:
    raise _FoundError


def _finite(text: str) -> float:
    if isinf(number := float(text)):
        raise _FoundError
    return number


def _finite_or_not(text: str) -> float | _Not:
    number = float(text)
    return _Not(TOO_LARGE) if isinf(number) else number


def _found(value: Any, path: str) -> Iterator[StrictError]:  # noqa: ANN401 - JSON
    """Walk through what was read leniently; there is something to find, at most 32 levels down."""
    match value:
        case _Not():
            yield StrictError(path or "body", value.message)
        case _Pairs():
            seen: set[str] = set()
            for name, inner in value:
                place = f"{path}.{name}" if path else name
                if name in seen:
                    yield StrictError(_printable(place), TWICE)
                seen.add(name)
                yield from _found(inner, place)
        case list():
            for number, inner in enumerate(value):
                yield from _found(inner, f"{path}.{number}" if path else str(number))


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()[:200] or '""'


_STRICT = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
)
_LENIENT = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_constant=lambda _name: _Not(NO_NUMBER),
    parse_float=_finite_or_not,
)
