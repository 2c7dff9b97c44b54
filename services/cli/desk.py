"""`fuyuan desk`: what no rule routes, routed by hand; what is overdue: urging, the agenda."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import Json, Lang, acting, console_for_tables, failing, show, stack
from services.cli.lists import agenda_table, desk_table
from services.cli.ruletables import changes_text
from services.cli.tables import status_text
from services.client import Client, ClientError

app = typer.Typer(no_args_is_help=True, help="The liaison office's desk 联席办.")

Case = Annotated[str, typer.Argument(help="The case's id.")]
Task = Annotated[str, typer.Argument(help="Such as tax_clearance.", autocompletion=values.tasks)]
Office = Annotated[str, typer.Argument(help="Such as tax.410526.", autocompletion=values.offices)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Reason = Annotated[str, typer.Option(help="It is recorded, and the office reads it.")]
Division = Annotated[
    str,
    typer.Option(help="Whose liaison office acts.", autocompletion=values.divisions),
]
CITY = "410500"


class Level(StrEnum):
    """How far an overdue task has risen."""

    COUNTY = "county"
    CITY = "city"
    CONFERENCE = "conference"


@app.command("list")
def list_(division: Division = CITY, as_json: Json = False, lang: Lang = "zh") -> None:
    """List what waits at the desk of a division, longest first."""
    with failing(ClientError):
        items = _pages(_liaison(division), "/v1/desk", limit=200)
        if as_json:
            show({"items": items})
        else:
            console_for_tables().print(desk_table(items, lang))


@app.command()
def route(
    case_id: Case,
    task: Task,
    office: Office,
    reason: Reason,
    as_rule: Annotated[
        str | None, typer.Option(help="Make it a rule, too: the new rule's id.")
    ] = None,
    receipt_days: Annotated[
        int | None, typer.Option(min=1, help="The rule's days to sign; a similar rule's else.")
    ] = None,
    resolution_days: Annotated[
        int | None, typer.Option(min=1, help="The rule's days to finish.")
    ] = None,
    rule_division: Annotated[
        str | None, typer.Option(help="The rule is only for this division's cases.")
    ] = None,
    over: Annotated[
        bool, typer.Option("--over", help="The rules that send it elsewhere yield to the new one.")
    ] = False,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Send a task that waits at the desk to an office."""
    body: dict[str, Any] = {"office": office, "reason": reason}
    if as_rule:
        body["as_rule"] = {"id": as_rule, "over": over}
        if rule_division:
            body["as_rule"]["division"] = rule_division
        if receipt_days and resolution_days:
            body["as_rule"] |= {"receipt_days": receipt_days, "resolution_days": resolution_days}
    _act(division, f"/v1/cases/{case_id}/tasks/{task}/route", body, dry_run, as_json)


@app.command()
def transfer(
    case_id: Case,
    task: Task,
    office: Office,
    reason: Reason,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a task from its office and give it to another, between city and county too."""
    body = {"office": office, "reason": reason}
    _act(division, f"/v1/cases/{case_id}/tasks/{task}/transfer", body, dry_run, as_json)


@app.command()
def recall(
    assignment_id: Annotated[str, typer.Argument(help="From `fuyuan status --json`.")],
    reason: Reason,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take an assignment back; its task then waits at the desk."""
    case = assignment_id.partition(".")[0]
    path = f"/v1/cases/{case}/assignments/{assignment_id}/recall"
    _act(division, path, {"reason": reason}, dry_run, as_json)


@app.command()
def urge(
    assignment_id: Annotated[str, typer.Argument(help="From `fuyuan status --json`.")],
    reason: Reason,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Urge an office to sign for its task or to finish it; once a day."""
    case = assignment_id.partition(".")[0]
    path = f"/v1/cases/{case}/assignments/{assignment_id}/urge"
    _act(division, path, {"reason": reason}, dry_run, as_json)


@app.command()
def agenda(
    level: Annotated[Level | None, typer.Option(help="Only what has risen to this level.")] = None,
    of: Annotated[
        str | None,
        typer.Option(help="Only this division's cases.", autocompletion=values.divisions),
    ] = None,
    division: Division = CITY,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """List overdue tasks that have risen, the longest overdue first."""
    with failing(ClientError):
        params = {"limit": 500, "level": level.value if level else None, "division": of}
        items = _pages(_liaison(division), "/v1/agenda", **params)
        if as_json:
            show({"items": items})
        else:
            console_for_tables().print(agenda_table(items, lang))


def _pages(liaison: Client, path: str, **params: str | int | None) -> list[Any]:
    """Read a list of routing to its end."""
    pages = liaison.pages("routing", path, "cursor", **params)
    return [item for page in pages for item in page["items"]]


def _act(division: str, path: str, body: dict[str, Any], dry_run: bool, as_json: bool) -> None:
    with failing(ClientError):
        params = {"dry_run": True} if dry_run else {}
        answer = _liaison(division).post("routing", path, body, **params)
        if as_json:
            show(answer)
        else:
            typer.echo(f"{'would be done' if dry_run else 'done'}: {path.rpartition('/')[2]}")
            typer.echo(status_text(answer, "zh"))
            if rule := answer.get("as_rule"):
                typer.echo(changes_text(rule["changes"]))


def _liaison(division: str) -> Client:
    return acting(stack(), "liaison", division=division)
