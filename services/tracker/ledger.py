"""The funding ledger: entries that stand for ever, and reversals that take one back whole. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.runtime.domain import RefusedError
from services.tracker.model import MAX_TOTAL_FEN, Fund, Funded, Funder, Reverse


def totals(ledger: Sequence[Funded]) -> Mapping[Funder, int]:
    """Add up the entries by source, in fen; every source is named. No sum is ever negative."""
    return {
        source: sum(entry.amount_fen for entry in ledger if entry.source is source)
        for source in Funder
    }


def total(ledger: Sequence[Funded]) -> int:
    """Add up all entries, in fen."""
    return sum(entry.amount_fen for entry in ledger)


def reversed_by(ledger: Sequence[Funded]) -> Mapping[str, str]:
    """Give for each entry that was taken back the reference of the one that did it."""
    return {entry.reverses: entry.reference for entry in ledger if entry.reverses is not None}


def enter(ledger: Sequence[Funded], given: Fund | Reverse, today: date) -> Sequence[Funded]:
    """Give the new entry; nothing for one that is there already, word for word.

    Raises RefusedError for the reference of another entry, an amount below 1 fen, a total above
    MAX_TOTAL_FEN, a date in the future, and what can't be reversed (see `_reversal`).
    """
    match given:
        case Fund(reference, source, amount_fen, on):
            entry = Funded(reference, source, amount_fen, on)
        case Reverse():
            entry = _reversal(ledger, given)
    known = _find(ledger, entry.reference)
    if known == entry:
        return ()
    if known is not None:
        msg = f"the ledger has another entry with the reference {entry.reference}"
        raise RefusedError(msg)
    if entry.on > today:
        raise RefusedError("lies in the future", "on")
    _check_amount(ledger, entry)
    return (entry,)


def _check_amount(ledger: Sequence[Funded], entry: Funded) -> None:
    if entry.reverses is not None:
        if (other := reversed_by(ledger).get(entry.reverses)) is not None:
            msg = f"the entry {entry.reverses} was reversed before, by {other}"
            raise RefusedError(msg)
        return
    if entry.amount_fen < 1:
        raise RefusedError("must be at least 1 fen", "amount_fen")
    if total(ledger) + entry.amount_fen > MAX_TOTAL_FEN:
        msg = f"would take the total above {MAX_TOTAL_FEN} fen"
        raise RefusedError(msg, "amount_fen")


def _reversal(ledger: Sequence[Funded], given: Reverse) -> Funded:
    """Make the negative of an entry. Raises RefusedError for none, a reversal, a day before it."""
    entry = _find(ledger, given.reverses)
    if entry is None:
        raise RefusedError("names no entry of this ledger", "reverses")
    if entry.reverses is not None:
        msg = "names a reversal, which can't be reversed: enter the money under a new reference"
        raise RefusedError(msg, "reverses")
    if given.on < entry.on:
        msg = f"is before the entry it reverses, which is of {entry.on}"
        raise RefusedError(msg, "on")
    return Funded(given.reference, entry.source, -entry.amount_fen, given.on, entry.reference)


def _find(ledger: Sequence[Funded], reference: str) -> Funded | None:
    return next((entry for entry in ledger if entry.reference == reference), None)
