"""Each queue is read by a room, each event said is wanted by one, each name is written out."""

import ast
import base64
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fuyuan_contracts.cases import Kind
from fuyuan_contracts.channels import BINDINGS, EMITTERS, SERVICES, office_inbox_queue, topology
from fuyuan_contracts.events import (
    EVENTS,
    REPORTS,
    AccessRevoked,
    AssignmentIssued,
    AuditAnchored,
    short_name,
)
from services.agencies import app as agencies
from services.agencies.settings import AgencySettings
from services.intake import app as intake
from services.intake.settings import IntakeSettings
from services.liaison import app as liaison
from services.liaison.settings import LiaisonSettings
from services.metrics import app as metrics
from services.metrics.settings import MetricsSettings
from services.notices import app as notices
from services.notices.settings import NoticesSettings
from services.parking import app as parking
from services.routing import app as routing
from services.routing.loading import read_offices
from services.routing.settings import RoutingSettings
from services.runtime.mongo import close_client, database, open_client
from services.runtime.room import Room
from services.tracker import app as tracker
from services.tracker.settings import TrackerSettings

Trees = dict[str, ast.Module]
AnyRoom = Room[Any, Any, Any]

SUFFIX = "suffix-of-tests"
RUNTIME = {AuditAnchored.__name__}
"""What every service's runtime says and reads, whatever its room."""
CLASSES = {event.__name__: event for event in EVENTS.values()}


@pytest.fixture(scope="module")
def offices(root: Path) -> list[str]:
    """The offices that have an inbox."""
    listed = read_offices(root / "deploy/offices.yaml").offices
    return [office.id for office in listed if office.receives]


@pytest.fixture(scope="module")
def rooms(
    root: Path, offices: list[str], tmp_path_factory: pytest.TempPathFactory
) -> list[AnyRoom]:
    """Every room, one of each agency, built as its `app.py` builds it."""
    deploy = root / "deploy"
    key = Ed25519PrivateKey.generate()
    made: list[AnyRoom] = [
        intake.build(
            IntakeSettings(
                case_key=secrets.token_hex(32),
                personal_key=base64.b64encode(secrets.token_bytes(96)).decode(),
                token_private_key=base64.b64encode(key.private_bytes_raw()).decode(),
                offices_file=deploy / "offices.yaml",
            )
        ),
        routing.build(
            RoutingSettings(
                rules_file=deploy / "routing.yaml", offices_file=deploy / "offices.yaml"
            )
        ),
        tracker.build(TrackerSettings()),
        metrics.build(MetricsSettings()),
        notices.build(NoticesSettings(notices_key=secrets.token_hex(32))),
        liaison.build(LiaisonSettings()),
        parking.build(),
    ]
    for agency in sorted({office.split(".")[0] for office in offices}):
        file = tmp_path_factory.mktemp(agency) / "offices.json"
        own = [
            {
                "office": office,
                "amqp_url": f"amqp://{office}:secret@127.0.0.1:1/",
                "inbox": office_inbox_queue(office, SUFFIX),
            }
            for office in offices
            if office.startswith(f"{agency}.")
        ]
        file.write_text(json.dumps(own), encoding="utf-8")
        settings = AgencySettings(
            agency=agency, offices_file=file, policy_file=deploy / "policies.yaml"
        )
        made.append(agencies.build(settings))
    return made


def said_in(tree: ast.Module, function: str = "to_wire") -> set[str]:
    """Name the event classes a module's function mentions, itself or through its own helpers."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    tables = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    open_: list[ast.AST] = [functions[function]] if function in functions else []
    seen, events = {function}, set()
    while open_:
        for name in names_in(open_.pop()):
            if name in CLASSES:
                events.add(name)
            elif name not in seen and (name in functions or name in tables):
                seen.add(name)
                open_.append(functions.get(name) or tables[name])
    return events


def names_in(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def said_by(room: str, trees: Trees) -> set[str]:
    """Name the event classes a room's facts are worded as."""
    modules = [tree for name, tree in trees.items() if name.startswith(f"services.{room}.")]
    return {event for tree in modules for event in said_in(tree)}


def keys_of(events: Iterable[str]) -> set[str]:
    """Give the routing keys of events on `evt`: those of a case or an assignment end in a kind."""
    keys = set()
    for event in events:
        name = short_name(CLASSES[event].TYPE)
        with_kind = name.startswith(("case.", "assignment.", "information."))
        keys |= {f"{name}.{kind.value}" for kind in Kind} if with_kind else {name}
    return keys


def bound(pattern: str, key: str) -> bool:
    words = re.escape(pattern).replace(r"\#", ".*").replace(r"\*", "[^.]*")
    return re.fullmatch(words, key) is not None


async def test_every_queue_is_read_by_exactly_one_room(
    rooms: list[AnyRoom], offices: list[str], mongo_url: str, db_name: str
) -> None:
    client = open_client(mongo_url)
    for room in rooms:
        if room.prepare:  # routing knows its offices from the rulebook in force
            await room.prepare(database(client, db_name))
    await close_client(client)
    there = {queue.name for queue in topology(dict.fromkeys(offices, SUFFIX)).queues}
    read = [source.queue for room in rooms for source in await room.sources()]
    assert len(read) == len(set(read))
    assert {*read} == {name for name in there if ".wait." not in name}


def test_the_emitters_are_those_that_say_something(trees: Trees) -> None:
    assert {room for room in SERVICES if said_by(room, trees)} == {*EMITTERS}


def test_every_event_there_is_is_said_by_somebody(trees: Trees) -> None:
    said = {event for room in (*SERVICES, "agencies") for event in said_by(room, trees)}
    assert said | RUNTIME == CLASSES.keys()


def test_an_office_says_each_kind_of_report_and_nothing_else(trees: Trees) -> None:
    assert {CLASSES[name].TYPE for name in said_by("agencies", trees)} == REPORTS


def test_every_event_on_evt_is_wanted_so_that_nothing_ends_unrouted(trees: Trees) -> None:
    said = {event for room in EMITTERS for event in said_by(room, trees)}
    patterns = [pattern for listed in BINDINGS.values() for pattern in listed]
    keys = keys_of(said - {AssignmentIssued.__name__})  # goes to an inbox
    assert {key for key in keys if not any(bound(one, key) for one in patterns)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_bound_to_what_is_said_and_what_it_reads(service: str, trees: Trees) -> None:
    said = {event for room in EMITTERS for event in said_by(room, trees)} | RUNTIME
    said -= {AssignmentIssued.__name__}
    for pattern in BINDINGS[service]:
        assert any(bound(pattern, key) for key in keys_of(said)), f"nobody says {pattern}"
    sent = {
        event
        for event in said
        for key in keys_of([event])
        if any(bound(pattern, key) for pattern in BINDINGS[service])
    }
    sent -= {AccessRevoked.__name__} | RUNTIME  # every service's runtime reads them
    handlers = {*names_in(trees[f"services.{service}.handlers"])}
    assert sent <= handlers, f"{service} is sent what it doesn't read"


def test_wire_names_are_written_out(trees: Trees) -> None:
    written: dict[str, object] = {}
    contracts = [tree for name, tree in trees.items() if name.startswith("fuyuan_contracts.")]
    for node in (part for tree in contracts for part in tree.body):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "TYPE":
                    written[node.name] = ast.literal_eval(line.value)
    assert written == {name: event.TYPE for name, event in CLASSES.items()}
    assert len({*written.values()}) == len(written)
    assert all(re.fullmatch(r"cn\.fuyuan(\.[a-z_]+){2}\.v[1-9]", name) for name in EVENTS)


async def test_facts_are_stored_under_names_written_out(rooms: list[AnyRoom]) -> None:
    for room in rooms:
        schema = room.stream.facts.json_schema(mode="serialization")
        variants = [
            schema["$defs"][one["$ref"].split("/")[-1]]
            for one in schema.get("oneOf") or schema["anyOf"]
        ]
        names = [one["properties"]["type"]["const"] for one in variants]
        assert len(names) == len(set(names)) > 1, room.name
