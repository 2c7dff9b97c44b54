"""Cases per second from filing to closing: `python -m tests.benchmarks.first_throughput [CASES]`.

The real services as processes of their own on a private broker and mongod, every office answering
by policy. A first figure only; the comparison with other ways comes with `make bench`.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from services.stack.layout import Deployment
from services.stack.local import ROOT, Local, running
from tests.support.filings import filings
from tests.support.oracle import Oracle, Verdict

BATCH = 500
PREFIX = "bench_"
LIMIT_SECONDS = 600


def measure(local: Local, cases: int) -> tuple[float, Verdict]:
    """File, wait until all are closed; give the seconds it took and the oracle's verdict."""
    filer = local.client("filer", office="court.410500")
    lines = [json.dumps(item, ensure_ascii=False) for item in filings(cases)]
    oracle = Oracle(local.bus.servers.mongo_url, PREFIX, local.operator())
    began = time.monotonic()
    accepted: list[str] = []
    for start in range(0, cases, BATCH):
        body = "\n".join(lines[start : start + BATCH]).encode()
        answer = filer.post_lines("intake", "/v1/cases/batch", body)
        accepted += [item["case_id"] for item in answer["results"]]
    while oracle.closed() < cases and time.monotonic() - began < LIMIT_SECONDS:
        time.sleep(0.2)
    return time.monotonic() - began, oracle.settled(accepted)


def main() -> None:
    """Measure once and print the figures as JSON."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    automatic = ROOT / "deploy" / "samples" / "policy-auto.yaml"
    deployment = Deployment.under(ROOT, policies=automatic, database_prefix=PREFIX)
    with (
        tempfile.TemporaryDirectory(prefix="fuyuan-bench-") as directory,
        running(Path(directory), deployment, {}) as local,
    ):
        seconds, verdict = measure(local, cases)
    figures = {"cases": cases, "seconds": round(seconds, 1)}
    figures |= {"cases_per_second": round(cases / seconds, 1), "lost": verdict.lost}
    figures |= {"duplicates": verdict.duplicates, "parked": verdict.parked}
    print(json.dumps(figures))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
