"""A task a step; each does its write before it sends the next ones, and is acknowledged after both.

Celery has no fan-out: who says something sends it to each role that wants it.
"""

from collections.abc import Callable
from typing import TypeVar

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope, decode
from services.runtime.domain import business_day
from tests.benchmarks import steps
from tests.benchmarks.celery_way.app import Json, app, database, now

F = TypeVar("F", bound=Callable[..., object])
RETRY = {"autoretry_for": (Exception,), "max_retries": 10, "default_retry_delay": 1}


def task(name: str) -> Callable[[F], F]:
    """Declare a task under a written-out name; what fails is tried again."""
    declared: Callable[[F], F] = app.task(name=name, **RETRY)
    return declared


def send(name: str, event: Envelope) -> None:
    """Send an event to a role; returns when the broker has confirmed it."""
    app.send_task(name, (event.encode().decode(),), task_id=f"{name}.{event.id}")


@task("routing.route")
def route(body: str) -> None:
    """Find a case's offices."""
    event = decode(body.encode())
    data = e.parse(event.type, event.data)
    if _seen(event) or not isinstance(data, e.CaseFiled):
        return
    at = now()
    given = {item["task"]: item for item in steps.decided(data, at)}
    about = {"kind": data.kind, "division": data.division, "state": "routed"}
    case: Json = database()["cases"].find_one_and_update(  # type: ignore[assignment]  # what was decided first holds
        {"_id": data.case_id},
        {"$setOnInsert": {**about, "filing": event.data, "assignments": given}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    issued = [
        {name: item[name] for name in given[task]} for task, item in case["assignments"].items()
    ]
    for office, said in steps.routed(data, issued, at, event.id):
        send("agency.handle" if office else "metrics.count", said)
    _note(event)


@task("agency.handle")
def handle(body: str) -> None:
    """Do an office's part, as its policy says."""
    event = decode(body.encode())
    given = e.parse(event.type, event.data)
    if _seen(event) or not isinstance(given, e.AssignmentIssued):
        return
    at = now()
    said = steps.handled(given, at, business_day(at), event.id)
    stored = [item.model_dump(mode="json", exclude_none=True) for item in said]
    kept: Json = database()["assignments"].find_one_and_update(  # type: ignore[assignment]  # what was said first holds
        {"_id": given.assignment_id},
        {"$setOnInsert": {"given": event.data, "state": "resolved", "said": stored}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    for item in kept["said"]:
        report_ = Envelope.model_validate(item)
        send("routing.report", report_)
        send("metrics.count", report_)
    _note(event)


@task("routing.report")
def report(body: str) -> None:
    """Note what an office reports; the last resolution closes the case."""
    event = decode(body.encode())
    data = e.parse(event.type, event.data)
    if _seen(event) or not isinstance(data, e.AssignmentReport):
        return
    case_id, fields = steps.noted(data, event.time)
    cases = database()["cases"]
    case = cases.find_one_and_update(
        {"_id": case_id}, {"$set": fields}, return_document=ReturnDocument.AFTER
    )
    if case is None:
        raise LookupError(case_id)
    if isinstance(data, e.AssignmentResolved) and steps.is_done(case):
        cases.update_one({"_id": case_id}, {"$set": {"state": "closed"}})
        send("metrics.count", steps.closed(case, event.time, event.id))
    _note(event)


@task("metrics.count")
def count(body: str) -> None:
    """Count one event: one fact, whose id is the event's."""
    event = decode(body.encode())
    e.parse(event.type, event.data)
    try:
        database()["facts"].insert_one(dict(steps.counted(event)))
    except DuplicateKeyError:
        return


def _seen(event: Envelope) -> bool:
    return database()["processed"].find_one({"_id": event.id}) is not None


def _note(event: Envelope) -> None:
    try:
        database()["processed"].insert_one({"_id": event.id})
    except DuplicateKeyError:
        return
