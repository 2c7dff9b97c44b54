"""Processes that outlive a call: started in the background, ended by their own id.

Each notes its id in a file beside its log. A process left over from a run that was killed is
recognised by an environment variable only this stack sets, so nobody else's process is ever ended.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

MARK = "FUYUAN_PID_FILE"
"""Set for every process of a stack to the file that holds its id."""
POLL_SECONDS = 0.05
LOG_TAIL_BYTES = 2000


class StackError(Exception):
    """A part of the stack can't run; the message says which, why, and what to do."""


class Daemon:
    """One background process with a session of its own, so that Ctrl-C doesn't reach it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        directory: Path,
        pids: Path | None = None,
    ) -> None:
        """`env` is the whole environment; `directory` takes `<name>.log`, `pids` `<name>.pid`."""
        self.name = name
        self.command = list(command)
        self.log = directory / f"{name}.log"
        self.pid_file = (pids or directory) / f"{name}.pid"
        self.env = {**env, MARK: str(self.pid_file)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Tell the id of the running process."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """Tell how it ended (negative: by which signal); None while it runs or never ran."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it; one left over from an earlier run of this stack is ended first."""
        if self.pid is not None:
            return
        for file in (self.log, self.pid_file):
            file.parent.mkdir(parents=True, exist_ok=True)
        end_leftover(self.pid_file)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - commands are the stack's own
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid_file.write_text(str(self._process.pid))

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()`. Raises StackError with the log's end when it exits or is late."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.pid is None:
                msg = f"{self.name} exited with {self.exit_code}: {self.tail()}"
                raise StackError(msg)
            if time.monotonic() > deadline:
                msg = f"{self.name} is not ready after {seconds:g} s: {self.tail()}"
                raise StackError(msg)
            time.sleep(POLL_SECONDS)

    def tail(self) -> str:
        """Give the end of its log."""
        if not self.log.exists():
            return ""
        return self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip()

    def stop(self, grace: float) -> None:
        """Ask it to end, and end it after `grace` seconds."""
        self.ask_to_end()
        self.wait_end(grace)

    def ask_to_end(self) -> None:
        """Send SIGTERM, without waiting. Once: a second one means "at once" to many servers."""
        self._end(signal.SIGTERM)

    def wait_end(self, grace: float) -> None:
        """Wait until it has ended, and end it after `grace` seconds."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        self.kill()

    def kill(self) -> None:
        """End it at once (`kill -9`)."""
        self._end(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self.pid_file.unlink(missing_ok=True)

    def _end(self, number: signal.Signals) -> None:
        if self.pid is not None:
            os.kill(self.pid, number)


def leftover(pid_file: Path) -> int | None:
    """Find the process of an earlier run that still holds `pid_file`; None when there is none."""
    try:
        pid = int(pid_file.read_text())
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if f"{MARK}={pid_file}".encode() in environment else None


def end_leftover(pid_file: Path) -> None:
    """End such a process and wait until it is gone."""
    while (pid := leftover(pid_file)) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)
