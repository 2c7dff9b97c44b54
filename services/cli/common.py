"""What the commands share: output, options, the way to a running stack."""

import json
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from services.client import Client, ClientError
from services.stack.daemons import StackError
from services.stack.keys import SECRET, trusting
from services.stack.layout import Deployment, bootstrap_key
from services.stack.local import ADDRESSES, ROOT
from services.stack.secrets import Secrets

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
WIDTH = 140
Lang = Annotated[Literal["zh", "en"], typer.Option(help="Language of text for people.")]


@contextmanager
def failing(*errors: type[Exception]) -> Iterator[None]:
    """Say an expected error in red on standard error and end with 1, without a traceback."""
    try:
        yield
    except errors as error:
        plain_console(stderr=True).print(str(error), style="red")
        raise typer.Exit(1) from error


def console_for_tables() -> Console:
    """Give a console for tables: as wide as the terminal, 140 columns where there is none."""
    console = plain_console()
    return console if console.is_terminal else plain_console(width=WIDTH)


def plain_console(width: int | None = None, *, stderr: bool = False) -> Console:
    """Give a console that shows what people wrote as they wrote it: `[/b]` and `:a:` are text."""
    return Console(width=width, stderr=stderr, markup=False, emoji=False, highlight=False)


def show(value: Any, file: Path | None = None) -> None:  # noqa: ANN401 - JSON
    """Print a value as JSON, or write it to a file."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    if file is None:
        typer.echo(text)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def stack() -> Client:
    """Give a client of the running stack, as its first operator.

    From FUYUAN_ENTRY (`https://host`, the containers' one way in) or FUYUAN_URLS (JSON: service →
    address), with FUYUAN_KEY (or FUYUAN_SECRET, which the first operator's is made from) and, for
    a private CA, its certificate's file FUYUAN_CA; else what `fuyuan up` has noted (or the file
    FUYUAN_STACK names). Raises ClientError when there is neither.
    """
    key = os.environ.get("FUYUAN_KEY", "")
    if not key and (secret := os.environ.get(SECRET)):  # as the provisioner has it
        key = bootstrap_key(Secrets.from_hex(secret, SECRET))
    if entry := os.environ.get("FUYUAN_ENTRY"):
        names = Deployment.under(ROOT).services()
        return Client({name: f"{entry.rstrip('/')}/{name}" for name in names}, key, _trust())
    if urls := os.environ.get("FUYUAN_URLS"):
        return Client(_addresses(urls), key, _trust())
    noted = noted_stack()
    if not noted.exists():
        raise ClientError(
            "no stack is running: start one with `fuyuan up`, or set FUYUAN_ENTRY or FUYUAN_URLS"
        )
    found = json.loads(noted.read_text(encoding="utf-8"))
    return Client(found["urls"], key or found["key"])


def _trust() -> ssl.SSLContext | None:
    file = os.environ.get("FUYUAN_CA")
    try:
        return trusting(Path(file)) if file else None
    except StackError as error:
        raise ClientError(f"FUYUAN_CA: {error}") from error


def noted_stack() -> Path:
    """Name the file a running stack has noted its addresses in."""
    return Path(os.environ.get("FUYUAN_STACK") or ROOT / ".local" / "up" / ADDRESSES)


def _addresses(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ClientError('FUYUAN_URLS must be JSON such as {"intake": "http://…", …}')
    return found


def acting(client: Client, role: str, **scope: str) -> Client:
    """Give a client that acts in a role for an `office` or a `division`.

    An operator's makes itself a key for a day. Raises ClientError for a key of somebody else: what
    it sends would count as theirs.
    """
    claims = client.claims()
    if claims["role"] == "operator":
        body = {"role": role, **scope, "name": f"fuyuan {role}", "expires_days": 1}
        return client.having(client.post("intake", "/v1/keys", body)["key"])
    if claims["role"] != role or any(claims.get(name) != value for name, value in scope.items()):
        whose = claims.get("office") or claims.get("division")
        wanted = " ".join(scope.values())
        raise ClientError(f"FUYUAN_KEY is a key of the {claims['role']} {whose}, not of {wanted}")
    return client
