"""How long a filing takes to the office's inbox, beside a bare message from queue to consumer.

Both at the same rate, on the same kind of queue, in the same run, timed with the clock of this
process: it sends the requests, and it reads a quorum queue that is bound like the offices' inboxes.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from fuyuan_contracts.channels import INBOX
from tests.benchmarks.limit.wire import Wire
from tests.benchmarks.ours import Ours
from tests.benchmarks.workload import Json

QUEUE = "bench.latency"
QUORUM = {"x-queue-type": "quorum"}
PATIENCE_SECONDS = 20
PREFETCH = 500
WARM_UP = 20
"""Of each, so many are not counted."""
BYTES = 1500
"""Of an assignment, about."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds, from filing to inbox and of a bare message."""

    rate: float
    filed: tuple[float, float]
    """Median and 99th percentile."""
    bare: tuple[float, float]
    accepted: list[str]

    @property
    def ratios(self) -> tuple[float, float]:
        """Give the ratio of the medians, and of the 99th percentiles."""
        return self.filed[0] / self.bare[0], self.filed[1] / self.bare[1]


def measure(contestant: Ours, filings: list[Json], rate: float) -> Latency:
    """File cases one by one, so many a second; then send as many bare messages."""
    return asyncio.run(_measure(contestant, filings, rate))


async def _measure(contestant: Ours, filings: list[Json], rate: float) -> Latency:
    url = contestant.local.bus.admin_url
    seen: list[tuple[float, bytes]] = []
    wire = await Wire.connect(url, lambda _tag, body: seen.append((time.perf_counter(), body)))
    bare = await _bare(wire, seen, len(filings), rate)
    seen.clear()
    await wire.declare(QUEUE, QUORUM)
    for office in contestant.local.bus.offices:
        await wire.bind(QUEUE, INBOX, office)
    await wire.consume([QUEUE], PREFETCH)
    sent = await _file(contestant, filings, rate)
    deadline = time.monotonic() + PATIENCE_SECONDS
    arrived: dict[str, float] = {}
    while len(arrived) < len(sent) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        arrived = {json.loads(body)["correlationid"]: at for at, body in reversed(seen)}
    await wire.delete(QUEUE)
    wire.close()
    taken = [arrived[case] - at for case, at in list(sent.items())[WARM_UP:] if case in arrived]
    return Latency(rate, _percentiles(taken), bare, list(sent))


async def _file(contestant: Ours, filings: list[Json], rate: float) -> dict[str, float]:
    """File cases; gives the time just before each request, by the case's id."""
    client = contestant.filer
    headers = {"authorization": f"Bearer {client._bearer()}"}
    sent: dict[str, float] = {}
    async with httpx.AsyncClient(
        base_url=client.urls["intake"], headers=headers, trust_env=False, timeout=60
    ) as http:

        async def one(number: int) -> None:
            at = time.perf_counter()
            answer = await http.post("/v1/cases", json=filings[number])
            sent[answer.raise_for_status().json()["case_id"]] = at

        await _at_rate(one, len(filings), rate)
    return dict(sorted(sent.items(), key=lambda item: item[1]))


async def _bare(
    wire: Wire, seen: list[tuple[float, bytes]], number: int, rate: float
) -> tuple[float, float]:
    """Send confirmed, persistent messages; they are read where the filings' are read."""
    queue = f"{QUEUE}.bare"
    await wire.declare(queue, QUORUM)
    await wire.consume([queue], PREFETCH)
    sent: dict[int, float] = {}

    async def one(place: int) -> None:
        sent[place] = time.perf_counter()
        await wire.publish([("", queue, str(place), str(place).ljust(BYTES).encode())])

    await _at_rate(one, number, rate)
    await asyncio.sleep(1)
    await wire.delete(queue)
    return _percentiles([at - sent[int(body)] for at, body in seen if int(body) >= WARM_UP])


async def _at_rate(act: Callable[[int], Awaitable[None]], number: int, rate: float) -> None:
    """Begin an act every so often, whether or not those before have ended."""
    began, tasks = time.perf_counter(), []
    for place in range(number):
        await asyncio.sleep(began + place / rate - time.perf_counter())
        tasks.append(asyncio.ensure_future(act(place)))
    await asyncio.gather(*tasks)


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.99)]
    return at[0], at[1]
