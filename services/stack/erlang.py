"""What Erlang nodes need to find each other: a daemon that knows their ports, and a cookie."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from services.stack.daemons import Daemon
from services.stack.ports import LOOPBACK

EPMD_SECONDS = 10


@dataclass(frozen=True)
class Membership:
    """What a node shares with the others of its cluster."""

    names: tuple[str, ...]
    """Of all nodes, before the `@`."""
    cookie: str
    """Erlang's: who knows it may join."""
    epmd: int
    """The port of an epmd that runs already."""


def start_epmd(port: int, directory: Path) -> Daemon:
    """Start the daemon that knows the ports of Erlang nodes, and wait until it answers."""
    env = {"PATH": os.environ.get("PATH") or os.defpath, "LANG": "C.UTF-8", "HOME": str(directory)}
    command = ["epmd", "-port", str(port), "-address", LOOPBACK]
    daemon = Daemon("epmd", command, env, directory)
    daemon.start()
    try:
        daemon.wait_until(lambda: _accepts(port), EPMD_SECONDS)
    except BaseException:
        daemon.kill()
        raise
    return daemon


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
