"""A figure's value: exact, as a number, and as it is printed. Pure."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

from services.metrics.catalogue.figure import Figure
from services.metrics.catalogue.tables import Shape as ColumnShape

FEN_OF_WAN = 1_000_000
"""Fen in 10,000 yuan (万元)."""
Shape = Literal["count", "money", "share", "ratio", "mean", "yearly", "years"] | ColumnShape


@dataclass(frozen=True, slots=True)
class Value:
    """A quotient as it was counted, not reduced; of a number the bottom is 1, of nothing 0."""

    top: int
    bottom: int = 1

    @property
    def fraction(self) -> Fraction | None:
        """Give the exact value; None of nothing."""
        return Fraction(self.top, self.bottom) if self.bottom else None

    @property
    def exact(self) -> str | None:
        """Write it as it was counted: `41/266`."""
        return f"{self.top}/{self.bottom}" if self.bottom else None

    @property
    def number(self) -> int | float | None:
        """Give it as a number."""
        found = self.fraction
        if found is None:
            return None
        return int(found) if found.denominator == 1 else float(found)


def valued(figure: Figure, top: int, bottom: int | None, months: int | None) -> Value:
    """Give a figure's value of its sums; a yearly mean needs a period of twelve months or more."""
    if figure.shape == "yearly":
        if months is None or months < 12:  # noqa: PLR2004 - months of a year
            return Value(top, 0)
        years, rest = divmod(months, 12)
        return Value(top * 12, months) if rest else Value(top, years)
    return Value(top) if bottom is None else Value(top, bottom)


def shown(shape: Shape, value: Value) -> str | None:
    """Print a value; None where there is none."""
    found = value.fraction
    return None if found is None else _printed(shape, found)


def _printed(shape: Shape, found: Fraction) -> str:
    match shape:
        case "money":
            return money(found)
        case "share":
            return f"{rounded(found * 100, 1)}%"
        case "ratio":
            return f"{rounded(found, 2)} : 1"
        case "mean":
            return rounded(found, 1)
        case _:  # a number; a yearly mean is cut, not rounded, as the report prints it
            return str(found.numerator // found.denominator)


def money(fen: Fraction) -> str:
    """Print fen as 万元, to two places, without zeros at the end."""
    return rounded(fen / FEN_OF_WAN, 2).rstrip("0").rstrip(".")


def rounded(number: Fraction, places: int) -> str:
    """Round half up, as people do."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    found = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return str(found or abs(found))  # never "-0"


def change(shape: Shape, now: Value, then: Value) -> tuple[str | None, str | None]:
    """Give by how much it went up or down, and by how many per cent (points, for a share)."""
    here, there = now.fraction, then.fraction
    if here is None or there is None:
        return None, None
    if shape == "share":
        return signed(rounded((here - there) * 100, 1)), None
    grown = f"{signed(rounded((here - there) / there * 100, 1))}%" if there else None
    if shape == "money":
        return signed(money(here - there)), grown
    return signed(str(int(here - there))), grown


def signed(text: str) -> str:
    """Put a plus before what has no minus."""
    return text if text.startswith("-") or not text.strip("0.") else f"+{text}"
