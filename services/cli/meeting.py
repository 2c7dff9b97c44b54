"""`fuyuan meeting`: minutes, what is due for the next one, decisions made instructions."""

import json
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import Json, Lang, failing, show
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
    tried,
)
from services.cli.liaison_tables import agenda_tables, meetings_table
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Meetings of the liaison office 会议.")
PATH = "/v1/meetings"
TYPES = (
    "joint_conference", "liaison_meeting", "loss_review", "consultation", "training", "exchange",
)  # fmt: skip
OFFERED = values.offering(TYPES)
Type = Annotated[str | None, typer.Option("--type", help=", ".join(TYPES), autocompletion=OFFERED)]


@app.command()
def add(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help=", ".join(TYPES), autocompletion=OFFERED)
    ],
    reference: Annotated[str, typer.Argument(help="The minutes' number 会议纪要文号.")],
    title: Annotated[str, typer.Argument()],
    on: Annotated[str, typer.Option(help="The day it was held.")],
    chaired_by: Annotated[str | None, typer.Option(help="By office held: 市长.")] = None,
    attendees: Annotated[int | None, typer.Option(min=0)] = None,
    decision: Annotated[list[str] | None, typer.Option(help="议定事项; again for each.")] = None,
    case: Annotated[list[str] | None, typer.Option(help="A case dealt with; again.")] = None,
    review: Annotated[
        list[str] | None,
        typer.Option(help='Of a loss review, JSON: {"case_id", "causes", "remedies"}; again.'),
    ] = None,
    moved_because: Annotated[
        str | None, typer.Option(help="Why a joint conference is a further one in its year.")
    ] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Record a meeting. A loss review names lost lawsuits; a cause that comes back is found."""
    with failing(ClientError, ValueError):
        body: dict[str, Any] = said(
            type=type_, reference=reference, title=title, on=on, chaired_by=chaired_by,
            attendees=attendees, decisions=decision, cases=case, moved_because=moved_because,
            reviews=[json.loads(item) for item in review or ()],
        )  # fmt: skip
        made = liaison(division).post(SERVICE, PATH, body, **tried(dry_run))
        recurrent = [item["case_id"] for item in made["reviews"] if item["recurrent"]]
        again = f"; a cause came back: {', '.join(recurrent)}" if recurrent else ""
        answer(made, f"{made['meeting_id']} {reference} {title}{again}", as_json, dry_run)


@app.command("list")
def list_(
    type_: Type = None, division: Division = CITY, as_json: Json = False, lang: Lang = "zh"
) -> None:
    """List meetings, the latest first."""
    with failing(ClientError):
        found = every(liaison(division), PATH, "meetings", type=type_)
        if as_json:
            show({"meetings": found})
        else:
            tables(meetings_table(found, lang))


@app.command()
def agenda(
    type_: Type = "joint_conference",
    on: Annotated[str | None, typer.Option(help="The day it will be held; today.")] = None,
    division: Division = CITY,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Show what is due for the next meeting of a type."""
    with failing(ClientError):
        found = liaison(division).get(SERVICE, f"{PATH}/agenda", type=type_, on=on)
        if as_json:
            show(found)
        else:
            tables(*agenda_tables(found, lang))


@app.command()
def instruct(
    meeting_id: Annotated[str, typer.Argument(help="From `fuyuan meeting list`.")],
    decision: Annotated[int, typer.Argument(min=1, help="Which of its decisions.")],
    number: Annotated[str, typer.Argument(help="批示文号.")],
    office: Office,
    due: Annotated[str, typer.Option(help="Until 18:00 of this day.")],
    text: Annotated[str | None, typer.Option(help="Instead of the decision's words.")] = None,
    by: Annotated[str | None, typer.Option(help="Instead of who chaired the meeting.")] = None,
    case: Annotated[str | None, typer.Option(help="The case it is about.")] = None,
    assignment: Annotated[str | None, typer.Option(help="The assignment it is about.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make an instruction of a meeting's decision."""
    body = said(
        number=number, office=office, due_on=due, text=text, issued_by=by, case_id=case,
        assignment_id=assignment,
    )  # fmt: skip
    path = f"{PATH}/{meeting_id}/decisions/{decision}/instruct"
    with failing(ClientError):
        made = liaison(division).post(SERVICE, path, body, **tried(dry_run))
        words = f"{made['instruction_id']} {number} {office} {due}"
        answer(made, words, as_json, dry_run)
