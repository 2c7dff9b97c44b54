"""The users of a deployment's database: one a service, for its own database alone."""

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure

from services.stack.daemons import StackError
from services.stack.database import database_of, make_replica_set, make_users, with_user
from services.stack.secrets import Secrets

PREFIX = "users_test_"
SERVICES = ("intake", "agency-tax", "parking")


@pytest.fixture
def admin(mongo_url: str) -> Iterator[Any]:
    with pymongo.MongoClient[dict[str, Any]](mongo_url) as client:
        yield client.admin
        for service in SERVICES:
            client.admin.command("dropUser", f"fuyuan-{service}")


def test_each_service_gets_a_user_with_rights_in_its_own_database_alone(
    mongo_url: str, admin: Any
) -> None:
    secrets = Secrets.random()
    urls = make_users(mongo_url, PREFIX, SERVICES, secrets)
    assert set(urls) == set(SERVICES)
    for service, url in urls.items():
        with pymongo.MongoClient[dict[str, Any]](url) as client:
            status = client.admin.command("connectionStatus")["authInfo"]
        assert [user["user"] for user in status["authenticatedUsers"]] == [f"fuyuan-{service}"]
        roles = {(role["role"], role["db"]) for role in status["authenticatedUserRoles"]}
        looks = {("clusterMonitor", "admin")} if service == "parking" else set()
        assert roles == {("readWrite", database_of(service, PREFIX)), *looks}
    admin.command("updateUser", "fuyuan-intake", roles=["root"])
    assert make_users(mongo_url, PREFIX, SERVICES, secrets) == urls
    found = admin.command("usersInfo", "fuyuan-intake")["users"][0]["roles"]
    assert found == [{"role": "readWrite", "db": "users_test_intake"}]


def test_another_secret_gives_another_password(mongo_url: str, admin: Any) -> None:
    del admin  # clears up
    before = make_users(mongo_url, PREFIX, SERVICES, Secrets.random())
    make_users(mongo_url, PREFIX, SERVICES, Secrets.random())
    with (
        pymongo.MongoClient[dict[str, Any]](before["intake"]) as client,
        pytest.raises(OperationFailure, match="Authentication failed"),
    ):
        client.admin.command("connectionStatus")


def test_a_user_is_named_in_a_url_as_it_is_written() -> None:
    url = "mongodb://mongo:27017/?replicaSet=fuyuan&tls=true"
    assert with_user(url, "a", "p@/s") == (
        "mongodb://a:p%40%2Fs@mongo:27017/?replicaSet=fuyuan&tls=true&authSource=admin"
    )


def test_an_administrator_who_is_refused_is_told_at_once(mongo_url: str) -> None:
    with pytest.raises(StackError, match="the database refuses its administrator"):
        make_replica_set(with_user(mongo_url, "admin", "wrong"), seconds=20)
