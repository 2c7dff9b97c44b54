"""Which services there are and what each is told: the same on this machine and in containers."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fuyuan_contracts.channels import SERVICES
from services.routing.loading import read_offices
from services.stack.bus import Bus
from services.stack.ports import LOOPBACK, kept_ports
from services.stack.processes import ServiceSpec
from services.stack.secrets import Secrets, write_private

SHARED = ("intake", "routing", "tracker", "metrics", "notices", "liaison", "parking")
AGENCY = "agency-"
OWN_PROCESS = ("tax", "market_regulation", "housing", "social_security")
"""Agencies with a process and a database of their own; the busiest."""
OTHERS = "others"
"""Stands for all other agencies: one process serves their offices."""
PERSONAL_KEY_BYTES = 96


@dataclass(frozen=True)
class Deployment:
    """The files a deployment is described by."""

    offices: Path
    rules: Path
    policies: Path
    scorecard: Path = Path("deploy/scorecard.yaml")
    vhost: str = "fuyuan"
    database_prefix: str = "fuyuan_"
    thrown_away: bool = False
    """Whether virtual host and databases are deleted in the end (demo, tests)."""
    more: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What a service is told beside that: a mail relay, say. Service → its environment."""
    without: frozenset[str] = frozenset()
    """Shared services that are not run, and have no queue."""
    host_offices: bool = True
    """False where every office runs a consumer of its own."""

    @classmethod
    def under(cls, root: Path, **other: Any) -> Self:  # noqa: ANN401 - the fields below
        """Use the files of `root/deploy`."""
        deploy = root / "deploy"
        files = {"offices": "offices.yaml", "rules": "routing.yaml", "policies": "policies.yaml"}
        files["scorecard"] = "scorecard.yaml"
        return cls(**{name: deploy / file for name, file in files.items()} | other)

    def receiving(self) -> list[str]:
        """Name the offices that are given assignments."""
        return [item.id for item in read_offices(self.offices).offices if item.receives]

    def hosted(self) -> dict[str, list[str]]:
        """Name the offices that our services serve, by service; the others run their own."""
        found: dict[str, list[str]] = {}
        for item in read_offices(self.offices).offices if self.host_offices else ():
            if item.receives and item.hosted:
                found.setdefault(office_service(item.id), []).append(item.id)
        return dict(sorted(found.items()))

    def services(self) -> list[str]:
        """Name every service: the shared ones and those of the agencies."""
        return [*self.shared(), *self.hosted()]

    def shared(self) -> list[str]:
        """Name the shared services that are run."""
        return [name for name in SHARED if name not in self.without]

    def queues(self) -> tuple[str, ...]:
        """Name the services that have a queue."""
        return tuple(name for name in SERVICES if name not in self.without)


@dataclass(frozen=True)
class Places:
    """Where the services run: what each listens on, where others reach it, where its files are."""

    files: Path
    """A folder with one folder a service, named like it."""
    ports: Mapping[str, int]
    urls: Mapping[str, str]
    listen: str = LOOPBACK

    @classmethod
    def here(cls, directory: Path, names: Iterable[str]) -> Self:
        """Put them on free ports of the loopback interface, the same from start to start."""
        ports = kept_ports(directory / "ports.json", names)
        urls = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
        return cls(directory / "secrets", ports, urls)


def office_service(office: str) -> str:
    """Name the service an office's officers work with, where it doesn't run its own."""
    agency = office.partition(".")[0]
    return f"{AGENCY}{agency if agency in OWN_PROCESS else OTHERS}"


def module_of(service: str) -> str:
    """Name the module a service is run from."""
    return f"services.{'agencies' if service.startswith(AGENCY) else service}.app"


def specs(deployment: Deployment, bus: Bus, directory: Path) -> list[ServiceSpec]:
    """Describe every process on this machine: ports and secret files are kept in `directory`."""
    return specs_at(Places.here(directory, deployment.services()), deployment, bus)


def specs_at(places: Places, deployment: Deployment, bus: Bus) -> list[ServiceSpec]:
    """Describe every process: the shared services, and those of the agencies.

    What differs between them is their broker user, their port and their files; an agency's file
    with its offices' credentials is written, for its owner's eyes only.
    """
    common = _common(deployment, bus) | {"HTTP_HOST": places.listen}
    special = {
        "intake": _intake(bus, places.urls["routing"]),
        "routing": _routing(deployment),
        "metrics": {"SCORECARD_FILE": str(deployment.scorecard.resolve())},
        "liaison": {"ROUTING_URL": places.urls["routing"]},
        "parking": {"WITHOUT": json.dumps(sorted(deployment.without))},
    }
    if "notices" not in deployment.without:
        special["notices"] = _notices(bus, places.urls)
    envs = {
        name: common | special.get(name, {}) | {"AMQP_URL": bus.url(name)}
        for name in deployment.shared()
    }
    for name, offices in deployment.hosted().items():
        file = places.files / name / "offices.json"
        write_offices(file, bus, offices)
        envs[name] = common | {
            "AGENCY": name.removeprefix(AGENCY),
            "OFFICES_FILE": str(file),
            "POLICY_FILE": str(deployment.policies.resolve()),
        }
    more = deployment.more
    return [
        _spec(name, {**env, **more.get(name, {})}, places.ports[name]) for name, env in envs.items()
    ]


def operator_key(bus: Bus) -> str:
    """Give the first operator's access key, which makes the others."""
    return bootstrap_key(bus.secrets)


def bootstrap_key(secrets: Secrets) -> str:
    """Derive the first operator's access key from the deployment secret."""
    return f"fy_bootstrap_{secrets.text('access/bootstrap', 43)}"


def _spec(name: str, env: Mapping[str, str], port: int) -> ServiceSpec:
    return ServiceSpec(name, module_of(name), {**env, "HTTP_PORT": str(port)}, port)


def _common(deployment: Deployment, bus: Bus) -> dict[str, str]:
    public = _signing_key(bus).public_key().public_bytes_raw()
    return {
        "MONGO_URL": bus.servers.mongo_url,
        "DATABASE_PREFIX": deployment.database_prefix,
        "TOKEN_PUBLIC_KEY": base64.b64encode(public).decode(),
        "OFFICES_FILE": str(deployment.offices.resolve()),
    }


def _intake(bus: Bus, routing_url: str) -> dict[str, str]:
    secrets = bus.secrets
    parts = [secrets.derive(f"personal/{number}") for number in range(PERSONAL_KEY_BYTES // 32)]
    return {
        "CASE_KEY": secrets.case_key().hex(),
        "PERSONAL_KEY": base64.b64encode(b"".join(parts)).decode(),
        "TOKEN_PRIVATE_KEY": base64.b64encode(_signing_key(bus).private_bytes_raw()).decode(),
        "BOOTSTRAP_KEY_HASH": sha256(operator_key(bus).encode()).hexdigest(),
        "ROUTING_URL": routing_url,
    }


def _routing(deployment: Deployment) -> dict[str, str]:
    return {"RULES_FILE": str(deployment.rules.resolve())}


def _notices(bus: Bus, urls: Mapping[str, str]) -> dict[str, str]:
    return {
        "NOTICES_KEY": bus.secrets.derive("notices").hex(),
        "PUBLIC_URL": urls["routing"],
        "NOTICES_URL": urls["notices"],
    }


def _signing_key(bus: Bus) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bus.secrets.derive("token/signing"))


def write_offices(file: Path, bus: Bus, offices: Iterable[str]) -> None:
    """Write offices' credentials, for their owner's eyes only."""
    listed = [
        {"office": office, "amqp_url": bus.url(office), "inbox": bus.inbox(office)}
        for office in offices
    ]
    write_private(file, json.dumps(listed, indent=1))
