"""A toy room: words are said about subjects, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field, TypeAdapter

from fuyuan_contracts.channels import office_out_queue
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import AssignmentReport, MessageParked, MessageReplayed
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.engine import Engine
from services.runtime.http import Body
from services.runtime.room import Room
from services.runtime.service import Service
from services.runtime.streams import Outgoing, Received, Source, Stream, Work

OFFICE = "tax.410526"
QUEUE = "q.routing"


@dataclass(frozen=True)
class Counted:
    n: int
    word: str
    at: datetime
    type: Literal["counted"] = "counted"


@dataclass(frozen=True)
class Kept:
    """A fact nobody is told."""

    word: str
    type: Literal["kept"] = "kept"


@dataclass(frozen=True)
class Tally:
    n: int = 0
    words: tuple[str, ...] = ()


Fact = Counted | Kept
ToyService = Service[Tally, str, Fact]


def decide(state: Tally, word: str, now: datetime) -> Sequence[Fact]:
    match word:
        case "no":
            raise RefusedError("不可以")
        case "boom":
            raise ZeroDivisionError("boom")
        case "huge":
            return [Kept("x" * 13 * 1024 * 1024)]
        case "known" if not state.n:
            raise NotYetError
        case "nothing":
            return []
        case "kept":
            return [Kept(word)]
        case "twice":
            return [Counted(state.n + 1, "a", now), Kept("b"), Counted(state.n + 2, "c", now)]
        case _:
            return [Counted(state.n + 1, word, now)]


def evolve(state: Tally, fact: Fact) -> Tally:
    more = 1 if isinstance(fact, Counted) else 0
    return Tally(state.n + more, (*state.words, fact.word))


def to_wire(state: Tally, fact: Fact) -> Outgoing | None:
    if isinstance(fact, Kept):
        return None
    data = MessageReplayed(parked_id=str(state.n), queue=fact.word)
    return Outgoing("/services/routing", data, "case", key="message.replayed")


STREAM: Stream[Tally, str, Fact] = Stream(
    initial=lambda _subject: Tally(),
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=lambda state: {"n": state.n, "words": list(state.words)},
)


def read(received: Received) -> Work[str] | Sequence[Work[str]] | None:
    subject = received.envelope.subject
    if isinstance(received.data, MessageParked):
        if subject.startswith("all:"):  # one message about several subjects
            return [received.work(one, received.data.reason) for one in subject[4:].split("+")]
        return received.work(subject, received.data.reason)
    if isinstance(received.data, AssignmentReport):
        return received.work(subject, received.data.by or "")
    return None


async def sources() -> list[Source]:
    return [Source(QUEUE), Source(office_out_queue(OFFICE), office=OFFICE)]


class Said(Body):
    word: str
    times: int = 1


def routes(engine: Engine[Tally, str, Fact], _db: Any) -> APIRouter:
    router = APIRouter(prefix="/v1/words")

    @router.post("/{subject}")
    async def say(subject: str, body: Said) -> dict[str, Any]:
        done = await engine.submit(Work(subject, body.word, by="k1"))
        return {"n": done.state.n}

    return router


ROOM: Room[Tally, str, Fact] = Room("routing", STREAM, read, sources, routes, view="tallies")


def envelope(subject: str, word: str, number: int, source: str = "/services/parking") -> Envelope:
    return Envelope(
        id=f"{subject}.{number}",
        source=source,
        type=MessageParked.TYPE,
        subject=subject,
        time=datetime.now(UTC),
        sequence=number,
        data={"parked_id": "p", "queue": "q", "reason": word},
    )
