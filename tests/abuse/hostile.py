"""What is sent to every route: bodies, paths, headers and values that mean no good."""

import json
from typing import Any

from tests.support.routes import Route
from tests.support.world import Json

JSON = "application/json"
BODIES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", JSON),
    "a list": (b"[]", JSON),
    "null": (b"null", JSON),
    "a number": (b"-0", JSON),
    "a long number": (b"9" * 5000, JSON),
    "deep lists": (b"[" * 100_000, JSON),
    "deep objects": (b'{"a":' * 50_000, JSON),
    "closed deep": (b'{"details":' * 60 + b"1" + b"}" * 60, JSON),
    "a name twice": (b'{"reason": "a", "reason": "b"}', JSON),
    "no number": (b'{"amount_fen": NaN}', JSON),
    "infinity": (b'{"amount_fen": -Infinity}', JSON),
    "a huge float": (b'{"amount_fen": 1e999}', JSON),
    "not UTF-8": (b'{"reason": "\xff\xfe"}', JSON),
    "UTF-16": ('{"reason": "x"}'.encode("utf-16"), JSON),
    "a byte order mark": (b"\xef\xbb\xbf{}", JSON),
    "half a character": (b'{"reason": "\\ud800"}', JSON),
    "half a name": (b'{"\\ud800": 1}', JSON),
    "NUL in a name": (b'{"a\\u0000b": 1}', JSON),
    "thousands of names": (json.dumps({f"n{i}": i for i in range(500)}).encode(), JSON),
    "a prototype": (b'{"__proto__": {"role": "operator"}, "__class__": 1}', JSON),
    "plain text": (b"x", "text/plain"),
    "a form": (b"a=b", "application/x-www-form-urlencoded"),
    "XML": (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "text/xml"),
    "no type": (b"{}", ""),
    "a false type": (b"{}", "application/json, text/plain"),
    "two megabytes": (b'{"reason": "' + b"x" * 2**21 + b'"}', JSON),
}
OPERATORS: list[Any] = [
    {"$gt": ""}, {"$ne": None}, {"$where": "sleep(1000)"}, {"$regex": ".*"}, {"$in": ["a"]},
    {"$oid": "0" * 24}, ["$gt", ""],
]  # fmt: skip
TEXTS = ["$where", "$ne", "a.b", "'; return true; //", "=cmd|' /C calc'!A0", "{{7*7}}", "%s%n"]


def valid_for(schema: Json, route: Route, depth: int = 0) -> Any:  # noqa: PLR0911 - JSON's kinds
    """Give something of about the right shape, so that what is put in place of a field is seen."""
    schema = route.resolved(schema)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return valid_for(schema[several][0], route, depth + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            wanted = schema.get("properties", {}) if depth < 6 else {}
            return {name: valid_for(inner, route, depth + 1) for name, inner in wanted.items()}
        case "array":
            return [valid_for(schema.get("items", {}), route, depth + 1)] if depth < 6 else []
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return "2024-03-06" if schema.get("format") == "date" else "x"


def bent(value: Any, hostile: Any) -> list[Any]:
    """Put something hostile in place of each field of a document, one at a time."""
    found: list[Any] = [hostile]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += [value | {name: other} for other in bent(inner, hostile)]
    elif isinstance(value, list) and value:
        found += [[other] for other in bent(value[0], hostile)]
    return found
