"""What the two tables of figures have in common: rates, and goals beside what was measured."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from tests.benchmarks.contest import Round

Goals = Mapping[str, tuple[str, str, float]]
"""By figure: what is said of it, `>=` or `<=`, and what is wanted."""


def rate(rounds: Sequence[Round]) -> float:
    """Give cases per second: the median of some rounds."""
    return median(item.rate for item in rounds)


def spread(rounds: Sequence[Round]) -> str:
    """Give the lowest and the highest rate."""
    rates = [item.rate for item in rounds]
    return f"({min(rates):.0f} - {max(rates):.0f})"


def verdicts(
    figures: Mapping[str, float | None], goals: Goals, lost: int, width: int
) -> Iterator[str]:
    """Give the lines that say which goals are met; `width` is that of the first column."""
    yield f"{'':<{width}}{'measured':>10}{'goal':>10}"
    for name, value in figures.items():
        said, sign, goal = goals[name]
        met = value is not None and (value >= goal if sign == ">=" else value <= goal)
        shown = "-" if value is None else f"{value:.2f}"
        verdict = "" if value is None else "  met" if met else "  not met"
        yield f"{said:<{width}}{shown:>10}{sign:>6}{goal:>4g}{verdict}"
    yield f"{'lost':<{width}}{lost:>10}{'':>6}{0:>4}"


def short(value: float | None) -> float | None:
    """Round a figure to what is worth reading."""
    return None if value is None else round(value, 3 if value < 10 else 1)
