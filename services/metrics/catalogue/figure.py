"""What a figure is: names, unit, date, cohort, and which sums it is made of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Shape = Literal["count", "money", "share", "ratio", "mean", "yearly", "years"]
"""Printed as a number; fen as 万元; a per cent; x : 1; days; cut to a whole number; years."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Part:
    """A sum over the entries of a stream, of those whose keys are as in `where`."""

    stream: str
    sum: str = "n"
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the bulletin. A quotient has a `bottom`."""

    id: str
    name: Words
    unit: Words
    by: Words
    """The date it is counted by."""
    cohort: Words
    top: Part
    bottom: Part | None = None
    shape: Shape = "count"
    cumulative: bool = False
    """All up to the end of the period, instead of the period's own."""
    city: bool = False
    """Of the city only: a county has none."""
    whole: bool = False
    """Its cases are those of the bottom (a mean), not of the top."""
    note: Words | None = None

    @property
    def shown_by(self) -> Part:
        """Tell which sum's cases stand behind it."""
        return self.bottom if self.whole and self.bottom else self.top

    @property
    def definition(self) -> Words:
        """Give the text that is printed with it."""
        zh = "累计至期末" if self.cumulative else "统计期内"
        en = "All up to the end of the period" if self.cumulative else "Within the period"
        more = self.note or Words("", "")
        return Words(
            f"{self.cohort.zh}；{zh}，按{self.by.zh}计，单位：{self.unit.zh or '—'}。{more.zh}",
            f"{self.cohort.en}. {en}, by {self.by.en}; unit: {self.unit.en or '-'}."
            f"{' ' if more.en else ''}{more.en}",
        )


CASES = Words("件", "cases")
TIMES = Words("次", "times")
PEOPLE = Words("人", "people")
MONEY = Words("万元", "10,000 yuan")
PER_CENT = Words("%", "%")
DAYS = Words("天", "days")
PROJECTS = Words("个", "projects")
GIVEN = Words("件", "assignments")

FILED_ON = Words("提请日期", "the date of filing (filed_on)")
CONCLUDED_ON = Words("结案日期", "the business date of the conclusion (concluded_on)")
DONE_ON = Words("办结日期", "the business date of the outcome (concluded_on)")
EFFECTIVE_ON = Words("生效日期", "the day it takes effect (effective_on)")
HELD_ON = Words("会议日期", "the day of the meeting")
ISSUED_ON = Words("交办日期（服务器时间）", "the day of issue (server's clock)")
HAPPENED_ON = Words("发生日期（服务器时间）", "the day it happened (server's clock)")
