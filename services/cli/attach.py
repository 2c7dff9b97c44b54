"""`fuyuan attach` and `fuyuan attachments`: files of a case."""

import mimetypes
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from services.cli import values
from services.cli.common import (
    Json,
    acting,
    console_for_tables,
    failing,
    plain_console,
    show,
    stack,
)
from services.cli.lists import attachments_table
from services.client import ClientError

Case = Annotated[str, typer.Argument(help="The case's id.")]


def attach(
    case_id: Case,
    files: Annotated[list[Path], typer.Argument(help="PDF, DOCX, XLSX, JPEG, PNG or text.")],
    filer: Annotated[
        str,
        typer.Option(
            "--as",
            help="The case's filer, or an office with a part in it.",
            autocompletion=values.offices,
        ),
    ],
    role: Annotated[str, typer.Option(help="filer or officer.")] = "filer",
    as_json: Json = False,
) -> None:
    """Add files to a case. The same bytes again are the same file."""
    added = []
    with failing(ClientError, OSError):
        client = acting(stack(), role, office=filer)
        with Progress(console=plain_console(stderr=True), transient=True) as progress:
            for file in progress.track(files, description="uploading"):
                media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                path = f"/v1/cases/{case_id}/attachments"
                content = file.read_bytes()
                added.append(client.upload("intake", path, (content, media), name=file.name))
    if as_json:
        show({"attachments": added})
    else:
        console_for_tables().print(attachments_table(added))


def attachments(
    case_id: Case,
    get: Annotated[str | None, typer.Option(help="Fetch this one.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; its own name if left out.")
    ] = None,
    filer: Annotated[
        str | None,
        typer.Option("--as", help="Read as this filer or office.", autocompletion=values.offices),
    ] = None,
    role: Annotated[str, typer.Option(help="filer or officer.")] = "filer",
    as_json: Json = False,
) -> None:
    """List the files of a case, or fetch one. An existing file is never overwritten."""
    with failing(ClientError, OSError):
        client = acting(stack(), role, office=filer) if filer else stack()
        path = f"/v1/cases/{case_id}/attachments"
        listed = client.get("intake", path)["attachments"]
        if get is None:
            if as_json:
                show({"attachments": listed})
            else:
                console_for_tables().print(attachments_table(listed))
            return
        item = next((one for one in listed if one["attachment_id"] == get), None)
        if item is None:
            raise ClientError(f"{case_id} has no attachment {get}")
        target = out or Path(Path(item["name"]).name)
        content = client.download("intake", f"{path}/{get}")
        with target.open("xb") as file:
            file.write(content)
        typer.echo(f"{target}: {len(content)} bytes")
