"""Generated filings that offices can handle by themselves (deploy/samples/policy-auto.yaml)."""

import random
from datetime import date, timedelta
from typing import Any

from fuyuan_contracts.identifiers import CREDIT_CODE_ALPHABET, credit_code_check

DIVISIONS = ("410500", "410502", "410503", "410505", "410506", "410522", "410523", "410526")
NEEDS = {
    "liquidation": ("tax_clearance", "social_insurance", "retirement", "deregistration"),
    "reorganisation": ("tax_relief", "credit_repair", "financing", "housing_continuation"),
}


def credit_code(rng: random.Random) -> str:
    """Make up a valid unified social credit code."""
    body = "91410500" + "".join(rng.choices(CREDIT_CODE_ALPHABET, k=9))
    return body + credit_code_check(body)


def filings(number: int, seed: int = 1) -> list[dict[str, Any]]:
    """Make filings with references `<seed>-<n>`: two in three bankruptcies, else projects."""
    rng = random.Random(seed)
    return [_filing(rng, f"{seed}-{n}", n % 3 == 0) for n in range(number)]


def _filing(rng: random.Random, reference: str, project: bool) -> dict[str, Any]:  # noqa: FBT001
    division = rng.choice(DIVISIONS)
    return {
        "reference": reference,
        "title": f"生成案件 {reference}",
        "division": division,
        "filed_on": (date(2024, 1, 1) + timedelta(days=rng.randrange(180))).isoformat(),
        "lane": rng.choice(("ordinary", "green")),
        "details": (_project if project else _bankruptcy)(rng, reference, division),
        "synthetic": ["title", "reference", "details"],
    }


def _bankruptcy(rng: random.Random, reference: str, division: str) -> dict[str, Any]:
    procedure = rng.choice(tuple(NEEDS))
    return {
        "kind": "bankruptcy",
        "debtor": {"name": f"生成企业{reference}", "credit_code": credit_code(rng)},
        "procedure": procedure,
        "accepted_on": "2023-11-20",
        "needs": rng.sample(NEEDS[procedure], rng.randint(1, 2)),
        "employees": rng.randint(10, 500),
        "retirees": rng.randint(1, 60),
        "financing_fen": rng.randint(1, 500) * 100_000_000,
        "project": {"division": division, "name": f"生成楼盘{reference}"},
    }


def _project(rng: random.Random, reference: str, division: str) -> dict[str, Any]:
    return {
        "kind": "stalled_project",
        "project": {"division": division, "name": f"生成楼盘{reference}"},
        "developer": {"name": f"生成开发{reference}", "credit_code": credit_code(rng)},
        "stalled_since": "2014-06-01",
        "units": rng.randint(50, 900),
        "households": rng.randint(50, 900),
        "funding_gap_fen": rng.randint(1, 300) * 100_000_000,
    }
