import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import generate
import pytest
import yaml
from jsonschema import Draft202012Validator
from schema_tools.asyncapi import TO_OFFICES, build
from schema_tools.examples import ASSIGNMENT, BROUGHT, OFFICE, REPORTED, example
from schema_tools.schemas import documents

from fuyuan_contracts.cases import ASKED
from fuyuan_contracts.channels import BINDINGS
from fuyuan_contracts.envelope import decode
from fuyuan_contracts.events import EVENTS, REPORTS, parse
from fuyuan_contracts.identifiers import Phone, ResidentId
from fuyuan_contracts.ids import event_id
from tests.support.catalogue import (
    CONCLUSIONS,
    DETAILS,
    OUTCOMES,
    STEPS,
    conclusion_of,
    outcome_of,
    step_of,
)

CONTRACTS = generate.SCHEMAS.parent
FROZEN = generate.frozen(generate.SCHEMAS)
ISSUED = "cn.fuyuan.assignment.issued.v1"
UNIONS = ("details", "outcome", "step", "conclusion")
"""What is said inside events, and over HTTP, each in a file of its own."""
ASYNCAPI: dict[str, Any] = yaml.safe_load(FROZEN["asyncapi.yaml"])
FORMATS = Draft202012Validator.FORMAT_CHECKER


GOOD = [
    *(("details", said) for said in DETAILS.values()),
    *(("outcome", outcome_of(task)) for task in OUTCOMES),
    *(("step", step_of(step)) for step in STEPS),
    *(("conclusion", conclusion_of(kind)) for kind in CONCLUSIONS),
]
OPEN = [
    "Kind",
    *(needs.__name__ for needs in ASKED.values()),
    "CivilDisputeDetails.cause",
    "AdministrativeDisputeDetails.cause",
    "AdministrativeLawsuitDetails.cause",
    "ReconsiderationDetails.cause",
    "JudgmentEnforcementDetails.debtor_role",
    "Participant.role",
    "Cluster.alike",
    "Unrouted.why",
    "AssignmentRecalled.why",
    "CaseEscalated.why",
    "CaseLinked.relation",
]


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(FROZEN[f"{name}.json"]), format_checker=FORMATS)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def at(document: Any, pointer: str) -> Any:
    for part in pointer.removeprefix("#/").split("/"):
        document = document[part]
    return document


def test_the_frozen_schemas_are_what_the_models_say() -> None:
    """`.venv/bin/python contracts/generate.py` writes them."""
    assert generate.difference(FROZEN, generate.wanted()) == ""


def test_there_is_a_file_for_every_event_and_no_other() -> None:
    others = {"envelope.json", "asyncapi.yaml", *(f"{name}.json" for name in UNIONS)}
    assert set(FROZEN) == {f"{type_}.json" for type_ in EVENTS} | others


def test_check_passes_as_a_command_of_its_own() -> None:
    command = [sys.executable, str(CONTRACTS / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_check_shows_what_differs_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0
    changed = FROZEN["outcome.json"].replace("owed_fen", "owed_yuan")
    (tmp_path / "outcome.json").write_text(changed, "utf-8")
    assert generate.main(["--check"], tmp_path) == 1
    assert re.search(r"^-.*owed_yuan.*\n|^\+.*owed_fen", capsys.readouterr().out, re.MULTILINE)
    assert (tmp_path / "outcome.json").read_text("utf-8") == changed


def test_a_frozen_schema_is_not_overwritten_by_a_break(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate.main([], tmp_path)
    name = "cn.fuyuan.case.closed.v1.json"
    older = json.loads(FROZEN[name])
    older["properties"]["field_of_old"] = {"type": "string"}
    (tmp_path / name).write_text(json.dumps(older), "utf-8")
    (tmp_path / "cn.fuyuan.case.burnt.v1.json").write_text("{}", "utf-8")
    assert generate.main([], tmp_path) == 1
    said = capsys.readouterr().err
    assert f"{name}/properties/field_of_old: removed" in said
    assert "cn.fuyuan.case.burnt.v1.json: removed" in said
    assert "field_of_old" in (tmp_path / name).read_text("utf-8")


def test_a_frozen_schema_is_overwritten_by_an_added_optional_field(tmp_path: Path) -> None:
    generate.main([], tmp_path)
    name = "cn.fuyuan.assignment.returned.v1.json"
    older = json.loads(FROZEN[name])
    del older["properties"]["better_office"]
    (tmp_path / name).write_text(json.dumps(older), "utf-8")
    assert generate.main([], tmp_path) == 0
    assert (tmp_path / name).read_text("utf-8") == FROZEN[name]


@pytest.mark.parametrize("name", documents())
def test_every_schema_is_valid_and_names_itself(name: str) -> None:
    schema = json.loads(FROZEN[f"{name}.json"])
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:fuyuan:schema:{name}"
    for node in nodes(schema):
        if isinstance(reference := node.get("$ref"), str):
            assert isinstance(at(schema, reference), dict)


@pytest.mark.parametrize("name", [*EVENTS, "envelope"])
def test_what_travels_on_the_bus_is_open_for_fields_of_newer_senders(name: str) -> None:
    schema = json.loads(FROZEN[f"{name}.json"])
    assert all(node.get("additionalProperties") is not False for node in nodes(schema))


@pytest.mark.parametrize("name", UNIONS)
def test_what_is_filed_or_answered_is_closed(name: str) -> None:
    schema = json.loads(FROZEN[f"{name}.json"])
    objects = [part for part in schema["$defs"].values() if part["type"] == "object"]
    assert objects
    assert all(part["additionalProperties"] is False for part in objects)


@pytest.mark.parametrize("name", EVENTS)
def test_no_event_has_a_place_for_a_resident_id_or_a_phone_number(name: str) -> None:
    patterns = {node.get("pattern") for node in nodes(json.loads(FROZEN[f"{name}.json"]))}
    for type_ in (ResidentId, Phone):
        assert get_args(type_)[1].pattern not in patterns


@pytest.mark.parametrize("type_", [*TO_OFFICES, *sorted(REPORTS)])
def test_an_example_fits_models_and_schemas(type_: str) -> None:
    shown = example(type_)
    assert shown is not None
    said = json.loads(shown.encode())
    assert decode(shown.encode()) == shown
    assert isinstance(parse(type_, said["data"]), EVENTS[type_])
    validator("envelope").validate(said)
    validator(type_).validate(said["data"])
    payload = ASYNCAPI["components"]["messages"][type_[len("cn.fuyuan.") : -len(".v1")]]["payload"]
    whole = {**payload, "components": ASYNCAPI["components"]}
    Draft202012Validator(whole, format_checker=FORMATS).validate(said)
    assert not Draft202012Validator(whole).is_valid(said | {"type": "cn.fuyuan.case.filed.v1"})
    assert not Draft202012Validator(whole).is_valid(said | {"data": {}})


@pytest.mark.parametrize(("name", "said"), GOOD)
def test_what_the_models_take_the_schemas_take(name: str, said: dict[str, Any]) -> None:
    validator(name).validate(said)
    assert not validator(name).is_valid(said | {"misspelt": 1})
    first = next(iter(said))
    assert not validator(name).is_valid({key: said[key] for key in said if key != first})


@pytest.mark.parametrize("path", OPEN)
def test_a_list_that_may_grow_is_open_in_every_schema_it_is_in(path: str) -> None:
    """A stranger's check of today must not refuse what joins tomorrow."""
    definition, _, field = path.partition(".")
    found = 0
    for name, text in FROZEN.items():
        if not name.endswith(".json"):
            continue
        schema = json.loads(text)
        listed = schema.get("$defs", {})
        part = listed.get(definition) or (schema if schema.get("title") == definition else None)
        if part is None:
            continue
        value = part["properties"][field] if field else part
        assert "enum" not in value
        assert value["x-extensible-enum"]
        found += 1
    assert found


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type", "subject", "time"])
def test_the_schema_of_the_envelope_requires_what_decode_requires(missing: str) -> None:
    shown = example(ISSUED)
    assert shown is not None
    said = json.loads(shown.encode())
    del said[missing]
    assert not validator("envelope").is_valid(said)


def test_every_reference_in_asyncapi_leads_somewhere() -> None:
    references = [node["$ref"] for node in nodes(ASYNCAPI) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        assert reference.startswith("#/")
        assert isinstance(at(ASYNCAPI, reference), dict)


def test_asyncapi_says_who_reads_and_writes_what() -> None:
    channels, operations = ASYNCAPI["channels"], ASYNCAPI["operations"]
    names = {type_[len("cn.fuyuan.") : -len(".v1")] for type_ in REPORTS}
    assert set(channels) == {"inbox", "out", "evt"}
    assert set(channels["inbox"]["messages"]) == set(BROUGHT)
    assert set(channels["out"]["messages"]) == names
    assert set(ASYNCAPI["components"]["messages"]) == (
        set(channels["evt"]["messages"]) | {"assignment.issued", "assignment.refused"}
    )
    assert operations["readInbox"]["action"] == "receive"
    assert (
        operations["report"]["bindings"]["amqp"] | {"deliveryMode": 2, "mandatory": True}
        == (operations["report"]["bindings"]["amqp"])
    )
    for service, keys in BINDINGS.items():
        assert operations[f"{service}Reads"]["x-binding-keys"] == list(keys)


def test_asyncapi_shows_how_an_id_is_derived() -> None:
    said = ASYNCAPI["info"]["description"]
    assert f"id       {event_id(f'/offices/{OFFICE}', ASSIGNMENT, 1)}" in said
    assert build()["info"]["description"] == said


@pytest.mark.parametrize("name", [*BROUGHT, *REPORTED])
def test_asyncapis_words_explain_what_an_office_meets(name: str) -> None:
    said = ASYNCAPI["info"]["description"] + ASYNCAPI["channels"]["inbox"]["description"]
    word = name.removeprefix("assignment.")
    assert f"`{name}`" in said or f"`{word}`" in said


def test_the_readme_lists_every_kind_with_its_tasks() -> None:
    text = (CONTRACTS / "README.md").read_text("utf-8")
    for kind, needs in ASKED.items():
        (line,) = re.findall(rf"^\| `{kind}` .*\| (.*) \|$", text, re.MULTILINE)
        assert line.split() == [f"`{need}`" for need in needs]


def test_the_readme_shows_messages_that_can_be_read() -> None:
    text = (CONTRACTS / "README.md").read_text("utf-8")
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        envelope = decode(block.encode())
        parse(envelope.type, envelope.data)
        assert envelope.id == event_id(envelope.source, envelope.subject, envelope.sequence)
    for name in (*REPORTED, *BROUGHT):
        assert f"`{name.removeprefix('assignment.')}`" in text


def test_the_readmes_python_reads_a_message_and_answers_it() -> None:
    text = (CONTRACTS / "README.md").read_text("utf-8")
    _kit, code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)  # tests/kit runs the first
    came = example(ISSUED)
    assert came is not None
    names: dict[str, Any] = {"body": came.encode()}
    exec(code, names)  # noqa: S102 -- the page's own words
    answer = decode(names["answer"])
    assert (answer.subject, answer.causationid) == (ASSIGNMENT, came.id)
    assert parse(answer.type, answer.data).TYPE in REPORTS
