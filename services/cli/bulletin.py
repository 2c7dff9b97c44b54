"""`fuyuan bulletin`: the bulletin 通报 of a period; frozen, listed, recomputed, opened."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from services.cli import values
from services.cli.bulletins.html import render as as_html
from services.cli.bulletins.page import Page
from services.cli.bulletins.reading import ShapeError, read
from services.cli.bulletins.text import render as as_text
from services.cli.common import Json, Lang, console_for_tables, failing, show, stack
from services.cli.explaining import explain
from services.cli.publishing import differences_text, editions_table, published_text
from services.client import Client, ClientError

Format = Literal["text", "html", "docx", "json"]
Days = Annotated[
    str | None, typer.Option("--period", help="Such as 2024, 2024-06 or 2024-01..2024-06.")
]
Division = Annotated[
    str | None, typer.Option(help="With what lies in it.", autocompletion=values.divisions)
]
AsFormat = Annotated[Format, typer.Option("--format", help="What to make of it.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write it to this file.")]
Id = Annotated[str, typer.Argument(help="From `bulletin list`.")]
NARROWEST, WIDEST = 100, 140
"""Columns between which a bulletin can be read."""

app = typer.Typer(help="The bulletin of a period: drawn up, published, recomputed.")


@app.callback(invoke_without_command=True)
def bulletin(
    context: typer.Context,
    period: Days = None,
    division: Division = None,
    format_: AsFormat = "text",
    out: Out = None,
    figure: Annotated[
        str | None,
        typer.Option("--explain", metavar="FIGURE", help="List the cases behind this figure."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="With --explain: at most so many cases.")] = 50,
    cursor: Annotated[
        str | None, typer.Option(help="With --explain: go on from here, as was said.")
    ] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Draw up the bulletin of a period from what is known now: a draft, nothing is kept."""
    if context.invoked_subcommand is not None:
        _alone(context)
        return
    if period is None:
        raise typer.BadParameter("which one? such as 2024-01..2024-06", param_hint="--period")
    with failing(ClientError, ShapeError, OSError):
        asked = {"period": period, "division": division}
        if figure is not None:
            explain(stack(), figure, asked, limit, cursor, as_json=as_json, lang=lang)
            return
        _check(format_, out)
        found = stack().get("metrics", "/v1/bulletin", **asked)
        _give(found, "json" if as_json else format_, out, lang)


def _alone(context: typer.Context) -> None:
    """Refuse options before a subcommand: they would be lost."""
    sources = (context.get_parameter_source(name) for name in context.params)
    if any(source is not None and source.name == "COMMANDLINE" for source in sources):
        raise typer.BadParameter(f"give options after {context.invoked_subcommand}, not before it")


@app.command("publish")
def publish(
    period: Annotated[str, typer.Option(help="Such as 2024-01..2024-06.")],
    division: Division = None,
    restate: Annotated[
        str | None, typer.Option(metavar="WHY", help="Correct what was published, and say why.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Freeze the bulletin of a period, with the cases behind each figure."""
    body = {"period": period, "division": division, "restate": restate}
    given = {name: value for name, value in body.items() if value is not None}
    with failing(ClientError, ShapeError):
        found = stack().post("metrics", "/v1/bulletins", given, dry_run=dry_run or None)
        if as_json:
            show(found)
        else:
            typer.echo(published_text(found, lang, dry_run=dry_run))


@app.command("list")
def list_(division: Division = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """List what was published, newest first."""
    with failing(ClientError):
        found = list(_pages(stack(), division))
    if as_json:
        show({"bulletins": found})
    else:
        console_for_tables().print(editions_table(found, lang))


def _pages(client: Client, division: str | None) -> Any:  # noqa: ANN401 - JSON
    before = None
    while True:
        page = client.get("metrics", "/v1/bulletins", division=division, before=before)
        yield from page["bulletins"]
        before = page.get("next")
        if before is None:
            return


@app.command("show")
def show_(
    id_: Id, format_: AsFormat = "text", out: Out = None, as_json: Json = False, lang: Lang = "zh"
) -> None:
    """Show a published bulletin as it was frozen."""
    with failing(ClientError, ShapeError, OSError):
        _check(format_, out)
        found = stack().get("metrics", f"/v1/bulletins/{quote(id_, safe='')}")
        _give(found, "json" if as_json else format_, out, lang)


@app.command("verify")
def verify(id_: Id, as_json: Json = False, lang: Lang = "zh") -> None:
    """Compute a published bulletin again. Ends with 1 when a figure comes out differently."""
    with failing(ClientError):
        found = stack().get("metrics", f"/v1/bulletins/{quote(id_, safe='')}/verify")
    if as_json:
        show(found)
    else:
        typer.echo(differences_text(found, lang))
    if not found["same"]:
        raise typer.Exit(1)


def to_a_terminal() -> bool:
    """Tell whether what is printed goes to a terminal."""
    return sys.stdout.isatty()


def _check(format_: Format, out: Path | None) -> None:
    """Refuse, before anything is asked for, what would fill a terminal with a file."""
    if format_ in ("html", "docx") and out is None and to_a_terminal():
        raise typer.BadParameter(
            f"name a file for {format_}: it is not for a terminal", param_hint="--out"
        )
    if format_ == "docx":
        _word()


def _give(found: Any, format_: Format, out: Path | None, lang: str) -> None:  # noqa: ANN401 - JSON
    if format_ == "json" and out is None:
        show(found)
    elif format_ == "json":
        _write(json.dumps(found, ensure_ascii=False, indent=2).encode() + b"\n", out)
    elif format_ == "text":
        _print(read(found, lang), out)
    elif format_ == "html":
        _write(as_html(read(found, lang)).encode(), out)
    else:
        _write(_word()(read(found, lang)), out)


def _print(page: Page, out: Path | None) -> None:
    console = console_for_tables()
    console.width = min(max(console.width, NARROWEST), WIDEST)
    with console.capture() as caught:
        for part in as_text(page, console.width):
            console.print(part)
    lines = (line.rstrip() for line in caught.get().splitlines())
    text = re.sub("\n{3,}", "\n\n", "\n".join((*lines, "")))
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write(text.encode(), out)


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        typer.echo(content, nl=False)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    typer.echo(f"{out}  {len(content)} bytes")


def _word() -> Callable[[Page], bytes]:
    """Give what makes Word files. Its library isn't where services run."""
    try:
        from services.cli.bulletins.word import render  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise ClientError("docx needs python-docx here: pip install 'fuyuan[docx]'") from error
    return render
