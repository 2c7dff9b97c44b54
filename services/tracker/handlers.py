"""Wire ↔ model: filings and funding found become decisions, facts become the tracker's events."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fuyuan_contracts.cases import (
    BankruptcyDetails,
    CivilDisputeDetails,
    Kind,
    ProjectRef,
    StalledProjectDetails,
)
from fuyuan_contracts.events import (
    AssignmentResolved,
    CaseFiled,
    Data,
    MeetingHeld,
    ProjectFunded,
    ProjectRegistered,
    ProjectRiskRaised,
    ProjectStageChanged,
    short_name,
)
from fuyuan_contracts.ids import project_id
from fuyuan_contracts.outcomes import ProjectFunding
from services.runtime.domain import RefusedError
from services.runtime.streams import Outgoing, Received, Stream, Work
from services.tracker import model as m
from services.tracker.ledger import total, totals
from services.tracker.risk import risk_until
from services.tracker.rules import MEETING_OF, decide, evolve

SOURCE = "/services/tracker"


def reader(limit: m.Limit) -> Callable[[Received], Work[m.Input] | None]:
    """Make the reading of messages; `limit` is what disputes are judged by."""
    return lambda received: read(received, limit)


def read(received: Received, limit: m.Limit) -> Work[m.Input] | None:
    """Make the decision a message asks for; None for one that is about no project.

    Raises RefusedError for funding of which routing doesn't say the project.
    """
    match received.data:
        case CaseFiled(details=StalledProjectDetails() as details) as filed:
            link = _link(filed, details.project, _about(details))
            return received.work(_id(details.project), link)
        case CaseFiled(details=BankruptcyDetails(project=ProjectRef() as project)) as filed:
            return received.work(_id(project), _link(filed, project, m.About()))
        case (
            CaseFiled(
                details=CivilDisputeDetails(
                    cause="house_sale", project=ProjectRef() as project, disputes=count
                )
            ) as filed
        ):
            sue = m.Sue(_link(filed, project, m.About()), count, filed.filed_on, limit)
            return received.work(_id(project), sue)
        case AssignmentResolved(outcome=ProjectFunding() as outcome) as resolved:
            return _funding(received, resolved, outcome)
        case _:
            return None


def _funding(
    received: Received, resolved: AssignmentResolved, outcome: ProjectFunding
) -> Work[m.Input] | None:
    if outcome.amount_fen == 0 or outcome.result == "not_possible":
        return None
    if resolved.context is None or resolved.context.project is None:
        raise RefusedError("context.project is missing: which project was funded is not said")
    fund = m.Fund(
        reference=m.BY_ASSIGNMENT + resolved.assignment_id,
        source=m.Funder(outcome.source),
        amount_fen=outcome.amount_fen,
        on=outcome.concluded_on,
    )
    return received.work(_id(resolved.context.project), fund)


def _link(filed: CaseFiled, project: ProjectRef, about: m.About) -> m.Link:
    kind = Kind(filed.details.kind).value
    return m.Link(filed.case_id, kind, project.division, project.name, about)


def _about(details: StalledProjectDetails) -> m.About:
    return m.About(
        developer=details.developer.name,
        stalled_since=details.stalled_since,
        units=details.units,
        households=details.households,
        funding_gap_fen=details.funding_gap_fen,
    )


def _id(project: ProjectRef) -> str:
    return project_id(project.division, project.name)


def to_wire(state: m.Project, fact: m.Fact) -> Outgoing | None:
    """Word a fact as an event; None for those nobody else is told."""
    data = _event(state, fact)
    if data is None:
        return None
    return Outgoing(source=SOURCE, data=data, correlation=state.id, key=short_name(data.TYPE))


def _event(state: m.Project, fact: m.Fact) -> Data | None:
    about: dict[str, Any] = {"project_id": state.id, "division": state.division}
    match fact:
        case m.Registered(name=name, case_id=case):
            since = fact.about.stalled_since
            return ProjectRegistered(**about, name=name, stalled_since=since, case_id=case)
        case m.StageChanged(before, after, on, reason):
            return ProjectStageChanged(
                **about, before=before.value, after=after.value, on=on, reason=reason
            )
        case m.Funded(reference, source, amount, on, reverses):
            return ProjectFunded(
                **about,
                reference=reference,
                source=source.value,
                amount_fen=amount,
                reverses=reverses,
                on=on,
                total_fen=total(state.ledger),
            )
        case m.RiskRaised(disputes, m.Limit(threshold, days), on):
            return ProjectRiskRaised(
                **about, disputes=disputes, threshold=threshold, window_days=days, on=on
            )
        case m.MeetingHeld(meeting, on, decisions):
            return MeetingHeld(**about, meeting=meeting.value, on=on, decisions=decisions)
        case m.CaseLinked() | m.Disputed():
            return None


def view(state: m.Project) -> dict[str, Any] | None:
    """Give the document the lists show: days as `YYYY-MM-DD`, money in fen.

    `risk_until` is the last day of the present risk, so that time alone can end it.
    """
    if state.registered_on is None:
        return None
    meetings = [held.on for held in state.meetings]
    limit = state.disputes[-1].limit if state.disputes else None
    return {
        "division": state.division,
        "name": state.name,
        "developer": state.about.developer,
        "registered_on": _iso(state.registered_on),
        "stage": state.stage.value,
        "stage_since": _iso(state.stage_since),
        "stalled_since": _iso(state.stalled_since),
        "resumed_on": _iso(state.resumed_on),
        "total_fen": total(state.ledger),
        "by_source": {source.value: fen for source, fen in totals(state.ledger).items()},
        "disputes": sum(item.count for item in state.disputes),
        "risk_until": _iso(risk_until(state.disputes, limit)) if limit else None,
        "warnings": len(state.warnings),
        "cases": len(state.cases),
        "last_meeting_on": _iso(max(meetings, default=None)),
        "next_meeting": MEETING_OF[state.stage].value if state.stage in MEETING_OF else None,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


STREAM: Stream[m.Project, m.Input, m.Fact] = Stream(
    initial=m.Project,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[m.Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)
