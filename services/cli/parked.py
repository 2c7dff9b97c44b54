"""`fuyuan parked`: what could not be handled, and sending it again."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.common import Json, console_for_tables, failing, show, stack
from services.cli.progress import advancing
from services.cli.tables import parked_table
from services.client import Client, ClientError

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
def groups(as_json: Json = False) -> None:
    """Group what waits by the queue it came from and the reason, the most first."""
    with failing(ClientError):
        found = _groups(stack())
    if as_json:
        show({"groups": found})
        return
    table = Table("组 group", "件数 messages", "最早 oldest", "例 example")
    for item in found:
        table.add_row(
            item["group"], str(item["messages"]), item["oldest"][:19], item["example"][:80]
        )
    console_for_tables().print(table)


@app.command()
def replay(
    why: Annotated[str, typer.Option(help="What was mended; it is recorded.")],
    parked_id: Annotated[str | None, typer.Argument(help="From `parked list`.")] = None,
    group: Annotated[
        str | None, typer.Option(help="All of a group, such as q.routing/handler_failed.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send a parked message, or all of a group, again: with its own id, to the queue it came from.

    What counted already counts no second time. What fails again is parked again.
    """
    if (parked_id is None) == (group is None):
        raise typer.BadParameter("expected either a message or --group")
    with failing(ClientError):
        client = stack()
        if group is not None:
            _replay_group(client, group, why, dry_run=dry_run, as_json=as_json)
        elif dry_run:
            found = client.get("parking", f"{PATH}/{parked_id}")
            message = found["message"]
            text = f"would send {message['message_id']} to {message['queue']}"
            show(found) if as_json else typer.echo(f"{text} (now {found['state']})")
        else:
            answer = client.post("parking", f"{PATH}/{parked_id}/replay", {"why": why})
            show(answer) if as_json else typer.echo(f"{parked_id} was sent again")


def _waiting(client: Client) -> Iterator[dict[str, Any]]:
    for page in client.pages("parking", PATH, "after", state="parked", limit=200):
        yield from page["items"]


def _group_of(item: dict[str, Any]) -> str:
    return f"{item['queue']}/{item['reason']}"


def _groups(client: Client) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for item in _waiting(client):
        name = _group_of(item)
        made = found.setdefault(
            name,
            {"group": name, "messages": 0, "oldest": item["parked_at"], "example": item["error"]},
        )
        made["messages"] += 1
        made["oldest"] = min(made["oldest"], item["parked_at"])
    return sorted(found.values(), key=lambda item: (-item["messages"], item["group"]))


def _replay_group(client: Client, group: str, why: str, *, dry_run: bool, as_json: bool) -> None:
    """Send a group again. Raises ClientError for one that isn't there."""
    items = [item for item in _waiting(client) if _group_of(item) == group]
    if not items:
        known = ", ".join(item["group"] for item in _groups(client)) or "none"
        raise ClientError(f"no message of the group {group} waits; there are {known}")
    if not dry_run:
        with advancing("sending again", len(items)) as told:
            for item in items:
                client.post("parking", f"{PATH}/{item['id']}/replay", {"why": why})
                told(1)
    result = {
        "group": group,
        "messages": len(items),
        "ids": [item["id"] for item in items],
        "dry_run": dry_run,
    }
    would = "would be" if dry_run else "were"
    show(result) if as_json else typer.echo(f"{len(items)} messages of {group} {would} sent again")
