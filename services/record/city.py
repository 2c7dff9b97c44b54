"""The city as the record has it: its courts, the organs that are sued or owe, what they are named.

All offices are those of deploy/offices.yaml: a test routes every task by deploy/routing.yaml.
"""

from random import Random

CITY = "410500"
INTERMEDIATE = "court.410500"
DIVISIONS = {
    "410502": "文峰区", "410503": "北关区", "410505": "殷都区", "410506": "龙安区",
    "410522": "安阳县", "410523": "汤阴县", "410526": "滑县", "410527": "内黄县",
    "410581": "林州市",
}  # fmt: skip
NAMES = {CITY: "安阳市", **DIVISIONS}
SHARES = (16, 12, 10, 7, 9, 9, 15, 10, 12)
"""How much of the city's work each has, about."""
POLICE_ROOMS = ("410502", "410503", "410505", "410506", "410526", "410581")
"""The six basic courts with a police room; the report doesn't name them."""
ROOM_SHARES = (22, 18, 15, 11, 20, 14)
ALL_HEADS = ("410502", "410503", "410506", "410523", "410527", "410581")
"""Courts in which every head appeared (多数基层法院达到100%); the report doesn't name them."""
PENALTIES = "410502"
"""文峰区 has the circuit court for city management."""
SLOW = {"410505": 4, "410522": 3, "410526": 2}
"""Divisions whose offices are late more often than the others', and how many times as often."""

AGENCIES = {
    "public_security": "公安局",
    "market_regulation": "市场监督管理局",
    "social_security": "人力资源和社会保障局",
    "urban_management": "城市管理局",
    "tax": "税务局",
    "housing": "住房和城乡建设局",
    "natural_resources": "自然资源局",
}
"""Those that are disputed with, sued or owe."""
_NOWHERE = {
    "housing": ("410506",),
    "natural_resources": ("410502", "410503", "410505", "410506"),
}
"""Where the city's office acts for the division."""
ORGANS = {
    division: tuple(
        f"{agency}.{division}" for agency in AGENCIES if division not in _NOWHERE.get(agency, ())
    )
    for division in NAMES
}
"""Division → the organs it has of its own."""
CAUSES = {
    "public_security": ("penalty", "inaction", "disclosure"),
    "market_regulation": ("penalty", "registration", "licence"),
    "social_security": ("social_insurance", "inaction"),
    "urban_management": ("penalty", "expropriation"),
    "tax": ("penalty", "disclosure", "other"),
    "housing": ("expropriation", "licence", "registration"),
    "natural_resources": ("land_compensation", "registration", "disclosure"),
}
"""What an agency is sued for."""


def division(chance: Random) -> str:
    """Give a county or district."""
    return chance.choices(tuple(DIVISIONS), SHARES)[0]


def organ(chance: Random, place: str) -> tuple[str, str]:
    """Give an organ of a division, and what it is disputed with about."""
    office = chance.choice(ORGANS[place])
    return office, chance.choice(CAUSES[office.partition(".")[0]])


def office_name(office: str) -> str:
    """Name an organ's office as people do: 滑县自然资源局."""
    agency, _, place = office.partition(".")
    return NAMES[place] + AGENCIES[agency]


def court_number(place: str, year: int, kind: str, number: int) -> str:
    """Make up a court's number of a case: (2024)豫0526行初合3号."""
    code = "05" if place == CITY else f"05{place[4:]}"
    return f"({year})豫{code}{kind}合{number}号"
