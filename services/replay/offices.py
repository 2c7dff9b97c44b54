"""The offices of a replay as a process: each reads its own inbox and acts as the record says.

`python -m services.replay.offices` with OFFICES_FILE, RECORD_FILE, INDEX_FILE, KEEP_FILE and
CLOCK_FILE. An office acts at 15:00 of the day the record names, by the simulated clock.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import ValidationError

from fuyuan_contracts.ids import assignment_key
from services.replay.index import Index
from services.replay.keeping import Given, Keeping, Saying
from services.replay.scenario import ACTED, AT, SHANGHAI, acts_through
from services.replay.settings import OfficeSettings
from services.replay.speaking import say, wire_of
from services.runtime import logs, metrics
from services.runtime.bus import Bus
from services.runtime.clock import Clock
from services.runtime.collect import Collector
from services.runtime.ending import end, first_error
from services.runtime.inlet import Delivery, acknowledge
from services.runtime.streams import Source
from services.runtime.web import build_app

log = logging.getLogger(__name__)
ISSUED = "cn.fuyuan.assignment.issued.v1"
NEWS = {
    "cn.fuyuan.assignment.recalled.v1": "recalled",
    "cn.fuyuan.assignment.refused.v1": "refused",
    "cn.fuyuan.information.supplied.v1": "supplied",
}
SEND, ACT = 400, 400
"""Messages in flight together, assignments acted on in one transaction."""
LOOK_SECONDS = 0.05
AGAIN_SECONDS = 0.3
WATCH_SECONDS, LOST_SECONDS = 60, 20


class Offices:
    """Some offices, each with its own connection."""

    def __init__(self, settings: OfficeSettings) -> None:
        """Open the files; nothing connects before `run`."""
        offices = settings.offices()
        self._collector: Collector[Any] = Collector(settings.batch_messages, 0.01)
        urls = {item.office: item.amqp_url for item in offices}
        self.bus = Bus(urls, settings.batch_messages * 2, self._collector.wake)
        self._collector.inlets = lambda: self.bus.inlets
        self._sources = [
            Source(item.inbox, user=item.office, office=item.office, inbox=True) for item in offices
        ]
        self._keep = Keeping(settings.keep_file)
        self._index = Index(settings.index_file, settings.record_file)
        self._clock = Clock(settings.clock_file)
        self._to_send = asyncio.Event()
        self._to_send.set()

    async def run(self) -> None:
        """Read, act and send until cancelled; raises what a connection ends with by itself."""
        link: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bus.start(first_error(link))
        self.bus.read(self._sources)
        tasks = [self._take(), self._act(), self._send(), self._watch()]
        await asyncio.gather(link, *tasks)

    async def _take(self) -> None:
        while True:
            deliveries, _ = await self._collector.take()
            with self._keep:
                self._keep.say([word for item in deliveries for word in self._hear(item)])
            await acknowledge(deliveries)
            self._to_send.set()

    def _hear(self, delivery: Delivery) -> Sequence[Saying]:
        """Store what came; gives what is said at once."""
        office = delivery.source.office or ""
        try:
            envelope = json.loads(delivery.body)
            kind, data = envelope["type"], envelope["data"]
            if kind == ISSUED and data["office"] == office:
                return self._issued(data, envelope["id"])
            if kind in NEWS:
                self._news(NEWS[kind], envelope["id"], data)
        except (ValueError, KeyError, TypeError) as error:
            log.exception("can't read what came for %s", office)
            self._keep.hear("unreadable", str(delivery.message_id), f"{office}: {error!r}")
        return ()

    def _issued(self, data: dict[str, Any], cause: str) -> Sequence[Saying]:
        key = assignment_key(data["assignment_id"])
        case = data["case"]
        place = self._index.find(case["filer"], case["reference"])
        given = Given(data["assignment_id"], data["office"], key.task, key.round, place)
        acts = self._acts(given)
        if acts is None:
            text = f"{given.office}: {case['filer']} {case['reference']} {key.task} {key.round}"
            self._keep.hear("not in the record", given.id, text)
        given.next = acts[0]["on"] if acts else None
        word = say(given, {"act": "deliver"}, self._clock.now(), cause)
        return [word] if self._keep.add(given) else []

    def _acts(self, given: Given) -> list[dict[str, Any]] | None:
        """Find what the record says of an assignment; None when it knows nothing of it."""
        if given.place is None:
            return None
        rounds = (self._index.line(given.place).get("acts") or {}).get(given.task, [])
        return rounds[given.round - 1] if given.round <= len(rounds) else None

    def _news(self, kind: str, message: str, data: dict[str, Any]) -> None:
        id_ = data["assignment_id"]
        match kind:
            case "recalled":
                self._keep.hear(kind, id_)
                self._keep.end(id_, kind)
            case "supplied":
                self._keep.hear(kind, f"{id_} {data['request']}")
            case _:
                self._keep.hear(kind, message, f"{id_} {data['said']}: {data['error']}")

    async def _act(self) -> None:
        while True:
            now = self._clock.now().astimezone(SHANGHAI)
            day = now.date() if now.time() >= AT[ACTED] else now.date() - timedelta(days=1)
            due = self._keep.due(day.isoformat(), ACT)
            if not due:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            words = []
            for given in due:
                words += self._do(given, day, now)
            with self._keep:
                self._keep.say(words)
                for given in due:
                    self._keep.update(given)
            self._to_send.set()
            await asyncio.sleep(0)

    def _do(self, given: Given, day: date, now: datetime) -> list[Saying]:
        """Do what the record has an office do by a day; gives what it says."""
        acts, words = self._acts(given) or [], list[Saying]()
        for act in acts_through(acts, given.done, day):
            asked = sum(item["act"] == "information" for item in acts[: given.done])
            more = {"request": asked + 1} if act["act"] == "information" else {}
            try:
                words.append(say(given, {**act, **more}, now))
            except ValidationError as error:
                self._keep.hear("can't be said", f"{given.id} {given.done}", str(error)[:1000])
                given.next = None
                return words
            given.done += 1
        given.next = acts[given.done]["on"] if given.done < len(acts) else None
        return words

    async def _send(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            while words := self._keep.unsent(SEND):
                done = await self.bus.publish([wire_of(word) for _, word in words])
                sent = [n for (n, _), ok in zip(words, done, strict=True) if ok]
                if sent:
                    with self._keep:
                        self._keep.sent(sent)
                if len(sent) < len(words):  # the same ids go again
                    await asyncio.sleep(AGAIN_SECONDS)

    async def _watch(self) -> None:
        """Connect anew when the broker knows of no consumer of an inbox for long."""
        lost: float | None = None
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            counts = await self.bus.consumers()
            now = time.monotonic()
            lost = (lost or now) if 0 in counts.values() else None
            if lost is not None and now - lost > LOST_SECONDS:
                log.error("an inbox has no consumer on the broker's side; connecting anew")
                for link in self.bus.links.values():
                    link.begin_anew()
                lost = None


def _app(offices: Offices) -> FastAPI:
    async def ready() -> dict[str, bool]:
        return {"broker": offices.bus.up}

    return build_app("offices", ready, metrics.render)


async def serve(settings: OfficeSettings) -> None:
    """Run until SIGTERM or SIGINT: what was stored is complete at any moment, so it just ends."""
    offices = Offices(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            _app(offices),
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )
    work = asyncio.create_task(offices.run())
    work.add_done_callback(lambda _done: setattr(server, "should_exit", True))
    try:
        await server.serve()
    finally:
        if work.done() and (error := work.exception()):
            log.error("the offices have stopped", exc_info=error)
        with suppress(Exception):
            await end([work])
        await offices.bus.stop()


def main() -> None:
    """Run the offices that OFFICES_FILE names."""
    settings = OfficeSettings()
    logs.configure("offices", settings.log_level)
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
