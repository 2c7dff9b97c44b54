"""How each fact changes a case or an access key. Pure."""

from dataclasses import replace

from services.intake import access
from services.intake import facts as f
from services.intake import model as m


def evolve(state: m.State, fact: f.Fact) -> m.State:
    """Give the state after a fact."""
    changed = _case(state, fact) if isinstance(state, m.Case) else _key(state, fact)
    if changed is None:
        msg = f"{type(fact).__name__} is no fact of a {type(state).__name__}"
        raise TypeError(msg)
    return changed


def _case(case: m.Case, fact: f.Fact) -> m.Case | None:
    changed: m.Case | None = None
    match fact:
        case f.Filed():
            changed = replace(case, filed=fact)
        case f.PlacedFact(placed):
            changed = replace(case, places={**case.places, **{item.task: item for item in placed}})
        case f.Released(task, round_):
            changed = replace(case, released={**case.released, task: round_})
        case f.Closed(concluded_on):
            changed = replace(case, closed_on=concluded_on)
        case f.Withdrawn():
            changed = replace(case, withdrawn=fact)
        case f.Concluded():
            changed = replace(case, concluded=fact)
    return changed or _exchange(case, fact)


def _exchange(case: m.Case, fact: f.Fact) -> m.Case | None:
    changed: m.Case | None = None
    match fact:
        case f.Asked(request):
            changed = replace(case, requests={**case.requests, request.key: request})
        case f.Answered():
            changed = replace(case, answers={**case.answers, fact.key: fact})
        case f.Attached(attachment):
            changed = replace(case, attachments={**case.attachments, attachment.id: fact})
        case f.Opened():
            changed = replace(case, opened=(*case.opened, fact))
        case f.Disclosed():
            changed = replace(case, disclosures=(*case.disclosures, fact))
    return changed


def _key(key: m.Key, fact: f.Fact) -> m.Key | None:
    match fact:
        case access.KeyIssued():
            return replace(key, issued=fact)
        case access.KeyRevoked(at):
            return replace(key, revoked_at=at)
    return None
