"""The containers, run for real: a case from filing to closing, secrets kept apart, a crash."""

import json
import os
from typing import Any

import pytest

from services.stack.local import ROOT
from tests.compose.conftest import RUNNING, SERVICES, Compose, System, until
from tests.support.filings import filings

pytestmark = pytest.mark.compose
CASES = 12
SECRETS = (
    "FUYUAN_SECRET",
    "BROKER_ADMIN_PASSWORD",
    "DATABASE_ADMIN_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
)


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("missing", SECRETS)
def test_compose_refuses_to_start_without_a_secret(missing: str) -> None:
    given = dict.fromkeys(SECRETS, "x") | {missing: ""}
    env = {**os.environ, **given, "COMPOSE_ENV_FILES": os.devnull}
    said = Compose("fuyuan-test-none", env).run("config", "--quiet", check=False)
    assert f"required variable {missing} is missing a value" in said


@pytest.mark.parametrize("service", RUNNING)
def test_every_service_is_healthy(system: System, service: str) -> None:
    def healthy() -> bool:
        return bool(system.compose.inspect(service)["State"]["Health"]["Status"] == "healthy")

    assert until(healthy, 180)


def test_cases_are_handled_by_their_agencies_and_closed_and_counted(system: System) -> None:
    filer = system.client("filer", office="court.410500")
    made = filings(CASES, seed=7)
    receipts = [filer.post("intake", "/v1/cases", filing) for filing in made]
    ended = [system.closed(receipt["case_id"]) for receipt in receipts]

    agencies = {
        given["office"]["office"].partition(".")[0]
        for status in ended
        for given in status["assignments"]
    }
    assert len(agencies) > 2
    assert receipts[0]["status_url"].startswith(f"{system.entry}/routing/v1/")

    def counted() -> bool:
        cases = system.operator.get("metrics", "/v1/summary", by="agency")["totals"]["cases"]
        return bool(cases["filed"] == cases["closed"] == CASES)

    assert until(counted, 30)
    assert system.operator.get("parking", "/v1/parked")["parked"] == 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_secrets_but_its_own_and_can_write_nowhere(
    system: System, service: str
) -> None:
    found = system.compose.inside(service, "find", "/settings", "-type", "f").split()
    assert f"/settings/{service}/settings.json" in found
    assert all(file.startswith(f"/settings/{service}/") for file in found)
    environment = system.compose.inside(service, "env")
    assert "FUYUAN_SECRET" not in environment
    # the mail relay's is of the service that sends mail, and of no other
    own = {"SMTP_PASSWORD"} if service == "notices" else set()
    names = {line.partition("=")[0] for line in environment.splitlines()}
    assert {name for name in names if "PASSWORD" in name} == own
    assert system.compose.inside(service, "id", "-u").strip() == "10001"
    for folder in ("/app", f"/settings/{service}"):
        said = system.compose.inside(service, "touch", f"{folder}/x", check=False)
        assert "Read-only file system" in said


@pytest.mark.parametrize("service", ["routing", "agency-tax", "intake"])
def test_a_killed_service_is_started_again_and_work_goes_on(system: System, service: str) -> None:
    filer = system.client("filer", office="court.410500")
    case = _needs_tax(f"killed-{service}")
    receipt = filer.post("intake", "/v1/cases", case)
    before = system.compose.inspect(service)["RestartCount"]

    # all but the container's init, at once: as a crash of the service itself
    system.compose.inside(service, "sh", "-c", "kill -9 -1", check=False)

    def revived() -> bool:
        found = system.compose.inspect(service)
        again = found["RestartCount"] > before
        return bool(again and found["State"]["Health"]["Status"] == "healthy")

    assert until(revived, 180)
    status = system.closed(receipt["case_id"])
    assert [given["office"]["office"] for given in status["assignments"]] == ["tax.410526"]


def test_provisioning_again_changes_nothing(system: System) -> None:
    said = system.compose.run("run", "--rm", "--no-deps", "provision", seconds=120)
    assert "all verified" in said
    assert f"settings of {len(SERVICES)} services written" in said


def test_the_operators_key_is_shown_by_the_provisioner_alone(system: System) -> None:
    shown = system.compose.run("run", "--rm", "--no-deps", "provision", "operator-key")
    assert shown.strip() == system.operator.key
    assert "FUYUAN_SECRET is not set" in system.compose.inside(
        "routing", "fuyuan", "operator-key", check=False
    )


def _needs_tax(reference: str) -> dict[str, Any]:
    sample = (ROOT / "deploy/samples/report-cases.jsonl").read_text(encoding="utf-8").splitlines()
    filing: dict[str, Any] = json.loads(sample[0])["filing"]
    filing["details"]["needs"] = ["tax_clearance"]
    return filing | {"reference": reference, "division": "410526"}
