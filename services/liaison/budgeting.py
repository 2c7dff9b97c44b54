"""The budget line: what a year has, and what is spent of it. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.liaison import facts as f
from services.liaison import model as m
from services.liaison.instructing import SAID_BEFORE, differing, not_in_the_future
from services.liaison.parts import Expense
from services.runtime.domain import NotYetError, RefusedError


def set_(state: m.Budget, given: m.SetBudget, now: datetime) -> Sequence[f.Fact]:
    """Set a year's budget; another sum later needs its reason and covers what is spent."""
    if state.amount_fen == given.amount_fen:
        return ()
    if state.settings and not given.why:
        raise RefusedError(f"is needed: the budget is {state.amount_fen} fen already", "why")
    if given.amount_fen < state.spent_fen:
        raise RefusedError(f"is less than what is spent, {state.spent_fen} fen", "amount_fen")
    return (f.BudgetSet(given.amount_fen, given.why, given.by, now),)


def spend(state: m.Budget, given: m.Spend, now: datetime) -> Sequence[f.Fact]:
    """Enter an expense within the budget and its year, or take one back whole, once."""
    if state.amount_fen is None:
        raise NotYetError(state.id)
    expense = _reversed(state, given) if given.expense.reverses else given.expense
    known = {item.expense.reference: item.expense for item in state.spent}
    if before := known.get(expense.reference):
        if found := differing(before, expense):
            raise m.DiffersError(f"the entry {expense.reference} {SAID_BEFORE}", found)
        return ()
    not_in_the_future(expense.on, now, "on")
    if not state.id.endswith(f":{expense.on.year}"):
        raise RefusedError("is not a day of the budget's year", "on")
    if expense.reverses and any(item.reverses == expense.reverses for item in known.values()):
        raise RefusedError(f"{expense.reverses} is taken back already", "reverses")
    if state.spent_fen + expense.amount_fen > state.amount_fen:
        left = state.amount_fen - state.spent_fen
        raise RefusedError(f"is more than what is left of the budget, {left} fen", "amount_fen")
    return (f.Spent(expense, given.by, now),)


def _reversed(state: m.Budget, given: m.Spend) -> Expense:
    expense = given.expense
    for item in state.spent:
        if item.expense.reference == expense.reverses and item.expense.reverses is None:
            return replace(
                expense, amount_fen=-item.expense.amount_fen, purpose=item.expense.purpose
            )
    raise RefusedError(f"there is no expense {expense.reverses} to take back", "reverses")
