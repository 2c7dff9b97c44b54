"""The parking service, put together."""

from collections.abc import Iterable

from prometheus_client.core import Metric

from fuyuan_contracts.channels import SERVICES, service_queue
from services.parking import api, certificates, exposition, handlers, store
from services.parking.model import Fact, Input, State
from services.parking.settings import Settings
from services.runtime.database_figures import database_figures
from services.runtime.engine import Engine
from services.runtime.looking import expose
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Source


def build(settings: Settings | None = None) -> Room[State, Input, Fact]:
    """Describe the room."""
    without = settings.without if settings else ()
    prefix = settings.database_prefix if settings else ""
    named = settings.certificates if settings else ()

    async def sources() -> list[Source]:
        """Name the queues of dead letters, and the service's own."""
        names = [name for name in (*SERVICES, "offices") if name not in without]
        dead = (Source(f"q.{name}.dead") for name in names)
        return [*dead, Source("q.unrouted"), Source(service_queue("parking"))]

    async def waiting(_engine: Engine[State, Input, Fact], db: Database) -> None:
        parked = store.Store(db)

        async def read() -> Iterable[Metric]:
            return exposition.families(await parked.waiting(), await parked.last_backup())

        await expose(read)

    async def the_database(_engine: Engine[State, Input, Fact], db: Database) -> None:
        await expose(lambda: database_figures(db, prefix))

    async def certificates_end(_engine: Engine[State, Input, Fact], _db: Database) -> None:
        async def read() -> Iterable[Metric]:
            return certificates.families(named)

        await expose(read, certificates.SECONDS)

    return Room(
        name="parking",
        stream=handlers.STREAM,
        read=handlers.read,
        raw=handlers.park,
        sources=sources,
        routes=api.build_routes,
        view=store.VIEW,
        indexes=store.INDEXES,
        tasks=[waiting, the_database, *([certificates_end] if named else [])],
    )


def main() -> None:
    """Run the service."""
    settings = Settings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()
