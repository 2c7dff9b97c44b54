"""`fuyuan instruct`: instructions 批示/督办, given, listed, closed."""

from typing import Annotated

import typer

from services.cli import values
from services.cli.common import Json, Lang, acting, failing, show, stack
from services.cli.liaison import (
    CITY,
    SERVICE,
    Division,
    DryRun,
    Office,
    answer,
    every,
    liaison,
    said,
    tables,
    today,
    tried,
)
from services.cli.liaison_tables import instructions_table
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Leaders' instructions and their owners 批示督办.")
PATH = "/v1/instructions"
STATES = values.offering(("open", "overdue", "closed"))


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="批示文号; the same number is the same one.")],
    office: Office,
    text: Annotated[str, typer.Argument(help="What is to be done.")],
    by: Annotated[str, typer.Option(help="Whose it is, by office held: 市长.")],
    due: Annotated[str, typer.Option(help="Until 18:00 of this day, such as 2024-03-31.")],
    issued: Annotated[str | None, typer.Option(help="The day it was given; today.")] = None,
    case: Annotated[str | None, typer.Option(help="The case it is about.")] = None,
    assignment: Annotated[str | None, typer.Option(help="The assignment it is about.")] = None,
    meeting: Annotated[str | None, typer.Option(help="The meeting it comes of.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give an office an instruction with a day; it goes to the office's inbox at once."""
    body = said(
        number=number, office=office, text=text, issued_by=by, issued_on=issued or today(),
        due_on=due, case_id=case, assignment_id=assignment, meeting=meeting,
    )  # fmt: skip
    with failing(ClientError):
        made = liaison(division).post(SERVICE, PATH, body, **tried(dry_run))
        words = f"{made['instruction_id']} {number} {office} {due}"
        answer(made, words, as_json, dry_run)


@app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="open, overdue or closed.", autocompletion=STATES)
    ] = None,
    office: Annotated[
        str | None, typer.Option(help="Only this owner's.", autocompletion=values.offices)
    ] = None,
    division: Division = CITY,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """List instructions by their day."""
    with failing(ClientError):
        found = every(liaison(division), PATH, "instructions", state=state, office=office)
        if as_json:
            show({"instructions": found})
        else:
            tables(instructions_table(found, lang))


@app.command()
def close(
    instruction_id: Annotated[str, typer.Argument(help="From `fuyuan instruct list`.")],
    result: Annotated[str, typer.Argument(help="What was done.")],
    on: Annotated[str | None, typer.Option(help="The day it was done; today.")] = None,
    office: Annotated[
        str | None,
        typer.Option("--as", help="Its owner says so.", autocompletion=values.offices),
    ] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Close an instruction; whether in time is judged by the services' clock."""
    body = {"result": result, "closed_on": on or today()}
    with failing(ClientError):
        client = acting(stack(), "officer", office=office) if office else liaison(division)
        made = client.post(SERVICE, f"{PATH}/{instruction_id}/close", body, **tried(dry_run))
        in_time = "in time" if made["in_time"] else "late"
        answer(made, f"{made['number']} closed, {in_time}", as_json, dry_run)
