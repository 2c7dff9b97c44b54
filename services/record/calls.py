"""What a line that is no case asks for over HTTP. Pure: nothing is sent here.

Ids are derived from what the line says, so that saying it again after a crash is harmless.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fuyuan_contracts.ids import instruction_id, meeting_id, project_id
from services.record.format import Json, Line

CaseId = Callable[[str, str], str]
"""Filer and reference → the id the case was filed under."""
WATCHING = "liaison"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Any 2xx is the answer that is meant."""

    by: str
    """The office whose officer says it; of `liaison.<division>` its liaison officer."""
    service: str
    method: str
    path: str
    body: Json


def call_of(line: Line, case_id: CaseId) -> Call:
    """Give the request of a line. Raises KeyError for a case that wasn't filed, or for a case."""
    return _CALLS[line.kind](line.said, case_id)


def _budget(said: Json, _: CaseId) -> Call:
    path = f"/v1/budget/{said['division']}/{said['year']}"
    return _liaison(said, "PUT", path, {"amount_fen": said["amount_fen"]})


def _member(said: Json, _: CaseId) -> Call:
    return _liaison(said, "POST", "/v1/directory", _of(said, "name office post role since"))


def _project(said: Json, _: CaseId) -> Call:
    path = f"/v1/projects/{project_id(said['division'], said['name'])}/{said['act']}"
    return Call(f"{WATCHING}.{said['division']}", "tracker", "POST", path, said["body"])


def _meeting(said: Json, case_id: CaseId) -> Call:
    plain = _of(said, "reference type title on chaired_by attendees decisions")
    cases = [case_id(item["filer"], item["reference"]) for item in said["cases"]]
    reviews = [_review(item, case_id) for item in said["reviews"]]
    body = plain | {"cases": cases, "reviews": reviews}
    return _liaison(said, "POST", "/v1/meetings", body)


def _review(said: Json, case_id: CaseId) -> Json:
    return {
        "case_id": case_id(said["filer"], said["reference"]),
        **_of(said, "causes remedies recurrent"),
    }


def _instruction(said: Json, case_id: CaseId) -> Call:
    body = _of(said, "number office text issued_by issued_on due_on")
    if said["case"]:
        body["case_id"] = case_id(said["case"]["filer"], said["case"]["reference"])
    if said["meeting"]:
        held = said["meeting"]
        body["meeting"] = meeting_id(said["division"], held["type"], held["reference"])
    return _liaison(said, "POST", "/v1/instructions", body)


def _instruction_closed(said: Json, _: CaseId) -> Call:
    path = f"/v1/instructions/{instruction_id(said['division'], said['number'])}/close"
    return Call(said["office"], WATCHING, "POST", path, _of(said, "result closed_on"))


def _liaison(said: Json, method: str, path: str, body: Json) -> Call:
    return Call(f"{WATCHING}.{said['division']}", WATCHING, method, path, body)


def _of(said: Json, names: str) -> dict[str, object]:
    return {name: said[name] for name in names.split()}


_CALLS: dict[str, Callable[[Json, CaseId], Call]] = {
    "budget": _budget,
    "member": _member,
    "project": _project,
    "meeting": _meeting,
    "instruction": _instruction,
    "instruction_closed": _instruction_closed,
}
