"""`make bench-growth`: what changes when a million cases are stored, and with several copies.

Cases are seeded straight into the stores. Fails only on a lost case: figures are for people to look
at, machines differ.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from services.runtime.domain import business_day
from services.stack.bus import Bus
from services.stack.local import ROOT
from services.stack.servers import CACHE
from tests.benchmarks.contest import Place, Round, Told, run
from tests.benchmarks.growth import asking, sizes, soaking
from tests.benchmarks.growth.grown import NAME, Grown, Workload, grown
from tests.benchmarks.growth.originals import stored, through
from tests.benchmarks.growth.report import Asked, Results, as_json, table
from tests.benchmarks.growth.seeding import seed
from tests.benchmarks.ours import declared

RESULT = ROOT / ".local" / "growth.json"
CASES, SMALL = 1_000_000, 20_000
FEW, TENTH = 100, 10
"""Throughput is compared with that at a hundredth of the cases, answers with those at a tenth."""
ORIGINALS, FEWER_ORIGINALS = 300, 60
COPIES = (1, 2, 4)
CACHE_GB = "4"
"""The private mongod is given so much, as one for a million cases would be."""


def main() -> None:
    """Measure, print, write; exit with 1 when a case was lost."""
    given = _arguments()
    began = time.monotonic()

    def told(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)

    os.environ.setdefault(CACHE, CACHE_GB)
    with tempfile.TemporaryDirectory(prefix="fuyuan-growth-", dir=given.directory) as directory:
        told("starting broker and database")
        place = Place.started(Path(directory))
        try:
            told(place.servers.chosen)
            with declared(place, NAME) as bus:
                results = Growth(place, bus, given, told).measure()
        finally:
            place.servers.kill()
    print(kept(results) if given.json else table(results))
    sys.exit(1 if results.lost else 0)


def kept(results: Results) -> str:
    """Write what is known so far; gives the text."""
    text = json.dumps(as_json(results), indent=1, ensure_ascii=False)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text + "\n")
    return text


class Growth:
    """One run: the stores grow, and are measured as they do."""

    def __init__(self, place: Place, bus: Bus, given: argparse.Namespace, told: Told) -> None:
        """Measure on servers that run."""
        self.place, self.bus, self.given, self.told = place, bus, given, told
        self.results = Results(given.cases)
        self._workload = Workload()
        self._today = business_day(datetime.now(UTC))

    def measure(self) -> Results:
        """Go through all."""
        given, results = self.given, self.results
        self.told(f"{given.originals} cases through the services, of which the others are made")
        with grown(self.place, self.bus) as contestant:
            cases = through(contestant, given.originals)
        url = self.place.servers.mongo_url
        originals = stored(url, cases)
        key, before = self.place.secrets.case_key(), 0
        for number in (given.cases // FEW, given.cases // TENTH, given.cases):
            self.told(f"seeding up to {number} cases")
            seed(url, key, originals, range(before, number), self.told)
            before = number
            results.sizes = sizes.measure(url, number)
            with grown(self.place, self.bus) as contestant:
                if number != given.cases // TENTH:
                    results.rounds[number] = self._rounds(contestant, f"{number} cases stored")
                if number != given.cases // FEW:
                    self._ask(contestant, number)
            kept(results)
        for copies in given.copies:
            with grown(self.place, self.bus, copies) as contestant:
                results.copies[copies] = self._rounds(contestant, f"{copies} copies")
            kept(results)
        if given.minutes:
            self.told(f"load for {given.minutes:g} minutes")
            with grown(self.place, self.bus) as contestant:
                self._soak(contestant)
            kept(results)
        return results

    def _rounds(self, contestant: Grown, about: str) -> list[Round]:
        found = []
        for _ in range(self.given.rounds):
            filings = self._workload.take(self.given.round)
            done = run(contestant, self.place.servers, filings)
            if contestant.verdict:
                self.results.duplicates += contestant.verdict.duplicates
            self.told(f"{about}: {done.rate:.1f} cases a second, {done.lost} lost")
            found.append(done)
            contestant.begin()
        return found

    def _ask(self, contestant: Grown, number: int) -> None:
        seconds, filed = asking.bulletin(contestant, self._today)
        pages = asking.pages(contestant, self._today)
        self.results.asked.append(Asked(number, filed, seconds, pages))
        slowest = max(pages.values())
        self.told(f"bulletin {seconds * 1000:.0f} ms, slowest page {slowest * 1000:.0f} ms")

    def _soak(self, contestant: Grown) -> None:
        servers, minutes = self.place.servers, self.given.minutes
        soak = soaking.measure(contestant, servers, self._workload, minutes, self.told)
        self.results.soak = soak
        self.results.duplicates += soak.duplicates


def _arguments() -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    said.add_argument("--cases", type=int, help=f"stored in the end ({CASES})")
    said.add_argument("--small", action="store_true", help=f"a short run: {SMALL} cases, a minute")
    said.add_argument("--round", type=int, default=1640, help="cases throughput is measured with")
    said.add_argument("--rounds", type=int, default=3, help="how often (3)")
    said.add_argument("--minutes", type=float, help="of load, for memory (20; 0: none)")
    said.add_argument("--copies", type=int, nargs="*", default=COPIES, help="of services (1 2 4)")
    said.add_argument("--directory", help="where the stores lie: some 15 kB a case (/tmp)")
    said.add_argument("--json", action="store_true", help="print what is written, not the table")
    found = said.parse_args()
    found.cases = found.cases or (SMALL if found.small else CASES)
    found.originals = FEWER_ORIGINALS if found.small else ORIGINALS
    if found.minutes is None:
        found.minutes = 1 if found.small else 20
    return found


if __name__ == "__main__":
    main()
