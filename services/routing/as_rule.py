"""A rule made of what the liaison officer decided by hand for one task. No I/O."""

from typing import Any

from pydantic import ValidationError

from fuyuan_contracts.data import Agency
from services.routing.conditions import overlap, tasks
from services.routing.files import (
    DaysEntry,
    Named,
    Prefix,
    RuleEntry,
    RuleId,
    Rules,
    WorkingDays,
    plain,
    problems_of,
)
from services.routing.rulebook import Filing, Office
from services.runtime.domain import RefusedError
from services.runtime.http import Body
from services.runtime.personal import ToldLine


class AsRule(Body):
    """What the officer says of the rule; the case, the task and the chosen office give the rest."""

    id: RuleId
    agency: Agency | None = None
    """Only to be sure: it is the chosen office's."""
    division: Prefix | None = None
    """Only for cases of this division; None: wherever."""
    receipt_days: WorkingDays | None = None
    resolution_days: WorkingDays | None = None
    green: DaysEntry | None = None
    over: bool = False
    """The rules that send the same task to others yield to it."""
    reason: Named | None = None
    """Shown with each decision; None: why it was made."""
    why: ToldLine | None = None
    """Of the new version; None: the reason of the decision."""


def rule_for(  # noqa: PLR0913, PLR0917 - all that a rule comes from
    filing: Filing, task: str, office: Office, said: AsRule, why: str, rules: Rules
) -> RuleEntry:
    """Make the rule that sends this task of such cases to the chosen office's agency.

    Days nobody named are those of a similar rule. Raises RefusedError naming the field.
    """
    if said.agency not in (None, office.agency):
        text = f"the chosen office {office.id} is of the agency {office.agency}"
        raise RefusedError(text, "as_rule.agency")
    if said.division and not filing.division.startswith(said.division):
        text = f"the rule would not apply to this case: it is of {filing.division}"
        raise RefusedError(text, "as_rule.division")
    if any(rule.id == said.id for rule in rules.rules):
        raise RefusedError(f"{said.id} is taken: choose another id", "as_rule.id")
    when: dict[str, Any] = {"kind": filing.kind}
    of_case = task in filing.needs
    if of_case:
        when["need"] = task
    if said.division:
        when["division"] = said.division
    reason = said.reason or Named(zh=why, en=f"decided at the liaison desk: {why}"[:200])
    made = {
        "id": said.id,
        "when": when,
        "agency": office.agency,
        **({} if of_case else {"task": task}),
        **_days(filing, task, office, said, rules),
        "reason": plain(reason),
    }
    try:
        return RuleEntry.model_validate(made)
    except ValidationError as error:
        path, text = problems_of(error)[0]
        raise RefusedError(text, f"as_rule.{path}".rstrip(".")) from error


def before_others(rules: Rules, rule: RuleEntry) -> Rules:
    """Let the rules that may give the same task to another yield to this one."""
    entries = tuple(
        other.model_copy(update={"yields_to": (*other.yields_to, rule.id)})
        if _disputes(other, rule)
        else other
        for other in rules.rules
    )
    return rules.model_copy(update={"rules": entries})


def _disputes(other: RuleEntry, rule: RuleEntry) -> bool:
    same = other.when.kind == rule.when.kind and bool(tasks(other) & tasks(rule))
    return same and other.agency != rule.agency and overlap(other.when, rule.when)


def similar(filing: Filing, task: str, agency: str, rules: Rules) -> RuleEntry | None:
    """Find the rule of the same kind most like it: for the same task, the same agency, or both."""
    found = [
        rule
        for rule in rules.rules
        if rule.when.kind == filing.kind
        and (task in (*rule.when.needs, rule.task) or rule.agency == agency)
    ]

    def unlike(rule: RuleEntry) -> tuple[bool, bool, int, str]:
        other_task = task not in (*rule.when.needs, rule.task)
        return other_task, rule.agency != agency, rule.resolution_days, rule.id

    return min(found, key=unlike, default=None)


def _days(filing: Filing, task: str, office: Office, said: AsRule, rules: Rules) -> dict[str, Any]:
    like = similar(filing, task, office.agency, rules)
    receipt = said.receipt_days or (like.receipt_days if like else None)
    resolution = said.resolution_days or (like.resolution_days if like else None)
    if receipt is None or resolution is None:
        name = "receipt_days" if receipt is None else "resolution_days"
        text = f"no rule of {filing.kind} is similar: say the days (receipt_days, resolution_days)"
        raise RefusedError(text, f"as_rule.{name}")
    green = said.green or (like.green if like else None)
    return {
        "receipt_days": receipt,
        "resolution_days": resolution,
        "green": {  # never slower than the ordinary lane
            "receipt_days": min(receipt, green.receipt_days) if green else receipt,
            "resolution_days": min(resolution, green.resolution_days) if green else resolution,
        },
    }
