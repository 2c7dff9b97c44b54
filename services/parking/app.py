"""The parking service, put together."""

from fuyuan_contracts.channels import SERVICES, service_queue
from services.parking import api, handlers, store
from services.parking.model import Fact, Input, State
from services.parking.settings import Settings
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Source


def build(settings: Settings | None = None) -> Room[State, Input, Fact]:
    """Describe the room."""
    without = settings.without if settings else ()

    async def sources() -> list[Source]:
        """Name the queues of dead letters, and the service's own."""
        names = [name for name in (*SERVICES, "offices") if name not in without]
        dead = (Source(f"q.{name}.dead") for name in names)
        return [*dead, Source("q.unrouted"), Source(service_queue("parking"))]

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
    settings = Settings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()
