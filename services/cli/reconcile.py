"""`fuyuan reconcile`: what was said and not heard, and saying it again."""

from collections import Counter
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.common import Json, console_for_tables, failing, show, stack
from services.cli.progress import counting
from services.client import ClientError
from services.reconcile import comparing, repairing
from services.reconcile.asking import Services

SHOWN = 20
GRACE_SECONDS = 90
"""Longer than the retry ladder (71 s): what is younger may be on its way."""


def reconcile(
    do_repair: Annotated[
        bool, typer.Option("--repair", help="Say again what was not heard. Without: only look.")
    ] = False,
    grace: Annotated[
        float, typer.Option(min=0, help="Leave out what was stored in the last so many seconds.")
    ] = GRACE_SECONDS,
    as_json: Json = False,
) -> None:
    """Compare what each service has said with what the others have heard; repair on request.

    For after a broker's disk was lost or a database was restored from an older backup. Nothing is
    changed without --repair. With it, every message that a reader lacks is sent again with its own
    id (who has it drops it), offices with consumers of their own are given their open assignments
    once more, and numbers of lost facts that others know are given up, so that they never stand
    for anything else. Ends with 1 while anything is left.
    """
    with failing(ClientError):
        services = Services(stack())
        deployed = services.deployed()
        done = None
        with counting() as progress:
            found = comparing.compare(services, deployed, grace, progress)
            if do_repair:
                done = repairing.repair(services, deployed, found, grace, progress)
    if as_json:
        show(_as_json(found, done))
    else:
        _print(found, done)
    if not (done.complete if done else found.clean):
        raise typer.Exit(1)


def _as_json(found: comparing.Comparison, done: repairing.Repair | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "said": found.said,
        "compared": found.compared,
        "parked": found.parked,
        "gaps": [gap.as_json() for gap in found.gaps],
        "lost_ends": [end.as_json() for end in found.lost_ends],
        "working_keys": found.working_keys,
        "repair": None,
    }
    if done:
        shown["repair"] = {
            "rounds": done.rounds,
            "resent": done.resent,
            "asked_again": done.asked_again,
            "revoked": done.revoked,
            "skipped": [end.as_json() for end in done.skipped],
            "forgotten": [end.as_json() for end in done.forgotten],
            "left": [gap.as_json() for gap in done.left],
            "complete": done.complete,
        }
    return shown


def _print(found: comparing.Comparison, done: repairing.Repair | None) -> None:
    console = console_for_tables()
    typer.echo(
        f"{found.said} messages said, {found.compared} times compared with a reader: "
        f"{len(found.gaps)} not heard, {found.parked} parked, "
        f"{len(found.lost_ends)} subjects of which others know more than their own service"
    )
    if found.gaps:
        console.print(_gaps(found.gaps))
    if found.lost_ends:
        console.print(_ends(found.lost_ends, "heard, and no longer known"))
    if found.working_keys:
        keys = ", ".join(found.working_keys)
        typer.echo(f"revoked keys that intake takes again: {keys}")
    if done is None:
        if not found.clean:
            typer.echo("nothing was changed: `fuyuan reconcile --repair` says it again")
        return
    typer.echo(
        f"sent again: {done.resent} in {done.rounds} rounds; {done.asked_again} open assignments "
        f"given once more to offices with consumers of their own; numbers given up for "
        f"{len(done.skipped)} subjects; {len(done.revoked)} keys revoked again; "
        f"{len(done.left)} still not heard"
    )
    if done.forgotten:
        console.print(_ends(done.forgotten, "its filer has to send it again (same reference)"))


def _gaps(gaps: list[comparing.Gap]) -> Table:
    """Count the gaps by who, to whom and what."""
    counts = Counter((gap.said_by, str(gap.reader), gap.message["type"]) for gap in gaps)
    table = Table("said by", "not heard by", "type", "messages", title="gaps")
    for (by, reader, type_), number in sorted(counts.items()):
        table.add_row(by, reader, type_, str(number))
    return table


def _ends(ends: list[comparing.LostEnd], title: str) -> Table:
    table = Table("service", "subject", "knows to", "others know to", title=title)
    for end in ends[:SHOWN]:
        table.add_row(end.service, end.subject, str(end.known), str(end.heard))
    if len(ends) > SHOWN:
        table.add_row("…", f"and {len(ends) - SHOWN} more: --json lists them", "", "")
    return table
