"""The state of an assignment after a fact: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.agencies import model as m

STAGES: Mapping[str, m.Stage] = {
    stage.value: stage
    for stage in m.Stage
    if stage not in (m.Stage.UNKNOWN, m.Stage.DELIVERED, m.Stage.RECALLED)
}
"""The stage that an act of this type leads to; other acts change none."""


def evolve(state: m.Assignment, fact: m.Fact) -> m.Assignment:  # noqa: PLR0911 - a table
    """Give the state after a fact."""
    state = replace(state, count=state.count + 1)
    match fact:
        case m.Delivered():
            return _delivered(state, fact)
        case m.Redelivered():
            return _redelivered(state, fact)
        case m.Refused():
            return _restaged(_without_request(replace(state, refused=(*state.refused, fact)), fact))
        case m.Attached(attachment=attachment):
            return replace(state, attachments=_joined(state.attachments, (attachment,)))
        case m.Clustered(clusters=clusters):
            return replace(state, clusters=_clustered(state.clusters, clusters))
        case m.Urged():
            return replace(state, urges=(*state.urges, fact))
        case m.Instructed(instruction=instruction):
            return replace(state, instructions=(*state.instructions, instruction))
        case m.Linked(link=link):
            return replace(state, links=(*state.links, link))
        case _:
            return _acted(state, fact)


def _redelivered(state: m.Assignment, fact: m.Redelivered) -> m.Assignment:
    if state.given is None:
        return state
    due = (fact.receipt_due, fact.resolution_due)
    given = replace(state.given, receipt_due=due[0], resolution_due=due[1])
    return replace(state, given=given, deliveries=state.deliveries + 1)


def _delivered(state: m.Assignment, fact: m.Delivered) -> m.Assignment:
    given = fact.given
    state = replace(
        state,
        office=given.office,
        case_id=given.case_id,
        given=given,
        findings=fact.findings,
        delivered_at=fact.at,
        begun=state.count,
        deliveries=state.deliveries + 1,
        attachments=_joined(given.attachments, state.attachments),
    )
    return _restaged(state)


def _acted(state: m.Assignment, fact: m.Said | m.Supplied | m.Recalled) -> m.Assignment:
    state = replace(state, acts=(*state.acts, fact), numbers=(*state.numbers, state.count))
    match fact:
        case m.Failed(_, office, case_id):
            state = replace(state, office=office, case_id=case_id)
        case m.Requested(at, by, number, question):
            asked = m.Request(number, question, at, by)
            state = replace(state, requests=(*state.requests, asked))
        case m.Supplied():
            state = _answered(state, fact)
        case m.Recalled():
            state = replace(state, recalled=fact)
    if isinstance(fact, m.Recalled) or fact.type in STAGES:
        return _restaged(state)
    return state


def _restaged(state: m.Assignment) -> m.Assignment:
    """Say how far it is by what counts: what was refused doesn't, and a recall ends it."""
    stage, since = _stage(state)
    return replace(state, stage=stage, since=since)


def _stage(state: m.Assignment) -> tuple[m.Stage, datetime | None]:
    begun = sum(number <= state.begun for number in state.numbers)
    refused = {item.number for item in state.refused}
    known = state.begun > 0
    stage, since = (
        (m.Stage.DELIVERED, state.delivered_at) if known else (m.Stage.UNKNOWN, state.since)
    )
    for act, number in zip(state.acts[begun:], state.numbers[begun:], strict=True):
        if act.type in STAGES and number not in refused:
            stage, since = STAGES[act.type], act.at
    if state.recalled and stage is not m.Stage.UNKNOWN:
        return m.Stage.RECALLED, state.recalled.at
    return stage, since


def _answered(state: m.Assignment, fact: m.Supplied) -> m.Assignment:
    known = {item.number: item for item in state.requests}
    asked = known.get(fact.request, m.Request(fact.request, ""))
    known[fact.request] = replace(
        asked, answer=fact.answer, answered_at=fact.at, attachments=fact.attachments
    )
    given = state.given
    if given and fact.resolution_due:
        given = replace(given, resolution_due=fact.resolution_due)
    return replace(
        state,
        given=given,
        requests=tuple(known[number] for number in sorted(known)),
        attachments=_joined(state.attachments, fact.attachments),
    )


def _without_request(state: m.Assignment, fact: m.Refused) -> m.Assignment:
    """Forget a question that was not taken: the filer will never see it."""
    if fact.number not in state.numbers:
        return state
    act = state.acts[state.numbers.index(fact.number)]
    if not isinstance(act, m.Requested):
        return state
    left = tuple(item for item in state.requests if item.number != act.request)
    return replace(state, requests=left)


def _joined(known: Sequence[m.Json], more: Sequence[m.Json]) -> tuple[m.Json, ...]:
    """Add the files that are not there yet."""
    return tuple({item["attachment_id"]: item for item in (*more, *known)}.values())


def _clustered(known: Sequence[m.Json], more: Sequence[m.Json]) -> tuple[m.Json, ...]:
    """Take what is said last of each cluster: it has grown."""
    found = {(item["alike"], item["what"]): item for item in (*known, *more)}
    return tuple(found.values())
