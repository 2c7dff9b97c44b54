"""From decisions to bytes and back: envelopes out, envelopes in, the retry ladder, parking.

A message that comes back through the internal retry exchange carries its attempts in a header of
ours; anywhere else that header is somebody else's and counts for nothing.
"""

import hashlib
from typing import Any

from pydantic import ValidationError

from fuyuan_contracts.channels import (
    DEAD,
    MAX_MESSAGE_BYTES,
    RETRY_SECONDS,
    back_exchange,
    retry_exchange,
    retry_key,
)
from fuyuan_contracts.envelope import CONTENT_TYPE, Envelope, decode
from fuyuan_contracts.events import REPORTS, UnknownEventError, parse, schema_urn
from fuyuan_contracts.ids import event_id
from services.runtime.fold import Sending
from services.runtime.frames import Wire
from services.runtime.http import field_errors
from services.runtime.inlet import Delivery
from services.runtime.streams import Raw, Received, Unfit

ATTEMPTS = "fuyuan-attempts"
REASON = "fuyuan-reason"
ERROR = "fuyuan-error"
QUEUE = "fuyuan-queue"
MESSAGE_ID = "fuyuan-message-id"
MAX_ERROR = 1000


class UnreadableError(Exception):
    """A message that can't be read, whatever is tried: it is parked at once."""

    def __init__(self, reason: str, error: str, unfit: Unfit | None = None) -> None:
        """Keep a short reason (`not_json`, `not_an_envelope`, …) and what is wrong with it."""
        super().__init__(error)
        self.reason = reason
        self.unfit = unfit
        """What could be read, where it is only the data that don't fit."""


def wire(sending: Sending) -> Wire:
    """Make the message of a fact. The same fact gives the same id for ever."""
    outgoing = sending.outgoing
    if isinstance(outgoing.data, Raw):
        raw = outgoing.data
        return Wire(outgoing.exchange, outgoing.key, raw.body, raw.message_id, raw.content_type)
    type_ = outgoing.data.TYPE
    envelope = Envelope.model_construct(
        id=event_id(outgoing.source, sending.subject, sending.sequence),
        source=outgoing.source,
        type=type_,
        subject=sending.subject,
        time=sending.time,
        dataschema=schema_urn(type_),
        sequence=sending.sequence,
        causationid=sending.causation,
        correlationid=outgoing.correlation,
        traceparent=sending.traceparent,
        data=outgoing.data.model_dump(mode="json", exclude_none=True),
    )
    return Wire(
        outgoing.exchange,
        outgoing.key,
        envelope.encode(),
        envelope.id,
        CONTENT_TYPE,
        user=outgoing.user or "",
    )


def read(delivery: Delivery, service: str) -> Received:
    """Read a message. Raises UnreadableError with the reason it will be parked for."""
    if len(delivery.body) > MAX_MESSAGE_BYTES:
        raise UnreadableError("too_large", f"{len(delivery.body)} bytes")
    try:
        envelope = decode(delivery.body)
    except ValidationError as error:
        kinds = {item["type"] for item in error.errors()}
        reason = "not_json" if "json_invalid" in kinds else "not_an_envelope"
        raise UnreadableError(reason, explain(error)) from error
    source = delivery.source
    if source.office and not source.inbox and envelope.type not in REPORTS:
        raise UnreadableError("not_an_office_report", f"an office may not say {envelope.type}")
    try:
        data = parse(envelope.type, envelope.data)
    except UnknownEventError as error:
        raise UnreadableError("unknown_type", str(error)) from error
    except ValidationError as error:
        text = explain(error)
        fields = field_errors(error.errors(include_url=False, include_input=False), envelope.data)
        unfit = Unfit(envelope, source, fields[0].field, text)
        raise UnreadableError("wrong_data", text, unfit) from error
    return Received(envelope, data, source, attempts(delivery, service))


def explain(error: ValidationError) -> str:
    """Name each wrong field and what was expected; the input itself is never repeated."""
    listed = field_errors(error.errors(include_url=False, include_input=False))
    return "; ".join(f"{item.field}: {item.message}" for item in listed)[:MAX_ERROR]


def attempts(delivery: Delivery, service: str) -> int:
    """Tell how often a message has been up the ladder."""
    if delivery.exchange != back_exchange(service):
        return 0
    value = delivery.headers.get(ATTEMPTS, 0)
    return value if isinstance(value, int) else 0


def retry(delivery: Delivery, service: str, error: str) -> Wire | None:
    """Make the copy that comes back later; None after the last rung."""
    level = attempts(delivery, service) + 1
    if level > len(RETRY_SECONDS):
        return None
    return Wire(
        retry_exchange(service),
        retry_key(level, delivery.source.queue),
        delivery.body,
        _copy_id(delivery, f"retry-{level}"),
        delivery.content_type,
        _headers(delivery) | {ATTEMPTS: level, ERROR: error[:MAX_ERROR]},
    )


def park(delivery: Delivery, service: str, reason: str, error: str) -> Wire:
    """Make the copy that the parking service keeps."""
    headers: dict[str, Any] = {
        REASON: reason,
        ERROR: error[:MAX_ERROR],
        QUEUE: delivery.source.queue,
        ATTEMPTS: attempts(delivery, service),
    }
    return Wire(
        DEAD,
        service,
        delivery.body,
        _copy_id(delivery, "dead"),
        delivery.content_type,
        _headers(delivery) | headers,
    )


def _headers(delivery: Delivery) -> dict[str, Any]:
    """Nothing of what a sender put into the headers goes on but the message's own id."""
    own = delivery.headers.get(MESSAGE_ID) if delivery.exchange.startswith("back.") else None
    return {MESSAGE_ID: str(own or delivery.message_id or body_id(delivery.body))}


def body_id(body: bytes) -> str:
    """Name a message that has no id by its content."""
    return hashlib.sha256(body).hexdigest()[:32]


def _copy_id(delivery: Delivery, what: str) -> str:
    """Tell copies apart on a channel, even a hundred of one message at once."""
    return f"{what}.{delivery.source.queue}.{id(delivery)}.{delivery.tag}"
