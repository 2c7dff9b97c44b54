"""`fuyuan hand-out`, `provision`, `run`, …: what the containers of a deployment do."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import Json, failing, show
from services.stack.broker import ADMIN
from services.stack.contained import (
    SETTINGS,
    become,
    provision_all,
    wait_for_broker,
)
from services.stack.daemons import StackError
from services.stack.database import as_admin, make_replica_set, make_users
from services.stack.keys import SECRET, check_secrets, hand_out
from services.stack.layout import Deployment, bootstrap_key
from services.stack.local import ROOT
from services.stack.secrets import Secrets
from services.stack.servers import Servers

CA_FILE = "/etc/fuyuan/ca.pem"
Folder = Annotated[
    Path, typer.Option(envvar="SETTINGS_DIR", help="Holds one folder a service, named like it.")
]


def hand_out_keys(
    given: Annotated[Path, typer.Option(help="What `make init` made.")] = Path("/given"),
    to: Annotated[Path, typer.Option(help="Has a volume a server.")] = Path("/keys"),
) -> None:
    """Refuse placeholders for secrets; hand each server its key and certificate, and no other's.

    Needs FUYUAN_SECRET, BROKER_ADMIN_PASSWORD and DATABASE_ADMIN_PASSWORD, and the right to give
    files to another owner.
    """
    with failing(StackError, OSError):
        check_secrets(os.environ)
        for text in hand_out(given, to):
            typer.echo(f"note: {text}")
    typer.echo("secrets are no placeholders; broker, database and entry have their keys")


def provision(
    settings: Folder = SETTINGS,
    amqp_url: Annotated[
        str, typer.Option(envvar="AMQP_URL", help="Where services reach the broker; no user.")
    ] = f"amqps://rabbitmq:5671?cafile={CA_FILE}",
    management_url: Annotated[
        str, typer.Option(envvar="MANAGEMENT_URL", help="Without user and password.")
    ] = "http://rabbitmq:15672",
    mongo_url: Annotated[
        str, typer.Option(envvar="MONGO_URL", help="Names the replica set, made if there is none.")
    ] = f"mongodb://mongo:27017/?replicaSet=fuyuan&tls=true&tlsCAFile={CA_FILE}",
) -> None:
    """Make broker and database ready, and write what each service is told.

    Waits for both, makes the replica set once, declares the topology and one user a service and an
    office with the least rights, verifies all of it, writes one folder of settings a service.
    Again is fine: it changes nothing. Needs FUYUAN_SECRET, BROKER_ADMIN_PASSWORD and
    DATABASE_ADMIN_PASSWORD (and BROKER_ADMIN, DATABASE_ADMIN, unless they are admin): from the
    environment only, an option would show in `ps`.
    """
    with failing(StackError, OSError):
        secrets = check_secrets(os.environ)
        admin = os.environ.get("BROKER_ADMIN", ADMIN), _given("BROKER_ADMIN_PASSWORD")
        servers = Servers(amqp_url, management_url, mongo_url, "named", management_admin=admin)
        root = as_admin(mongo_url, os.environ)
        wait_for_broker(servers)
        make_replica_set(root)
        deployment = Deployment.under(ROOT)
        names = deployment.services()
        databases = make_users(root, deployment.database_prefix, names, secrets)
        bus = asyncio.run(provision_all(deployment, secrets, servers, settings, databases))
    shape = bus.topology
    typer.echo(
        f"provisioned: virtual host {bus.vhost}, {len(shape.exchanges)} exchanges, "
        f"{len(shape.queues)} queues, {len(shape.bindings)} bindings, {len(shape.users)} users of "
        f"the broker, {len(databases)} of the database, all verified; settings of {len(names)} "
        "services written"
    )


def run(
    service: Annotated[str, typer.Argument(help="As `fuyuan services` names it.")],
    settings: Folder = SETTINGS,
) -> None:
    """Be one service, told by what `provision` wrote for it and by the environment."""
    with failing(StackError, OSError):
        become(service, settings)


def services(as_json: Json = False) -> None:
    """Name the services of this deployment, one a line."""
    names = Deployment.under(ROOT).services()
    if as_json:
        show(names)
    else:
        typer.echo("\n".join(names))


def operator_key(as_json: Json = False) -> None:
    """Show the first operator's access key, which makes the others. Needs FUYUAN_SECRET."""
    with failing(StackError):
        key = bootstrap_key(Secrets.from_hex(_given(SECRET), SECRET))
    if as_json:
        show({"key": key})
    else:
        typer.echo(key)


def _given(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise StackError(f"{name} is not set")
    return value
