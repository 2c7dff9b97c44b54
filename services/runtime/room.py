"""What a room hands to the runtime: one description, from which a service is built."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias

from fastapi import APIRouter
from pymongo import IndexModel

from fuyuan_contracts.events import Data
from services.runtime.engine import Engine
from services.runtime.frames import Wire
from services.runtime.inlet import Delivery
from services.runtime.mongo import Database
from services.runtime.streams import F, Q, Received, S, Source, Stream, Unfit, Work
from services.runtime.sums import Adds

Publish: TypeAlias = Callable[[Sequence[Wire]], Awaitable[Sequence[bool]]]
"""Sends messages and tells which were confirmed."""
Effect: TypeAlias = Callable[[Received], Awaitable[None]]
"""Something done once more harmlessly, beside the streams (a revocation is written down)."""


@dataclass(frozen=True)
class Room(Generic[S, Q, F]):
    """A service: its stream, what it reads, what it shows and what it does by itself."""

    name: str
    """Names the queue `q.<name>`, the exchanges of its retry ladder and its dead letters."""
    stream: Stream[S, Q, F]
    read: Callable[[Received], Work[Q] | Sequence[Work[Q]] | None]
    """A message as a decision to take, or several on different subjects; None for none."""
    sources: Callable[[], Awaitable[Sequence[Source]]]
    """The queues to read; asked again now and then, so that a new office needs no restart."""
    routes: Callable[[Engine[S, Q, F], Database], APIRouter]
    view: str | None = None
    """The projection's collection, written from `stream.view`."""
    adds: Callable[[Mapping[str, Any]], Adds] | None = None
    """What a document of the projection adds to sums that are kept (`rollups`)."""
    adds_version: int = 1
    """Raised when that changes: the sums are then made anew at the next start."""
    indexes: Mapping[str, Sequence[IndexModel]] = field(default_factory=dict)
    prepare: Callable[[Database], Awaitable[None]] | None = None
    """Done at the start, before anything is read: what decisions need from the database."""
    tasks: Sequence[Callable[[Engine[S, Q, F], Database], Awaitable[None]]] = ()
    """Run in the background for as long as the service does."""
    effects: Mapping[type[Data], Callable[[Database, Publish], Effect]] = field(
        default_factory=dict
    )
    urls: Mapping[str, str] = field(default_factory=dict)
    """AMQP URLs of further broker users (an agency's offices)."""
    raw: Callable[[Delivery], Work[Q]] | None = None
    """Instead of `read`, for a room that takes messages as they are (parking)."""
    unfit: Callable[[Unfit], Work[Q] | None] = lambda _unfit: None
    """A message whose data don't fit as a decision to take (an answer); None: it is parked."""
    failed: Callable[[Received, str], Work[Q] | None] = lambda _received, _error: None
    """What to decide when an inbox's message could not be handled (an office says so)."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Paths whose bodies may be larger: bytes."""
    media: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Paths (regular expressions) whose bodies aren't JSON, and the types they may have."""
    streamed: str = ""
    """Paths (a regular expression) whose routes read, and limit, their bodies piece by piece."""
