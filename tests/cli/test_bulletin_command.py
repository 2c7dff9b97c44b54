"""`fuyuan bulletin` and `fuyuan scorecard`: what they ask for, print, write and refuse."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from docx import Document
from typer.testing import CliRunner, Result

from services.cli import app, bulletin, scorecard
from services.client import ClientError

Json = dict[str, Any]
PERIOD = ("--period", "2024-01..2024-06")
CASES = [
    {
        "case_id": f"c{number:024}",
        "what": "case",
        "office": "court.410526",
        "date": f"2024-01-{number:02}",
        "adds": 1,
    }
    for number in range(1, 6)
]


class Fake:
    """A stack that answers as metrics and routing do, and remembers what it was asked."""

    def __init__(self, frozen: Json) -> None:
        self.frozen = frozen
        self.asked: list[tuple[str, str, Json]] = []

    def get(self, service: str, path: str, **params: Any) -> Any:
        given = {name: value for name, value in params.items() if value is not None}
        path = unquote(path)
        self.asked.append((service, path, given))
        names = ("id", "period", "division", "state", "edition", "as_of")
        listed = {name: self.frozen[name] for name in names}
        first, last = 0, 0
        if path.endswith("/cases"):
            first = int(given.get("cursor", 0))
            last = min(first + given["limit"], len(CASES))
        known: Json = {
            "/v1/bulletin": self.frozen | {"state": "draft", "published": None, "id": None},
            f"/v1/bulletins/{self.frozen['id']}": self.frozen,
            f"/v1/bulletins/{self.frozen['id']}/verify": {
                "id": self.frozen["id"], "same": False, "checked": 19,
                "differences": [
                    {"figure": "lawsuits.lost", "zh": "一审败诉案件", "en": "lost", "was": "41",
                     "now": "42", "cases_were": 41, "cases_are": 42}
                ],
            },
            "/v1/bulletins": {
                "bulletins": [listed | {"published": self.frozen["published"]["at"]}], "next": None,
            },
            "/v1/bulletin/figures/lawsuits.lost/cases": {
                "figure": self.frozen["sections"][0]["figures"][1], "total": len(CASES),
                "cases": [dict(case) for case in CASES[first:last]],
                "next": str(last) if last < len(CASES) else None,
            },
            "/v1/offices": {
                "offices": [{"id": "court.410526", "zh": "滑县人民法院", "en": "Huaxian Court"}]
            },
            "/v1/cases/c" + "1".zfill(24): {
                "number": "（2024）豫1", "title": "[bold]某案[/bold]",
                "filer": {"office": "court.410526"},
            },
            "/v1/scorecard": json.loads((Path(__file__).parent / "scorecard.json").read_text()),
        }  # fmt: skip
        if path not in known:
            raise ClientError(f"{service}: 404 not found", 404)
        return known[path]

    def post(self, service: str, path: str, body: Any, **params: Any) -> Any:
        self.asked.append((service, path, body | params))
        changes = self.get("metrics", f"/v1/bulletins/{self.frozen['id']}/verify")["differences"]
        dry = self.frozen | {"id": None, "would_publish": True, "changes": changes}
        return dry if params["dry_run"] else self.frozen


@pytest.fixture
def fake(bulletin: Json, monkeypatch: pytest.MonkeyPatch) -> Fake:
    found = Fake(bulletin)
    _give(monkeypatch, found)
    return found


def _give(monkeypatch: pytest.MonkeyPatch, found: Fake) -> None:
    for module in (bulletin, scorecard):
        monkeypatch.setattr(module, "stack", lambda: found)


@pytest.fixture
def fuyuan(fake: Fake) -> Callable[..., Result]:
    assert fake.asked == []
    return lambda *args: CliRunner().invoke(app, args)


def test_a_draft_is_drawn_up_of_a_period_and_a_division(
    fuyuan: Callable[..., Result], fake: Fake
) -> None:
    result = fuyuan("bulletin", *PERIOD, "--division", "410526")
    assert result.exit_code == 0, result.output
    assert "草案（未发布）" in result.stdout
    asked = {"period": "2024-01..2024-06", "division": "410526"}
    assert fake.asked == [("metrics", "/v1/bulletin", asked)]


def test_json_is_what_metrics_gave(fuyuan: Callable[..., Result], fake: Fake) -> None:
    for words in (["--json"], ["--format", "json"]):
        result = fuyuan("bulletin", *PERIOD, *words)
        assert json.loads(result.stdout) == fake.get("metrics", "/v1/bulletin")


@pytest.mark.parametrize("format_", ["text", "html", "docx", "json"])
def test_any_format_is_written_to_a_file(
    fuyuan: Callable[..., Result], tmp_path: Path, format_: str
) -> None:
    file = tmp_path / "new" / f"通报.{format_}"
    result = fuyuan("bulletin", *PERIOD, "--format", format_, "--out", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{file}  {file.stat().st_size} bytes\n"


def test_a_file_may_go_down_a_pipe_but_not_to_a_terminal(
    fuyuan: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = fuyuan("bulletin", *PERIOD, "--format", "docx")
    assert Document(io.BytesIO(piped.stdout_bytes)).tables
    assert fuyuan("bulletin", *PERIOD, "--format", "html").stdout.startswith("<!DOCTYPE html>")
    monkeypatch.setattr(bulletin, "to_a_terminal", lambda: True)
    refused = fuyuan("bulletin", *PERIOD, "--format", "docx")
    assert refused.exit_code == 2
    assert "--out" in refused.stderr
    assert refused.stdout == ""


def test_where_services_run_there_is_no_word_and_it_is_said(
    fuyuan: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "services.cli.bulletins.word", raising=False)
    monkeypatch.setitem(sys.modules, "docx", None)
    refused = fuyuan("bulletin", *PERIOD, "--format", "docx", "--out", "x.docx")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "pip install 'fuyuan[docx]'" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--period"),
        ([*PERIOD, "--format", "pdf"], "--format"),
        ([*PERIOD, "--lang", "fr"], "--lang"),
        ([*PERIOD, "list"], "give options after list"),
        (["publish"], "--period"),
    ],
)
def test_what_is_typed_wrongly_is_named(
    fuyuan: Callable[..., Result], words: list[str], said: str
) -> None:
    result = fuyuan("bulletin", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_metrics_refuses_is_said_with_its_field(
    fuyuan: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_params: object) -> None:
        raise ClientError("metrics: 422 not valid\n  period: lies in the future", 422)

    monkeypatch.setattr(Fake, "get", refuse)
    for words in (["bulletin", *PERIOD], ["bulletin", *PERIOD, "--explain", "x"]):
        result = fuyuan(*words)
        assert result.exit_code == 1
        assert "period: lies in the future" in result.stderr


def test_publishing_says_what_was_frozen_and_what_is_restated(
    fuyuan: Callable[..., Result], fake: Fake
) -> None:
    result = fuyuan("bulletin", "publish", *PERIOD, "--restate", "补报一件", "--dry-run")
    assert result.exit_code == 0
    assert "将发布：安阳市 2024-01..2024-06" in result.stdout
    assert "一审败诉案件  41 → 42  （案件数 41 → 42）" in result.stdout
    body = {"period": "2024-01..2024-06", "restate": "补报一件", "dry_run": True}
    assert fake.asked[0] == ("metrics", "/v1/bulletins", body)
    done = fuyuan("bulletin", "publish", *PERIOD, "--restate", "补报一件")
    assert "410500:2024-01..2024-06@2 于 2024-07-19 10:00:00 发布" in done.stdout
    assert "一审败诉案件  40 → 41" in done.stdout


def test_published_ones_are_listed_and_shown_as_they_were(fuyuan: Callable[..., Result]) -> None:
    listed = fuyuan("bulletin", "list")
    assert "410500:2024-01..2024-06@2" in listed.stdout
    shown = fuyuan("bulletin", "show", "410500:2024-01..2024-06@2")
    assert "第2版" in shown.stdout
    assert fuyuan("bulletin", "show", "../x").exit_code == 1


def test_a_bulletin_that_comes_out_differently_fails_its_check(
    fuyuan: Callable[..., Result],
) -> None:
    result = fuyuan("bulletin", "verify", "410500:2024-01..2024-06@2")
    assert result.exit_code == 1
    assert "19 项指标中 1 项不一致" in result.stdout
    assert "一审败诉案件  41 → 42  （案件数 41 → 42）" in result.stdout


def test_the_cases_behind_a_figure_are_opened_a_page_at_a_time(
    fuyuan: Callable[..., Result],
) -> None:
    words = ("bulletin", *PERIOD, "--explain", "lawsuits.lost", "--limit", "2")
    first = fuyuan(*words)
    assert first.exit_code == 0, first.output
    for said in (
        "一审败诉案件：41 件",
        "[bold]某案[/bold]",
        "滑县人民法院",
        "2 / 5 条",
        "--cursor 2",
    ):
        assert said in first.stdout
    last = json.loads(fuyuan(*words, "--cursor", "4", "--json").stdout)
    assert [case["case_id"] for case in last["cases"]] == [CASES[4]["case_id"]]
    assert last["next"] is None


def test_the_scorecard_lists_by_rank_and_opens_an_offices_points(
    fuyuan: Callable[..., Result], fake: Fake
) -> None:
    listed = fuyuan("scorecard", "--year", "2024").stdout
    order = [listed.index(name) for name in ("北关分局", "滑县税务局", "内黄县民政局")]
    assert order == sorted(order)
    assert "没有的项目不计分" in listed
    opened = fuyuan("scorecard", "--year", "2024", "--office", "tax.410526", "--lang", "en").stdout
    assert "Tax Bureau of Huaxian" in opened
    assert "85.7%" in opened
    assert fake.asked[-1] == ("metrics", "/v1/scorecard", {"year": 2024, "office": "tax.410526"})
    assert json.loads(fuyuan("scorecard", "--year", "2024", "--json").stdout)["year"] == 2024
