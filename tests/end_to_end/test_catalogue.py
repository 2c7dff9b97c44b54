"""Every kind of case, as the report's own cases go: filed, answered, concluded, closed."""

import json
from collections.abc import Iterator

import pytest

from fuyuan_contracts.cases import Kind
from services.stack.demo import play
from services.stack.samples import SAMPLES, Sample, read_samples
from tests.support.world import Json, World, until


@pytest.fixture(scope="module")
def played(world: World) -> dict[str, list[Sample]]:
    """Play all samples at once, under references of this run; by kind."""
    samples = read_samples(SAMPLES)
    prefix = world.reference()
    for sample in samples:
        sample.filing["reference"] = f"{prefix} {sample.number}"
        for link in sample.links:
            link["reference"] = f"{prefix} {link['reference']}"
    play(world.local, samples, lambda _text: None)
    kinds: dict[str, list[Sample]] = {}
    for sample in samples:
        kinds.setdefault(sample.filing["details"]["kind"], []).append(sample)
        if sample.state == "closed":
            world.closed.append(sample.case_id)
    return kinds


@pytest.mark.parametrize("kind", list(Kind))
def test_a_case_of_every_kind_goes_from_filing_to_its_end(
    played: dict[str, list[Sample]], kind: Kind
) -> None:
    samples = played[kind]
    assert samples
    for sample in samples:
        assert sample.ended, json.dumps(sample.status, ensure_ascii=False)[:3000]
        asked = set(sample.filing["details"].get("needs") or sample.filing["details"]["measures"])
        tasks = {item["task"] for item in sample.assignments}
        assert tasks == asked
        for item in sample.assignments:
            if outcome := sample.answers.get(item["task"]):
                assert item["state"]["code"] == "resolved"
                assert item["outcome"]["concluded_on"] == outcome["concluded_on"]


def one(played: dict[str, list[Sample]], kind: str, title: str) -> Sample:
    (found,) = [item for item in played[kind] if title in item.filing["title"]]
    return found


def history(sample: Sample) -> Iterator[str]:
    return (str(entry["what"]["code"]) for entry in sample.status["history"])


def test_the_land_case_shows_its_rounds_its_minutes_and_the_lawsuit_it_belongs_to(
    world: World, played: dict[str, list[Sample]]
) -> None:
    sample = one(played, "administrative_dispute", "安罗高速")
    found = world.status(sample.case_id)
    rounds = [entry for entry in found["history"] if entry["what"]["code"] == "progressed"]
    assert len(rounds) == 3
    assert [item["name"] for item in found["attachments"]] == ["示例-联席会商纪要.txt"]
    lawsuit = one(played, "administrative_lawsuit", "撤回")

    def linked() -> Json | None:
        links = world.operator.get("routing", f"/v1/cases/{sample.case_id}/links")["links"]
        return links[0] if links else None

    assert until(linked)["other"] == lawsuit.case_id


def test_a_judgments_end_is_its_courts_to_say(played: dict[str, list[Sample]]) -> None:
    for sample in played["judgment_enforcement"]:
        assert sample.state == "closed"
        assert list(history(sample))[-1] == "closed"
    done = one(played, "judgment_enforcement", "警务室")
    assert done.status["ending"]["code"] == "concluded"
    assert done.status["conclusion"]["recovered_fen"] == 38_000_000
    withdrawn = one(played, "judgment_enforcement", "撤回")
    assert withdrawn.status["ending"]["code"] == "withdrawn"
    assert [item["state"]["code"] for item in withdrawn.assignments] == ["recalled"]


def test_what_no_office_takes_the_liaison_officer_routes(played: dict[str, list[Sample]]) -> None:
    sample = one(played, "administrative_dispute", "未加入")
    (given,) = sample.assignments
    assert (given["office"]["office"], given["rule"]) == ("justice.410502", "desk")
    assert "unroutable" in history(sample)


def test_277_disputes_count_on_their_project(world: World, played: dict[str, list[Sample]]) -> None:
    sample = one(played, "civil_dispute", "277起")
    given = {item["task"]: item for item in sample.assignments}
    assert given["civil_mediation"]["office"]["office"] == "justice.410527"
    assert given["civil_mediation"]["outcome"]["settled"] == 277
    assert sample.state == "closed"
    assert world.operator.get("metrics", f"/v1/cases/{sample.case_id}/facts")
