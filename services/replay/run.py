"""The whole of a replay: check the record, run the deployment, drive it, judge what came of it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from datetime import time as day_time
from pathlib import Path
from typing import Any

from services.client import ClientError
from services.record.reading import Record, open_record
from services.replay.asking import ReplayError
from services.replay.comparing import differences
from services.replay.deployment import (
    Files,
    Keeper,
    clock_of,
    cpu_seconds,
    deployed,
    deployment,
    resident_mib,
    set_clock,
)
from services.replay.driver import Driver
from services.replay.index import Index, open_index
from services.replay.journal import Journal
from services.replay.keeping import Looking
from services.replay.reconcile import Reconciliation, Verdict
from services.replay.scenario import FILED, SHANGHAI, case_of, moment

Told = Callable[[str], None]
SETTLE_SECONDS = 180
"""How long metrics and intake may lag at the end, with nothing moving any more."""
STILL_SECONDS = 3
FOLLOWING = ("intake", "metrics", "tracker", "liaison")


@dataclass(frozen=True)
class Prepared:
    """A record that was found whole, and made findable."""

    record: Record
    index: Index
    files: Files

    @property
    def end(self) -> datetime:
        """The moment the clock is left at."""
        return datetime.combine(self.record.manifest.end, day_time(9), SHANGHAI)


def prepare(record: Path, directory: Path, told: Told) -> Prepared:
    """Check everything that can be checked before anything is filed.

    Raises services.record.format.RecordError, ReplayError, OSError.
    """
    told(f"checking {record.name}")
    checked = open_record(record)
    files = Files(directory, record)
    manifest = checked.manifest
    index = open_index(files.index, record, manifest.sha256)
    end = manifest.end
    effects = [effect for stage, effect in index.stages() if stage[0] <= end]
    counted = sum(effect.filed for effect in effects), sum(effect.closed for effect in effects)
    if counted != (manifest.cases, manifest.closed):
        raise ReplayError(
            f"{record.name}: {counted[0]} cases of which {counted[1]} end by {end}; its manifest"
            f" says {manifest.cases} and {manifest.closed}"
        )
    journal = Journal(files.journal)
    known = journal.get("record")
    if known not in (None, manifest.sha256):
        raise ReplayError(
            f"{directory} holds the replay of another record ({known[:12]}…): name another"
            " --directory, or remove it"
        )
    journal.set("record", manifest.sha256)
    return Prepared(checked, index, files)


def replay(
    prepared: Prepared,
    environ: Mapping[str, str],
    told: Told,
    shown: Callable[[int, int], None],
) -> dict[str, Any]:
    """Drive it to the end, and give the reconciliation. Raises ReplayError, StackError."""
    files, index, manifest = prepared.files, prepared.index, prepared.record.manifest
    journal = Journal(files.journal)
    if clock_of(files.clock) is None:
        set_clock(files.clock, moment((index.stages()[0][0][0], FILED)))
    with deployed(files, environ, told) as keeper:
        with _timed(journal):
            driver = Driver(files, keeper, index, journal, shown)
            driver.run(prepared.end)
            told("everything has happened; waiting until it is counted")
            _wait_until_counted(keeper)
        told("looking from outside at what became of every case")
        verdict, parked = _verdict(prepared, driver)
        told("comparing the figures")
        wrong = _compare(prepared, driver)
    seconds = float(journal.get("seconds") or 0)
    keeper.memory["replay"] = max(keeper.memory.get("replay", 0), resident_mib("self"))
    return {
        "record": prepared.record.path.name,
        "scale": manifest.scale,
        "seed": manifest.seed,
        "filed": verdict.filed,
        "closed": verdict.closed,
        "open": verdict.filed - verdict.closed,
        "parked": parked,
        "lost": verdict.lost,
        "duplicates": verdict.duplicates,
        "unsent": verdict.unsent,
        "figures": len(manifest.figures),
        "differences": wrong,
        "why": verdict.why,
        "seconds": round(seconds, 1),
        "cases_per_second": round(verdict.filed / seconds, 1) if seconds else None,
        "assignments": int(index.about("assignments")),
        "said_by_offices": Looking(files.keep).numbers().said,
        "cpu_seconds": {**keeper.cpu, "replay": cpu_seconds("self")},
        "memory_mib": dict(sorted(keeper.memory.items())),
    }


def is_clean(result: Mapping[str, Any]) -> bool:
    """Tell whether nothing is lost, twice, parked, unsent or different."""
    wrong = ("parked", "lost", "duplicates", "unsent", "differences", "why")
    return not any(result[name] for name in wrong)


@contextmanager
def _timed(journal: Journal) -> Iterator[None]:
    """Add the time this takes to that of earlier runs, every now and then by what is noted."""
    began, before = time.monotonic(), float(journal.get("seconds") or 0)
    journal.timing = lambda: journal.set("seconds", str(before + time.monotonic() - began))
    try:
        yield
    finally:
        journal.timing()


def _wait_until_counted(keeper: Keeper) -> None:
    """Wait until those who follow have nothing left to take in."""
    reconciliation = _reconciliation(keeper, Looking(Path("/nowhere")))
    deadline, before, since = time.monotonic() + SETTLE_SECONDS, None, time.monotonic()
    while time.monotonic() - since < STILL_SECONDS:
        keeper.check()
        found = reconciliation.commits(FOLLOWING)
        if found != before:
            before, since = found, time.monotonic()
            deadline = since + SETTLE_SECONDS
        if time.monotonic() > deadline:
            return
        time.sleep(0.5)


def _reconciliation(keeper: Keeper, looking: Looking) -> Reconciliation:
    files = Files(keeper.local.directory, Path())
    prefix = deployment(files).database_prefix
    return Reconciliation(keeper.local.servers.mongo_url, prefix, looking)


def _verdict(prepared: Prepared, driver: Driver) -> tuple[Verdict, int]:
    """Judge, and once more where something may still be on its way."""
    wanted = {}
    for stage, _ in prepared.index.stages():
        for filer, _, place in prepared.index.filings(stage[0]) if stage[1] == FILED else ():
            line = prepared.index.line(place)
            closed = case_of(line).closed
            id_ = driver.case_id(filer, line["filing"]["reference"])
            wanted[id_] = closed is not None and closed[0] <= prepared.end.date()
    reconciliation = _reconciliation(driver.keeper, driver.waiting.looking)
    for last in (False, False, True):
        found = reconciliation.verdict(wanted)
        parked = int(driver.people.get("/v1/parked", "parking")["parked"])
        if last or not (found.lost or found.unsent) or found.duplicates or parked:
            break
        time.sleep(10)
    return found, parked


def _compare(prepared: Prepared, driver: Driver) -> list[dict[str, Any]]:
    def ask(period: str, division: str) -> Any:  # noqa: ANN401 - JSON
        client = driver.people.client("operator")
        return client.get("metrics", "/v1/bulletin", period=period, division=division)

    try:
        return differences(prepared.record.manifest.figures, ask)
    except ClientError as error:
        return [{"figure": "all", "expected": "a bulletin", "found": str(error)}]


def serve(prepared_directory: Path, record: Path, environ: Mapping[str, str], told: Told) -> Any:  # noqa: ANN401
    """Run the deployment on a data set that is there, without replaying."""
    files = Files(prepared_directory, record)
    return deployed(files, environ, told)


def write_result(file: Path, result: Mapping[str, Any]) -> None:
    """Write the result for whoever reads it later."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
