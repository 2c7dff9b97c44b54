"""A deployment's database in containers: its replica set, and a user a service.

Each service's user may read and write that service's own database, and nothing else; parking, which
tells Prometheus how the database is, may look at that.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import pymongo
from pymongo.errors import ConnectionFailure, OperationFailure
from pymongo.uri_parser import parse_uri

from services.stack.broker import ADMIN
from services.stack.daemons import StackError
from services.stack.mongod import NOT_INITIATED
from services.stack.secrets import Secrets

ALREADY_INITIALIZED = 23
LOOKS = "parking"
AUTHENTICATION_FAILED = 18
WAIT_SECONDS = 180.0
POLL_SECONDS = 0.5


def with_user(url: str, user: str, password: str) -> str:
    """Name the user in a connection string."""
    parts = urlsplit(url)
    account = f"{quote(user, safe='')}:{quote(password, safe='')}"
    query = "&".join(part for part in (parts.query, "authSource=admin") if part)
    return parts._replace(netloc=f"{account}@{parts.netloc}", query=query).geturl()


def as_admin(url: str, environ: Mapping[str, str]) -> str:
    """Name the administrator: DATABASE_ADMIN_PASSWORD, and DATABASE_ADMIN unless it is admin."""
    return with_user(url, environ.get("DATABASE_ADMIN", ADMIN), environ["DATABASE_ADMIN_PASSWORD"])


def make_replica_set(url: str, seconds: float = WAIT_SECONDS) -> None:
    """Make the set that `url` names of the hosts it names, once; wait until one takes writes.

    Raises StackError when that takes too long, or the user that `url` names is refused.
    """
    parsed = parse_uri(url)
    hosts, name = parsed["nodelist"], parsed["options"]["replicaSet"]
    members = [{"_id": at, "host": f"{host}:{port}"} for at, (host, port) in enumerate(hosts)]
    config = {"_id": name, "version": 1, "members": members}

    def writable() -> bool:
        with pymongo.MongoClient[dict[str, Any]](
            _only(url, hosts[0]), serverSelectionTimeoutMS=500
        ) as client:
            try:
                if client.admin.command("hello").get("setName"):
                    return _has_primary(url)
                client.admin.command("replSetInitiate", config)
            except ConnectionFailure:
                return False
            except OperationFailure as error:
                if error.code == AUTHENTICATION_FAILED:
                    raise StackError(
                        "the database refuses its administrator: its data are of another password"
                    ) from error
                if error.code not in {NOT_INITIATED, ALREADY_INITIALIZED}:
                    raise
            return False

    wait_until("the database", writable, seconds)


def make_users(url: str, prefix: str, services: Iterable[str], secrets: Secrets) -> dict[str, str]:
    """Make a user a service, or give it its rights and password again; gives each one's URL.

    `url` is the administrator's. Raises StackError for what a user has that it should not have.
    """
    plain = _without_user(url)
    urls: dict[str, str] = {}
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        for service in services:
            user, password = f"fuyuan-{service}", secrets.text(f"database/{service}")
            roles = _roles(service, prefix)
            there = client.admin.command("usersInfo", user)["users"]
            command = "updateUser" if there else "createUser"
            client.admin.command(command, user, pwd=password, roles=roles)
            urls[service] = with_user(plain, user, password)
        _verify(client, prefix, urls)
    return urls


def database_of(service: str, prefix: str) -> str:
    """Name a service's database."""
    return prefix + service.replace("-", "_")


def wait_until(what: str, ready: Callable[[], bool], seconds: float) -> None:
    """Wait for a server. Raises StackError when it takes longer."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            msg = f"{what} was not ready within {seconds:.0f} s"
            raise StackError(msg)
        time.sleep(POLL_SECONDS)


def _verify(client: Any, prefix: str, services: Iterable[str]) -> None:  # noqa: ANN401 - pymongo
    for service in services:
        found = client.admin.command("usersInfo", f"fuyuan-{service}")["users"][0]["roles"]
        wanted = _roles(service, prefix)
        if sorted(found, key=str) != sorted(wanted, key=str):
            raise StackError(f"the database user of {service} has {found}, expected {wanted}")


def _roles(service: str, prefix: str) -> list[dict[str, str]]:
    own = {"role": "readWrite", "db": database_of(service, prefix)}
    return [own, {"role": "clusterMonitor", "db": "admin"}] if service == LOOKS else [own]


def _has_primary(url: str) -> bool:
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
        return bool(client.admin.command("hello")["isWritablePrimary"])


def _only(url: str, host: tuple[str, int]) -> str:
    """Name one member, not the set it belongs to."""
    parts = urlsplit(url)
    account, at, _ = parts.netloc.rpartition("@")
    kept = [item for item in parts.query.split("&") if not item.startswith("replicaSet=")]
    query = "&".join([*filter(None, kept), "directConnection=true"])
    netloc = f"{account}{at}{host[0]}:{host[1]}"
    return parts._replace(netloc=netloc, query=query).geturl()


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    kept = [item for item in parts.query.split("&") if not item.startswith("authSource=")]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(kept)).geturl()
