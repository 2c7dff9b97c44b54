"""`fuyuan file`, `status`, `offices`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.clocks import chain_table, clock_table
from services.cli.common import Json, Lang, acting, console_for_tables, failing, show, stack
from services.cli.tables import history_table, offices_table, status_text
from services.client import NOT_FOUND, Client, ClientError


def file(
    source: Annotated[Path, typer.Argument(help="JSON Lines, a filing a line; or - for stdin.")],
    filer: Annotated[str, typer.Option("--as", help="Office that files, such as court.410500.")],
    as_json: Json = False,
) -> None:
    """File cases from a file; a bad line stops no other. Filing again is safe.

    A line is the body of POST /v1/cases, or a line of deploy/samples (its `filing` is taken).
    Ends with 1 when a line was not filed.
    """
    with failing(ClientError, OSError):
        stdin = str(source) == "-"
        given = typer.get_binary_stream("stdin").read() if stdin else source.read_bytes()
        # bytes, and every line in its place: intake says what is wrong in which
        lines = b"\n".join(_filing(line) for line in given.split(b"\n"))
        answer = acting(stack(), "filer", office=filer).post_lines(
            "intake", "/v1/cases/batch", lines
        )
        if as_json:
            show(answer)
        else:
            _print(answer)
        if answer["failed"]:
            raise typer.Exit(1)


def _filing(line: bytes) -> bytes:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return line
    inner = found.get("filing") if isinstance(found, dict) else None
    return json.dumps(inner).encode() if inner else line


def _print(answer: dict[str, Any]) -> None:
    for item in answer["results"]:
        if item["result"] == "failed":
            for error in item["errors"]:
                typer.echo(f"line {item['line']}: {error['field']}: {error['message']}", err=True)
        else:
            typer.echo(f"{item['case_id']}  {item['result']}")
    counts = ", ".join(f"{name} {answer[name]}" for name in ("filed", "repeated", "failed"))
    typer.echo(counts)


def status(
    case_id: Annotated[str, typer.Argument(help="The case's id, from its receipt.")],
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Show where a case is, who waits for whom and has held it how long, and what happened."""
    with failing(ClientError):
        client = stack()
        found = _look_up(client, case_id)
        clock = client.get("routing", f"/v1/cases/{found['case_id']}/clock")
        if as_json:
            show(found | {"clock": clock})
            return
        console = console_for_tables()
        console.print(status_text(found, lang))
        console.print(clock_table(clock, lang))
        if clock["chain"]:
            console.print(chain_table(clock, lang))
        console.print(history_table(found, lang))


def _look_up(client: Client, case_id: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = client.get("routing", f"/v1/cases/{case_id}")
    except ClientError as error:
        if error.status != NOT_FOUND:
            raise
        raise ClientError(f"no case {case_id} is known, or none that you may see") from error
    return found


def offices(
    agency: Annotated[str | None, typer.Option(help="Only this agency's.")] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """List the offices in force."""
    with failing(ClientError):
        found = stack().get("routing", "/v1/offices")
        listed = [item for item in found["offices"] if agency in (None, item["agency"])]
        if as_json:
            show(found | {"offices": listed})
        else:
            console_for_tables().print(offices_table(listed, lang))
