"""`fuyuan budget`: the liaison office's budget line, in yuan."""

from typing import Annotated

import typer

from services.cli.common import Json, Lang, failing, show
from services.cli.liaison import (
    CITY,
    SERVICE,
    Division,
    DryRun,
    answer,
    every,
    fen,
    liaison,
    said,
    tables,
    today,
    tried,
    year_of,
)
from services.cli.liaison_tables import budgets_table, entries_table, yuan
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="The budget line 经费.")
PATH = "/v1/budget"
Year = Annotated[int, typer.Argument(help="Such as 2024.")]


@app.command("show")
def show_(
    year: Annotated[int | None, typer.Option(help="Only this year's, with its entries.")] = None,
    division: Division = CITY,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Show the years' budgets: what they are, what is spent, what is left."""
    with failing(ClientError):
        client = liaison(division)
        if year is None:
            found = every(client, PATH, "budgets")
        else:
            found = [client.get(SERVICE, f"{PATH}/{division}/{year}")]
        if as_json:
            show({"budgets": found})
            return
        tables(budgets_table(found, lang))
        if year is not None:
            tables(entries_table(found[0]["entries"], lang))


@app.command("set")
def set_(
    year: Year,
    amount: Annotated[str, typer.Argument(metavar="YUAN")],
    why: Annotated[str | None, typer.Option(help="Needed to change one that is set.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Set a year's budget."""
    with failing(ClientError):
        body = said(amount_fen=fen(amount), why=why)
        made = liaison(division).put(SERVICE, f"{PATH}/{division}/{year}", body, **tried(dry_run))
        words = f"{division} {year}: {yuan(made['amount_fen'])} yuan"
        answer(made, words, as_json, dry_run)


@app.command()
def spend(
    reference: Annotated[str, typer.Argument(help="The voucher's number.")],
    amount: Annotated[str | None, typer.Argument(metavar="[YUAN]")] = None,
    purpose: Annotated[str | None, typer.Argument()] = None,
    reverses: Annotated[str | None, typer.Option(help="Take this entry back whole.")] = None,
    on: Annotated[str | None, typer.Option(help="The day; today.")] = None,
    division: Division = CITY,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Enter an expense of the day's year; never more than what is left."""
    with failing(ClientError):
        day = on or today()
        sum_ = None if amount is None else fen(amount)
        body = said(
            reference=reference, on=day, amount_fen=sum_, purpose=purpose, reverses=reverses
        )
        path = f"{PATH}/{division}/{year_of(day)}/spend"
        made = liaison(division).post(SERVICE, path, body, **tried(dry_run))
        answer(made, f"{reference}, left: {yuan(made['left_fen'])} yuan", as_json, dry_run)
