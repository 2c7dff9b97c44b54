"""Dashboards and alerts hold together: what is committed, asked for, exported and explained."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from prometheus_client import Metric
from pymongo.errors import OperationFailure

from services.metrics.exposition import Exposition, Sums
from services.metrics.figures import ENDINGS
from services.parking.certificates import families as of_certificates
from services.parking.exposition import Waiting
from services.parking.exposition import families as of_parking
from services.routing import alarms
from services.routing import exposition as of_routing
from services.routing.ladder_facts import Level
from services.runtime import metrics
from services.runtime.database_figures import database_figures
from services.runtime.mongo import close_client, database, open_client
from services.stack.dashboards import COLUMNS, boards, dashboard, files, main, words
from services.stack.layout import Deployment
from services.stack.local import ROOT
from services.tracker.exposition import Overview
from services.tracker.exposition import families as of_tracker
from services.tracker.parts import Funder, Stage
from tests.support.prometheus import DEPLOYED
from tests.support.queries import alerts, choices, names, panels

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NOT_OURS = re.compile(r"rabbitmq_|up$")
"""What the test of the real Prometheus alone can see."""
RUNBOOK = ROOT / "docs" / "operations.md"
NOW = datetime(2024, 10, 8, tzinfo=UTC)


def test_the_committed_dashboards_are_what_is_described() -> None:
    assert main(["--check"]) == 0
    assert len(files()) == 6


def test_another_dashboard_than_described_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("services.stack.dashboards.WRITTEN", tmp_path / "dashboards")
    assert main([]) == 0
    assert main(["--check"]) == 0
    file = tmp_path / "dashboards" / "bus.json"
    file.write_text(file.read_text().replace("sum(", "max(", 1))
    assert main(["--check"]) == 1
    assert "bus.json" in capsys.readouterr().err


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_a_dashboard_is_one_that_grafana_can_show(board: dict[str, Any]) -> None:
    made = dashboard(board)
    assert CHINESE.search(made["title"])
    assert not CHINESE.search(made["description"])
    numbers = [panel["id"] for panel in made["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert len({panel["title"] for panel in made["panels"]}) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in made["panels"]:
        assert CHINESE.search(panel["title"])
        assert panel["description"]
        assert not CHINESE.search(panel["description"])
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"prometheus"}


def test_series_are_named_by_the_words_of_all_their_codes() -> None:
    named = {name: set(found) for name, found in words().items()}
    assert named["stage"] == {item.value for item in Stage}
    assert named["source"] == {item.value for item in Funder}
    assert named["level"] == set(get_args(Level))
    assert named["ending"] == set(ENDINGS)
    (stages,) = (
        panel
        for board in boards()
        for panel in dashboard(board)["panels"]
        if panel["title"] == "楼盘（按阶段）"
    )
    first, *others = stages["fieldConfig"]["overrides"]
    assert first["matcher"]["options"] == "registered"
    assert first["properties"] == [{"id": "displayName", "value": "已建档"}]
    assert len(others) == len(Stage) - 1


def test_the_data_source_is_the_one_that_dashboards_name() -> None:
    file = ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml"
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    assert (source["uid"], source["type"]) == ("prometheus", "prometheus")


async def test_every_metric_asked_for_is_one_that_a_service_exports(mongo_url: str) -> None:
    asked = names(item.expression for item in (*panels(), *choices()))
    asked |= names(item["expr"] for item in alerts())
    exported = set(of_services()) | set(samples(await of_database(mongo_url)))
    assert len(asked) > 40
    ours = {name for name in asked if not NOT_OURS.match(name)}
    assert ours - exported == set()


def of_services() -> Iterator[str]:
    alarms.ISSUED_AGAIN.labels("tax.410526")
    figures = Exposition(1, 1)
    figures.sums = Sums((), (), (), (), (), NOW)
    yield from samples(metrics.REGISTRY.collect())
    yield from samples(figures.collect())
    yield from samples(of_parking([Waiting("q.routing", "invalid", 1)], NOW))
    yield from samples(of_certificates([]))
    yield from samples(of_routing.families(of_routing.Waiting(0, None, {}, None), NOW))
    yield from samples(of_tracker(Overview({}, 0, {}), date(2024, 10, 8)))


async def of_database(mongo_url: str) -> list[Metric]:
    client = open_client(mongo_url)
    try:
        return await database_figures(database(client, "admin"), "")
    except OperationFailure as error:
        pytest.skip(f"the database's user may not see how it is: {error}")
    finally:
        await close_client(client)


def samples(families: Iterable[Metric]) -> Iterator[str]:
    """Name the samples of families; those of one without any by its type."""
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    for family in families:
        yield from (family.name + end for end in ends.get(family.type, [""]))


def test_an_inbox_s_secret_suffix_is_shown_to_nobody() -> None:
    suffix = "abcdefgh23456789"
    parked = list(of_parking([Waiting(f"q.office.tax.410526.in.{suffix}", "delivery_limit", 2)]))
    assert "tax.410526" in str(parked)
    assert suffix not in str(parked)
    jobs = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())["scrape_configs"]
    (queues,) = (job for job in jobs if job["job_name"] == "queues")
    (cut,) = (
        rule for rule in queues["metric_relabel_configs"] if rule.get("target_label") == "queue"
    )
    match = re.fullmatch(cut["regex"], f"q.office.tax.410526.in.{suffix}")
    assert match is not None
    assert match[1] == "q.office.tax.410526.in"


def test_every_service_is_asked_and_missed() -> None:
    services = Deployment.under(ROOT).services()
    jobs = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())["scrape_configs"]
    (found,) = jobs[0]["dns_sd_configs"]
    assert sorted(found["names"]) == sorted(services)
    (down,) = (item["expr"] for item in alerts() if item["alert"] == "ServiceDown")
    assert sorted(re.findall(r'service="([^"]+)"', down)) == sorted(services)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_in_both_languages_what_is_wrong_and_where_it_is_explained(
    alert: dict[str, Any],
) -> None:
    said, name = alert["annotations"], alert["alert"]
    for part in ("summary", "description"):
        assert CHINESE.search(said[part])
        assert not CHINESE.search(said[f"{part}_en"])
    assert said["runbook"] == f"docs/operations.md#{name.lower()}"
    assert f"\n### {name}\n" in RUNBOOK.read_text(encoding="utf-8")
    assert alert["labels"]["severity"] in {"critical", "warning"}


def test_every_alert_is_tested_where_it_fires_and_where_it_does_not() -> None:
    cases: dict[str, set[str]] = {}
    for file in DEPLOYED.glob("*_test.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            (asked,) = test["promql_expr_test"]
            name = re.search(r'alertname="(\w+)"', asked["expr"])
            assert name, asked
            cases.setdefault(name[1], set()).add("fires" if asked["exp_samples"] else "is quiet")
    assert cases == {item["alert"]: {"fires", "is quiet"} for item in alerts()}
