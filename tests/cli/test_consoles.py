"""What people wrote is shown as they wrote it, in every table and error."""

from collections.abc import Callable
from typing import Any

import pytest
import typer

from services.cli.common import console_for_tables, failing
from services.cli.tables import cases_table, history_table, parked_table, status_text
from services.client import ClientError

HOSTILE = "关于[/附件] [b]x[/b] :a: ^c[a-z2-7]{24} [link=x]"
OFFICE = {"zh": "税务局", "en": "tax"}
STATE = {"code": "open", "zh": "办理中", "en": "open"}
CASE = {
    "case_id": "c1", "title": HOSTILE, "kind": "bankruptcy", "division_name": "滑县",
    "filer": OFFICE, "filed_on": "2024-01-01", "number": HOSTILE, "state": STATE, "ending": None,
    "waits_for": [],
    "assignments": [{"office": OFFICE, "task": "financing", "state": STATE, "reason": HOSTILE}],
    "history": [{"at": "2024-01-01T00:00:00+00:00", "what": STATE, "office": None, "task": None,
                 "text": HOSTILE, "reason": HOSTILE}],
}  # fmt: skip
PARKED = {"id": "1", "queue": "q.routing", "reason": "wrong_data", "error": HOSTILE, "attempts": 1,
          "state": "parked", "parked_at": "2024-01-01T00:00:00+00:00"}  # fmt: skip
SHOWN: dict[str, Callable[[], Any]] = {
    "cases": lambda: cases_table([CASE], "zh"),
    "history": lambda: history_table(CASE, "zh"),
    "status": lambda: status_text(CASE, "zh"),
    "parked": lambda: parked_table([PARKED]),
}


@pytest.mark.parametrize("what", SHOWN)
def test_brackets_and_colons_are_text(what: str) -> None:
    console = console_for_tables()
    console.width = 400
    with console.capture() as shown:
        console.print(SHOWN[what]())
    assert HOSTILE in shown.get()


def test_an_error_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), failing(ClientError):
        raise ClientError(f"a {HOSTILE}")
    assert "[b]x[/b] :a:" in capsys.readouterr().err
