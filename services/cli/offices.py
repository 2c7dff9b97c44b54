"""`fuyuan agency check`, `rotate`, `remove`: an office with a consumer of its own, looked after."""

import asyncio
import time
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli import values
from services.cli.agencies import Authority, Out, Public, folder_of
from services.cli.common import (
    Json,
    Lang,
    acting,
    console_for_tables,
    failing,
    noted_stack,
    show,
    stack,
)
from services.cli.suspending import own_consumer, revoke_keys
from services.client import Client, ClientError
from services.stack import checking, suspending
from services.stack.bus import Bus
from services.stack.daemons import StackError
from services.stack.handing import address, hand_over
from services.stack.joining import Broker, broker_of

Office = Annotated[
    str, typer.Argument(help="Such as education.410502.", autocompletion=values.offices)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
ENDED = ("resolved", "returned", "recalled")
LISTED_SECONDS = 2
"""What was issued just before an office receives nothing more is listed by then."""
CITY_DIGITS = 4
"""Of a division's code: those of its city (GB/T 2260)."""
MARKS = {"ok": "正常", "warn": "注意", "fail": "不通过"}


def check(office: Office, as_json: Json = False, lang: Lang = "zh") -> None:
    """Try with an office's own credentials what it must be able to do, and what it must not.

    A test message comes to its inbox and goes, where nobody reads it and nothing waits in it. Exit
    1 when something is wrong.
    """
    with failing(ClientError, StackError, OSError):
        broker = _with_own_consumer(stack(), office)
        bus = Bus(broker.servers, broker.secrets, (office,), broker.vhost)
        told = broker.told(office)
        tried = checking.Office(office, told["FUYUAN_AMQP_URL"], told["FUYUAN_INBOX"])
        found = asyncio.run(checking.check(tried, bus.admin_url))
        if suspending.is_suspended(broker, office):
            found.insert(0, checking.Check("suspended", "fail", "fuyuan agency suspend --resume"))
    if as_json:
        show({"office": office, "checks": [item._asdict() for item in found]})
    else:
        table = Table("检查" if lang == "zh" else "check", "结果" if lang == "zh" else "result", "")
        for item in found:
            verdict = MARKS[item.verdict] if lang == "zh" else item.verdict
            table.add_row(item.name, verdict, item.text)
        console_for_tables().print(table)
    if any(item.verdict == "fail" for item in found):
        raise typer.Exit(1)


def rotate(
    office: Office,
    generation: Annotated[
        int | None,
        typer.Option(min=1, help="Not the next: this one. After the broker has lost its disk."),
    ] = None,
    out: Out = None,
    public_amqp_url: Public = "",
    ca: Authority = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give an office a new password: the old one is refused at once, its connections are closed.

    Nothing is lost: what comes meanwhile waits in its inbox. Its folder is written anew; hand it
    over. A broker that has lost its disk has forgotten which password it was: say --generation.
    """
    with failing(ClientError, StackError, OSError):
        broker = _with_own_consumer(stack(), office)
        address(broker.told(office), public=public_amqp_url, ca=ca)  # before anything is changed
        before, open_now = broker.generation(office), suspending.connections(broker, office)
        found: dict[str, Any] = {"office": office, "dry_run": dry_run, "connections": open_now}
        if dry_run:
            found["generation"] = generation or before + 1
        else:
            found["generation"] = suspending.rotate(broker, office, generation)
            told = broker.told(office)
            file = hand_over(out or folder_of(office), told, public=public_amqp_url, ca=ca)
            found["folder"] = str(file.parent)
    if as_json:
        show(found)
    elif dry_run:
        typer.echo(
            f"{office} would get password {found['generation']}, {open_now} connections close"
        )
    else:
        typer.echo(f"{office} has password {found['generation']}; its folder: {found['folder']}")


def remove(
    office: Office,
    why: Annotated[str, typer.Option(help="It is recorded, and the filers read it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take an office out: it gets nothing new, what it has open goes on elsewhere.

    An open assignment goes to the same agency's office of the city, where there is one that
    receives, else to the liaison office's desk. Then its user is shut and its access keys are gone.
    Its queues stay: what it reported last is still read. It may join again; what passwords it had
    stay void.
    """
    with failing(ClientError, StackError, OSError):
        client = stack()
        broker = _with_own_consumer(client, office)
        moves = _moves(client, office)
        found: dict[str, Any] = {"office": office, "dry_run": dry_run, "moves": moves}
        change = {"receives": False, "why": why, "force": True}
        client.patch("routing", f"/v1/offices/{office}", change, dry_run=True)
        if not dry_run:
            if not yes:
                typer.confirm(f"{_said(found)}\nRemove it?", abort=True, err=True)
            changed = client.patch("routing", f"/v1/offices/{office}", change)
            found["version"] = changed["version"]
            liaison = acting(client, "liaison", division=_city(office))
            for move in moves:
                _move(liaison, move, why)
            time.sleep(LISTED_SECONDS)
            known = {move["assignment_id"] for move in moves}
            later = [m for m in _moves(client, office) if m["assignment_id"] not in known]
            for move in later:
                _move(liaison, move, why)
            found["moves"] = [*moves, *later]
            found["connections"] = suspending.remove(broker, office)
            found["keys"] = revoke_keys(client, office)
    if as_json:
        show(found)
    else:
        typer.echo(_said(found))


def _with_own_consumer(client: Client, office: str) -> Broker:
    if not own_consumer(client, office):
        raise StackError(
            f"{office} has no consumer of its own: our services serve it, or it receives nothing"
            " (deploy/offices.yaml)"
        )
    return broker_of(noted_stack())


def _moves(client: Client, office: str) -> list[dict[str, Any]]:
    """List an office's open assignments, and where each would go."""
    city = f"{office.partition('.')[0]}.{_city(office)}"
    offices = client.get("routing", "/v1/offices")["offices"]
    receives = {item["id"] for item in offices if item["receives"]}
    to = city if city in receives and city != office else None
    moves = []
    for page in client.pages("routing", "/v1/cases", "cursor", waiting=office, limit=200):
        for case in page["cases"]:
            status = client.get("routing", f"/v1/cases/{case['case_id']}")
            moves += [
                {
                    "case_id": case["case_id"],
                    "assignment_id": given["assignment_id"],
                    "task": given["task"],
                    "to": to or "desk",
                }
                for given in status["assignments"]
                if given["office"]["office"] == office and given["state"]["code"] not in ENDED
            ]
    return moves


def _move(liaison: Client, move: dict[str, Any], why: str) -> None:
    case = f"/v1/cases/{move['case_id']}"
    if move["to"] == "desk":
        path = f"{case}/assignments/{move['assignment_id']}/recall"
        liaison.post("routing", path, {"reason": why})
    else:
        path = f"{case}/tasks/{move['task']}/transfer"
        liaison.post("routing", path, {"office": move["to"], "reason": why})


def _city(office: str) -> str:
    code = office.partition(".")[2]
    return code[:CITY_DIGITS].ljust(len(code), "0")


def _said(found: dict[str, Any]) -> str:
    lines = [f"  {move['assignment_id']} → {move['to']}" for move in found["moves"]]
    would = "would be" if found["dry_run"] or "version" not in found else "is"
    head = f"{found['office']} {would} removed; {len(lines)} open assignments go elsewhere"
    return "\n".join([head + (":" if lines else ""), *lines])
