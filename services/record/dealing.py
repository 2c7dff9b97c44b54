"""How counts are dealt out: always the same way for the same seed. Pure."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random


def scaled(value: int, scale: Fraction) -> int:
    """Give value × scale, halves rounded up; at least 1 where the value is not 0."""
    if value == 0:
        return 0
    return max(1, (2 * value * scale.numerator + scale.denominator) // (2 * scale.denominator))


def deal(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total by weights (largest remainders, the earlier first where they are equal)."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    rests = [total * weight % whole for weight in weights]
    first = sorted(range(len(weights)), key=lambda place: (-rests[place], place))
    for place in first[: total - sum(parts)]:
        parts[place] += 1
    return parts


def spread(index: int, number: int, chosen: int) -> bool:
    """Tell whether one of `number` is among the `chosen` that lie evenly over them."""
    return (index + 1) * chosen // number > index * chosen // number


def percent(chance: Random, number: int) -> bool:
    """Tell whether it is one of so many in a hundred."""
    return chance.randrange(100) < number


def dice(seed: int, name: str, index: int) -> Random:
    """Give the chance that belongs to one thing, whatever else is made."""
    return Random(f"{seed}/{name}/{index}")  # noqa: S311 - made-up data is no secret
