"""A few hundred cases of all kinds that end by themselves, through the real services."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pymongo
from bson.raw_bson import RawBSONDocument

from services.record.generating import generate
from services.record.plan import Plan
from services.runtime.domain import business_day
from tests.benchmarks.contest import BATCH, wait_closed
from tests.benchmarks.growth.grown import Grown
from tests.benchmarks.growth.marking import codes, dated, marked
from tests.benchmarks.growth.moulds import Original
from tests.benchmarks.ours import PREFIX
from tests.benchmarks.steps import runs_by_itself
from tests.benchmarks.workload import FILER, SEED, Json, lines

NUMBERED_FROM = 90_000_000
SCALE = Fraction(1, 100)
SPREAD_DAYS = 180
"""Filed on some day of the last half-year."""
ID_LENGTH = 25
APART = frozenset({"leases", "meta", "watermarks", "anchors", "kept_anchors", "sent", "sums"})
"""Collections that hold nothing of a single case."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A case, and what was filed."""

    id: str
    number: int
    filing: Json


def through(contestant: Grown, number: int) -> list[Filed]:
    """File cases and see them through to their end. Raises RuntimeError where one gets lost."""
    given = list(_drawn(number, business_day(datetime.now(UTC))))
    ids: list[str] = []
    for start in range(0, len(given), BATCH):
        ids += contestant.file(lines([filing for _, filing, _ in given[start : start + BATCH]]))
    if len(ids) != len(given):
        raise RuntimeError(f"{len(given) - len(ids)} filings were refused")
    wait_closed(contestant, sum(end is None for _, _, end in given))
    for id_, (_, _, end) in zip(ids, given, strict=True):
        if end is not None:
            contestant.filer.post("intake", f"/v1/cases/{id_}/conclude", {"conclusion": end})
    wait_closed(contestant, len(ids))
    lost, why = contestant.judged(ids)
    if lost:
        raise RuntimeError(f"{lost} of the first cases were lost: {why}")
    return [Filed(id_, mark, filing) for id_, (mark, filing, _) in zip(ids, given, strict=True)]


def _drawn(number: int, today: date) -> Iterator[tuple[int, Json, Json | None]]:
    """Draw filings with their numbers, and the conclusion that the filer of some comes to."""
    found = [
        (line["filing"], line.get("then"))
        for line in generate(Plan(SCALE, SEED + 1))
        if line["line"] == "case" and not line.get("desk")
        and line["filing"]["details"]["kind"] != "stalled_project"
    ]  # fmt: skip
    chance = Random(SEED)
    chance.shuffle(found)
    now, numbers = datetime.now(UTC), iter(range(NUMBERED_FROM, NUMBERED_FROM + number))
    place = next(numbers, None)
    for raw, then in found:
        if place is None:
            return
        filing: Json = json.loads(json.dumps(raw, default=str))
        filing = dated(filing, today - timedelta(days=chance.randrange(1, SPREAD_DAYS)))
        filing = marked(filing, place)
        if runs_by_itself(filing, FILER, now):
            yield place, filing, _end(then, today)
            place = next(numbers, None)


def _end(then: Sequence[Json] | None, today: date) -> Json | None:
    said = then[-1].get("conclude") if then else None
    if said is None:
        return None
    made: Json = json.loads(json.dumps(said, default=str))
    return made | {"concluded_on": today.isoformat()}


def stored(mongo_url: str, cases: Sequence[Filed]) -> list[Original]:
    """Take out of the stores what is kept of each case."""
    of_case: dict[str, list[tuple[str, str, bytes]]] = {case.id: [] for case in cases}
    with pymongo.MongoClient[RawBSONDocument](mongo_url, document_class=RawBSONDocument) as client:
        for name in client.list_database_names():
            if not name.startswith(PREFIX):
                continue
            for collection in set(client[name].list_collection_names()) - APART:
                for item in client[name][collection].find():
                    subject = str(item["_id"])[:ID_LENGTH]
                    if subject in of_case:
                        place = (name.removeprefix(PREFIX), collection)
                        of_case[subject].append((*place, bytes(item.raw)))
    return [
        Original(
            case.id,
            case.number,
            case.filing["reference"],
            codes(json.dumps(case.filing, ensure_ascii=False)),
            tuple(of_case[case.id]),
        )
        for case in cases
    ]
