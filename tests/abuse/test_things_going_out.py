"""What leaves the system: webhooks never to the inside, files never as pages, no spreadsheets."""

import pytest

from services.client import Client
from tests.abuse.planting import COURT, MARK, Planted
from tests.support.routes import Route
from tests.support.world import World

INSIDE = [
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0177.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://0.0.0.0/", "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1%25eth0]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
    "https://[fd00::1]/", "https://100.64.0.1/", "https://[64:ff9b::7f00:1]/", "https://224.0.0.1/",
    "http://8.8.8.8/", "https://8.8.8.8:22/", "https://user:pass@8.8.8.8/", "file:///etc/passwd",
    "gopher://127.0.0.1/", "https://", "https:///x", "//8.8.8.8/", "https://8.8.8.8\\@127.0.0.1/",
    "https://１２７.0.0.1/", "https://127。0。0。1/", "https://localhost./",
    "https://8.8.8.8/\r\nx: y",
    "https://a@b@8.8.8.8/", "https://" + "a" * 3000 + ".cn/", "javascript:alert(1)",
]  # fmt: skip
SHEETS = ("csv", "spreadsheet", "excel", "tab-separated")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"]


@pytest.mark.parametrize("url", INSIDE, ids=range(len(INSIDE)))
def test_no_webhook_leads_inside(world: World, url: str) -> None:
    by: Client = world.filer("court.410505")
    answer = world.http("POST", "notices", "/v1/subscriptions", by=by,
                        json={"channel": "webhook", "url": url})  # fmt: skip
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [item["field"] for item in answer.json()["errors"]] == ["url"]
    assert not by.get("notices", "/v1/subscriptions")["subscriptions"]


def test_nothing_is_exported_as_a_spreadsheet(routes: list[Route]) -> None:
    """A cell that begins with = + - @ is a formula there. All exports are JSON, HTML and Word.

    Whoever adds one has to neutralise such cells first, and replace this test.
    """
    types = {
        type_
        for route in routes
        for answer in route.operation["responses"].values()
        for type_ in answer.get("content", {})
    }
    assert types == {"application/json", "application/problem+json", "application/jsonl"}
    assert not [type_ for type_ in types if any(sheet in type_ for sheet in SHEETS)]


@pytest.mark.parametrize("formula", FORMULAS[:-1])
def test_a_title_like_a_formula_is_a_text_and_comes_back_as_one(world: World, formula: str) -> None:
    case = world.file(world.bankruptcy("tax_clearance") | {"title": formula})
    assert world.filer().get("intake", f"/v1/cases/{case}")["filing"]["title"] == formula


def test_a_file_is_given_as_a_file_never_as_a_page(world: World, planted: Planted) -> None:
    path = f"/v1/cases/{planted.case}/attachments/{planted.ids['', 'attachment_id']}"
    answer = world.http("GET", "intake", path, by=world.filer(COURT))
    assert answer.content == MARK.encode()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox"
