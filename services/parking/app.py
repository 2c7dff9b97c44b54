"""The parking service, put together."""

from fuyuan_contracts.channels import SERVICES, service_queue
from services.parking import api, handlers, store
from services.parking.model import Fact, Input, State
from services.parking.settings import Settings
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Source


async def sources() -> list[Source]:
    """Name the queues of dead letters, and the service's own."""
    dead = (Source(f"q.{name}.dead") for name in (*SERVICES, "offices"))
    return [*dead, Source("q.unrouted"), Source(service_queue("parking"))]


def build() -> Room[State, Input, Fact]:
    """Describe the room."""
    return Room(
        name="parking",
        stream=handlers.STREAM,
        read=handlers.read,
        raw=handlers.park,
        sources=sources,
        routes=api.build_routes,
        view=store.VIEW,
        indexes=store.INDEXES,
    )


def main() -> None:
    """Run the service."""
    run(build(), Settings())


if __name__ == "__main__":
    main()
