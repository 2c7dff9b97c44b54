"""`fuyuan backup`, `fuyuan restore`: all databases of a deployment to a file, and back."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import pymongo
import typer
from pymongo.errors import PyMongoError

from services.cli.common import Json, failing, noted_stack, show, stack
from services.cli.progress import advancing
from services.client import ClientError
from services.stack.archive import Reader, reading
from services.stack.backup import Stored, Taken, fingerprint, put_back, take
from services.stack.daemons import StackError
from services.stack.database import as_admin
from services.stack.keys import SECRET
from services.stack.layout import Deployment
from services.stack.sealing import checked
from services.stack.secrets import Secrets

PREFIX = Deployment.database_prefix
TO_STANDARD_OUTPUT = Path("-")
Url = Annotated[
    str,
    typer.Option(
        "--mongo-url",
        envvar="MONGO_URL",
        help="Where the databases are; by itself those of `fuyuan up`. With DATABASE_ADMIN_PASSWORD"
        " (and DATABASE_ADMIN) set, as that user.",
    ),
]
Passphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="Seals the file: AES-256-GCM, its key made by scrypt of what this file says.",
        exists=True,
        dir_okay=False,
    ),
]
Prefix = Annotated[str, typer.Option(help="What the databases' names begin with.")]


def backup(
    file: Annotated[Path, typer.Argument(help="Not there yet; - is standard output.")],
    passphrase_file: Passphrase = None,
    mongo_url: Url = "",
    prefix: Prefix = PREFIX,
    report: Annotated[
        bool, typer.Option(help="Tell the parking service, whose metrics say how old it is.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Write all databases, as they are at one moment, to a file, and read it back.

    The services go on meanwhile. The deployment secret (.env, or .local/up/secret) is not in it:
    without it nobody reads the personal data again, so keep a copy of it elsewhere.
    """
    began = time.monotonic()
    with failing(StackError, ClientError, PyMongoError, OSError):
        key, secrets = _key(passphrase_file), _secrets()
        with _client(mongo_url) as client:
            stored = Stored(client, prefix)
            with (
                _written(file) as sink,
                advancing("backing up", stored.documents()) as told,
            ):
                taken = take(stored, sink, key, secrets, told)
        result = _summary(taken.about, taken) | {"file": str(file), "sealed": key is not None}
        if file != TO_STANDARD_OUTPUT:
            _read_through(file, key, taken.documents)
            result |= {"bytes": file.stat().st_size, "verified": True}
        result["seconds"] = round(time.monotonic() - began, 1)
        if report:
            _report(result)
    if as_json:
        show(result)
    elif file != TO_STANDARD_OUTPUT:
        typer.echo(
            f"{file}: {result['documents']} documents of {len(result['databases'])} databases, "
            f"{result['bytes']} bytes, as of {result['taken_at']}, read back and whole"
        )


def restore(
    file: Annotated[Path, typer.Argument(help="As `fuyuan backup` wrote it.")],
    passphrase_file: Passphrase = None,
    mongo_url: Url = "",
    prefix: Prefix = PREFIX,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete the databases that are there first.")
    ] = False,
    another_secret: Annotated[
        bool,
        typer.Option(
            "--another-secret",
            help="Although it was taken under another deployment secret: its personal data can't "
            "be read, nor its filers' cases be told apart.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read it all, say whether it is whole; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Write a backup's databases back, and compare them; the services must be stopped.

    The whole file is read, and found whole, before anything is written or deleted. Then declare the
    broker anew (`fuyuan up`, or `docker compose up`), and `fuyuan reconcile --repair`.
    """
    with failing(StackError, PyMongoError, OSError):
        key = _key(passphrase_file)
        reader = _read_through(file, key)
        summary = _summary(reader.about, reader) | {"secret": reader.about["secret"]}
        if not another_secret:
            _same_secret(summary.pop("secret"))
        with _client(mongo_url) as client:
            stored = Stored(client, prefix)
            there = stored.databases()
            if there and not (replace or dry_run):
                raise StackError(f"there already: {', '.join(there)} (--replace deletes them)")
            summary |= {"replaces": there, "prefix": prefix}
            if dry_run:
                show(summary | {"whole": True}) if as_json else typer.echo(_planned(summary))
                return
            if there and not yes:
                typer.confirm(f"{_planned(summary)}\nDelete and restore?", abort=True, err=True)
            stored.drop()
            with (
                file.open("rb") as source,
                reading(source, key) as reader,
                advancing("restoring", summary["documents"]) as told,
            ):
                put_back(stored, reader, told)
    if as_json:
        show(summary | {"restored": True})
    else:
        typer.echo(
            f"{summary['documents']} documents of {len(summary['databases'])} databases restored "
            f"and compared, as of {summary['taken_at']}. Now start the services and run "
            "fuyuan reconcile --repair"
        )


def _read_through(file: Path, key: bytes | None, documents: int | None = None) -> Reader:
    """Read a whole backup. Raises StackError when it isn't whole."""
    with (
        file.open("rb") as source,
        reading(source, key) as reader,
        advancing("reading", documents) as told,
    ):
        for part in reader.parts():
            told(len(part.documents))
    return reader


def _summary(about: Mapping[str, Any], found: Taken | Reader) -> dict[str, Any]:
    return {
        "taken_at": about["taken_at"],
        "databases": sorted(about["shape"]),
        "documents": sum(tally.documents for tally in found.tallies.values()),
        "document_bytes": sum(tally.size for tally in found.tallies.values()),
    }


def _planned(summary: Mapping[str, Any]) -> str:
    there = ", ".join(summary["replaces"]) or "none"
    return (
        f"the backup of {summary['taken_at']} is whole: {summary['documents']} documents of "
        f"{len(summary['databases'])} databases; there now, and to be deleted: {there}"
    )


def _key(file: Path | None) -> bytes | None:
    return checked(file.read_text(encoding="utf-8")) if file else None


def _secrets() -> Secrets | None:
    if text := os.environ.get(SECRET):
        return Secrets.from_hex(text, SECRET)
    noted = noted_stack()
    if not noted.exists():
        return None
    found = json.loads(noted.read_text(encoding="utf-8"))
    return Secrets.from_hex(found["secret"], str(noted))


def _same_secret(of_backup: str | None) -> None:
    secrets = _secrets()
    if secrets and of_backup and fingerprint(secrets) != of_backup:
        raise StackError(
            "this backup was taken under another deployment secret: set FUYUAN_SECRET to that one"
            " (or --another-secret, and its personal data can't be read)"
        )


@contextmanager
def _client(url: str) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    if not url:
        noted = noted_stack()
        if not noted.exists():
            raise StackError("which database? start `fuyuan up`, or give --mongo-url (MONGO_URL)")
        url = json.loads(noted.read_text(encoding="utf-8"))["mongo_url"]
    elif os.environ.get("DATABASE_ADMIN_PASSWORD"):
        url = as_admin(url, os.environ)
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=10_000) as client:
        yield client


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name when it is complete."""
    if file == TO_STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if file.exists():
        raise StackError(f"{file} is there already, and is not written over")
    draft = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _report(result: Mapping[str, Any]) -> None:
    """Tell the parking service; a backup is none the worse when that fails."""
    told = {name: result[name] for name in ("taken_at", "documents", "sealed")}
    told |= {"bytes": result.get("bytes", 0), "verified": result.get("verified", False)}
    try:
        stack().post("parking", "/v1/backups", told)
    except ClientError as error:
        typer.echo(f"note: the parking service was not told of it: {error}", err=True)
