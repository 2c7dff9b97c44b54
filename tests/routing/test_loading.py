from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.routing.checks import check
from services.routing.loading import RulebookError, build, digest, read_offices, read_rules

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def write(deploy: Path, tmp_path: Path) -> Callable[[str, Change], Path]:
    def go(name: str, change: Change) -> Path:
        data = yaml.safe_load((deploy / name).read_text("utf-8"))
        change(data)
        path = tmp_path / name
        path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
        return path

    return go


def test_what_is_deployed_has_no_problem(deploy: Path) -> None:
    rules, offices = read_rules(deploy / "routing.yaml"), read_offices(deploy / "offices.yaml")
    assert check(rules, offices) == []


def test_every_division_of_the_city_is_there_with_its_court(deploy: Path) -> None:
    offices = read_offices(deploy / "offices.yaml")
    codes = {item.code for item in offices.divisions if not item.local}
    assert codes == {
        "410500", "410502", "410503", "410505", "410506", "410522", "410523", "410526", "410527",
        "410581",
    }  # fmt: skip
    courts = {item.division for item in offices.offices if item.agency == "court"}
    assert courts == codes


def test_a_change_of_layout_is_the_same_content_and_a_change_of_a_name_is_not(
    deploy: Path, write: Any
) -> None:
    def digest_with(change: Change) -> str:
        return digest(
            read_rules(deploy / "routing.yaml"), read_offices(write("offices.yaml", change))
        )

    same = digest_with(lambda _data: None)
    assert same == digest(
        read_rules(deploy / "routing.yaml"), read_offices(deploy / "offices.yaml")
    )
    assert same != digest_with(lambda data: data["agencies"][0].update(en="Taxes"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["offices"].append({"id": "tax.410500"}), "offices: named twice: tax.410500"),
        (lambda d: d["offices"].append({"id": "tax.419999"}), "unknown division 419999"),
        (lambda d: d["offices"].append({"id": "police.410500"}), "unknown agency police"),
        (lambda d: d["offices"].append({"id": "tax"}), r"offices\.61\.id: String should match"),
        (lambda d: d["offices"][0].update(recieves=False), r"offices\.0\.recieves: Extra inputs"),
        (lambda d: d["divisions"][0].update(code=410500), r"divisions\.0\.code: .*valid string"),
        (lambda d: d.pop("agencies"), "agencies: Field required"),
        (lambda d: d.update(offices=[]), "offices: .*at least 1"),
    ],
)
def test_bad_offices_are_refused_with_the_path(write: Any, change: Change, said: str) -> None:
    with pytest.raises(RulebookError, match=said):
        read_offices(write("offices.yaml", change))


def _twice(data: dict[str, Any]) -> None:
    data["rules"].append(data["rules"][0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_twice, "named twice: bankruptcy-tax"),
        (lambda d: d["rules"][0].update(receipt_days=0), r"rules\.0\.receipt_days: .*greater"),
        (lambda d: d["rules"][0].update(receipt_days=99), "receipt_days must not be more than"),
        (lambda d: d["rules"][0].update(task="tax_clearance"), "either when.need"),
        (lambda d: d["rules"][0]["when"].pop("need"), "either when.need"),
        (lambda d: d["rules"][0]["when"].update(lane="fast"), r"rules\.0\.when\.lane"),
        (lambda d: d["rules"][0].update(id="desk"), "desk and return are for"),
        (lambda d: d["rules"][0].pop("reason"), r"rules\.0\.reason: Field required"),
    ],
)
def test_bad_rules_are_refused_with_the_path(write: Any, change: Change, said: str) -> None:
    with pytest.raises(RulebookError, match=said):
        read_rules(write("routing.yaml", change))


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text("rules: [", "utf-8")
    with pytest.raises(RulebookError, match="not readable as YAML"):
        read_rules(path)


def _rule(**changes: Any) -> Change:
    when = changes.pop("when", {})

    def add(data: dict[str, Any]) -> None:
        base = next(item for item in data["rules"] if item["id"] == "bankruptcy-financing")
        wanted = base["when"] | when
        data["rules"].append(base | {"id": "more", **changes, "when": wanted})

    return add


def _without(id_: str) -> Change:
    def drop(data: dict[str, Any]) -> None:
        data["rules"] = [item for item in data["rules"] if item["id"] != id_]

    return drop


def _conditional(data: dict[str, Any]) -> None:
    data["rules"][0]["when"]["division"] = "410526"


@pytest.mark.parametrize(
    ("change", "severity", "said"),
    [
        (_rule(agency="police"), "error", "unknown agency police"),
        (_rule(when={"kind": "divorce"}), "error", "unknown kind divorce"),
        (_rule(when={"need": "love"}), "error", "bankruptcy has no need love"),
        (_rule(when={"division": "44"}), "error", "no division starts with 44"),
        (_rule(agency="court"), "warning", "court has no office for 410526, nor at the city"),
        (_rule(agency="finance"), "warning", "would be ambiguous (financial_regulation, finance)"),
        (_rule(), "warning", "same task to the same agency (financing)"),
        (_without("bankruptcy-financing"), "warning", "no rule covers bankruptcy: financing"),
        (_conditional, "warning", "bankruptcy: tax_relief only under conditions"),
    ],
)
def test_the_check_finds(
    deploy: Path, write: Any, *, change: Change, severity: str, said: str
) -> None:
    rules, offices = (
        read_rules(write("routing.yaml", change)),
        read_offices(deploy / "offices.yaml"),
    )
    found = [item for item in check(rules, offices) if said in item.message]
    assert {item.severity for item in found} == {severity}
    if severity == "error":
        with pytest.raises(RulebookError, match=r"routing\.yaml:rules\.8 \(more\)"):
            build(rules, offices, 1)


@pytest.mark.parametrize(
    "when",
    [
        {"lane": "green"},
        {"division": "410526"},
        {"details": {"employees": {"min": 100}}},
        {"details": {"procedure": "liquidation"}},
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_rules_that_can_not_both_apply_are_no_problem(
    deploy: Path, write: Any, when: dict[str, Any], *, apart: bool
) -> None:
    other = {
        "lane": "ordinary",
        "division": "410522",
        "details": {"employees": {"max": 99}, "procedure": {"in": ["settlement"]}},
    }

    def change(data: dict[str, Any]) -> None:
        _rule(agency="finance", when=when)(data)
        old = next(item for item in data["rules"] if item["id"] == "bankruptcy-financing")
        if apart:
            old["when"] |= {key: other[key] for key in when}

    rules = read_rules(write("routing.yaml", change))
    messages = [item.message for item in check(rules, read_offices(deploy / "offices.yaml"))]
    assert any("ambiguous" in message for message in messages) is not apart
