"""Nothing connects, starts or reads its settings when it is imported."""

import os
import subprocess
import sys
from pathlib import Path

FORBIDDEN = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.fork",
)
PROGRAM = f"""
import importlib, pkgutil, sys

def forbid(event, _args):
    if event in {FORBIDDEN!r}:
        raise RuntimeError(f"{{event}} while importing")

sys.addaudithook(forbid)
import fuyuan_contracts, services

for package in (fuyuan_contracts, services):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            print(found.name)
"""


def run(program: str, root: Path) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_is_imported_without_a_connection_or_a_setting(root: Path) -> None:
    done = run(PROGRAM, root)
    assert done.returncode == 0, done.stderr
    assert {"fuyuan_contracts.events", "services.routing.app", "services.cli"} <= {
        *done.stdout.split()
    }


def test_a_connection_would_be_seen(root: Path) -> None:
    connecting = 'import socket\nsocket.create_connection(("127.0.0.1", 1))'
    done = run(PROGRAM + connecting, root)
    assert "while importing" in done.stderr
