"""Who must have heard a message: pure, from the topology's own data."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fuyuan_contracts.channels import BINDINGS, EVT, INBOX, office_out_exchange, office_out_queue
from fuyuan_contracts.channels import office_of as office_of_queue
from services.stack.layout import office_service

REVOKED = "access.revoked"
"""Routing passes it on to the offices, which read nothing but their inboxes."""
PREFIX, SUFFIX = office_out_exchange("\n").split("\n")


@dataclass(frozen=True, slots=True)
class Reader:
    """A service, and through whose queue a message comes to it."""

    service: str
    office: str | None = None
    inbox: bool = False

    def __str__(self) -> str:
        """Name it for a person."""
        return f"{self.service} ({self.office})" if self.office else self.service


@dataclass(frozen=True, slots=True)
class Deployed:
    """What is there to be compared."""

    services: Collection[str]
    hosted: Collection[str]
    """The offices whose consumer is one of our services."""
    apart: Collection[str] = ()
    """Those that receive and run a consumer of their own."""

    def serving(self, office: str) -> str | None:
        """Name the service that reads an office's inbox; None for a consumer of its own."""
        service = office_service(office)
        return service if office in self.hosted and service in self.services else None


def readers(said: Mapping[str, str], deployed: Deployed) -> list[Reader]:
    """Tell which services must have heard a message (`exchange`, `key`, `body` of it).

    An office with a consumer of its own is none of them: what it has, it says in its reports.
    """
    exchange, key = said["exchange"], said["key"]
    if exchange == EVT:
        found = [
            Reader(name) for name in BINDINGS if name in deployed.services and _bound(name, key)
        ]
        return found + (_told_of_key(said["body"], deployed) if key == REVOKED else [])
    if exchange == INBOX:
        service = deployed.serving(key)
        return [Reader(service, key, inbox=True)] if service else []
    office = _speaking(exchange)
    return [Reader("routing", office)] if office else []


def speaker(source: str, deployed: Deployed) -> str | None:
    """Name the service whose database holds what a source has said; None: it is not here."""
    kind, _, name = source.strip("/").partition("/")
    if kind == "services":
        return name if name in deployed.services else None
    return deployed.serving(name) if kind == "offices" else None


def bound(pattern: str, key: str) -> bool:
    """Match a topic as a broker does: `*` is one word, `#` any number of them."""
    return _match(pattern.split("."), key.split("."))


def _match(pattern: list[str], key: list[str]) -> bool:
    if not pattern:
        return not key
    if pattern[0] == "#":
        return any(_match(pattern[1:], key[cut:]) for cut in range(len(key) + 1))
    return bool(key) and pattern[0] in ("*", key[0]) and _match(pattern[1:], key[1:])


def _bound(service: str, key: str) -> bool:
    return any(bound(pattern, key) for pattern in BINDINGS[service])


def _told_of_key(body: str, deployed: Deployed) -> list[Reader]:
    whose = json.loads(body)["data"].get("office")
    offices = [whose] if whose else sorted(deployed.hosted)
    served = ((name, deployed.serving(name)) for name in offices)
    return [Reader(service, name, inbox=True) for name, service in served if service]


def _speaking(exchange: str) -> str | None:
    if not (exchange.startswith(PREFIX) and exchange.endswith(SUFFIX)):
        return None
    office = exchange.removeprefix(PREFIX).removesuffix(SUFFIX)
    return office_of_queue(office_out_queue(office))
