"""What intake decides: pure functions, no clock and no I/O."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from services.intake import access, attaching, ending, information
from services.intake import facts as f
from services.intake import model as m
from services.runtime.domain import NotYetError, RefusedError, business_day


def initial(subject: str) -> m.State:
    """Start a subject: an access key or a case, told by its name."""
    if subject.startswith(m.KEY_PREFIX):
        return m.Key(subject.removeprefix(m.KEY_PREFIX))
    return m.Case(subject)


def decide(state: m.State, given: m.Input, now: datetime) -> Sequence[f.Fact]:
    """Decide what follows; the same filing, ending, answer, file or revocation gives nothing.

    Raises NotYetError for an unknown case, key, request or file; ReferenceTakenError,
    SaidBeforeError, NotEntitledError, RefusedError.
    """
    match state, given:
        case m.Case(), m.File(filing):
            return _file(state, filing, now)
        case m.Case(filed=None), _:
            raise NotYetError
        case m.Case(), m.Place() | m.Release() | m.Close() | m.Ask():
            return _hear(state, given)
        case m.Case(), m.Withdraw() | m.Conclude() | m.Answer():
            return _of_filer(state, given, now)
        case m.Case(), m.Attach() | m.Open() | m.Disclose():
            return _of_data(state, given, now)
        case m.Key(), m.IssueKey() | m.RevokeKey():
            return _of_key(state, given, now)
    msg = f"{type(given).__name__} can't be decided on {type(state).__name__}"
    raise TypeError(msg)


def receipt_number(case_id: str, filed_at: datetime) -> str:
    """Derive a receipt's number: the business date and the start of the case id, in capitals."""
    return f"{business_day(filed_at):%Y%m%d}-{case_id[1:11].upper()}"


def differences(before: f.Filing, after: f.Filing) -> tuple[str, ...]:
    """Name the fields in which two filings differ, with dots; personal values by their digest."""
    return tuple(sorted(_differences(_comparable(before), _comparable(after), "")))


def refusals(values: Mapping[str, Any], divisions: Collection[str], today: date) -> dict[str, str]:
    """Name what a well-formed filing gets wrong: field → what was expected.

    A division must be one of the deployment's, a date not in the future (`values` holds dates as
    dates, at any depth).
    """
    found: dict[str, str] = {}
    for path, value in leaves(values):
        if path.rpartition(".")[2] == "division" and value not in divisions:
            found[path] = "not a division of this deployment (deploy/offices.yaml)"
        elif isinstance(value, date) and value > today:
            found[path] = f"is in the future: today is {today} (Asia/Shanghai)"
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Give every value in nested JSON that isn't null, with its path in dots."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}.{number}")
    elif value is not None:
        yield path, value


def _file(state: m.Case, filing: f.Filing, now: datetime) -> Sequence[f.Fact]:
    if state.filed is None:
        return [f.Filed(filing, receipt_number(state.id, now), now)]
    if fields := differences(state.filed.filing, filing):
        raise m.ReferenceTakenError(fields)
    return []


def _hear(case: m.Case, given: m.Place | m.Release | m.Close | m.Ask) -> Sequence[f.Fact]:
    match given:
        case m.Place(placed):
            newer = tuple(item for item in placed if _is_newer(case, item))
            return [f.PlacedFact(newer)] if newer else []
        case m.Release(task, round_):
            return [f.Released(task, round_)] if case.holds(task, round_) else []
        case m.Close(concluded_on):
            return [] if case.closed_on else [f.Closed(concluded_on)]
        case m.Ask():
            return information.ask(case, given)


def _of_filer(
    case: m.Case, given: m.Withdraw | m.Conclude | m.Answer, now: datetime
) -> Sequence[f.Fact]:
    match given:
        case m.Withdraw():
            return ending.withdraw(case, given, now)
        case m.Conclude():
            return ending.conclude(case, given, now)
        case m.Answer():
            return information.answer(case, given, now)


def _of_data(
    case: m.Case, given: m.Attach | m.Open | m.Disclose, now: datetime
) -> Sequence[f.Fact]:
    match given:
        case m.Attach():
            return attaching.attach(case, given, now)
        case m.Open():
            return attaching.open_file(case, given, now)
        case m.Disclose():
            return _disclose(case, given, now)


def _of_key(key: m.Key, given: m.IssueKey | m.RevokeKey, now: datetime) -> Sequence[f.Fact]:
    match given:
        case m.IssueKey(grant):
            return _issue(key, grant, now)
        case m.RevokeKey(known):
            if key.issued is None and not known:
                raise NotYetError
            return [] if key.revoked_at else [access.KeyRevoked(now)]


def _is_newer(state: m.Case, item: f.Placed) -> bool:
    # Routing's events may overtake each other: the later round of a task holds.
    known = state.places.get(item.task)
    return known is None or item.round > known.round


def _disclose(state: m.Case, given: m.Disclose, now: datetime) -> Sequence[f.Fact]:
    if not state.has(given.office):
        msg = "your office has no open task of this case"
        raise m.NotEntitledError(msg)
    if state.sealed(given.field) is None:
        msg = "the filing names none"
        raise RefusedError(msg, given.field)
    return [f.Disclosed(given.office, given.name, given.key_id, given.field, given.purpose, at=now)]


def _issue(state: m.Key, grant: access.Grant, now: datetime) -> Sequence[f.Fact]:
    if state.issued is None:
        return [access.KeyIssued(grant, now)]
    msg = "a key of this id was issued before"
    raise RefusedError(msg)


def _comparable(filing: f.Filing) -> dict[str, Any]:
    contact = filing.contact.comparable() if filing.contact else None
    return {**asdict(replace(filing, contact=None)), "contact": contact}


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before.keys() | after.keys():
            yield from _differences(before.get(name), after.get(name), f"{path}.{name}")
    elif before != after:
        yield path.removeprefix(".")
