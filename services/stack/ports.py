"""Free ports on the loopback interface, kept from one start to the next."""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 15000, 32000
"""Below Linux's ephemeral range (32768 up): an outgoing connection can't take a port while its
server is being restarted."""


def is_free(port: int) -> bool:
    """Tell whether nothing listens on `port` of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(but: Iterable[int] = ()) -> int:
    """Choose a port nothing listens on, and none of `but`."""
    taken = set(but)
    while True:
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - a port is no secret
        if port not in taken and is_free(port):
            return port


def kept_ports(file: Path, names: Iterable[str]) -> dict[str, int]:
    """Give each name a port: the one noted in `file` while it is free, else a new one."""
    noted: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = noted.get(name)
        ports[name] = port if port and is_free(port) else free_port(ports.values())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(ports))
    return ports
