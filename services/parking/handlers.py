"""Dead letters ↔ parked messages."""

import hashlib
from base64 import b64decode, b64encode
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from fuyuan_contracts.channels import EVT, REPLAY
from fuyuan_contracts.events import MessageParked, MessageReplayed
from services.parking.model import Fact, Input, Message, Park, Parked, Replayed, State
from services.parking.rules import decide, evolve
from services.runtime.inlet import Delivery
from services.runtime.streams import Outgoing, Raw, Received, Stream, Work
from services.runtime.wires import ATTEMPTS, ERROR, MESSAGE_ID, QUEUE, REASON, body_id

SOURCE = "/services/parking"


UNROUTED_QUEUE = "q.unrouted"
MAX_LINE = 200
MAX_ID_BYTES = 255
"""Of a short string (AMQP 0-9-1, 4.2.5.3), as a message's id is one."""


def park(delivery: Delivery) -> Work[Input]:
    """Make of a dead letter what is to be kept. The same message is the same subject.

    What our own headers say counts only on what a service gave up: on what the broker gave up
    (it says so in `x-death`) they are as the sender wrote them, and an office could name a queue.
    """
    headers = delivery.headers
    message_id = str(headers.get(MESSAGE_ID) or delivery.message_id or body_id(delivery.body))
    if len(message_id.encode()) > MAX_ID_BYTES:  # sent again it could not be
        message_id = body_id(delivery.body)
    unrouted = delivery.source.queue == UNROUTED_QUEUE
    told = {} if unrouted or "x-death" in headers else headers
    queue = _line(told.get(QUEUE)) or _origin(delivery)
    reason = "unrouted" if unrouted else "delivery_limit"
    message = Message(
        queue=queue,
        service=delivery.key,
        reason=_line(told.get(REASON)) or reason,
        error=str(told.get(ERROR) or _death(headers)),
        attempts=attempts if isinstance(attempts := headers.get(ATTEMPTS, 0), int) else 0,
        message_id=message_id,
        content_type=delivery.content_type,
        body=b64encode(delivery.body).decode(),
    )
    parked = hashlib.sha256(b"\n".join((queue.encode(), message_id.encode(), delivery.body)))
    return Work(f"m{parked.hexdigest()[:24]}", Park(message), by="bus")


def _origin(delivery: Delivery) -> str:
    """Find the queue a message died in."""
    if delivery.source.queue == UNROUTED_QUEUE:
        return UNROUTED_QUEUE
    return _line(_last_death(delivery.headers).get("queue")) or delivery.source.queue


def _last_death(headers: dict[str, Any]) -> dict[str, Any]:
    """Read the broker's own note: it writes the last death first, before any a sender forged."""
    deaths = headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths else None
    return last if isinstance(last, dict) else {}


def _line(value: object) -> str:
    """Cut what a header says to what an event may carry."""
    return "".join(char for char in str(value or "") if char.isprintable())[:MAX_LINE].strip()


def _death(headers: dict[str, Any]) -> str:
    reason = _line(_last_death(headers).get("reason"))
    return f"given up by the broker: {reason}" if reason else "no queue wanted it"


def read(_received: Received) -> Work[Input] | None:
    """Take nothing but dead letters, as they are (revocations are an effect)."""
    return None


def to_wire(state: State, fact: Fact) -> Outgoing | None:
    """Say that a message was parked or sent again; a replay is the message itself."""
    if state.message is None:
        return None
    message = state.message
    match fact:
        case Parked():
            noted = MessageParked(parked_id=state.id, queue=message.queue, reason=message.reason)
            return Outgoing(SOURCE, noted, state.id, key="message.parked")
        case Replayed():
            raw = Raw(b64decode(message.body), message.message_id, message.content_type)
            if message.queue == UNROUTED_QUEUE:  # there may be a binding by now
                return Outgoing(SOURCE, raw, state.id, EVT, message.service)
            return Outgoing(SOURCE, raw, state.id, REPLAY, message.queue)
        case _:
            replayed = MessageReplayed(parked_id=state.id, queue=message.queue)
            return Outgoing(SOURCE, replayed, state.id, key="message.replayed")


def view(state: State) -> dict[str, Any]:
    """Give what the list shows."""
    message = asdict(state.message) if state.message else {}
    message.pop("body", None)
    return {
        "state": state.state,
        "first_parked_at": state.first_parked_at,
        "parked_at": state.parked_at,
        "times_parked": state.times_parked,
        **message,
    }


STREAM: Stream[State, Input, Fact] = Stream(
    initial=State,
    decide=decide,
    evolve=evolve,
    facts=TypeAdapter(Annotated[Fact, Field(discriminator="type")]),
    to_wire=to_wire,
    view=view,
)
