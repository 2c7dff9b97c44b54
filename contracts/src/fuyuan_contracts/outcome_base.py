"""What every outcome of a task says."""

from typing import Literal

from fuyuan_contracts.identifiers import Text
from fuyuan_contracts.parts import Strict
from fuyuan_contracts.times import Day


class Outcome(Strict):
    """What every outcome says."""

    concluded_on: Day
    """The business date (Asia/Shanghai) the office gives; figures for a period use it."""
    result: Literal["done", "partly", "not_possible"] = "done"
    note: Text | None = None
