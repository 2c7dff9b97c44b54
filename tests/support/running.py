"""A whole stack for a folder of tests, on the run's broker and database."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from services.stack.bus import Bus
from services.stack.layout import Deployment
from services.stack.local import ROOT, Local, serving
from services.stack.secrets import Secrets
from services.stack.servers import Servers

QUICK = {"BATCH_WAIT_MS": "5", "PROJECT_QUIET_SECONDS": "0.02"}
"""A test does one thing at a time: there is no company to wait for."""


@contextmanager
def stack_named(
    name: str,
    servers: Servers,
    secrets: Secrets,
    directory: Path,
    *,
    more: Mapping[str, Mapping[str, str]],
    everywhere: Mapping[str, str] | None = None,
) -> Iterator[Local]:
    """Run one in a virtual host `name` and databases `<name>_…`; nothing of it is left behind.

    `more` is what single services are told besides, `everywhere` what the others are.
    """
    deployment = Deployment.under(ROOT, vhost=name, database_prefix=f"{name}_", thrown_away=True)
    names = {*deployment.services(), *more}
    told = {name: {**QUICK, **more.get(name, everywhere or {})} for name in names}
    deployment = replace(deployment, more=told)
    bus = asyncio.run(Bus.declare(servers, secrets, name, deployment.receiving()))
    with serving(directory, deployment, bus) as running:
        yield running
