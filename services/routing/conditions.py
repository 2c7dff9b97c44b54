"""How the conditions of two rules compare: whether a case can meet both, or has to. Pure."""

from collections.abc import Collection

from services.routing.files import Bounds, RuleEntry, Scalar, When

Wanted = Scalar | Bounds


def tasks(rule: RuleEntry) -> set[str]:
    """Give the tasks a rule is for."""
    return set(rule.when.needs) or {rule.task or ""}


def overlap(one: When, other: When) -> bool:
    """Tell whether a case may meet both; in doubt, yes."""
    if one.kind != other.kind or (one.lane and other.lane and one.lane != other.lane):
        return False
    if one.divisions and other.divisions:
        pairs = [(a, b) for a in one.divisions for b in other.divisions]
        if not any(a.startswith(b) or b.startswith(a) for a, b in pairs):
            return False
    shared = one.details.keys() & other.details.keys()
    return not any(_contradict(one.details[path], other.details[path]) for path in shared)


def covers(wide: When, narrow: When, divisions: Collection[str]) -> bool:
    """Tell whether every case of these divisions that meets `narrow` meets `wide`; in doubt, no."""
    return (
        wide.kind == narrow.kind
        and wide.lane in (None, narrow.lane)
        and all(
            code.startswith(wide.divisions or ("",))
            for code in divisions
            if code.startswith(narrow.divisions or ("",))
        )
        and all(
            path in narrow.details and _implies(narrow.details[path], wanted)
            for path, wanted in wide.details.items()
        )
    )


def _contradict(one: Wanted, other: Wanted) -> bool:
    if not isinstance(one, Bounds):
        return not _meets(other, one)
    if not isinstance(other, Bounds):
        return not _meets(one, other)
    if (one.exists is False) != (other.exists is False):
        return _requires_one(one) or _requires_one(other)
    if one.among or other.among:
        values = set(one.among or other.among)
        return not any(_meets(one, value) and _meets(other, value) for value in values)
    return _apart(one, other) or _apart(other, one)


def _implies(narrow: Wanted, wide: Wanted) -> bool:
    """Tell whether each value that meets the one meets the other."""
    if not isinstance(narrow, Bounds):
        return _meets(wide, narrow)
    if narrow.among:
        return all(_meets(wide, value) for value in narrow.among if _meets(narrow, value))
    if not isinstance(wide, Bounds) or wide.among:
        return False
    if wide.exists is False:
        return narrow.exists is False
    if wide.exists and not _requires_one(narrow):
        return False
    least_met = wide.min is None or (narrow.min is not None and narrow.min >= wide.min)
    most_met = wide.max is None or (narrow.max is not None and narrow.max <= wide.max)
    return least_met and most_met


def _meets(wanted: Wanted, value: Scalar) -> bool:
    if not isinstance(wanted, Bounds):
        return wanted == value
    if wanted.exists is False or (wanted.among and value not in wanted.among):
        return False
    if wanted.min is None and wanted.max is None:
        return True
    return (
        isinstance(value, int | float)
        and (wanted.min is None or value >= wanted.min)
        and (wanted.max is None or value <= wanted.max)
    )


def _requires_one(wanted: Bounds) -> bool:
    """Tell whether only a value that is there meets it."""
    numbers = wanted.min is not None or wanted.max is not None
    return bool(wanted.exists or wanted.among or numbers)


def _apart(low: Bounds, high: Bounds) -> bool:
    return low.max is not None and high.min is not None and low.max < high.min
