"""What the liaison office's commands share: who acts, days, pages, answers."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import acting, console_for_tables, show, stack
from services.cli.tables import SHANGHAI, Shown
from services.client import Client, ClientError

SERVICE = "liaison"
CITY = "410500"
PAGE = 200
FEN = 100

Division = Annotated[
    str, typer.Option(help="Whose liaison office acts.", autocompletion=values.divisions)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only check, and say what would be done.")]
Office = Annotated[str, typer.Argument(help="Such as tax.410526.", autocompletion=values.offices)]


def liaison(division: str) -> Client:
    """Give a client of a division's liaison office."""
    return acting(stack(), "liaison", division=division)


def today() -> str:
    """Give the day in the city."""
    return datetime.now(UTC).astimezone(SHANGHAI).date().isoformat()


def said(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Make a body of what was said."""
    return {name: value for name, value in fields.items() if value is not None and value != []}


def tried(dry_run: bool) -> dict[str, Any]:
    """Make the query of a try."""
    return {"dry_run": True} if dry_run else {}


def every(client: Client, path: str, what: str, **asked: Any) -> list[Shown]:  # noqa: ANN401 - query
    """Read all pages of a list."""
    pages = client.pages(SERVICE, path, "cursor", **asked, limit=PAGE)
    return [item for page in pages for item in page[what]]


def answer(given: Shown, text: str, as_json: bool, dry_run: bool) -> None:
    """Say what came of a command."""
    if as_json:
        show(given)
    else:
        typer.echo(f"{'would be' if dry_run else 'done'}: {text}")


def tables(*made: Any) -> None:  # noqa: ANN401 - rich tables
    """Print tables."""
    console = console_for_tables()
    for one in made:
        console.print(one)


def fen(yuan: str) -> int:
    """Read an amount of yuan. Raises ClientError for what is no whole number of fen."""
    try:
        amount = Decimal(yuan) * FEN
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ClientError(f"not an amount of yuan: {yuan}")
    return int(amount)


def year_of(day: str) -> int:
    """Give the year of a day. Raises ClientError for what is no day."""
    try:
        return date.fromisoformat(day).year
    except ValueError:
        raise ClientError(f"not a day such as 2024-04-01: {day}") from None
