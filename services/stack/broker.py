"""A RabbitMQ node of one's own: loopback only, free ports, own data, own epmd.

The package's binaries are used, not its wrapper scripts (they change user), and nothing of the
machine's configuration is read. Works as root and as anyone, on RabbitMQ 3.10 to 4.x.
"""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import httpx

from fuyuan_contracts.channels import MAX_MESSAGE_BYTES
from services.stack.daemons import Daemon, StackError, end_leftover
from services.stack.erlang import Membership, start_epmd
from services.stack.ports import LOOPBACK, kept_ports

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONTROL = SERVER.with_name("rabbitmqctl")
CONTROL_SECONDS = 60
ADMIN = "admin"
BOOT_SECONDS = 240.0
"""Boot takes 7 to 9 s on 2 cores; a machine that does much else needed over 90."""
STOP_SECONDS = 20.0
"""RabbitMQ itself sleeps 6 s between closing its data and ending the process."""

CONFIG = """\
listeners.tcp.1 = {host}:{amqp}
management.tcp.ip = {host}
management.tcp.port = {management}
management.rates_mode = none
prometheus.tcp.ip = {host}
prometheus.tcp.port = {prometheus}
default_user = {admin}
default_pass = {password}
disk_free_limit.absolute = 64MB
vm_memory_high_watermark.absolute = 1GB
max_message_size = {max_message_size}
raft.wal_max_size_bytes = 33554432
log.connection.level = warning
"""
PORTS = ("amqp", "management", "prometheus", "epmd", "dist")
PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"
CLUSTER = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_partition_handling = pause_minority
{nodes}
"""
INETRC = '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'
"""A bare chroot has no /etc/hosts, and a node that can't find `localhost` doesn't start."""


def installed() -> bool:
    """Tell whether the package's binaries are there."""
    return SERVER.exists() and shutil.which("epmd") is not None


class PrivateBroker:
    """A node under `directory`. Calls block: from a coroutine use `asyncio.to_thread`."""

    def __init__(
        self,
        directory: Path,
        password: str,
        name: str = "fuyuan",
        cluster: Membership | None = None,
    ) -> None:
        """Nothing is started yet. `password` is the administrator's; it holds for the data.

        A node of a `cluster` joins the others when it is started for the first time.
        """
        self.directory = directory.resolve()
        self.password = password
        self._name = name
        self._cluster = cluster
        self._epmd: Daemon | None = None
        self._node: Daemon | None = None
        self._ports: dict[str, int] = {}

    @property
    def pid(self) -> int | None:
        """Tell the node's process id; None when it doesn't run."""
        return self._node.pid if self._node else None

    @property
    def management_url(self) -> str:
        """Where the management API is, without credentials."""
        return f"http://{LOOPBACK}:{self._ports['management']}"

    @property
    def prometheus(self) -> str:
        """Where it tells Prometheus how it is: host and port."""
        return f"{LOOPBACK}:{self._ports['prometheus']}"

    @property
    def admin(self) -> tuple[str, str]:
        """The administrator's name and password."""
        return ADMIN, self.password

    def url(self, user: str = ADMIN, password: str | None = None, vhost: str = "%2F") -> str:
        """Give the AMQP URL of a user; `vhost` is percent-encoded already."""
        secret = self.password if password is None else password
        return f"amqp://{user}:{secret}@{LOOPBACK}:{self._ports['amqp']}/{vhost}"

    def version(self) -> str:
        """Ask the running node for its version."""
        answer = _get(f"{self.management_url}/api/overview", auth=self.admin)
        return str(answer.raise_for_status().json()["rabbitmq_version"])

    def control(self, *words: str) -> None:
        """Tell the running node something (`rabbitmqctl`, 2 s). Raises StackError with its answer.

        Such as a memory or disk limit, which no other way leads to.
        """
        done = subprocess.run(  # noqa: S603 - the package's own program
            [str(CONTROL), *words], env=self._environment(), capture_output=True,
            timeout=CONTROL_SECONDS, check=False, text=True,
        )  # fmt: skip
        if done.returncode:
            raise StackError(f"rabbitmqctl {' '.join(words)}: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start, on the same data and ports as before, and wait until it is ready (7 to 9 s).

        Raises StackError when RabbitMQ isn't installed or doesn't get ready.
        """
        if not installed():
            msg = "rabbitmq-server is not installed: run `make deps`, or set AMQP_URL"
            raise StackError(msg)
        if self.pid is not None:
            return
        for name in ("rabbitmq", "epmd"):
            end_leftover(self.directory / f"{name}.pid")
        self._write_files()
        environment = self._environment()
        self._node = Daemon("rabbitmq", [str(SERVER)], environment, self.directory)
        try:
            if not self._cluster:
                self._epmd = start_epmd(self._ports["epmd"], self.directory)
            self._node.start()
            self._node.wait_until(self._ready, BOOT_SECONDS)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Shut down in order (6 s); what is on disk can be started again."""
        if self._node:
            self._node.stop(STOP_SECONDS)
        if self._epmd:
            self._epmd.stop(1)

    def kill(self) -> None:
        """End node and epmd at once (`kill -9`); what was confirmed is on disk."""
        if self._node:
            self._node.kill()
        if self._epmd:
            self._epmd.kill()

    def _write_files(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._ports = kept_ports(self.directory / "ports.json", PORTS)
        if self._cluster:
            self._ports["epmd"] = self._cluster.epmd
            self._write_cookie(self._cluster.cookie)
        numbers = {**self._ports, "max_message_size": MAX_MESSAGE_BYTES}
        config = CONFIG.format(host=LOOPBACK, admin=ADMIN, password=self.password, **numbers)
        if self._cluster:
            nodes = (
                f"cluster_formation.classic_config.nodes.{number} = {name}@localhost"
                for number, name in enumerate(self._cluster.names, 1)
            )
            config += CLUSTER.format(nodes="\n".join(nodes))
        file = self.directory / "rabbitmq.conf"
        file.touch(mode=0o600)
        file.write_text(config)
        (self.directory / "enabled_plugins").write_text(PLUGINS)
        (self.directory / "rabbitmq-env.conf").write_text("")
        (self.directory / "inetrc").write_text(INETRC)

    def _write_cookie(self, cookie: str) -> None:
        file = self.directory / ".erlang.cookie"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(cookie)
            file.chmod(0o400)

    def _environment(self) -> dict[str, str]:
        """Give the whole environment: nothing is inherited but PATH."""
        home = self.directory
        return {
            "PATH": os.environ.get("PATH") or os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(home),  # the Erlang cookie is made here
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_INETRC": str(home / "inetrc"),
            "RABBITMQ_NODENAME": f"{self._name}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self._ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(self._ports["dist"]),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "node.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(home / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            # named so that the machine's own files in /etc/rabbitmq are not read
            "RABBITMQ_CONFIG_FILES": str(home / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            # the script then becomes the node: one process, whose id is known, that ends on SIGTERM
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                # two schedulers, which sleep when there is nothing to do: others need the processor
                "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
                " -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }

    def _ready(self) -> bool:
        if not _speaks_amqp(self._ports["amqp"]):
            return False
        try:
            answer = _get(f"{self.management_url}/api/whoami", auth=self.admin)
        except httpx.TransportError:
            return False
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            msg = f"{self.directory} holds a broker with another administrator's password"
            raise StackError(msg)
        return answer.is_success


def _get(url: str, auth: tuple[str, str]) -> httpx.Response:
    # trust_env: a proxy of the environment has no way to this loopback
    return httpx.get(url, auth=auth, timeout=5, trust_env=False)


def _speaks_amqp(port: int) -> bool:
    """Tell whether the broker answers a protocol header with a method frame (connection.start)."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
