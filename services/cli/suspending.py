"""`fuyuan agency suspend`: an office shut out at once, and let in again."""

import time
from typing import Annotated, Any

import typer

from services.cli import values
from services.cli.common import Json, failing, noted_stack, show, stack
from services.client import Client, ClientError
from services.stack.daemons import StackError
from services.stack.joining import broker_of
from services.stack.suspending import connections, is_suspended, resume
from services.stack.suspending import suspend as shut_out

LISTED_SECONDS = 1.2
"""A key that was just made is in intake's list a second later."""


def suspend(
    office: Annotated[
        str, typer.Argument(help="Such as education.410502.", autocompletion=values.offices)
    ],
    do_resume: Annotated[bool, typer.Option("--resume", help="Let it in again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Shut an office out, at once: its broker user, its open connections, its access keys.

    What is given to it meanwhile waits in its inbox. --resume gives its user back with the password
    it had (`fuyuan agency rotate` gives another); access keys are made anew (`fuyuan token add`).
    An office that our own services serve only loses its keys: nobody outside has its user. A broker
    that has lost its disk has lost this, too: suspend the office again.
    """
    with failing(ClientError, StackError, OSError):
        client = stack()
        own = own_consumer(client, office)
        broker = broker_of(noted_stack()) if own else None
        found: dict[str, Any] = {"office": office, "own_consumer": own, "dry_run": dry_run}
        if do_resume:
            if broker and not dry_run:
                resume(broker, office)
            found |= {"suspended": dry_run and bool(broker and is_suspended(broker, office))}
        else:
            found |= {"connections": 0, "suspended": not dry_run}
            if broker:
                found["connections"] = (connections if dry_run else shut_out)(broker, office)
            found["keys"] = revoke_keys(client, office, dry_run=dry_run)
    if as_json:
        show(found)
    else:
        typer.echo(_said(found, do_resume))


def _said(found: dict[str, Any], resumed: bool) -> str:
    office, would = found["office"], "would be" if found["dry_run"] else "is"
    if resumed:
        return f"{office} {would} let in again; its access keys have to be made anew"
    return (
        f"{office} {would} suspended: {found['keys']} access keys revoked, "
        f"{found['connections']} connections closed; what comes meanwhile waits in its inbox"
    )


def own_consumer(client: Client, office: str) -> bool:
    """Tell whether an office runs its own consumer. Raises ClientError for one that isn't known."""
    for item in client.get("routing", "/v1/offices")["offices"]:
        if item["id"] == office:
            return bool(item["receives"] and not item["hosted"])
    raise ClientError(f"there is no office {office}: `fuyuan offices` lists them")


def revoke_keys(client: Client, office: str, *, dry_run: bool = False) -> int:
    """Revoke an office's access keys; gives how many there are. Raises ClientError."""
    time.sleep(LISTED_SECONDS)
    keys = _keys(client, office)
    for key in () if dry_run else keys:
        client.delete("intake", f"/v1/keys/{key}")
    return len(keys)


def _keys(client: Client, office: str) -> list[str]:
    """List an office's access keys that still work."""
    return [
        item["key_id"]
        for page in client.pages("intake", "/v1/keys", "after")
        for item in page["keys"]
        if item.get("office") == office and not item.get("revoked_at")
    ]
