"""`fuyuan audit`: whether a history was changed since it was written."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from services.audit import verifying
from services.cli.common import Json, console_for_tables, failing, show, stack
from services.cli.progress import counting
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Whether histories are as they were written.")
SHOWN = 50


@app.command()
def verify(
    service: Annotated[
        str | None, typer.Option(help="Only this one, such as routing; else every service.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find any changed, missing or cut-off entry of the histories in the services' databases.

    Each entry carries the digest of the one before; each minute a service lists the ends of the
    histories that have grown, and two others keep the list's digest. Ends with 1 when anything is
    found. What is younger than some two minutes is held by its chain alone, and so are the
    histories of metrics, notices and the agencies' services (`fuyuan reconcile` compares what
    those have said with what was heard).
    """
    with failing(ClientError):
        client = stack()
        names = [service] if service else sorted(client.urls)
        with counting() as progress:
            found = [verifying.verify(client, name, progress) for name in names]
    if as_json:
        show([asdict(item) | {"anchored": item.anchored} for item in found])
    else:
        _print(found)
    if any(item.findings for item in found):
        raise typer.Exit(1)


@app.command()
def accept(
    list_id: Annotated[str, typer.Argument(help="From `audit verify`.")],
    service: Annotated[str, typer.Option(help="Whose list is gone.")],
    why: Annotated[str, typer.Option(help="Such as: restored from the backup of … ; recorded.")],
    as_json: Json = False,
) -> None:
    """Say why a list that others keep is rightly gone: a backup was restored.

    It is no finding any more, and stays listed with your name and the reason.
    """
    with failing(ClientError):
        done = verifying.accept(stack(), service, list_id, why)
        if not done:
            raise ClientError(f"nobody keeps a list {list_id} of {service}")
    if as_json:
        show({"service": service, "list_id": list_id, "accepted_at": done})
    else:
        typer.echo(f"list {list_id} of {service} is accepted as gone, at {done} keepers")


def _print(found: list[verifying.Audit]) -> None:
    table = Table("service", "histories", "entries", "lists", "findings", "accepted as gone")
    for item in found:
        lists = str(item.lists) if item.anchored else "chain only"
        faults = str(len(item.findings))
        accepted = str(len(item.accepted) or "")
        table.add_row(item.service, str(item.subjects), str(item.commits), lists, faults, accepted)
    console = console_for_tables()
    console.print(table)
    wrong = [(item.service, one) for item in found for one in item.findings]
    if not wrong:
        typer.echo("every history is as it was written")
        return
    listed = Table("service", "history", "entry", "fault", "what", title="findings")
    for service, one in wrong[:SHOWN]:
        entry = str(one["rev"] or "")
        listed.add_row(service, one["subject"], entry, one["fault"].replace("_", " "), one["error"])
    if len(wrong) > SHOWN:
        listed.add_row("…", f"and {len(wrong) - SHOWN} more: --json lists them", "", "", "")
    console.print(listed)
