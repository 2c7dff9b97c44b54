"""What people are shown: a row of the list, and a project's whole file."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.tracker import model as m
from services.tracker.labels import label
from services.tracker.ledger import reversed_by, total, totals
from services.tracker.risk import in_window, risk_until
from services.tracker.rules import ALLOWED, days_stalled

Json = dict[str, Any]


def row(item: Mapping[str, Any], today: date) -> Json:
    """Show a document of the projection as a row of the list."""
    shown = {name: value for name, value in item.items() if name not in ("_id", "rev")}
    since, until = (_date(item[name]) for name in ("stalled_since", "resumed_on"))
    last = _date(item["risk_until"])
    return {
        "id": item["_id"],
        **shown,
        "stage": label(item["stage"]),
        "days_stalled": days_stalled(since, until, today),
        "at_risk": last is not None and today <= last,
        "next_meeting": label(item["next_meeting"]) if item["next_meeting"] else None,
    }


def file(state: m.Project, today: date) -> Json:
    """Show a project as its stream says. Money in fen, days as `YYYY-MM-DD`."""
    about = state.about
    return {
        "id": state.id,
        "division": state.division,
        "name": state.name,
        "developer": about.developer,
        "units": about.units,
        "households": about.households,
        "funding_gap_fen": about.funding_gap_fen,
        "registered_on": state.registered_on,
        "stage": label(state.stage),
        "stage_since": state.stage_since,
        "allowed": [label(stage) for stage in ALLOWED[state.stage]],
        "stalled_since": state.stalled_since,
        "resumed_on": state.resumed_on,
        "days_stalled": days_stalled(state.stalled_since, state.resumed_on, today),
        "stages": [_move(move) for move in state.moves],
        "funding": _funding(state.ledger),
        "disputes": _disputes(state, today),
        "meetings": [_meeting(held) for held in state.meetings],
        "cases": [
            {"case_id": case.case_id, "kind": case.kind, "linked_on": case.on}
            for case in state.cases
        ],
    }


def _move(move: m.StageChanged) -> Json:
    before, after = label(move.before), label(move.after)
    return {"before": before, "after": after, "on": move.on, "reason": move.reason}


def _funding(ledger: Sequence[m.Funded]) -> Json:
    taken_back = reversed_by(ledger)
    return {
        "total_fen": total(ledger),
        "by_source": {source.value: fen for source, fen in totals(ledger).items()},
        "entries": [
            {
                "reference": entry.reference,
                "source": label(entry.source),
                "amount_fen": entry.amount_fen,
                "on": entry.on,
                "reverses": entry.reverses,
                "reversed_by": taken_back.get(entry.reference),
            }
            for entry in ledger
        ],
    }


def _disputes(state: m.Project, today: date) -> Json:
    entries = [
        {"reference": item.reference, "count": item.count, "on": item.on} for item in state.disputes
    ]
    shown: Json = {"total": sum(item.count for item in state.disputes), "entries": entries}
    shown["warnings"] = [
        {"on": raised.on, "disputes": raised.disputes} for raised in state.warnings
    ]
    if not state.disputes:
        return shown | {"at_risk": False}
    limit = state.disputes[-1].limit  # what the last ones were judged by, as in the list
    last = risk_until(state.disputes, limit)
    return shown | {
        "in_window": in_window(state.disputes, limit.window_days, today),
        "window_days": limit.window_days,
        "threshold": limit.threshold,
        "at_risk": last is not None and today <= last,
        "risk_until": last,
    }


def _meeting(held: m.MeetingHeld) -> Json:
    return {
        "meeting": label(held.meeting),
        "on": held.on,
        "decisions": list(held.decisions),
        "moved_because": held.moved_because,
    }


def _date(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
