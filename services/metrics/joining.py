"""Joining two pieces of knowledge into one, in any order, any number of times, with one result.

Each kind of value has a join that is commutative, associative and idempotent: what is known beats
what is not, sets unite, records join field by field, and of two values the least (so the earliest)
stands. So a state is the same whatever order its events arrived in.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")
_MANY = (dict, frozenset)
"""Of these an empty one adds nothing; most events say little, so most are empty."""


@lru_cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass
    return tuple(item.name for item in fields(kind))


def join(one: T, other: T) -> T:
    """Join two values of the same type; None is the absence of knowledge."""
    joined: T = _joined(one, other)
    return joined


def _joined(one: Any, other: Any) -> Any:  # noqa: ANN401 - whatever a state is made of
    if other is None or one is other:
        return one
    if one is None:
        return other
    if isinstance(one, frozenset):
        return one | other
    if isinstance(one, Mapping):
        return {**one, **{key: _joined(one.get(key), value) for key, value in other.items()}}
    if is_dataclass(one) and not isinstance(one, type):
        return replace(one, **_changes(one, other))
    return min(one, other)


def _changes(one: Any, other: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass of a state
    return {
        name: _joined(getattr(one, name), value)
        for name in _names(one.__class__)
        if (value := getattr(other, name)) is not None and (value or value.__class__ not in _MANY)
    }
