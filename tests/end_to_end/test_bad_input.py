"""What bad input gets at intake: a 4xx that names the field, and nothing is stored anywhere."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.support.filings import filings
from tests.support.world import Json, World, until

MISSING = object()
CASES: dict[str, tuple[str, Any, str]] = {
    "credit code's check": ("details.debtor.credit_code", "91410500XXXXXX0016",
                            "details.debtor.credit_code"),
    "credit code's form": ("details.debtor.credit_code", "914105", "details.debtor.credit_code"),
    "unknown division": ("division", "419999", "division"),
    "division of a project": ("details.project.division", "419999", "details.project.division"),
    "unknown kind": ("details.kind", "dog_licence", "details.kind"),
    "no kind": ("details.kind", MISSING, "details.kind"),
    "unknown need": ("details.needs", ["haircut"], "details.needs.0"),
    "negative amount": ("details.financing_fen", -1, "details.financing_fen"),
    "amount with a fraction": ("details.financing_fen", 1.5, "details.financing_fen"),
    "amount as text": ("details.financing_fen", "1", "details.financing_fen"),
    "amount beyond all": ("details.financing_fen", 10**30, "details.financing_fen"),
    "future": ("filed_on", "2199-01-01", "filed_on"),
    "future inside": ("details.accepted_on", "2199-01-01", "details.accepted_on"),
    "no such day": ("filed_on", "2024-02-30", "filed_on"),
    "day as a number": ("filed_on", 0, "filed_on"),
    "unknown field": ("surprise", 1, "surprise"),
    "unknown field inside": ("details.debtor.surprise", 1, "details.debtor.surprise"),
    "no title": ("title", MISSING, "title"),
    "control character": ("title", "a\x00b", "title"),
    "text turned round": ("title", "\u202eabc", "title"),
    "half a character": ("title", "\ud800", "title"),
    "long text": ("summary", "长" * 4001, "summary"),
    "a person's number": ("details.debtor.name", "王某13812345678", "details.debtor.name"),
    "query for a value": ("reference", {"$ne": None}, "reference"),
}  # fmt: skip
RAW: dict[str, tuple[bytes, str, int]] = {
    "2 MB": (b'{"summary": "' + b"x" * 2_000_000 + b'"}', "application/json", 413),
    "invalid UTF-8": (b'{"reference": "\xff\xfe"}', "application/json", 400),
    "not JSON": (b"{", "application/json", 400),
    "no object": (b"[]", "application/json", 422),
    "nothing": (b"", "application/json", 422),
    "nested too deep": (b"[" * 100_000, "application/json", 400),
    "a number too long": (b'{"reference": ' + b"9" * 5_000 + b"}", "application/json", 400),
}


@pytest.fixture
def nothing_stored(world: World) -> Iterator[None]:
    """Hold that what a test has refused left nothing."""
    before = world.stored()
    yield
    assert world.stored() == before


def changed(filing: Json, path: str, value: Any) -> Json:
    made = deepcopy(filing)
    inner: Any = made
    *way, last = path.split(".")
    for part in way:
        inner = inner[part]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return made


def refused(answer: Any, status: int) -> list[Json]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    errors: list[Json] = answer.json()["errors"]
    assert all(item["field"] and item["message"] for item in errors)
    assert "<" not in answer.json()["title"]
    return errors


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("name", CASES)
def test_a_wrong_field_is_named(world: World, name: str) -> None:
    path, value, field = CASES[name]
    body = json.dumps(changed(world.bankruptcy("financing"), path, value)).encode()
    headers = {"content-type": "application/json"}
    answer = world.http("POST", "intake", "/v1/cases", by=world.filer(), content=body,
                        headers=headers)  # fmt: skip
    assert field in [item["field"] for item in refused(answer, 422)]
    assert "13812345678" not in answer.text


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("name", RAW)
def test_a_body_that_is_none_is_refused(world: World, name: str) -> None:
    body, type_, status = RAW[name]
    answer = world.http("POST", "intake", "/v1/cases", by=world.filer(), content=body,
                        headers={"content-type": type_})  # fmt: skip
    assert refused(answer, status)


def test_the_same_reference_with_another_body_names_what_differs(world: World) -> None:
    filing = world.bankruptcy("tax_clearance")
    case = world.file(filing)
    world.close(case)
    before = world.stored()
    other = changed(changed(filing, "title", "另一案件"), "details.employees", 7)
    answer = world.http("POST", "intake", "/v1/cases", by=world.filer(), json=other)
    assert {item["field"] for item in refused(answer, 409)} == {"title", "details.employees"}
    again = world.http("POST", "intake", "/v1/cases", by=world.filer(), json=filing)
    assert (again.status_code, again.json()["case_id"]) == (200, case)
    assert world.stored() == before
    # another filer's case of the same reference is another case
    theirs = world.filer("court.410502").post("intake", "/v1/cases", other)["case_id"]
    assert theirs != case
    world.close(theirs)


def test_of_a_thousand_lines_three_bad_ones_stop_no_other(world: World) -> None:
    lines = [json.dumps(item, ensure_ascii=False).encode() for item in filings(1000, seed=4)]
    lines[10] = lines[10].replace(b'"2024-', b'"2999-', 1)
    lines[500] = b'{"reference": "\xff"}'
    lines[999] = b"{"
    body = b"\n".join(lines)
    answer = world.filer().post_lines("intake", "/v1/cases/batch", body)
    assert (answer["filed"], answer["repeated"], answer["failed"]) == (997, 0, 3)
    bad = {item["line"]: item["errors"] for item in answer["results"] if "errors" in item}
    assert {line: [error["field"] for error in errors] for line, errors in bad.items()} == {
        11: ["filed_on"], 501: ["body"], 1000: ["body"]
    }  # fmt: skip
    ids = {item["case_id"] for item in answer["results"] if "case_id" in item}
    assert len(ids) == 997
    again = world.filer().post_lines("intake", "/v1/cases/batch", body)
    assert (again["filed"], again["repeated"], again["failed"]) == (0, 997, 3)
    assert {item["case_id"] for item in again["results"] if "case_id" in item} == ids
    commits = world.mongo[f"{world.prefix}routing"]["commits"]
    first = {"rev": 1, "subject": {"$in": list(ids)}}
    until(lambda: commits.count_documents(first) == 997 or None)
    filed = world.mongo[f"{world.prefix}intake"]["commits"]
    assert filed.count_documents({"subject": {"$in": list(ids)},
                                  "decisions.facts.type": "filed"}) == 997  # fmt: skip
