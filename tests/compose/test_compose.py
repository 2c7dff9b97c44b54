"""The containers, run for real: a case from filing to closing, and what is refused."""

import json
import os
import socket
import ssl
import subprocess
import sys
from typing import Any

import httpx
import pytest

from services.stack.local import ROOT
from tests.compose.system import RUNNING, SERVICES, Compose, System, until
from tests.compose.table import Table
from tests.support.filings import filings

pytestmark = pytest.mark.compose
CASES = 12
SECRETS = (
    "FUYUAN_SECRET",
    "BROKER_ADMIN_PASSWORD",
    "DATABASE_ADMIN_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
)
OPEN = {("caddy", "443/tcp"), ("rabbitmq", "5671/tcp")}
HERE = {("rabbitmq", "15672/tcp"), ("prometheus", "9090/tcp")}


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("missing", SECRETS)
def test_compose_refuses_to_start_without_a_secret(missing: str) -> None:
    given = dict.fromkeys(SECRETS, "x") | {missing: ""}
    env = {**os.environ, **given, "COMPOSE_ENV_FILES": os.devnull}
    said = Compose("fuyuan-test-none", env).run("config", "--quiet", check=False)
    assert f"required variable {missing} is missing a value" in said


def test_nothing_starts_with_a_placeholder_for_a_secret(system: System, table: Table) -> None:
    with table.doing("up with placeholders for secrets") as row:
        real = system.compose
        env = {**real.env, "FUYUAN_SECRET": "0" * 64, "BROKER_ADMIN_PASSWORD": "changeme"}
        other = Compose(f"{real.name}-none", env)
        try:
            said = other.run("up", "--detach", "rabbitmq", "mongo", check=False)
            assert "FUYUAN_SECRET is a placeholder" in other.run("logs", "hand-out"), said
            states = {name: item[0]["State"] for name, item in other.containers().items()}
            assert states["hand-out"]["ExitCode"] == 1
            assert not any(state["Running"] or state["Pid"] for state in states.values())
            assert states["rabbitmq"]["Status"] == states["mongo"]["Status"] == "created"
        finally:
            other.run("down", "--volumes", check=False)
        row.held = "refused, the variable named; no server was started"


def test_every_container_is_of_the_new_image_and_healthy(system: System, table: Table) -> None:
    with table.doing("after the upgrade") as row:
        found = system.compose.containers()
        images = {name: found[name][0]["Image"] for name in SERVICES}
        assert all(images[name] != system.upgraded_from[name] for name in SERVICES)
        assert len(set(images.values())) == 1
        for name in RUNNING:
            assert found[name][0]["State"]["Health"]["Status"] == "healthy", name
        row.held = f"{len(SERVICES)} services of the new image"


def test_cases_filed_at_the_entry_are_handled_by_their_agencies_and_counted(
    system: System, table: Table
) -> None:
    with table.doing(f"{CASES} cases filed at the HTTPS entry") as row:
        filer = system.client("filer", office="court.410500")
        before = _totals(system)
        receipts = [filer.post("intake", "/v1/cases", item) for item in filings(CASES, seed=7)]
        ended = [system.closed(receipt["case_id"]) for receipt in receipts]
        agencies = {
            given["office"]["office"].partition(".")[0]
            for status in ended
            for given in status["assignments"]
        }
        assert len(agencies) > 2
        assert receipts[0]["status_url"].startswith(f"{system.entry}/routing/v1/")

        def counted() -> bool:
            now = _totals(system)
            grown = (now[name] - before[name] for name in ("filed", "closed"))
            return all(number == CASES for number in grown)

        assert until(counted, 60)
        assert system.operator.get("parking", "/v1/parked")["parked"] == 0
        row.held = f"all closed, counted once; {len(agencies)} agencies had a part"


def test_an_agency_handles_its_cases_as_its_own_users_alone(system: System, table: Table) -> None:
    with table.doing("who is connected to the broker") as row:
        addresses = {
            network["IPAddress"]: name
            for name, items in system.compose.containers().items()
            for one in items
            for network in one["NetworkSettings"]["Networks"].values()
        }
        seen: dict[str, set[str]] = {}

        def connected() -> bool:
            seen.clear()
            for one in system.manage("connections"):
                assert one["ssl"], one
                seen.setdefault(addresses[one["peer_host"]], set()).add(one["user"])
            return set(seen) >= set(SERVICES)

        assert until(connected, 60)
        tax = {user for user in seen["agency-tax"] if user.startswith("tax.")}
        assert tax
        assert not tax & {user for name in seen if name != "agency-tax" for user in seen[name]}
        assert all("admin" not in users for users in seen.values())
        users = sum(map(len, seen.values()))
        row.held = f"{len(seen)} services as {users} users, over TLS; none as another's"


def test_a_service_can_declare_nothing_and_read_no_other_database(
    system: System, table: Table
) -> None:
    with table.doing("from agency-tax: declare, foreign queue, foreign database") as row:
        script = (ROOT / "tests" / "compose" / "trespass.py").read_text(encoding="utf-8")
        told = json.loads(system.compose.inside("agency-tax", "python", "-c", script))
        for what in ("declare a queue", "read q.routing", "write to evt"):
            assert "ACCESS_REFUSED" in told[what], told
        for what in ("read routing's cases", "write routing's cases", "list users"):
            assert told[what] == "Unauthorized", told
        assert told["read its own"] == "allowed"
        row.held = f"{len(told) - 1} refused, its own database allowed"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_secrets_but_its_own_and_can_write_nowhere(
    system: System, service: str
) -> None:
    asked = (
        f"find /settings -type f; echo =; env; echo =; id -u; touch /app/x /settings/{service}/x"
    )
    said = system.compose.inside(service, "sh", "-c", f"exec 2>&1; {asked}", check=False)
    files, environment, rest = said.split("=\n", 1)[0], said.split("\n=\n")[1], said
    found = files.split()
    assert f"/settings/{service}/settings.json" in found
    assert all(file.startswith(f"/settings/{service}/") for file in found)
    assert "FUYUAN_SECRET" not in environment
    # the mail relay's is of the service that sends mail, and of no other
    own = {"SMTP_PASSWORD"} if service == "notices" else set()
    names = {line.partition("=")[0] for line in environment.splitlines()}
    assert {name for name in names if "PASSWORD" in name} == own
    assert "\n10001\n" in rest
    assert rest.count("Read-only file system") == 2


def test_nothing_is_reached_from_outside_but_the_entry_and_amqps(
    system: System, table: Table
) -> None:
    with table.doing("ports, and the entry's paths") as row:
        published: dict[str, set[tuple[str, str]]] = {}
        for name, items in system.compose.containers().items():
            for port, hosts in items[0]["NetworkSettings"]["Ports"].items():
                for host in hosts or ():
                    published.setdefault(host["HostIp"], set()).add((name, port))
        assert published.pop("127.0.0.1") == HERE
        assert published
        assert all(ports == OPEN for ports in published.values())
        trust = system.operator.trust
        assert trust
        with httpx.Client(base_url=system.entry, verify=trust, trust_env=False) as http:
            for path in ("/routing/metrics", "/metrics", "/routing/ready", "/intake/", "/x/v1/y"):
                assert http.get(path).status_code == 404, path
            assert http.get("/routing/v1/cases").status_code == 401
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(system.entry, trust_env=False)
        plain = httpx.get(system.entry.replace("https", "http"), trust_env=False)
        assert plain.status_code == 400
        row.held = "443 and 5671 open, two on loopback; /metrics, /ready and plain HTTP refused"


def test_the_broker_takes_agencies_from_outside_by_tls_alone(system: System, table: Table) -> None:
    with table.doing("AMQPS from outside") as row:
        port = system.ports["AMQPS_PORT"]
        trust = system.operator.trust
        assert trust
        assert _greeted(port, trust) in ("TLSv1.2", "TLSv1.3")
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            _greeted(port, ssl.create_default_context())
        listeners = {one["protocol"]: one["port"] for one in system.manage("overview")["listeners"]}
        assert "amqp" not in listeners
        assert listeners["amqp/ssl"] == 5671
        row.held = "TLS by our CA; there is no other listener"


def test_prometheus_sees_every_service_and_the_broker(system: System, table: Table) -> None:
    with table.doing("Prometheus's targets") as row:
        url = f"http://127.0.0.1:{system.ports['PROMETHEUS_PORT']}/api/v1/query"

        def up() -> int:
            answer = httpx.get(url, params={"query": "up"}, trust_env=False, timeout=10)
            found = answer.json()["data"]["result"]
            values = [item["value"][1] == "1" for item in found]
            return len(values) if len(values) > len(SERVICES) and all(values) else 0

        number = until(up, 90)
        row.held = f"{number} of {number} up"


def test_the_command_line_works_through_the_entry(system: System, table: Table) -> None:
    with table.doing("fuyuan search with FUYUAN_ENTRY, FUYUAN_CA, FUYUAN_KEY") as row:
        env = {
            **os.environ,
            "FUYUAN_ENTRY": system.entry,
            "FUYUAN_CA": str(system.made / ".secrets" / "ca.pem"),
            "FUYUAN_KEY": system.operator.key,
        }
        command = [sys.executable, "-m", "services", "search", "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)
        del env["FUYUAN_CA"]
        refused = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert refused.returncode == 1
        assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr
        row.held = "cases listed; without the CA refused"


def test_the_demo_profile_files_the_reports_cases(system: System, table: Table) -> None:
    with table.doing("--profile demo: the report's cases") as row:
        said = system.compose.run("--profile", "demo", "run", "--rm", "--no-deps", "-T", "demo")
        lines = said.strip().splitlines()
        assert lines[-1] == f"{len(lines) - 1} cases filed"
        row.held = lines[-1]


def test_provisioning_again_changes_nothing(system: System, table: Table) -> None:
    with table.doing("provision, again") as row:
        said = system.compose.run("run", "--rm", "--no-deps", "-T", "provision")
        assert "all verified" in said
        assert f"settings of {len(SERVICES)} services written" in said
        row.held = said.strip().partition("; ")[0]


def test_the_operators_key_is_shown_by_the_provisioner_alone(system: System) -> None:
    assert "FUYUAN_SECRET is not set" in system.compose.inside(
        "routing", "fuyuan", "operator-key", check=False
    )


def _totals(system: System) -> dict[str, Any]:
    summary = system.operator.get("metrics", "/v1/summary", by="agency")
    found: dict[str, Any] = summary["totals"]["cases"]
    return found


def _greeted(port: int, trust: ssl.SSLContext) -> str | None:
    with (
        socket.create_connection(("localhost", port), timeout=10) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"AMQP\0\0\x09\x01")
        assert b"PLAIN" in secure.recv(4096)
        return secure.version()
