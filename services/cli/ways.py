"""`fuyuan withdraw`, `conclude`, `questions` and `supply`: what a filer does with its case."""

import json
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import Json, acting, console_for_tables, failing, show, stack
from services.cli.lists import questions_table
from services.client import NOT_FOUND, Client, ClientError

Case = Annotated[str, typer.Argument(help="The case's id.")]
Filer = Annotated[
    str, typer.Option("--as", help="The case's filer.", autocompletion=values.offices)
]


def withdraw(
    case_id: Case,
    filer: Filer,
    reason: Annotated[str, typer.Option(help="Offices read it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: it can't be undone.")] = False,
    as_json: Json = False,
) -> None:
    """Take a case back: its open assignments are recalled, it is closed."""
    if not yes:
        typer.confirm(f"withdraw {case_id}? It can't be undone", abort=True, err=True)
    _post(filer, f"/v1/cases/{case_id}/withdraw", {"reason": reason}, as_json)


def conclude(
    case_id: Case,
    filer: Filer,
    conclusion: Annotated[
        str, typer.Argument(help='JSON such as {"kind": …, "concluded_on": "2024-05-20", …}.')
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: it can't be undone.")] = False,
    as_json: Json = False,
) -> None:
    """Say how a case ended: its open assignments are recalled, it is closed."""
    with failing(ValueError):
        body = {"conclusion": json.loads(conclusion)}
    if not yes:
        typer.confirm(f"conclude {case_id}? It can't be undone", abort=True, err=True)
    _post(filer, f"/v1/cases/{case_id}/conclude", body, as_json)


def questions(case_id: Case, filer: Filer, as_json: Json = False) -> None:
    """List what offices have asked the filer, and the answers."""
    with failing(ClientError):
        found = _filer(filer).get("intake", f"/v1/cases/{case_id}/information")
        if as_json:
            show(found)
        else:
            console_for_tables().print(questions_table(found["requests"]))


def supply(
    assignment_id: Annotated[str, typer.Argument(help="From `fuyuan questions`.")],
    answer: Annotated[str, typer.Argument(help="What the office asked for.")],
    filer: Filer,
    request: Annotated[int, typer.Option(min=1, help="Which question.")] = 1,
    attachment: Annotated[list[str] | None, typer.Option(help="Ids from `attachments`.")] = None,
    as_json: Json = False,
) -> None:
    """Answer an office's question; its clock runs again."""
    case = assignment_id.partition(".")[0]
    body = {
        "assignment_id": assignment_id, "request": request, "answer": answer,
        "attachments": attachment or [],
    }  # fmt: skip
    _post(filer, f"/v1/cases/{case}/information", body, as_json)


def _post(filer: str, path: str, body: dict[str, Any], as_json: bool) -> None:
    with failing(ClientError):
        answer = _said(_filer(filer), path, body)
    if as_json:
        show(answer)
    else:
        typer.echo(f"done: {path.rpartition('/')[2]}")


def _said(client: Client, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    try:
        return client.post("intake", path, body)
    except ClientError as error:
        if error.status != NOT_FOUND:
            raise
        what = "no such question" if path.endswith("/information") else "no such case"
        raise ClientError(f"{what} is known, or none that this filer may see") from error


def _filer(office: str) -> Client:
    return acting(stack(), "filer", office=office)
