"""Links between cases: decided, said, heard on the other side, and shown to who may see them."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fuyuan_contracts import events as e
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.ids import case_id
from services.routing.evolving import evolve
from services.routing.facts import Fact
from services.routing.handlers import STREAM, build_read
from services.routing.inputs import File, Link, Withdraw
from services.routing.link_facts import Linked
from services.routing.linking import MOST_LINKS
from services.routing.model import Case
from services.routing.rulebook import Filing, Rulebook
from services.routing.rules import decide
from services.routing.wording import to_wire
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.service import Service
from services.runtime.streams import Received, Source, Work

ONE, OTHER, THIRD = ("c" + letter * 24 for letter in "abc")


class Cases:
    """Two cases, and what routing says of one as it hears it itself."""

    def __init__(self, book: Rulebook, filing: Filing, now: Any) -> None:
        self.book, self.now = book, now
        self.states = {name: Case(name) for name in (ONE, OTHER)}
        for name in self.states:
            self.take(Work(name, File(filing, book)))

    def take(self, work: Work[Any]) -> list[Fact]:
        facts = list(decide(self.states[work.subject], work.input, self.now))
        for fact in facts:
            self.states[work.subject] = evolve(self.states[work.subject], fact)
        return facts

    def hear(self, subject: str, fact: Fact) -> Work[Any] | None:
        out = to_wire(self.states[subject], fact)
        assert out is not None
        assert isinstance(out.data, e.CaseLinked)
        assert out.key == "case.linked.bankruptcy"
        envelope = Envelope(
            id="i", source=out.source, type=out.data.TYPE, subject=subject, time=self.now,
            sequence=9, data=out.data.model_dump(mode="json"),
        )  # fmt: skip
        received = Received(envelope, out.data, Source("q.routing"))
        return build_read(lambda: self.book)(received)


@pytest.fixture
def cases(book: Rulebook, filing: Callable[..., Filing], now: Any) -> Cases:
    return Cases(book, filing(), now)


def test_a_link_reaches_the_other_case_over_the_bus_and_stops_there(cases: Cases) -> None:
    fact, _ = cases.take(Work(ONE, Link(OTHER, "continues", "上诉", by="王某")))
    stored = STREAM.facts.validate_python(STREAM.facts.dump_python(fact, mode="json"))
    assert stored == fact
    heard = cases.hear(ONE, fact)
    assert heard is not None
    assert heard.subject == OTHER
    there, _ = cases.take(heard)
    assert there == Linked(ONE, "continues", "上诉", "to", cases.now, "王某")
    assert cases.hear(OTHER, there) is None
    assert cases.take(heard) == []


def test_a_link_is_told_to_the_offices_at_work_which_hear_the_id_and_why_and_no_more(
    cases: Cases,
) -> None:
    _, fact = cases.take(Work(ONE, Link(OTHER, "same_party", "同一集团", by="王某")))
    stored = STREAM.facts.validate_python(STREAM.facts.dump_python(fact, mode="json"))
    assert stored == fact
    out = to_wire(cases.states[ONE], fact)
    assert out is not None
    assert (out.exchange, out.key) == ("inbox", "tax.410526")
    assert isinstance(out.data, e.CaseLinked)
    assert out.data.model_dump(exclude_defaults=True) == {
        "case_id": ONE, "kind": "bankruptcy", "division": "410526", "other": OTHER,
        "relation": "same_party", "reason": "同一集团",
        "assignment_ids": (f"{ONE}.tax_clearance.1",),
    }  # fmt: skip
    cases.take(Work(ONE, Withdraw("和解", date(2026, 3, 2))))
    (alone,) = cases.take(Work(ONE, Link(THIRD, "other", "甲")))  # nobody is at work any more
    assert isinstance(alone, Linked)


@pytest.mark.parametrize(
    ("first", "then", "new"),
    [
        (Link(OTHER, "same_matter", "甲"), Link(OTHER, "same_matter", "乙"), False),
        (Link(OTHER, "same_matter", "甲"), Link(OTHER, "same_party", "甲"), True),
        (Link(OTHER, "same_matter", "甲"), Link(THIRD, "same_matter", "甲"), True),
        (Link(OTHER, "same_party", "甲", "to"), Link(OTHER, "same_party", "甲"), False),
        (Link(OTHER, "continues", "甲", "to"), Link(OTHER, "continues", "甲"), True),
    ],
)
def test_a_link_that_is_there_from_whichever_side_is_not_made_again(
    cases: Cases, first: Link, then: Link, *, new: bool
) -> None:
    cases.take(Work(ONE, first))
    assert bool(cases.take(Work(ONE, then))) is new


def test_what_can_not_be_linked(cases: Cases) -> None:
    with pytest.raises(RefusedError) as refused:
        cases.take(Work(ONE, Link(ONE, "other", "甲")))
    assert refused.value.field == "other"
    with pytest.raises(NotYetError):
        decide(Case(THIRD), Link(ONE, "other", "甲", "to"), cases.now)
    for number in range(MOST_LINKS):
        cases.take(Work(ONE, Link(f"c{number}", "other", "甲")))
    with pytest.raises(RefusedError, match="200 links already"):
        cases.take(Work(ONE, Link(OTHER, "other", "甲")))
    # what another case has been linked with is heard all the same
    assert cases.take(Work(ONE, Link(OTHER, "other", "甲", "to")))


# --- over HTTP, on the real database

Ask = Callable[..., Any]
HERE, THERE = "410526", "410527"


@pytest.fixture
def file(routing: Service[Any, Any, Any], book: Rulebook, filing: Any) -> Callable[..., Any]:
    async def go(**changes: Any) -> str:
        made: Filing = filing(**changes)
        made = replace(made, reference=uuid.uuid4().hex, filer=f"court.{made.division}")
        name = case_id(b"test", made.filer, made.reference)
        await routing.engine.submit(Work(name, File(made, book)))
        return name

    return go


def body(other: str, **changes: Any) -> dict[str, Any]:
    return {"other": other, "relation": "same_matter", "reason": "复议与信访同一事项", **changes}


async def test_a_link_is_shown_in_the_list_the_status_and_the_history(ask: Ask, file: Any) -> None:
    one, other = await file(), await file(division=THERE)
    for _ in range(2):
        answer = await ask("POST", f"cases/{one}/links", json=body(other))
        assert answer.status_code == 200, answer.text
    (link,) = (await ask("GET", f"cases/{one}/links")).json()["links"]
    assert (link["other"], link["side"], link["by"]) == (other, "from", "王某")
    assert link["relation"] == {"code": "same_matter", "zh": "同一事项", "en": "the same matter"}
    status = (await ask("GET", f"cases/{one}")).json()
    assert [item["other"] for item in status["links"]] == [other]
    (entry,) = [item for item in status["history"] if item["what"]["code"] == "linked"]
    assert (entry["text"], entry["reason"]) == (f"同一事项：{other}", "复议与信访同一事项")


async def test_number_and_title_of_the_other_are_shown_to_who_may_see_it(
    ask: Ask, file: Any
) -> None:
    one, other = await file(), await file(division=THERE)
    await ask("POST", f"cases/{one}/links", json=body(other))
    for _ in range(100):
        (link,) = (await ask("GET", f"cases/{one}/links")).json()["links"]
        if link["number"]:
            break
        await asyncio.sleep(0.05)
    assert (link["title"], len(link["number"])) == ("某某公司破产重整", 32)
    for who in ({"role": "filer", "office": f"court.{HERE}"},
                {"role": "officer", "office": f"tax.{HERE}"},
                {"role": "liaison", "division": HERE}):  # fmt: skip
        for path in ("/links", ""):
            (link,) = (await ask("GET", f"cases/{one}{path}", **who)).json()["links"]
            assert (link["other"], link["number"], link["title"]) == (other, None, None)


FILER, LIAISON = {"role": "filer", "office": f"court.{HERE}"}, {"role": "liaison"}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"role": "operator"}, 200),
        ({**LIAISON, "division": "410500"}, 200),
        ({**LIAISON, "division": HERE}, 404),
        (FILER, 404),
        ({"role": "officer", "office": f"tax.{HERE}"}, 403),
    ],
)
async def test_one_links_only_what_one_may_see(
    ask: Ask, file: Any, *, who: dict[str, Any], status: int
) -> None:
    one, other = await file(), await file(division=THERE)
    answer = await ask("POST", f"cases/{one}/links", json=body(other), **who)
    assert answer.status_code == status
    if status == 404:
        assert [item["field"] for item in answer.json()["errors"]] == ["other"]
        assert (await ask("GET", f"cases/{one}/links")).json()["links"] == []
        back = await ask("POST", f"cases/{other}/links", json=body(one), **who)
        assert (back.status_code, back.json()["errors"]) == (404, [])


async def test_a_filer_links_its_own_cases(ask: Ask, file: Any) -> None:
    one, other = await file(), await file()
    answer = await ask("POST", f"cases/{one}/links", json=body(other), **FILER)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"other": THIRD}, 404, "other"),
        ({"other": "x"}, 422, "other"),
        ({"other": None}, 422, "other"),
        ({"relation": "cousin"}, 422, "relation"),
        ({"reason": " "}, 422, "reason"),
        ({"reason": "电话13912345678"}, 422, "reason"),
        ({"why": "x"}, 422, "why"),
    ],
)
async def test_a_wrong_link_names_its_field(
    ask: Ask, file: Any, changes: dict[str, Any], status: int, field: str
) -> None:
    one = await file()
    answer = await ask("POST", f"cases/{one}/links", json=body(one) | changes)
    assert answer.status_code == status
    assert [item["field"] for item in answer.json()["errors"]] == [field]


async def test_a_case_is_not_linked_with_itself(ask: Ask, file: Any) -> None:
    one = await file()
    answer = await ask("POST", f"cases/{one}/links", json=body(one))
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == ["other"]
