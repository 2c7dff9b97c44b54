"""Filings with a number of their own, that can be found again in whatever is stored of them. Pure.

The record's filings bear six-digit numbers in references and names. Here each filing has one of
eight digits in all these places, so that another case is made of it by changing the number.
"""

import json
import re
from datetime import date, timedelta

from services.record.naming import credit_code
from tests.benchmarks.workload import Json

NUMBERED = re.compile(r'(合成[^"\d]{0,8}|-)\d{4,6}(?=[）"])')
SIDE = "合成参与方"
CODE = re.compile(r'(?<=")91\d{6}XXXXX[0-9A-Z]{5}(?=")')
DAY = re.compile(r"(?<!\d)20\d\d-\d\d-\d\d")
CODES = 31**4
"""So many codes there are in a division."""


def mark(number: int) -> str:
    """Write a filing's number."""
    return f"{number:08d}"


def marked(filing: Json, number: int) -> Json:
    """Give the same filing with a number of its own."""
    text = json.dumps(filing, ensure_ascii=False)
    text = NUMBERED.sub(lambda found: found[1] + mark(number), text)
    text = text.replace(SIDE, f"合成{mark(number)}参与方")
    for place, code in enumerate(codes(text)):
        text = text.replace(code, code_of(code, number, place))
    made: Json = json.loads(text)
    if mark(number) not in made["reference"]:
        made["reference"] = f"{mark(number)}-{made['reference']}"
    return made


def codes(text: str) -> tuple[str, ...]:
    """Give the credit codes in a text, each once."""
    return tuple(dict.fromkeys(CODE.findall(text)))


def code_of(code: str, number: int, place: int) -> str:
    """Make up another code of the same division: the `place`-th of a filing with this number."""
    return credit_code(code[2:8], (number + place * CODES // 3) % CODES)


def dated(filing: Json, filed_on: date) -> Json:
    """Move a filing to another day, with all days it names."""
    by = filed_on - date.fromisoformat(filing["filed_on"])
    text = json.dumps(filing, ensure_ascii=False)
    made: Json = json.loads(DAY.sub(lambda found: moved(found[0], by), text))
    return made


def moved(day: str, by: timedelta) -> str:
    """Move a day."""
    return (date.fromisoformat(day) + by).isoformat()
