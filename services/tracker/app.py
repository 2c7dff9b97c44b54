"""The tracker as a process: the only place that builds it."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import Metric

from fuyuan_contracts.channels import service_queue
from services.runtime.domain import business_day
from services.runtime.engine import Engine
from services.runtime.looking import expose
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Source
from services.tracker import model as m
from services.tracker.api import build_routes
from services.tracker.exposition import families
from services.tracker.handlers import STREAM, reader
from services.tracker.settings import TrackerSettings
from services.tracker.store import INDEXES, VIEW, Store

NAME = "tracker"


def build(settings: TrackerSettings) -> Room[m.Project, m.Input, m.Fact]:
    """Put the room together."""

    async def sources() -> Sequence[Source]:
        return [Source(service_queue(NAME))]

    async def figures(engine: Engine[m.Project, m.Input, m.Fact], db: Database) -> None:
        async def read() -> Iterable[Metric]:
            today = business_day(engine.now())
            return families(await Store(db).overview(today), today)

        await expose(read)

    return Room(
        name=NAME,
        stream=STREAM,
        read=reader(settings.limit()),
        sources=sources,
        routes=lambda engine, db: build_routes(engine, Store(db), settings.limit()),
        view=VIEW,
        indexes=INDEXES,
        tasks=[figures],
    )


def main() -> None:
    """Run until stopped."""
    settings = TrackerSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()
