"""Provisioning for containers: each service is told its own secrets, and nobody else's."""

import json
import stat
from pathlib import Path

import pytest

from services.stack.bus import Bus
from services.stack.contained import HTTP_PORT, provision_all, told
from services.stack.daemons import StackError
from services.stack.database import make_replica_set
from services.stack.layout import SHARED, Deployment
from services.stack.local import ROOT
from services.stack.secrets import Secrets
from services.stack.servers import Servers


@pytest.fixture(scope="session")
def deployment(servers: Servers) -> Deployment:
    if not servers.management_url:
        pytest.skip("this broker's management API can't be reached")
    return Deployment.under(ROOT, vhost="contained")


@pytest.fixture
async def settings(
    servers: Servers, secrets: Secrets, deployment: Deployment, tmp_path: Path
) -> Path:
    bus = await provision_all(deployment, secrets, servers, tmp_path)
    await bus.verify()
    await bus.remove()
    return tmp_path


def test_each_service_is_told_its_own_secrets_only(
    settings: Path, secrets: Secrets, deployment: Deployment
) -> None:
    users = [*SHARED, *deployment.receiving()]
    for service in deployment.services():
        text = "".join(file.read_text() for file in (settings / service).iterdir())
        known = {user for user in users if secrets.broker_password(user) in text}
        assert known == set(deployment.hosted().get(service, [service]))
        assert ("TOKEN_PRIVATE_KEY" in text) == (service == "intake")
        assert ("CASE_KEY" in text) == (service == "intake")
        assert secrets.key.hex() not in text


def test_settings_are_for_their_owners_eyes(settings: Path) -> None:
    files = [file for file in settings.rglob("*") if file.is_file()]
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_service_listens_where_the_others_look_for_it(settings: Path) -> None:
    assert told("routing", settings)["HTTP_HOST"] == "0.0.0.0"  # noqa: S104 - in a container
    assert told("routing", settings)["HTTP_PORT"] == str(HTTP_PORT)
    assert told("intake", settings)["ROUTING_URL"] == f"http://routing:{HTTP_PORT}"
    offices = json.loads(Path(told("agency-tax", settings)["OFFICES_FILE"]).read_text())
    assert all(item["office"].startswith("tax.") for item in offices)


def test_a_service_that_was_not_provisioned_says_so(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="routing is not provisioned"):
        told("routing", tmp_path)


def test_a_replica_set_that_is_there_is_left_as_it_is(mongo_url: str) -> None:
    make_replica_set(mongo_url, seconds=10)


def test_inboxes_and_users_are_the_same_each_time(servers: Servers, secrets: Secrets) -> None:
    first = Bus(servers, secrets, ("tax.410500",), "a")
    again = Bus(servers, secrets, ("tax.410500",), "a")
    assert first.inbox("tax.410500") == again.inbox("tax.410500")
    assert first.url("tax.410500") == again.url("tax.410500")
