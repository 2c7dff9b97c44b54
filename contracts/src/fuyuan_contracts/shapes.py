"""What a topology is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Binding:
    """Messages of `exchange` with `key` go to `queue`."""

    exchange: str
    queue: str
    key: str = ""


@dataclass(frozen=True)
class User:
    """A broker user's rights: anchored patterns; `configure` is always `^$`."""

    name: str
    write: str
    read: str
    limits: Mapping[str, int] = field(default_factory=dict)
    """RabbitMQ's user limits: `max-connections`, `max-channels`; none where it is empty."""


@dataclass(frozen=True)
class Topology:
    """All of it, for one virtual host."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    users: tuple[User, ...]


def quorum(  # noqa: PLR0913 -- by keyword, and each becomes one argument of the queue
    name: str,
    *,
    dead_exchange: str | None = None,
    dead_key: str | None = None,
    limit: int | None = None,
    ttl_ms: int | None = None,
    length: int | None = None,
) -> Queue:
    """Describe a quorum queue that refuses when it is full and loses nothing it dead-letters."""
    optional: dict[str, Any] = {
        "x-dead-letter-exchange": dead_exchange,
        "x-dead-letter-strategy": "at-least-once" if dead_exchange else None,
        "x-dead-letter-routing-key": dead_key,
        "x-delivery-limit": limit,
        "x-message-ttl": ttl_ms,
        "x-max-length": length,
    }
    given = {key: value for key, value in optional.items() if value is not None}
    return Queue(name, {"x-queue-type": "quorum", "x-overflow": "reject-publish", **given})
