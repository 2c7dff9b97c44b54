"""What must hold of docker-compose.yml, seen without Docker."""

import re
from typing import Any

import pytest
import yaml

from services.stack.local import ROOT
from tests.compose.system import SERVICES

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OTHERS = {"hand-out", "provision", "rabbitmq", "mongo", "caddy", "prometheus"}
BY_PROFILE = {"grafana": "observability", "demo": "demo"}


def test_it_runs_every_service_of_the_deployment_and_no_other() -> None:
    assert set(CONTAINERS) == {*SERVICES, *OTHERS, *BY_PROFILE}
    assert {name: CONTAINERS[name]["profiles"] for name in BY_PROFILE} == {
        name: [profile] for name, profile in BY_PROFILE.items()
    }


@pytest.mark.parametrize("name", CONTAINERS)
def test_only_the_entry_and_the_brokers_tls_are_open_to_others(name: str) -> None:
    published = CONTAINERS[name].get("ports", [])
    open_to_all = [port for port in published if not port.startswith("127.0.0.1:")]
    expected = {"caddy": ["${ENTRY_PORT:-443}:443"], "rabbitmq": ["${AMQPS_PORT:-5671}:5671"]}
    assert open_to_all == expected.get(name, [])
    assert not published or name in {"caddy", "rabbitmq", "prometheus", "grafana"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_held_to_a_size_and_gets_no_new_rights(name: str) -> None:
    assert CONTAINERS[name]["mem_limit"]
    assert CONTAINERS[name]["security_opt"] == ["no-new-privileges:true"]
    if name not in {"rabbitmq", "mongo"}:  # their images begin as root and drop it
        assert CONTAINERS[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_settings_only_and_writes_nowhere(service: str) -> None:
    container = CONTAINERS[service]
    own = f"settings-{service.removeprefix('agency-')}:/settings/{service}:ro"
    public = ["keys-public:/certificates:ro"] if service == "parking" else []
    assert container["volumes"] == [own, *public]
    assert container["read_only"]
    assert container["healthcheck"]["test"]
    assert container["depends_on"] == {"provision": {"condition": "service_completed_successfully"}}


def test_servers_start_only_when_no_secret_is_a_placeholder() -> None:
    for name in ("rabbitmq", "mongo", "caddy"):
        condition = {"condition": "service_completed_successfully"}
        assert CONTAINERS[name]["depends_on"]["hand-out"] == condition


def test_the_entry_leads_to_every_service() -> None:
    caddyfile = (ROOT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
    found = re.search(r"path_regexp service \^/\(([^)]*)\)/v1/", caddyfile)
    assert found
    assert sorted(found[1].split("|")) == sorted(SERVICES)


def test_every_service_is_scraped() -> None:
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8")
    jobs = {job["job_name"]: job for job in yaml.safe_load(text)["scrape_configs"]}
    assert sorted(jobs["services"]["dns_sd_configs"][0]["names"]) == sorted(SERVICES)
