"""What an engine is put together from: the parts it works with, and how a room reads messages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

from fuyuan_contracts.events import Data
from services.runtime.bus import Bus
from services.runtime.clock import Clock
from services.runtime.collect import Collector
from services.runtime.commits import Commits
from services.runtime.failpoints import Failpoints
from services.runtime.inlet import Delivery
from services.runtime.projections import Projector
from services.runtime.streams import Q, Received, Unfit, Work
from services.runtime.tracing import Tracer


@dataclass(frozen=True)
class Reading(Generic[Q]):
    """How a room reads messages (see `Room`)."""

    read: Callable[[Received], Work[Q] | Sequence[Work[Q]] | None]
    raw: Callable[[Delivery], Work[Q]] | None
    failed: Callable[[Received, str], Work[Q] | None]
    effects: Mapping[type[Data], Callable[[Received], Awaitable[None]]]
    unfit: Callable[[Unfit], Work[Q] | None] = lambda _unfit: None


@dataclass(frozen=True)
class Parts(Generic[Q]):
    """What an engine works with."""

    commits: Commits
    clock: Clock
    bus: Bus
    collector: Collector[Q]
    projector: Projector
    failpoints: Failpoints = field(default_factory=Failpoints)
    tracer: Tracer | None = None
