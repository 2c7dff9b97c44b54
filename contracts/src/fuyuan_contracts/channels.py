"""The topology of the bus as data: exchanges, queues, bindings and who may do what.

Only the provisioner declares it; services and offices have `configure ^$`. Works on RabbitMQ 3.10
and 4.x. An office writes to one exchange and reads one queue, and nothing else; what its message is
worth is told by the queue it came through (`office_of`).
"""

import re

from fuyuan_contracts.bindings import BINDINGS, EMITTERS, SERVICES
from fuyuan_contracts.shapes import Binding, Exchange, Queue, Topology, User, quorum

__all__ = [
    "BINDINGS",
    "DEAD",
    "DELIVERY_LIMIT",
    "EMITTERS",
    "EVT",
    "INBOX",
    "MAX_MESSAGE_BYTES",
    "OFFICE_QUEUE_MESSAGES",
    "REPLAY",
    "RETRY_SECONDS",
    "SERVICES",
    "TO_INBOXES",
    "UNROUTED",
    "Binding",
    "Exchange",
    "Queue",
    "Topology",
    "User",
    "back_exchange",
    "office_inbox_queue",
    "office_of",
    "office_out_exchange",
    "office_out_queue",
    "retry_exchange",
    "retry_key",
    "service_queue",
    "topology",
]

EVT = "evt"
"""The services' own events: topic, key `<event>.<kind>` such as `case.filed.bankruptcy`."""
INBOX = "inbox"
"""Direct, key = office id: to the offices' inboxes."""
TO_INBOXES = ("routing", "liaison")
"""The services that may write to offices: assignments and their news; instructions."""
DEAD = "dead"
"""Direct, key = service (or `offices`): what can't be handled, on its way to parking."""
REPLAY = "replay"
"""Direct, key = queue name: from the parking service back to where a message came from."""
UNROUTED = "unrouted"
"""Fanout: what no binding of `evt` wanted."""
_SUFFIX = re.compile(r"[A-Za-z0-9_-]{8,64}")

RETRY_SECONDS = (1, 10, 60)
"""Waits of the retry ladder; after the last one a message is parked."""
DELIVERY_LIMIT = 10
"""Deliveries without an acknowledgement (crashes) after which the broker dead-letters a message."""
NO_LIMIT = 10**9
"""For a queue without a dead-letter exchange: 4.x drops there after 20 deliveries by default, and
-1 for "no limit" is not known to 3.10."""
OFFICE_QUEUE_MESSAGES = 100_000
"""Bound of an office's two queues; a full queue refuses, and the sender keeps what it has."""
MAX_MESSAGE_BYTES = 1024 * 1024
OFFICE_LIMITS = {"max-connections": 16, "max-channels": 64}
"""What one office's user may open, on the whole broker: a consumer needs one connection and two
channels; several copies and a restart of each fit, a flood doesn't."""


def service_queue(service: str) -> str:
    """Name the queue a service reads."""
    return f"q.{service}"


def office_out_exchange(office: str) -> str:
    """Name the one exchange an office may write to."""
    return f"office.{office}.out"


def office_out_queue(office: str) -> str:
    """Name the queue routing reads an office's reports from."""
    return f"q.office.{office}.out"


def office_inbox_queue(office: str, suffix: str) -> str:
    """Name an office's inbox. Its suffix is secret: before 4.2.6 its name tells its length."""
    return f"q.office.{office}.in.{suffix}"


def office_of(queue: str) -> str | None:
    """Tell whose reports a queue carries; None when it is no office's out-queue."""
    match = re.fullmatch(r"q\.office\.([a-z][a-z_]{1,31}\.[1-8][0-9]{5})\.out", queue)
    return match[1] if match else None


def retry_exchange(service: str) -> str:
    """Name the exchange a service sends a message to that shall come back later."""
    return f"retry.{service}"


def back_exchange(service: str) -> str:
    """Name the exchange such a message comes back through; nobody may write to it."""
    return f"back.{service}"


def retry_key(level: int, queue: str) -> str:
    """Key for the `level`-th wait (from 1) of a message that came from `queue`."""
    return f"{level}.{queue}"


def topology(offices: dict[str, str], services: tuple[str, ...] = SERVICES) -> Topology:
    """Describe the whole bus for `offices` (office id → secret suffix of its inbox).

    `services` are those that are run: one that isn't has no queue that would fill. Raises
    ValueError for what is no office id or no suffix: both become part of names and patterns.
    """
    for office, suffix in offices.items():
        if office_of(office_out_queue(office)) is None or not _SUFFIX.fullmatch(suffix):
            msg = f"not an office with the suffix of its inbox: {office!r}"
            raise ValueError(msg)
    own = (_service(name) for name in services)
    parts = [_shared(offices, services), *own, _routing_of_offices(offices)]
    parts += [_office(office, suffix) for office, suffix in offices.items()]
    return Topology(
        exchanges=tuple(item for part in parts for item in part.exchanges),
        queues=tuple(item for part in parts for item in part.queues),
        bindings=tuple(item for part in parts for item in part.bindings),
        users=tuple(item for part in parts for item in part.users),
    )


def _shared(offices: dict[str, str], services: tuple[str, ...]) -> Topology:
    dead = (*services, "offices")
    read_by_parking = r"^q\.(parking|unrouted|[a-z_]+\.dead)$"
    return Topology(
        exchanges=(
            Exchange(EVT, "topic", {"alternate-exchange": UNROUTED}),
            Exchange(INBOX, "direct"),
            Exchange(DEAD, "direct"),
            Exchange(REPLAY, "direct"),
            Exchange(UNROUTED, "fanout"),
        ),
        queues=(
            quorum("q.unrouted", limit=NO_LIMIT),
            *(quorum(f"q.{name}.dead", limit=NO_LIMIT) for name in dead),
        ),
        bindings=(
            Binding(UNROUTED, "q.unrouted"),
            *(Binding(DEAD, f"q.{name}.dead", name) for name in dead),
            *(
                Binding(back_exchange("parking"), f"q.{name}.dead", f"*.q.{name}.dead")
                for name in dead
            ),
            Binding(back_exchange("parking"), "q.unrouted", "*.q.unrouted"),
            *(Binding(REPLAY, service_queue(name), service_queue(name)) for name in services),
            *(Binding(REPLAY, office_out_queue(name), office_out_queue(name)) for name in offices),
            *(
                Binding(REPLAY, office_inbox_queue(name, suffix), office_inbox_queue(name, suffix))
                for name, suffix in offices.items()
            ),
        ),
        users=(User("parking", r"^(evt|replay|dead|retry\.parking)$", read_by_parking),),
    )


def _service(name: str) -> Topology:
    waits = tuple(f"q.{name}.wait.{level}" for level in range(1, len(RETRY_SECONDS) + 1))
    said = "evt|" if name in EMITTERS else ""
    said += "inbox|" if name in TO_INBOXES else ""
    user = User(name, rf"^({said}dead|retry\.{name})$", rf"^q\.{name}$")
    return Topology(
        exchanges=(Exchange(retry_exchange(name), "topic"), Exchange(back_exchange(name), "topic")),
        queues=(
            quorum(service_queue(name), dead_exchange=DEAD, dead_key=name, limit=DELIVERY_LIMIT),
            *(
                quorum(wait, dead_exchange=back_exchange(name), ttl_ms=seconds * 1000)
                for wait, seconds in zip(waits, RETRY_SECONDS, strict=True)
            ),
        ),
        bindings=(
            *(Binding(EVT, service_queue(name), key) for key in BINDINGS[name]),
            *(
                Binding(retry_exchange(name), wait, f"{level}.#")
                for level, wait in enumerate(waits, 1)
            ),
            Binding(back_exchange(name), service_queue(name), f"*.{service_queue(name)}"),
        ),
        users=() if name in ("routing", "parking") else (user,),
    )


def _routing_of_offices(offices: dict[str, str]) -> Topology:
    back = back_exchange("routing")
    return Topology(
        exchanges=(),
        queues=(),
        bindings=tuple(
            Binding(back, office_out_queue(name), f"*.{office_out_queue(name)}") for name in offices
        ),
        users=(
            User(
                "routing",
                r"^(evt|inbox|dead|retry\.routing)$",
                r"^q\.(routing|office\.[a-z_]+\.[0-9]{6}\.out)$",
            ),
        ),
    )


def _office(office: str, suffix: str) -> Topology:
    out, inbox = office_out_queue(office), office_inbox_queue(office, suffix)
    write = f"^{re.escape(office_out_exchange(office))}$"
    bound = OFFICE_QUEUE_MESSAGES
    return Topology(
        exchanges=(Exchange(office_out_exchange(office), "fanout"),),
        queues=(
            quorum(out, dead_exchange=DEAD, dead_key="routing", limit=DELIVERY_LIMIT, length=bound),
            quorum(
                inbox, dead_exchange=DEAD, dead_key="offices", limit=DELIVERY_LIMIT, length=bound
            ),
        ),
        bindings=(Binding(office_out_exchange(office), out), Binding(INBOX, inbox, office)),
        users=(User(office, write, f"^{re.escape(inbox)}$", OFFICE_LIMITS),),
    )
