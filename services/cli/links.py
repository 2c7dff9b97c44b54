"""`fuyuan links`: cases joined by a person, and cases found alike."""

from typing import Annotated

import typer

from services.cli import values
from services.cli.common import Json, Lang, console_for_tables, failing, show, stack
from services.cli.lists import clusters_table, links_table
from services.client import ClientError

app = typer.Typer(no_args_is_help=True, help="Linked cases and clusters of like cases 关联与类案.")


@app.command("list")
def list_(
    case_id: Annotated[str, typer.Argument(help="The case's id.")],
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Show what a case is linked to, and which cases are like it."""
    with failing(ClientError):
        client = stack()
        found = client.get("routing", f"/v1/cases/{case_id}/links")
        found |= client.get("routing", f"/v1/cases/{case_id}/clusters")
        if as_json:
            show(found)
            return
        console = console_for_tables()
        console.print(links_table(found["links"], lang))
        console.print(clusters_table(found["clusters"], lang))


@app.command()
def add(
    case_id: Annotated[str, typer.Argument(help="The case's id.")],
    other: Annotated[str, typer.Argument(help="The other case's id.")],
    reason: Annotated[str, typer.Option(help="It is recorded in both cases.")],
    relation: Annotated[
        str, typer.Option(help=", ".join(values.RELATIONS), autocompletion=values.relations)
    ] = "same_matter",
    as_json: Json = False,
) -> None:
    """Link two cases."""
    body = {"other": other, "relation": relation, "reason": reason}
    with failing(ClientError):
        answer = stack().post("routing", f"/v1/cases/{case_id}/links", body)
    if as_json:
        show(answer)
    else:
        typer.echo(f"{case_id} — {relation} — {other}")
