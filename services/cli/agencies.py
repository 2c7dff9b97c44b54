"""`fuyuan agency`: the agencies there are; an office that joins with a consumer of its own."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import Json, Lang, console_for_tables, failing, noted_stack, show, stack
from services.cli.lists import agencies_table
from services.client import Client, ClientError
from services.stack.daemons import StackError
from services.stack.handing import hand_over
from services.stack.joining import broker_of
from services.stack.local import ROOT

Out = Annotated[Path | None, typer.Option(help="Folder to hand over; .local/offices/<office>.")]
Public = Annotated[
    str,
    typer.Option(
        envvar="PUBLIC_AMQP_URL",
        help="amqps://host:port, where the office reaches the broker; where we do, if not given.",
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option(
        "--ca", help="Certificate of the broker's CA; the one its URL names, if not given."
    ),
]

app = typer.Typer(no_args_is_help=True, help="Agencies and the offices that join 部门与承办单位.")


@app.command("list")
def list_(as_json: Json = False, lang: Lang = "zh") -> None:
    """List agencies: how many offices each has, receiving and with a consumer of their own."""
    with failing(ClientError):
        found = stack().get("routing", "/v1/offices")
    listed = [_counted(item, found["offices"]) for item in found["agencies"]]
    if as_json:
        show({"version": found["version"], "agencies": listed})
    else:
        console_for_tables().print(agencies_table(listed, lang))


def _join(client: Client, body: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
    """Make an office one that receives; one that runs its own consumer already stays as it is."""
    found = client.get("routing", "/v1/offices")
    known = next((item for item in found["offices"] if item["id"] == body["id"]), None)
    if known is None or known["hosted"]:  # who is served by ours is refused: two would read
        added: dict[str, Any] = client.post("routing", "/v1/offices", body, dry_run=dry_run)
        return added
    if known["receives"]:
        return {"version": found["version"], "dry_run": dry_run}
    change = {name: body[name] for name in ("receives", "why", "zh", "en") if name in body}
    path = f"/v1/offices/{body['id']}"
    changed: dict[str, Any] = client.patch("routing", path, change, dry_run=dry_run)
    return changed


def folder_of(office: str) -> Path:
    """Name the folder that an office is handed."""
    return ROOT / ".local" / "offices" / office


def _counted(agency: dict[str, Any], offices: list[dict[str, Any]]) -> dict[str, Any]:
    own = [item for item in offices if item["agency"] == agency["id"]]
    counts = Counter(
        receiving=sum(item["receives"] for item in own),
        own=sum(item["receives"] and not item.get("hosted", True) for item in own),
    )
    return agency | {"offices": len(own), **counts}


@app.command()
def add(
    office: Annotated[
        str, typer.Argument(help="Such as tax.410526.", autocompletion=values.offices)
    ],
    why: Annotated[str, typer.Option(help="It is recorded with the new version of the offices.")],
    zh: Annotated[str | None, typer.Option(help="Its Chinese name, if not the usual one.")] = None,
    en: Annotated[str | None, typer.Option(help="Its English name.")] = None,
    agency_zh: Annotated[
        str | None, typer.Option(help="Its agency's Chinese name, where that is new, too.")
    ] = None,
    agency_en: Annotated[str | None, typer.Option(help="Its agency's English name.")] = None,
    out: Out = None,
    public_amqp_url: Public = "",
    ca: Authority = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Let an office join with a consumer of its own, without a restart of anything.

    Declares its inbox, its way out and its user on the broker, makes it an office that receives
    (a new version of the offices), and writes a folder for you to hand over: credentials, the CA,
    a consumer that runs, how to. For a stack in containers: FUYUAN_SECRET, AMQP_URL, MANAGEMENT_URL
    and BROKER_ADMIN_PASSWORD, as the provisioner has them. Again is fine, as after the broker has
    lost its disk; an office that was removed joins anew.
    """
    body: dict[str, Any] = {"id": office, "receives": True, "hosted": False, "why": why}
    body |= {name: value for name, value in (("zh", zh), ("en", en)) if value}
    if agency_zh and agency_en:
        names = {"zh": agency_zh, "en": agency_en}
        body["agency"] = {"id": office.partition(".")[0], **names}
    with failing(ClientError, StackError, OSError):
        client = stack()
        planned = _join(client, body, dry_run=True)
        if dry_run:
            show(planned)
            return
        told = broker_of(noted_stack()).admit(office)
        # routing last: an office it knows must have an inbox, and somebody who can open it
        file = hand_over(out or folder_of(office), told, public=public_amqp_url, ca=ca)
        added = _join(client, body)
    if as_json:
        show(
            {
                "office": office,
                "folder": str(file.parent),
                "credentials": str(file),
                "version": added["version"],
            }
        )
    else:
        typer.echo(f"{office} has joined (offices version {added['version']})")
        typer.echo(f"its folder: {file.parent}; hand it over safely, its README.md goes on")
