"""A real Prometheus with the repository's configuration, on the addresses of one run."""

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from services.stack.daemons import Daemon
from services.stack.local import ROOT
from services.stack.ports import LOOPBACK, free_port

DEPLOYED = ROOT / "deploy" / "prometheus"
RULES = DEPLOYED / "alerts.yml"
READY_SECONDS = 60
SCRAPE = "2s"


def installed() -> bool:
    """Tell whether the package's binaries are there."""
    return all(shutil.which(name) for name in ("prometheus", "promtool"))


def configured(port: int, services: Mapping[str, str], broker: str) -> dict[str, Any]:
    """Give the repository's configuration, with only its addresses and its pace replaced."""
    config: dict[str, Any] = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": SCRAPE, "evaluation_interval": SCRAPE}
    config["rule_files"] = [str(RULES)]
    for job in config["scrape_configs"]:
        match job["job_name"]:
            case "services":
                (found,) = job.pop("dns_sd_configs")
                assert set(found["names"]) == set(services)
                job["static_configs"] = [
                    {"targets": [services[name]], "labels": {"__meta_dns_name": name}}
                    for name in found["names"]
                ]
            case "rabbitmq" | "queues":
                job["static_configs"] = [{"targets": [broker]}]
            case _:
                job["static_configs"] = [{"targets": [f"{LOOPBACK}:{port}"]}]
    return config


class Prometheus:
    """The process, and questions to it."""

    def __init__(self, directory: Path, services: Mapping[str, str], broker: str) -> None:
        self._port = free_port()
        file = directory / "prometheus.yml"
        file.write_text(yaml.safe_dump(configured(self._port, services, broker)))
        command = [
            str(shutil.which("prometheus")),
            f"--config.file={file}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self._port}",
            "--log.level=warn",
        ]
        env = {"PATH": os.environ["PATH"], "GOMAXPROCS": "1"}
        self._daemon = Daemon("prometheus", command, env, directory)
        self._http = httpx.Client(
            base_url=f"http://{LOOPBACK}:{self._port}", timeout=30, trust_env=False
        )

    def start(self) -> None:
        self._daemon.start()
        self._daemon.wait_until(self._ready, READY_SECONDS)

    def stop(self) -> None:
        self._http.close()
        self._daemon.kill()

    def _ready(self) -> bool:
        try:
            return self._http.get("/-/ready").is_success
        except httpx.TransportError:
            return False

    def ask(self, path: str, **parameters: Any) -> Any:
        """Ask its HTTP API; an expression it can't read fails the test with its words."""
        answer = self._http.get(f"/api/v1/{path}", params=parameters).json()
        assert answer["status"] == "success", (parameters, answer)
        return answer["data"]

    def series(self, expression: str) -> list[dict[str, Any]]:
        """Give what an expression is now; a number that is none (0/0) is no answer."""
        found = self.ask("query", query=expression)["result"]
        return [item for item in found if item["value"][1] != "NaN"]

    def until_all(self, expressions: Iterable[str], seconds: float) -> dict[str, int]:
        """Wait until each has series; gives how many each has, at the end of the time also 0."""
        found: dict[str, int] = {}
        left = set(expressions)
        deadline = time.monotonic() + seconds
        while left:
            found |= {item: len(self.series(item)) for item in left}
            left = {item for item in left if not found[item]}
            if time.monotonic() > deadline:
                break
            time.sleep(1)
        return found
