"""Who holds a case, how long each has had it, and who waits for whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.routing.holding import clock, holds
from services.routing.model import Route, Supply, Withdraw
from services.routing.rulebook import Filing

CASE = "c" + "a" * 24
TAX, SOCIAL, COURT = "tax.410526", "social_security.410526", "court.410526"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(begin: Callable[[Filing], Any], filing: Callable[..., Filing]) -> Any:
    """A case of two offices, filed on a Monday at 9."""
    return begin(filing(needs=("tax_clearance", "retirement")))


def shown(world: Any) -> dict[str, Any]:
    return clock(world.state, world.book, world.now)


def held(world: Any) -> dict[str, tuple[int, int, bool]]:
    """Give hours, working days and whether it holds the case now, by holder."""
    return {
        one["office"]: (one["seconds"] // 3600, one["working_days"], one["holds_now"])
        for one in shown(world)["holders"]
    }


def chain(world: Any) -> set[tuple[str, str, str]]:
    """Give who waits for whom, and for what."""
    return {
        (link["waits"]["office"] if link["waits"] else "", link["for"]["office"], link["task"])
        for link in shown(world)["chain"]
    }


def test_each_office_holds_its_own_part_until_it_is_done(world: Any) -> None:
    world.now += DAY
    world.say("resolved", "retirement")
    world.now += DAY
    assert held(world) == {TAX: (48, 2, True), SOCIAL: (24, 1, False)}
    assert chain(world) == {(COURT, TAX, "tax_clearance")}
    whole = shown(world)
    assert (whole["seconds"] // 3600, whole["working_days"]) == (48, 2)


def test_while_the_filer_is_asked_the_office_waits_for_it(world: Any) -> None:
    world.now += 5 * HOUR
    world.say("requested", "tax_clearance", request=1)
    assert chain(world) == {(TAX, COURT, "tax_clearance"), (COURT, SOCIAL, "retirement")}
    world.now += 7 * DAY
    world.do(Supply(f"{CASE}.tax_clearance.1", 1, "见附件", world.book))
    world.now += 2 * HOUR
    hours = {name: found[0] for name, found in held(world).items()}
    assert hours == {SOCIAL: 175, COURT: 168, TAX: 7}
    assert held(world)[COURT][1:] == (5, False)  # five working days a week
    holders = [hold.office for hold in holds(world.state, world.book) if hold.task != "retirement"]
    assert holders == [TAX, COURT, TAX]


def test_of_what_is_held_side_by_side_each_moment_counts_once(
    begin: Callable[[Filing], Any], filing: Callable[..., Filing]
) -> None:
    world = begin(filing(needs=("retirement", "social_insurance")))
    world.now += 10 * HOUR
    assert held(world) == {SOCIAL: (10, 0, True)}
    assert len(shown(world)["holds"]) == 2


def test_a_task_at_the_desk_is_held_by_the_liaison_office_until_it_is_routed(
    begin: Callable[[Filing], Any], filing: Callable[..., Filing]
) -> None:
    world = begin(filing(needs=("unheard_of",)))
    desk = world.book.liaison_for("410526")
    world.now += 3 * HOUR
    assert chain(world) == {(COURT, desk, "unheard_of")}
    assert shown(world)["holders"][0]["role"] == "liaison"
    world.do(Route("unheard_of", TAX, "由其办理", world.book, "李某"))
    assert [(name, found[2]) for name, found in held(world).items()] == [(TAX, True), (desk, False)]


def test_an_overdue_task_waits_at_the_desk_for_its_office(world: Any) -> None:
    world.say("delivered", "tax_clearance")
    world.say("resolved", "retirement")
    for _ in range(9):
        world.tick(10 * DAY)
    (risen,) = world.state.alarms.values()
    assert risen.why == "overdue"
    city = world.book.liaison_for("410500")
    assert chain(world) == {(COURT, city, "tax_clearance"), (city, TAX, "tax_clearance")}


def test_when_all_is_done_the_filer_has_the_last_word(world: Any) -> None:
    filing = replace(world.state.filing, concluded_by_filer=True)
    world.state = replace(world.state, filing=filing)
    world.state = replace(
        world.state, history=(replace(world.facts[0], filing=filing), *world.facts[1:])
    )
    for task in ("tax_clearance", "retirement"):
        world.say("resolved", task)
    world.now += 2 * DAY
    (link,) = shown(world)["chain"]
    assert (link["waits"], link["for"]["office"]) == (None, COURT)
    assert (link["for"]["role"], link["what"]["code"]) == ("filer", "conclusion")
    assert link["working_days"] == 2


def test_the_clock_of_a_closed_case_stands(world: Any) -> None:
    world.now += DAY
    world.do(Withdraw("撤回", world.state.filing.filed_on, "王某"))
    before = shown(world)
    world.now += 30 * DAY
    after = shown(world)
    assert before["chain"] == after["chain"] == []
    for name in ("seconds", "working_days", "holders", "holds"):
        assert before[name] == after[name]


def test_beyond_the_table_of_holidays_working_days_are_provisional(world: Any) -> None:
    assert shown(world)["provisional"] is False
    world.now += 900 * DAY
    assert shown(world)["provisional"] is True
