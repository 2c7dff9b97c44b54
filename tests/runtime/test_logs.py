"""A log line is one JSON object, and holds nobody's numbers and no credentials."""

import json
import logging

import pytest

from services.runtime.logs import JsonFormatter

RESIDENT_ID, PHONE = "410526199001011234", "13803725566"
KEY = "fy_0123456789abcdef_" + "x-Y_z" * 8
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln-_"
CASE = "cjs2w55c3wkmt3jz3wi6jieba"


def line(message: str, **extra: str) -> str:
    record = logging.LogRecord("x", logging.ERROR, "", 1, "%s", (message,), None)
    record.__dict__.update(extra)
    return JsonFormatter("toy").format(record)


@pytest.mark.parametrize(
    "text",
    [RESIDENT_ID, PHONE, "138 0372 5566", KEY, TOKEN, f"/v1/keys/{KEY}/x", f"Bearer {TOKEN}"],
)
def test_numbers_of_persons_and_credentials_are_blotted_out(text: str) -> None:
    for made in (line(text), line("request", path=f"/v1/cases/{text}")):
        assert text not in made
        assert "***" in json.loads(made)["message"] + json.loads(made).get("path", "")


def test_a_url_is_logged_without_its_password() -> None:
    assert json.loads(line("to amqp://tax.410500:s3cret@host:5672/v"))["message"] == (
        "to amqp://***@host:5672/v"
    )


def test_ids_are_let_be() -> None:
    path = f"/v1/assignments/{CASE}.tax_clearance.1"
    told = json.loads(line("request", path=path, case=CASE, trace="00-13812345678" + "0" * 20))
    assert (told["path"], told["case"]) == (path, CASE)
    assert told["trace"].startswith("00-13812345678")


@pytest.mark.parametrize("text", ["a\nb", "a\r\n{}", "\x1b[2J", "\x00", '"}{"', "\u2028", "\x85"])
def test_no_text_ends_its_line_or_its_object(text: str) -> None:
    made = line(text, path=text)
    assert len(made.split("\n")) == 1
    assert "\x1b" not in made
    assert json.loads(made)["message"] == text
