"""`make bench`: ours beside what people would use instead, and beside what is possible at all.

Fails only on a lost case: figures are for people to look at, machines differ.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from services.stack.local import ROOT
from tests.benchmarks import batch_filing, idle, latency
from tests.benchmarks.contest import Open, Place, Told, run
from tests.benchmarks.limit.recording import per_case
from tests.benchmarks.limit.trace import load
from tests.benchmarks.limited import limit
from tests.benchmarks.limited import measure as measure_ours
from tests.benchmarks.ordinary import celery, one_at_a_time
from tests.benchmarks.ours import Ours, ours
from tests.benchmarks.report import NAMES, Results, as_json, table
from tests.benchmarks.workload import filings

OPEN: Mapping[str, Open] = {
    "ours": ours, "one_at_a_time": one_at_a_time, "celery": celery, "limit": limit,
}  # fmt: skip
RESULT = ROOT / ".local" / "bench.json"
LATENCY_SECONDS = 15
BATCH_CASES = 1000


def main() -> None:
    """Measure, print, write; exit with 1 when a case was lost."""
    given = _arguments()
    began = time.monotonic()

    def told(text: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="fuyuan-bench-") as directory:
        told("starting broker and database")
        place = Place.started(Path(directory))
        try:
            told(place.servers.chosen)
            results = measure(place, given, told)
        finally:
            place.servers.kill()
    found = as_json(results)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1) if given.json else table(results))
    sys.exit(1 if results.lost else 0)


def measure(place: Place, given: argparse.Namespace, told: Told) -> Results:
    """Run each contestant in turn, several rounds."""
    results = Results(given.cases)
    for name in given.only:
        results.rounds[name] = []
    if "limit" in given.only:
        told("measuring what ours says and writes about a case")
        results.per_case = per_case(load(measure_ours(place)))
    for number in range(1, given.rounds + 1):
        for name in given.only:
            told(f"round {number} of {given.rounds}: {name}, {given.cases} cases")
            with OPEN[name](place) as contestant:
                if isinstance(contestant, Ours) and not results.idle:
                    told("ours with nothing to do")
                    results.idle = idle.measure(contestant, place.servers)
                done = run(contestant, place.servers, filings(given.cases))
                results.rounds[name].append(done)
                told(f"{name}: {done.rate:.1f} cases a second, {done.lost} lost")
                if isinstance(contestant, Ours):
                    _latency(contestant, given.cases, done.rate / 2, results, told)
    if "ours" in given.only:
        told("filing in batches")
        results.batch = batch_filing.measure(place, min(BATCH_CASES, given.cases))
    return results


def _latency(contestant: Ours, filed: int, rate: float, results: Results, told: Told) -> None:
    """File more cases one by one, and see them through, too."""
    number = int(rate * LATENCY_SECONDS) + latency.WARM_UP
    told(f"filing to inbox: {number} cases, {rate:.0f} a second")
    found = latency.measure(contestant, filings(filed + number)[filed:], rate)
    results.latencies.append(found)
    results.also_lost += contestant.judged(found.accepted).lost


def _arguments() -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    said.add_argument("--cases", type=int, default=1000, help="in a round (1000)")
    said.add_argument("--rounds", type=int, default=3, help="how often each has its turn (3)")
    said.add_argument("--only", action="append", choices=NAMES, help="this one (may be repeated)")
    said.add_argument("--json", action="store_true", help="print what is written, not the table")
    found = said.parse_args()
    found.only = found.only or list(NAMES)
    return found


if __name__ == "__main__":
    main()
