"""The main job on real input: the report's own cases, from filing to closing, over HTTP and bus.

Courts and organs file over HTTP; each office's own service is given its assignments through its own
inbox, its officers answer through its API, and the answers travel back with the office's
credentials. What no rule routes the liaison officer routes; filers answer questions, conclude and
withdraw.
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.client import NOT_FOUND, Client, ClientError
from services.stack.layout import office_service
from services.stack.local import Local
from services.stack.samples import ENDED, Sample, acts_of

LIMIT_SECONDS = 180
POLL_SECONDS = 0.3
COUNT_SECONDS = 20
"""Metrics lags a little: it is asked until its figures are those of the cases."""
CITY, WAITING = "410500", "waiting_information"


@dataclass
class Players:
    """Everybody around the system, and what each has still to do."""

    local: Local
    samples: list[Sample]
    todo: dict[str, deque[Mapping[str, Any]]] = field(default_factory=dict)
    """Assignment → what its officer does next."""
    done: set[str] = field(default_factory=set)
    """What needs no second time."""
    questions: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Case → what its filer was asked, with the answer."""
    resolved: int = 0

    def file(self) -> None:
        """File every sample, with its attachments."""
        for sample in self.samples:
            filer = self._filer(sample)
            sample.case_id = filer.post("intake", "/v1/cases", sample.filing)["case_id"]
            for item in sample.attach:
                path = f"/v1/cases/{sample.case_id}/attachments"
                file = item["text"].encode(), item["media_type"]
                filer.upload("intake", path, file, name=item["name"])

    def play(self, sample: Sample) -> None:
        """Do what can be done now about a case that has not ended."""
        operator = self.local.operator()
        found = _unless_unknown(lambda: operator.get("routing", f"/v1/cases/{sample.case_id}"))
        if found is None:
            return
        sample.status = found
        self._link(sample)
        self._desk(sample)
        for given in sample.assignments:
            self._answer(sample, given)
        if sample.offices_done and sample.state != "closed":
            self._finish(sample)

    def _link(self, sample: Sample) -> None:
        for item in sample.links:
            other = next(one for one in self.samples if one.number == item["reference"])
            body = {name: item[name] for name in ("relation", "reason")} | {"other": other.case_id}
            self._once(self._filer(sample), "routing", f"/v1/cases/{sample.case_id}/links", body)

    def _desk(self, sample: Sample) -> None:
        for waits in sample.status["desk"]:
            if body := sample.desk.get(waits["task"]):
                liaison = self.local.client("liaison", division=CITY)
                path = f"/v1/cases/{sample.case_id}/tasks/{waits['task']}/route"
                self._once(liaison, "routing", path, body)

    def _answer(self, sample: Sample, given: Mapping[str, Any]) -> None:
        """Let the officer answer what their office's service has been given."""
        id_, task = given["assignment_id"], given["task"]
        ended = given["state"]["code"] in ENDED or given["delivered_at"] is None
        if ended or task not in sample.answers or not self._answered(sample):
            return
        left = self.todo.setdefault(id_, deque(acts_of(sample, task)))
        office = given["office"]["office"]
        officer = self.local.client("officer", office=office)
        while left:
            act = left.popleft()
            officer.post(office_service(office), f"/v1/assignments/{id_}/{act['act']}", act["body"])
            self.resolved += act["act"] == "resolve"
            if act["act"] == "information":
                self.questions[sample.case_id][act["body"]["question"]] = act["answer"]
                return  # the filer has to answer first

    def _answered(self, sample: Sample) -> bool:
        """Let the filer answer what it is asked; False while a question is on its way."""
        questions = self.questions[sample.case_id]
        if not questions:
            return True
        filer, path = self._filer(sample), f"/v1/cases/{sample.case_id}/information"
        asked = filer.get("intake", path)["requests"]
        for item in asked:
            if item["answer"] is None:
                about = {name: item[name] for name in ("assignment_id", "request")}
                filer.post("intake", path, about | {"answer": questions[item["question"]]})
        stopped = any(item["state"]["code"] == WAITING for item in sample.assignments)
        return not stopped and sum(item["answer"] is not None for item in asked) == len(questions)

    def _finish(self, sample: Sample) -> None:
        for act in sample.then:
            ((what, said),) = act.items()
            body = {"conclusion": said} if what == "conclude" else said
            path = f"/v1/cases/{sample.case_id}/{what}"
            self._once(self._filer(sample), "intake", path, body)

    def _filer(self, sample: Sample) -> Client:
        return self.local.client("filer", office=sample.filer)

    def _once(self, by: Client, service: str, path: str, body: Mapping[str, Any]) -> None:
        what = f"{path} {body}"
        if what in self.done:
            return
        if _unless_unknown(lambda: by.post(service, path, body) or True) is not None:
            self.done.add(what)


def play(local: Local, samples: list[Sample], told: Callable[[str], None]) -> dict[str, Any]:
    """File the samples, let everybody act, and give the result (see `.local/demo.json`)."""
    began = time.monotonic()
    players = Players(local, samples)
    players.file()
    told(f"filed {len(samples)} cases")
    while time.monotonic() - began < LIMIT_SECONDS:
        left = [sample for sample in samples if not sample.ended]
        for sample in left:
            players.play(sample)
        if not left:
            break
        time.sleep(POLL_SECONDS)
    told(f"officers resolved {players.resolved} assignments")
    seconds = time.monotonic() - began
    operator = local.operator()
    parked = operator.get("parking", "/v1/parked")["parked"]
    result = _result(samples, parked, seconds)
    agencies = {item["id"]: item for item in operator.get("routing", "/v1/offices")["agencies"]}
    return result | {
        "summary": _summary(operator, result, players.resolved),
        "agencies": agencies,
    }


def _unless_unknown(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
    """Do it; None where the service doesn't know the case yet."""
    try:
        return act()
    except ClientError as error:
        if error.status == NOT_FOUND:
            return None
        raise


def _result(samples: list[Sample], parked: int, seconds: float) -> dict[str, Any]:
    given = [item for sample in samples for item in sample.assignments]
    offices = Counter(item["office"]["office"].partition(".")[0] for item in given)
    kinds = Counter(str(sample.filing["details"]["kind"]) for sample in samples)
    return {
        "cases_filed": sum(bool(sample.case_id) for sample in samples),
        "cases_closed": sum(sample.state == "closed" for sample in samples),
        "cases_waiting": sum(sample.state != "closed" and sample.ended for sample in samples),
        "assignments": len(given),
        "by_kind": dict(sorted(kinds.items())),
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
