"""What is shipped is pinned, named and under a licence that is known."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.support.supply import ALLOWED, IMAGE_LOCK, LOCK, PAGE, ROOT, images, packages, page, sbom

LOCKS = pytest.mark.parametrize("lock", [LOCK, IMAGE_LOCK], ids=["all", "image"])


@LOCKS
def test_every_requirement_of_a_lock_has_a_hash_and_nothing_else_is_in_it(lock: Path) -> None:
    text = lock.read_text("utf-8")
    named = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    found = packages(lock)
    assert len(found) == len(named) > 30
    assert [one.name for one in found if not one.hashes] == []
    assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links", text) == []


def test_the_image_holds_the_versions_that_are_tested() -> None:
    tested = {(one.name, one.version, one.hashes) for one in packages(LOCK)}
    assert {(one.name, one.version, one.hashes) for one in packages(IMAGE_LOCK)} <= tested


def test_whoever_installs_from_a_lock_requires_its_hashes() -> None:
    for name in ("deploy/Dockerfile", "deploy/install.sh"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if re.search(r"-r \S*requirements\.lock", line)]
        assert lines, name
        assert [line for line in lines if "--require-hashes" not in line] == [], name


def test_no_file_names_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    hosts = re.compile(r"py" r"pi\.org|pythonhosted\.org|registry\.npm" r"js|ghcr" r"\.io")
    wrong = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and hosts.search(path.read_text("utf-8", "replace")):
            wrong.append(name)
    assert wrong == []


@LOCKS
def test_every_package_is_under_a_licence_that_is_allowed(lock: Path) -> None:
    for one in packages(lock):
        parts = re.split(r" (?:AND|OR) ", one.licence)
        assert set(parts) <= ALLOWED, f"{one.name}: {one.licence or 'unknown'}"


def test_every_image_is_known_and_can_be_pinned_by_the_operator() -> None:
    found = {name.rpartition("/")[2]: licence for name, _, licence in images()}
    assert found["mongo"] == "SSPL-1.0"
    assert set(found) == {"rabbitmq", "mongo", "prometheus", "caddy", "grafana", "python"}
    assert all(found.values())
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    for name in ("RABBITMQ", "MONGO", "PROMETHEUS", "CADDY", "GRAFANA"):
        assert f"${{{name}_IMAGE:-" in text


def test_the_page_of_licences_is_what_is_written_now() -> None:
    text = PAGE.read_text("utf-8")
    assert text == page()
    for one in packages(LOCK):
        assert f"| {one.name} | {one.version} | {one.licence}" in text


def test_the_sbom_is_valid_and_holds_all_that_is_deployed() -> None:
    text = sbom()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = {part["name"]: part for part in json.loads(text)["components"]}
    for one in packages(IMAGE_LOCK):
        part = parts[one.name]
        assert part["version"] == one.version
        listed = {item["value"] for item in part["properties"]}
        assert listed == set(one.hashes)
        assert part["licenses"]
    assert {name for name, _, _ in images()} <= set(parts)
    assert text == sbom()
