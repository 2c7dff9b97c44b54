"""Every panel's and every alert's query, asked of a real Prometheus about the running system."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiormq
import pytest

from services.stack.dashboards import words
from services.stack.demo import play
from services.stack.layout import Deployment
from services.stack.local import ROOT, Local
from services.stack.samples import read_samples
from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.support import certificates
from tests.support.prometheus import DEPLOYED, Prometheus, installed
from tests.support.queries import Asked, alerts, choices, names, panels
from tests.support.running import stack_named
from tests.support.world import World, publish, until

pytestmark = pytest.mark.dashboards

NAME = "dashboards"
BEGAN, LATER = "2024-10-08T09:00:00+08:00", "2024-12-10T09:00:00+08:00"
"""Working days, between which every deadline passes."""
SILENT = "agency-tax"
"""The service that is stopped: nobody reads its offices' inboxes."""
EMPTY = {"上次备份距今": "no backup is made here"}
NOT_HERE = {"fuyuan_backup_last_success_timestamp_seconds"}
ACTIVE = {
    "BackupMissing", "MessagesParked", "OfficeInboxUnread", "OfficeNotReceiving", "ServiceDown",
}  # fmt: skip
"""What is wrong in this run; nothing else may be."""
SERIES_SECONDS = 150


@pytest.fixture(scope="module")
def local(
    servers: Servers, secrets: Secrets, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Local]:
    if not installed():
        pytest.skip("Prometheus is not installed: make deps-prometheus")
    if servers.broker is None:
        pytest.skip("needs the private broker: another's figures are elsewhere")
    directory: Path = tmp_path_factory.mktemp(NAME)
    clock = directory / "clock"
    clock.write_text(BEGAN)
    told = {"CLOCK_FILE": str(clock)}
    certificate = certificates.made(directory, days=400)
    more = {"parking": told | {"CERTIFICATES": json.dumps([str(certificate)])}}
    with stack_named(NAME, servers, secrets, directory, more=more, everywhere=told) as running:
        yield running


@pytest.fixture(scope="module")
def prometheus(local: Local, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    assert local.servers.broker is not None
    services = {name: urlsplit(url).netloc for name, url in local.urls.items()}
    directory: Path = tmp_path_factory.mktemp("prometheus")
    running = Prometheus(directory, services, local.servers.broker.prometheus)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
async def lived(local: Local, prometheus: Prometheus) -> Prometheus:
    """Let the report's cases run through; then let something of everything go wrong."""
    world = World(local, f"{NAME}_")
    samples = read_samples(ROOT / "deploy/samples/report-cases.jsonl")
    assert play(local, samples, lambda _text: None)["lost"] == 0
    late = world.file(world.bankruptcy("credit_repair", "deregistration", division="410526"))
    world.delivered(late, 2)
    local.stack.services[SILENT].daemon.kill()
    silent = world.file(world.bankruptcy("tax_clearance", division="410526"), "court.410526")
    until(lambda: world.status(silent)["assignments"] or None)
    await publish(local.bus.url("intake"), "evt", "case.filed.bankruptcy", [b"not an event"])
    await given_back(local)
    (local.directory / "clock").write_text(LATER)
    return prometheus


async def given_back(local: Local) -> None:
    """Have a message delivered twice: one whose service is stopped."""
    inbox = local.bus.inbox("tax.410526")
    connection = await aiormq.connect(local.servers.url("admin", local.servers.admin[1], NAME))
    try:
        channel = await connection.channel()
        for before in (False, True):
            while (got := await channel.basic_get(inbox)).delivery_tag is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # routing has yet to send it
            assert got.redelivered is before
            await channel.basic_nack(got.delivery_tag, requeue=True)
    finally:
        await connection.close()


def test_every_panel_and_every_choice_returns_series(lived: Prometheus) -> None:
    asked = [*panels(), *choices()]
    wanted = [item.expression for item in asked if item.panel not in EMPTY]
    found = lived.until_all(wanted, SERIES_SECONDS)
    print("\n" + table(asked, found))  # noqa: T201 - the table is what is asked for
    assert [item for item in wanted if not found[item]] == []
    for item in asked:
        if item.panel in EMPTY:
            lived.series(item.expression)  # it can be read


def table(asked: list[Asked], found: dict[str, int]) -> str:
    lines = ["| 看板 | 面板 | series |", "|---|---|---|"]
    for item in asked:
        said = EMPTY.get(item.panel) or found[item.expression]
        lines.append(f"| {item.board} | {item.panel} | {said} |")
    return "\n".join(lines)


def test_every_series_that_bears_a_code_is_shown_by_its_word(lived: Prometheus) -> None:
    for item in panels():
        label = item.legend.strip("{}")
        if label in words():
            values = {one["metric"][label] for one in lived.series(item.expression)}
            assert values <= words()[label].keys(), item.panel


def test_every_alert_asks_for_what_is_there_and_only_what_is_wrong_is_told(
    lived: Prometheus,
) -> None:
    needed = names(item["expr"] for item in alerts()) - NOT_HERE
    assert [name for name, n in lived.until_all(needed, SERIES_SECONDS).items() if not n] == []

    def active() -> set[str]:
        return {item["labels"]["alertname"] for item in lived.ask("alerts")["alerts"]}

    deadline = time.monotonic() + SERIES_SECONDS
    while active() != ACTIVE and time.monotonic() < deadline:
        time.sleep(1)
    rules = [rule for group in lived.ask("rules")["groups"] for rule in group["rules"]]
    print("\n" + "\n".join(f"{rule['name']}: {rule['state']}" for rule in rules))  # noqa: T201
    assert {rule["name"] for rule in rules} == {item["alert"] for item in alerts()}
    assert [rule for rule in rules if rule["health"] != "ok"] == []
    assert active() == ACTIVE


def test_no_inboxs_suffix_reaches_prometheus(lived: Prometheus, local: Local) -> None:
    suffix = local.bus.inbox("tax.410526").rpartition(".")[2]
    queues = {item["metric"]["queue"] for item in lived.series("rabbitmq_detailed_queue_messages")}
    assert "q.office.tax.410526.in" in queues
    assert not any(suffix in name for name in queues)


def test_the_deployments_services_are_those_that_are_asked(lived: Prometheus) -> None:
    found = {item["metric"]["service"] for item in lived.series('up{job="services"}')}
    assert found == set(Deployment.under(ROOT).services())


def test_each_alert_fires_where_it_should_and_not_where_it_should_not() -> None:
    files = sorted(str(file) for file in DEPLOYED.glob("*_test.yml"))
    done = subprocess.run(
        ["promtool", "test", "rules", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
