"""The main job on real input: the report's own cases, from filing to closing, over HTTP and bus.

Courts file over HTTP; each office's own service is given its assignments through its own inbox,
its officers answer through its API, and the answers travel back with the office's credentials.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.client import NOT_FOUND, Client, ClientError
from services.stack.layout import agency_service
from services.stack.local import Local

LIMIT_SECONDS = 120
POLL_SECONDS = 0.3
COUNT_SECONDS = 20
"""Metrics lags a little: it is asked until its figures are those of the cases."""
ENDED = ("resolved", "returned", "failed")


@dataclass
class Sample:
    """A line of the sample file, and what became of it."""

    filer: str
    filing: dict[str, Any]
    answers: dict[str, dict[str, Any]]
    case_id: str = ""
    status: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Give the case's state, as routing names it."""
        return str(self.status["state"]["code"]) if self.status else "unknown"

    @property
    def ended(self) -> bool:
        """Whether it is closed, or waits for offices that have no answer in the sample."""
        if self.state == "closed":
            return True
        waits = self.status.get("waits_for", []) if self.status else []
        return bool(waits) and all(wait["task"] not in self.answers for wait in waits)


def read_samples(file: Path) -> list[Sample]:
    """Read a sample file: JSON Lines of `{filer, filing, answers}`."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Sample(**json.loads(line)) for line in lines if line.strip()]


def play(local: Local, samples: list[Sample], told: Callable[[str], None]) -> dict[str, Any]:
    """File the samples, let the officers answer, and give the result (see `.local/demo.json`)."""
    began = time.monotonic()
    for sample in samples:
        receipt = local.client("filer", office=sample.filer).post(
            "intake", "/v1/cases", sample.filing
        )
        sample.case_id = receipt["case_id"]
    told(f"filed {len(samples)} cases")
    operator = local.operator()
    acted: set[str] = set()
    while time.monotonic() - began < LIMIT_SECONDS:
        for sample in samples:
            if not sample.ended:
                _refresh(operator, sample)
                _answer(local, sample, acted)
        if all(sample.ended for sample in samples):
            break
        time.sleep(POLL_SECONDS)
    told(f"officers answered {len(acted)} assignments")
    seconds = time.monotonic() - began
    parked = operator.get("parking", "/v1/parked")["parked"]
    result = _result(samples, parked, seconds)
    return result | {"summary": _summary(operator, result, len(acted))}


def _refresh(operator: Client, sample: Sample) -> None:
    try:
        sample.status = operator.get("routing", f"/v1/cases/{sample.case_id}")
    except ClientError as error:
        if error.status != NOT_FOUND:  # not known there yet is no error
            raise


def _answer(local: Local, sample: Sample, acted: set[str]) -> None:
    """Let the officers answer what their office's service has been given."""
    for given in sample.status.get("assignments", []):
        id_, office = given["assignment_id"], given["office"]["office"]
        outcome = sample.answers.get(given["task"])
        if outcome is None or id_ in acted or given["state"]["code"] in ENDED:
            continue
        if given["delivered_at"] is None:
            continue
        officer, service = local.client("officer", office=office), agency_of(office)
        officer.post(service, f"/v1/assignments/{id_}/accept", {})
        officer.post(service, f"/v1/assignments/{id_}/resolve", {"outcome": outcome})
        acted.add(id_)


def agency_of(office: str) -> str:
    """Name the service an office's officers work with."""
    return agency_service(office.partition(".")[0])


def _result(samples: list[Sample], parked: int, seconds: float) -> dict[str, Any]:
    given = [item for sample in samples for item in sample.status.get("assignments", [])]
    offices = Counter(item["office"]["office"].partition(".")[0] for item in given)
    return {
        "cases_filed": sum(bool(sample.case_id) for sample in samples),
        "cases_closed": sum(sample.state == "closed" for sample in samples),
        "cases_waiting": sum(sample.state != "closed" and sample.ended for sample in samples),
        "assignments": len(given),
        "by_agency": dict(sorted(offices.items())),
        "lost": sum(not sample.ended for sample in samples),
        "parked": parked,
        "seconds": round(seconds, 2),
    }


def _summary(operator: Client, result: dict[str, Any], resolved: int) -> dict[str, Any]:
    """Ask metrics, once it has counted every case and every end."""
    until = time.monotonic() + COUNT_SECONDS
    while True:
        summary: dict[str, Any] = operator.get("metrics", "/v1/summary", by="agency")
        totals = summary["totals"]
        counted = (totals["cases"]["closed"], totals["assignments"]["resolved"]) == (
            result["cases_closed"],
            resolved,
        )
        if counted or time.monotonic() > until:
            return summary
        time.sleep(POLL_SECONDS)
