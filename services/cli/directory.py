"""`fuyuan directory`: members of the mechanism and liaison offices."""

from typing import Annotated

import typer

from services.cli import values
from services.cli.common import Json, Lang, failing, show
from services.cli.liaison import (
    CITY,
    SERVICE,
    Division,
    DryRun,
    answer,
    every,
    liaison,
    said,
    tables,
    today,
    tried,
)
from services.cli.liaison_tables import members_table
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Members and liaison offices 成员名录.")
PATH = "/v1/directory"
ROLES = (
    "convener", "deputy_convener", "member", "contact", "office_head", "staff", "liaison_office",
)  # fmt: skip
OFFERED = values.offering(ROLES)
Role = Annotated[str, typer.Option(help=", ".join(ROLES), autocompletion=OFFERED)]
Member = Annotated[str, typer.Argument(help="From `fuyuan directory list`.")]


@app.command("list")
def list_(
    role: Annotated[str | None, typer.Option(help=", ".join(ROLES), autocompletion=OFFERED)] = None,
    former: Annotated[bool, typer.Option("--former", help="Also those who left.")] = False,
    division: Division = CITY,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """List who is in the directory, a city's with its counties'."""
    with failing(ClientError):
        asked = said(role=role, former=former or None)
        found = every(liaison(division), PATH, "members", **asked)
        if as_json:
            show({"members": found})
        else:
            tables(members_table(found, lang))
            typer.echo(f"{len(found)} {'名' if lang == 'zh' else 'entries'}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A person's name, or a liaison office's.")],
    office: Annotated[str, typer.Argument(help="The organ: 市中级人民法院.")],
    post: Annotated[str, typer.Argument(help="The office held: 院长.")],
    role: Role = "member",
    since: Annotated[str | None, typer.Option(help="Since this day; today.")] = None,
    phone: Annotated[str | None, typer.Option(help="A landline of the office only.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Add somebody, or a liaison office."""
    body = said(name=name, office=office, post=post, role=role, since=since or today(), phone=phone)
    with failing(ClientError):
        made = liaison(division).post(SERVICE, PATH, body, **tried(dry_run))
        answer(made, f"{made['member_id']} {name} {office} {post}", as_json, dry_run)


@app.command()
def change(
    member_id: Member,
    post: Annotated[str | None, typer.Option(help="The office held now.")] = None,
    role: Annotated[str | None, typer.Option(help="The role now.", autocompletion=OFFERED)] = None,
    phone: Annotated[str | None, typer.Option(help="The office's landline now.")] = None,
    since: Annotated[str | None, typer.Option(help="Since this day; today.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Change what is said of somebody; what was said before stays in the history."""
    body = said(post=post, role=role, phone=phone, since=since or today())
    with failing(ClientError):
        path = f"{PATH}/{member_id}"
        made = liaison(division).patch(SERVICE, path, body, **tried(dry_run))
        answer(made, f"{made['name']} {made['office']} {made['post']}", as_json, dry_run)


@app.command()
def end(
    member_id: Member,
    until: Annotated[str | None, typer.Option(help="The last day; today.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let somebody leave the directory; the history stays."""
    with failing(ClientError):
        path, body = f"{PATH}/{member_id}/end", {"until": until or today()}
        made = liaison(division).post(SERVICE, path, body, **tried(dry_run))
        answer(made, f"{made['name']} until {made['until']}", as_json, dry_run)
