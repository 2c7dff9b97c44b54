"""`fuyuan up` and `fuyuan demo`: the whole system on this machine."""

import os
import shutil
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import Json, Lang, console_for_tables, failing, plain_console, show
from services.cli.tables import cases_table, summary_table
from services.client import ClientError
from services.stack.daemons import StackError
from services.stack.demo import play
from services.stack.layout import Deployment
from services.stack.local import ROOT, Local, running
from services.stack.processes import claim
from services.stack.samples import SAMPLES, read_samples

LOCAL = ROOT / ".local"
OF_NOTICES = ("SMTP_", "NOTICES_")
AUTOMATIC = ROOT / "deploy" / "samples" / "policy-auto.yaml"

_err = plain_console(stderr=True)


def _tell(text: str) -> None:
    _err.print(f"· {text}")


def up(
    auto: Annotated[
        bool, typer.Option("--auto", help="Let every office answer by itself (samples' policy).")
    ] = False,
    lang: Lang = "zh",
) -> None:
    """Run the whole system here until Ctrl-C; its data stay under .local/up.

    Broker and database are private ones on free ports, unless AMQP_URL (and
    RABBITMQ_MANAGEMENT_URL) or MONGO_URL name others. SMTP_… and NOTICES_… are passed on to the
    service that tells people (services/notices/README.md).
    """
    named = {name: value for name, value in os.environ.items() if name.startswith(OF_NOTICES)}
    policies = {"policies": AUTOMATIC} if auto else {}
    deployment = Deployment.under(ROOT, more={"notices": named}, **policies)
    with (
        failing(StackError, ClientError, OSError),
        running(LOCAL / "up", deployment, os.environ, _tell) as local,
    ):
        for name, url in local.urls.items():
            _tell(f"{name:28} {url}")
        _tell("就绪，Ctrl-C 停止" if lang == "zh" else "ready, Ctrl-C stops it")
        _keep_up(local)


def _keep_up(local: Local) -> None:
    """Start again what dies, until a signal says stop."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())

    def over() -> bool:
        if not stopped.is_set():
            local.servers.revive(_tell)
        return stopped.is_set()

    local.stack.supervise(over, lambda name: _tell(f"{name} died and was started again"))


def demo(
    samples: Annotated[
        Path, typer.Option(help="JSON Lines of {filer, filing, answers}.")
    ] = SAMPLES,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Run the report's own cases from filing to closing, print what became of each.

    Starts everything afresh, files over HTTP, lets each office answer through the bus with its own
    credentials, stops everything. Writes .local/demo.json. Exit 0: every case reached its end or
    visibly waits for a named office, none was lost.
    """
    with failing(StackError, ClientError, OSError, ValueError), claim(LOCAL / "demo"):
        run = LOCAL / "demo" / "run"
        shutil.rmtree(run, ignore_errors=True)
        run_id = f"demo-{os.getpid()}"
        deployment = Deployment.under(
            ROOT, vhost=run_id, database_prefix=f"{run_id}_", thrown_away=True
        )
        played = read_samples(samples)
        with running(run, deployment, os.environ, _tell) as local:
            result = play(local, played, _tell)
        summary, agencies = result.pop("summary"), result.pop("agencies")
        show(result, LOCAL / "demo.json")
        if as_json:
            show(result | {"cases": [sample.status for sample in played], "summary": summary})
        else:
            console = console_for_tables()
            console.print(cases_table([sample.status for sample in played], lang))
            console.print(summary_table(summary, agencies, lang))
            typer.echo(
                f"cases {result['cases_filed']}, closed {result['cases_closed']}, waiting for a "
                f"named office {result['cases_waiting']}, assignments {result['assignments']}, "
                f"parked {result['parked']}, lost {result['lost']}, {result['seconds']} s"
            )
        whole = result["cases_filed"] == result["cases_closed"] + result["cases_waiting"]
        if result["lost"] or result["parked"] or not whole:
            raise typer.Exit(1)
