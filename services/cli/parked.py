"""`fuyuan parked`: what could not be handled, and sending it again."""

from typing import Annotated

import typer

from services.cli.common import Json, console_for_tables, failing, show, stack
from services.cli.tables import parked_table
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Messages that could not be handled.")
PATH = "/v1/parked"


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also those sent again.")] = False,
    as_json: Json = False,
) -> None:
    """List parked messages with their reasons."""
    with failing(ClientError):
        state = "any" if every else "parked"
        pages = stack().pages("parking", PATH, "after", state=state)
        items = [item for page in pages for item in page["items"]]
        if as_json:
            show(items)
        else:
            console_for_tables().print(parked_table(items))
            typer.echo(f"{len(items)} messages")


@app.command("show")
def show_(parked_id: Annotated[str, typer.Argument(help="From `parked list`.")]) -> None:
    """Show a parked message with its body and its history (JSON)."""
    with failing(ClientError):
        show(stack().get("parking", f"{PATH}/{parked_id}"))


@app.command()
def replay(
    parked_id: Annotated[str, typer.Argument(help="From `parked list`.")],
    why: Annotated[str, typer.Option(help="What was mended; it is recorded.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send a parked message again, with its own id, to the queue it came from."""
    with failing(ClientError):
        client = stack()
        if dry_run:
            found = client.get("parking", f"{PATH}/{parked_id}")
            message = found["message"]
            if as_json:
                show(found)
            else:
                text = f"would send {message['message_id']} to {message['queue']}"
                typer.echo(f"{text} (now {found['state']})")
            return
        answer = client.post("parking", f"{PATH}/{parked_id}/replay", {"why": why})
        if as_json:
            show(answer)
        else:
            typer.echo(f"{parked_id} was sent again")
