"""Tell a change that keeps an event's version from one that needs a new one.

Kept: words for people, an optional field more, and a member more of a list that is declared open:
a kind of case (a discriminated union) or a name in `x-extensible-enum`. Anything else is a break.
"""

from typing import Any

ANNOTATIONS = frozenset({"title", "description", "examples", "$comment"})
NAMED = frozenset({"properties", "$defs"})
"""Keywords whose value maps names to schemas."""
OPEN_ENUM = "x-extensible-enum"


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """List what stands between an old schema and a new one; nothing: the version is kept."""
    return _schema(old, new, "")


def _schema(old: object, new: object, path: str) -> list[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [] if old == new else [f"{path or '/'}: {old!r} became {new!r}"]
    found: list[str] = []
    for keyword in sorted((set(old) | set(new)) - ANNOTATIONS):
        before, after, here = old.get(keyword), new.get(keyword), f"{path}/{keyword}"
        if keyword in NAMED:
            found += _names(before or {}, after or {}, here)
        elif keyword == "required":
            found += _required(before or [], after or [], here)
        elif keyword == OPEN_ENUM or (keyword == "oneOf" and _told_apart(old, new)):
            found += _grown(before, after, here)
        elif keyword == "discriminator":
            found += _discriminator(before, after, here)
        elif keyword in ("anyOf", "allOf", "oneOf"):
            found += _each(before, after, here)
        elif keyword in ("items", "additionalProperties"):
            found += _schema(before, after, here)
        elif before != after:
            found.append(f"{here}: {before!r} became {after!r}")
    return found


def _names(old: dict[str, Any], new: dict[str, Any], path: str) -> list[str]:
    """Take names more; that a property more is optional is told by `required`."""
    gone = [f"{path}/{name}: removed" for name in old if name not in new]
    kept = [_schema(old[name], new[name], f"{path}/{name}") for name in old if name in new]
    return gone + [line for lines in kept for line in lines]


def _required(old: list[str], new: list[str], path: str) -> list[str]:
    more = [f"{path}: {name} is required now" for name in new if name not in old]
    return more + [f"{path}: {name} is optional now" for name in old if name not in new]


def _told_apart(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return "discriminator" in old and "discriminator" in new


def _grown(old: object, new: object, path: str) -> list[str]:
    if not isinstance(old, list) or not isinstance(new, list):
        return [f"{path}: {old!r} became {new!r}"]
    return [f"{path}: {member!r} is gone" for member in old if member not in new]


def _discriminator(old: object, new: object, path: str) -> list[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [f"{path}: {old!r} became {new!r}"]
    mapping, mapped = old.get("mapping", {}), new.get("mapping", {})
    found = [] if old["propertyName"] == new["propertyName"] else [f"{path}: another property"]
    moved = [name for name in mapping if mapping[name] != mapped.get(name)]
    return found + [f"{path}/mapping: {name!r} leads elsewhere" for name in moved]


def _each(old: object, new: object, path: str) -> list[str]:
    if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
        return [f"{path}: {old!r} became {new!r}"]
    pairs = enumerate(zip(old, new, strict=True))
    return [line for n, (a, b) in pairs for line in _schema(a, b, f"{path}/{n}")]
