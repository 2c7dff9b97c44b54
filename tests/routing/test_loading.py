from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.routing.checks import check
from services.routing.loading import RulebookError, build, digest, read_offices, read_rules
from services.routing.rulebook import Ladder

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


def test_thirteen_agencies_receive_at_the_city_and_in_the_counties(deploy: Path) -> None:
    offices = read_offices(deploy / "offices.yaml").offices
    receiving = {item.agency for item in offices if item.receives}
    assert receiving == {
        "tax", "market_regulation", "housing", "social_security", "court", "public_security",
        "financial_regulation", "justice", "urban_management", "petition", "natural_resources",
        "finance", "procuratorate",
    }  # fmt: skip
    for agency in receiving:
        places = {item.division for item in offices if item.agency == agency}
        assert "410500" in places, "the city's acts where a county has none"
        assert places & {"410526", "410527"}, agency


def test_what_a_rule_and_an_office_say_reaches_the_rulebook(write: Any) -> None:
    def own_consumer(data: dict[str, Any]) -> None:
        data["offices"][0]["hosted"] = False

    def special(data: dict[str, Any]) -> None:
        more = data["rules"][0] | {"id": "special", "agency": "housing"}
        more["when"] = more["when"] | {"division": "410526"}
        data["rules"][0]["yields_to"] = ["special"]
        data["rules"].append(more)

    book = build(
        read_rules(write("routing.yaml", special)),
        read_offices(write("offices.yaml", own_consumer)),
        1,
    )
    hosted = [office.hosted for office in book.offices.values()]
    assert hosted == [False, *[True] * (len(hosted) - 1)]
    rules = {rule.id: rule for rule in book.rules}
    assert rules["bankruptcy-tax"].yields_to == ("special",)
    named = {rule.id: rule.office_at for rule in rules.values() if rule.agency is None}
    assert named["lawsuit-response"] == "defendant"
    assert all(named.values())
    court = book.offices["court.410500"]
    assert (court.name.zh, court.receives) == ("安阳市中级人民法院", True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["offices"].append({"id": "tax.410500"}), "offices: named twice: tax.410500"),
        (lambda d: d["offices"].append({"id": "tax.419999"}), "unknown division 419999"),
        (lambda d: d["offices"].append({"id": "police.410500"}), "unknown agency police"),
        (lambda d: d["offices"].insert(2, {"id": "tax"}), r"offices\.2\.id: String should match"),
        (lambda d: d["offices"][0].update(hosted="maybe"), r"offices\.0\.hosted: .*valid boolean"),
        (lambda d: d["offices"][0].update(recieves=False), r"offices\.0\.recieves: Extra inputs"),
        (lambda d: d["divisions"][0].update(code=410500), r"divisions\.0\.code: .*valid string"),
        (lambda d: d.pop("agencies"), "agencies: Field required"),
        (lambda d: d.update(offices=[]), "offices: .*at least 1"),
    ],
)
def test_bad_offices_are_refused_with_the_path(write: Any, change: Change, said: str) -> None:
    with pytest.raises(RulebookError, match=said):
        read_offices(write("offices.yaml", change))


def _details(wanted: dict[str, Any]) -> Change:
    return lambda data: data["rules"][0]["when"].update(details=wanted)


def _ladder(**green: Any) -> Change:
    return lambda data: data.update(ladder={"green": green})


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
        (lambda d: d["rules"][0].update(id="desk"), "desk, return, transfer are for what a person"),
        (lambda d: d["rules"][0].update(id="transfer"), "are for what a person decides"),
        (lambda d: d["rules"][0].pop("agency"), "either an agency or office_at"),
        (lambda d: d["rules"][0].update(office_at="debtor"), "either an agency or office_at"),
        (lambda d: d["rules"][0].update(office_at="a..b"), r"rules\.0\.office_at: String should"),
        (lambda d: d["rules"][0].update(yields_to=["No!"]), r"rules\.0\.yields_to\.0: String"),
        (lambda d: d["rules"][0].update(yields_to="x"), r"rules\.0\.yields_to: .*valid tuple"),
        (
            _details({"employees": {"min": 9, "max": 1}}),
            r"employees.*min must not be more than max",
        ),
        (_details({"employees": {"exists": False, "min": 1}}), "goes with no other condition"),
        (lambda d: d["rules"][0].pop("reason"), r"rules\.0\.reason: Field required"),
        (_ladder(county_days=0), r"ladder\.green\.county_days: .*greater"),
        (_ladder(city_days="2"), r"ladder\.green\.city_days: .*valid integer"),
        (_ladder(conference_days=251), r"ladder\.green\.conference_days: .*less than"),
        (_ladder(urge_every_days=True), r"ladder\.green\.urge_every_days: .*valid integer"),
        (_ladder(urge_most=21), r"ladder\.green\.urge_most: .*less than"),
        (_ladder(province_days=3), r"ladder\.green\.province_days: Extra inputs"),
        (lambda d: d.update(ladder={"fast": {}}), r"ladder\.fast: Extra inputs"),
        (lambda d: d.update(ladder=[5]), r"ladder: .*valid dictionary"),
    ],
)
def test_bad_rules_are_refused_with_the_path(write: Any, change: Change, said: str) -> None:
    with pytest.raises(RulebookError, match=said):
        read_rules(write("routing.yaml", change))


def test_a_rulebook_without_a_ladder_has_the_defaults_and_a_part_of_one_keeps_the_rest(
    deploy: Path, write: Any
) -> None:
    offices = read_offices(deploy / "offices.yaml")

    def ladders(change: Change) -> Any:
        return build(read_rules(write("routing.yaml", change)), offices, 1).ladders

    ordinary, green = Ladder(3, 5, 5, 5, 10), Ladder(1, 5, 2, 3, 5)
    assert ladders(lambda data: data.pop("ladder")) == {"ordinary": ordinary, "green": green}
    assert ladders(lambda _data: None) == {"ordinary": ordinary, "green": green}
    some = ladders(_ladder(city_days=1))
    assert some == {"ordinary": ordinary, "green": Ladder(1, 5, 2, 1, 5)}


def test_a_green_ladder_that_is_slower_is_warned_of(deploy: Path, write: Any) -> None:
    rules = read_rules(write("routing.yaml", _ladder(county_days=6)))
    (found,) = check(rules, read_offices(deploy / "offices.yaml"))
    assert (found.where, found.severity) == ("routing.yaml:ladder.green.county_days", "warning")


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text("rules: [", "utf-8")
    with pytest.raises(RulebookError, match="not readable as YAML"):
        read_rules(path)
