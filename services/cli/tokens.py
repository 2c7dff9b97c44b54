"""`fuyuan token`: access keys of filers, officers, liaison offices and operators."""

from typing import Annotated

import typer

from services.cli import values
from services.cli.common import Json, console_for_tables, failing, show, stack
from services.cli.lists import keys_table
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Access keys. A key gets tokens of 15 minutes.")
PATH = "/v1/keys"


@app.command()
def add(
    role: Annotated[str, typer.Argument(help=", ".join(values.ROLES), autocompletion=values.roles)],
    name: Annotated[str, typer.Option(help="Who holds it; shown in histories.")],
    office: Annotated[
        str | None, typer.Option(help="For a filer or officer.", autocompletion=values.offices)
    ] = None,
    division: Annotated[
        str | None, typer.Option(help="For a liaison office.", autocompletion=values.divisions)
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Good for so many days.")] = 365,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown here, once."""
    body = {"role": role, "name": name, "expires_days": days}
    scope = {"office": office, "division": division}
    body |= {key: value for key, value in scope.items() if value}
    with failing(ClientError):
        made = stack().post("intake", PATH, body)
    if as_json:
        show(made)
    else:
        typer.echo(made["key"])
        typer.echo(f"key {made['key_id']} of {role} {office or division or ''}: keep it", err=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List keys, without their secrets."""
    with failing(ClientError):
        pages = stack().pages("intake", PATH, "after")
        items = [item for page in pages for item in page["keys"]]
    if as_json:
        show({"keys": items})
    else:
        console_for_tables().print(keys_table(items))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="From `token list`.")], as_json: Json = False
) -> None:
    """Make a key void, at once and everywhere; so are the tokens got with it."""
    with failing(ClientError):
        stack().delete("intake", f"{PATH}/{key_id}")
    if as_json:
        show({"key_id": key_id, "revoked": True})
    else:
        typer.echo(f"{key_id} is revoked")
