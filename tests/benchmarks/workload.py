"""The filings everybody is given: the record's mix, as far as offices alone end a case.

Cases that wait for a person at the desk or an officer, or for their filer's own conclusion (one in
six), are left out: a second request over HTTP measures nothing that the first one doesn't.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

from fuyuan_contracts.cases import CONCLUDED_BY_FILER
from services.record.generating import generate
from services.record.plan import Plan
from tests.benchmarks.steps import runs_by_itself

Json = dict[str, Any]
FILER = "court.410500"
"""Files everything: who files makes no difference to the work."""
SEED = 1
PER_HUNDREDTH = 1_900
"""Cases of the kind wanted in a hundredth of the record, at least."""


def filings(number: int) -> list[Json]:
    """Draw filings from the record, the same ones each time; each reference comes once."""
    scale = Fraction(number // PER_HUNDREDTH + 1, 100)
    found = list(_ended_by_offices(Plan(scale, SEED)))
    Random(SEED).shuffle(found)
    now = datetime.now(UTC)
    fitting = (filing for filing in found if runs_by_itself(filing, FILER, now))
    return [filing | {"reference": f"{place}-{filing['reference']}"}
            for place, filing in enumerate(islice(fitting, number))]  # fmt: skip


def lines(items: list[Json]) -> bytes:
    """Word filings as JSON Lines."""
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items).encode()


def _ended_by_offices(plan: Plan) -> Iterator[Json]:
    for line in generate(plan):
        if line["line"] != "case" or line.get("then") or line.get("desk"):
            continue
        if line["filing"]["details"]["kind"] not in CONCLUDED_BY_FILER:
            yield json.loads(json.dumps(line["filing"], default=str))
