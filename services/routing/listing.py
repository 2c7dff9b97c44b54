"""What is listed of a case: to be searched, to be waited for, and for the desk and the agenda."""

from typing import Any

from services.routing.facts import Reported
from services.routing.model import Case
from services.routing.naming import likenesses, names
from services.routing.rules import next_due
from services.routing.searching import listed


def view(state: Case) -> dict[str, Any] | None:
    """Give the document of the list of cases."""
    filing = state.filing
    if filing is None:
        return None
    open_ = state.open()
    found: dict[str, Any] = {
        "number": filing.reference,
        "title": filing.title,
        "kind": filing.kind,
        "division": filing.division,
        "lane": filing.lane,
        "filer": filing.filer,
        "filed_on": filing.filed_on.isoformat(),
        "filed_at": state.filed_at,
        "state": state.state,
        "offices": sorted({given.issue.office for given in state.assignments.values()}),
        "waiting": _waiting(state, filing.filer),
        "overdue": any(given.overdue for given in open_),
        "desk": bool(state.desk or state.alarms),
        "desk_tasks": sorted(state.desk.keys() | state.alarms.keys()),
        "ending": state.closed.ending if state.closed else None,
        "verdict": state.concluded.conclusion.get("verdict") if state.concluded else None,
        "ended_at": state.closed.at if state.closed else None,
        "changed_at": state.history[-1].at,
        "returns": sum(
            isinstance(fact, Reported) and fact.act == "returned" for fact in state.history
        ),
    }
    if moment := next_due(state):  # its index is sparse, and so are the other two
        found["next_due"] = moment
    if state.closed is None:
        found["open_reports"] = sum(isinstance(fact, Reported) for fact in state.history)
    if waits := _at_desk(state):
        found |= {"desk_items": waits, "desk_since": waits[0]["since"]}
    if risen := _risen(state):  # its index is sparse, too
        found |= {"agenda": risen, "agenda_due": risen[0]["due"]}
    if state.clusters:
        found["told"] = [{"key": item.key, "size": item.size} for item in state.clusters.values()]
    found["like_keys"] = [item.key for item in likenesses(filing)]
    return found | listed(state.case_id, found, names(filing))


def _waiting(state: Case, filer: str) -> list[str]:
    """Name the offices the case waits for: the filer where it was asked, or is to conclude."""
    found = {filer if given.asked else given.issue.office for given in state.open()}
    return sorted(found | {filer} if state.awaits_conclusion else found)


def _risen(state: Case) -> list[dict[str, Any]]:
    """List the overdue tasks that have risen, the longest overdue first."""
    found = []
    for task, alarm in state.alarms.items():
        if alarm.why == "overdue":
            about = [
                {"instruction_id": item.instruction_id, "number": item.number,
                 "office": item.office, "due_on": item.due_on.isoformat(), "state": item.standing}
                for item in state.instructions.values()
                if item.assignment_id in (None, alarm.assignment_id)
            ]  # fmt: skip
            due = state.assignments[alarm.assignment_id].issue.resolution_due
            found.append(
                {"task": task, "assignment_id": alarm.assignment_id, "office": alarm.office,
                 "level": alarm.level, "since": alarm.at, "due": due, "instructions": about}
            )  # fmt: skip
    return sorted(found, key=lambda item: (item["due"], item["task"]))


def _at_desk(state: Case) -> list[dict[str, Any]]:
    """List what waits at the liaison desk, oldest first."""
    alarms = [
        {"task": task, "why": alarm.why, "since": alarm.at, "office": alarm.office,
         "agencies": [state.assignments[alarm.assignment_id].issue.agency],
         **({"level": alarm.level} if alarm.level else {})}
        for task, alarm in state.alarms.items()
    ]  # fmt: skip
    unrouted = [
        {"task": task, "why": need.why, "since": since, "agencies": list(need.agencies),
         "reason": need.reason}
        for task, (need, since) in state.desk.items()
    ]  # fmt: skip
    return sorted(alarms + unrouted, key=lambda item: (item["since"], item["task"]))
