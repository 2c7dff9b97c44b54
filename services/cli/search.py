"""`fuyuan search`: find cases by number, party, office, state, division, kind and date."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import Json, Lang, console_for_tables, failing, show, stack
from services.cli.lists import found_table
from services.client import Client, ClientError

PAGE = 200


def search(
    text: Annotated[
        str | None, typer.Argument(help="A number, a title or a party, or a part of it.")
    ] = None,
    number: Annotated[
        str | None, typer.Option(help="The filer's number, or its beginning.")
    ] = None,
    party: Annotated[str | None, typer.Option(help="Any part of a party's name.")] = None,
    office: Annotated[
        str | None, typer.Option(help="Has or had a part in it.", autocompletion=values.offices)
    ] = None,
    waiting: Annotated[
        str | None, typer.Option(help="Waits for this office.", autocompletion=values.offices)
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="Such as open or closed.", autocompletion=values.states)
    ] = None,
    kind: Annotated[str | None, typer.Option(autocompletion=values.kinds)] = None,
    division: Annotated[
        str | None, typer.Option(help="With what lies in it.", autocompletion=values.divisions)
    ] = None,
    overdue: Annotated[bool | None, typer.Option(help="Only overdue ones, or only others.")] = None,
    filed_from: Annotated[str | None, typer.Option("--from", help="Filed on or after.")] = None,
    filed_to: Annotated[str | None, typer.Option("--to", help="Filed on or before.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Find cases, newest first; you see only what your key may see."""
    asked = {
        "q": text, "number": number, "party": party, "office": office, "waiting": waiting,
        "state": state, "kind": kind, "division": division, "overdue": overdue,
        "filed_from": filed_from, "filed_to": filed_to,
    }  # fmt: skip
    with failing(ClientError):
        found = list(_found(stack(), asked, limit))
        if as_json:
            show({"cases": found})
        else:
            console_for_tables().print(found_table(found, lang))
            typer.echo(f"{len(found)} {'件' if lang == 'zh' else 'cases'}")


def _found(client: Client, asked: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    cursor, left = None, limit
    while left > 0:
        size = min(left, PAGE)
        page = client.get("routing", "/v1/cases", **asked, limit=size, cursor=cursor)
        yield from page["cases"]
        left -= len(page["cases"])
        cursor = page["next"]
        if cursor is None:
            return
