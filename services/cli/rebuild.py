"""`fuyuan rebuild`: a service's lists and figures, written again from its commits."""

import json
from typing import Annotated

import typer
from rich.progress import Progress, TimeRemainingColumn

from services.cli.common import Json, failing, plain_console, show, stack
from services.cli.progress import COLUMNS
from services.client import ClientError


def rebuild(
    service: Annotated[str, typer.Argument(help="Such as routing, metrics or agency-tax.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many subjects there are.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a service's projection (what it lists and counts) again from its commits.

    The service goes on meanwhile; what is true, its commits, is only read.
    """
    with failing(ClientError):
        client = stack()
        total = client.get(service, "/v1/projection")["subjects"]
        done = 0
        if not dry_run:
            console = plain_console(stderr=True)
            with Progress(*COLUMNS, TimeRemainingColumn(), console=console) as progress:
                task = progress.add_task(service, total=total)
                for line in client.stream(service, "/v1/projection/rebuild"):
                    done = json.loads(line)["done"]
                    progress.update(task, completed=done)
        if as_json:
            show({"service": service, "subjects": total, "done": done, "dry_run": dry_run})
        else:
            verb = "would be" if dry_run else "are"
            typer.echo(f"{service}: {total if dry_run else done} subjects {verb} written again")
