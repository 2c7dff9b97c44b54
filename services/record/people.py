"""Who is in the mechanism, and its budget line (row 4): members at both levels, staff, offices."""

from collections.abc import Iterator
from datetime import date

from services.record.city import AGENCIES, CITY, DIVISIONS, NAMES
from services.record.days import MECHANISM, rounds
from services.record.making import Json
from services.record.naming import person
from services.record.plan import Plan

YEARS = (2022, 2023, 2024)
NUMBERS = 710_000
LEADERS = (
    ("人民政府", "政府主要负责人", "convener"),
    ("人民法院", "院长", "deputy_convener"),
    ("人民检察院", "检察长", "deputy_convener"),
)
SEATS = (*LEADERS, *((name, "局长", "member") for name in (*AGENCIES.values(), "司法局")))
"""Who sits in the joint conference, of each division."""


def lines(plan: Plan) -> Iterator[Json]:
    """Give the directory's entries, and the budget of each year."""
    chance, began = plan.dice("people", 0), rounds()[5].monday
    seats = [(place, seat) for seat in SEATS for place in (CITY, *DIVISIONS)]
    for number in range(plan.counts["directory.members"]):
        place, (organ, post, role) = seats[number]
        name = person(chance, NUMBERS + number)["name"]
        yield _member(began, place, name, (NAMES[place] + organ, post, role))
    for number in range(plan.counts["directory.staff"]):
        name = person(chance, NUMBERS + 500 + number)["name"]
        yield _member(began, CITY, name, ("府院联席办", "人事代理（聘用）", "staff"))
    for place, name in NAMES.items():
        office = f"{name}府院联席办"
        yield _member(began, place, office, (office, "联席会议办公室", "liaison_office"))
    for year in YEARS:
        first = next(it.monday for it in rounds() if it.monday >= date(year, 1, 1))
        day = began if year == began.year else first
        yield {
            "line": "budget", "day": day, "division": CITY, "year": year,
            "amount_fen": plan.counts["budget.yearly_fen"],
        }  # fmt: skip


def _member(day: date, place: str, name: str, what: tuple[str, str, str]) -> Json:
    office, post, role = what
    return {
        "line": "member", "day": day, "division": place, "name": name, "office": office,
        "post": post, "role": role, "since": MECHANISM,
    }  # fmt: skip
