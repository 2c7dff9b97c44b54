"""What must hold of docker-compose.yml, seen without Docker."""

from typing import Any

import pytest
import yaml

from services.stack.local import ROOT
from tests.compose.conftest import SERVICES, port_variable

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_it_runs_every_service_of_the_deployment_and_no_other() -> None:
    assert set(CONTAINERS) == {*SERVICES, "rabbitmq", "mongo", "provision"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_mounts_its_own_settings_only_to_read_them(name: str) -> None:
    volume = f"settings-{name.removeprefix('agency-')}"
    assert CONTAINERS[name]["volumes"] == [f"{volume}:/settings/{name}:ro"]
    assert f"{volume}:/settings/{name}" in CONTAINERS["provision"]["volumes"]
    assert volume in COMPOSE["volumes"]
    assert CONTAINERS[name]["command"] == ["run", name]


@pytest.mark.parametrize("name", [*SERVICES, "provision"])
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "user"} & set(container)


@pytest.mark.parametrize("name", CONTAINERS)
def test_memory_is_limited(name: str) -> None:
    assert CONTAINERS[name]["mem_limit"]


@pytest.mark.parametrize("name", SERVICES)
def test_http_is_published_on_loopback_only_each_on_a_port_of_its_own(name: str) -> None:
    (port,) = CONTAINERS[name]["ports"]
    assert port.startswith(f"127.0.0.1:${{{port_variable(name)}:-8")
    others = [p for other in SERVICES if other != name for p in CONTAINERS[other]["ports"]]
    assert port.split(":-")[1] not in {p.split(":-")[1] for p in others}


@pytest.mark.parametrize("name", ["rabbitmq", "mongo", "provision"])
def test_servers_are_not_published(name: str) -> None:
    assert "ports" not in CONTAINERS[name]


def test_only_the_provisioner_is_given_the_deployment_secret() -> None:
    given = [name for name, one in CONTAINERS.items() if "FUYUAN_SECRET" in str(one)]
    assert given == ["provision"]


def test_the_image_holds_the_versions_that_are_tested() -> None:
    whole, image = (
        (ROOT / name).read_text(encoding="utf-8").splitlines()
        for name in ("requirements.lock", "deploy/requirements.lock")
    )
    pins = {line.split(" \\")[0] for line in image if "==" in line}
    assert pins
    assert pins <= {line.split(" \\")[0] for line in whole}
