"""Puts the room together: one process and database for the offices of one agency, or several."""

import sys
from collections.abc import Sequence

from pydantic import ValidationError

from services.agencies import model as m
from services.agencies.api import build_routes
from services.agencies.handlers import STREAM, failure, reader
from services.agencies.policy import load
from services.agencies.settings import AgencySettings
from services.agencies.store import INDEXES, VIEW, Store
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.streams import Source


def build(settings: AgencySettings) -> Room[m.Assignment, m.Input, m.Fact]:
    """Build the room of one agency. Raises ValueError for a file that can't be used."""
    offices = settings.offices()
    policies = load(settings.policy_file)
    served = frozenset(item.office for item in offices)

    async def sources() -> Sequence[Source]:
        return [
            Source(queue=item.inbox, user=item.office, office=item.office, inbox=True)
            for item in offices
        ]

    name = f"agency_{settings.agency}"
    return Room(
        name=name,
        stream=STREAM,
        read=reader(policies),
        sources=sources,
        routes=lambda engine, db: build_routes(engine, Store(db), served),
        view=VIEW,
        indexes=INDEXES,
        urls={item.office: item.amqp_url for item in offices},
        failed=failure,
    )


def main() -> None:
    """Run the service of the agency named by AGENCY."""
    try:
        settings = AgencySettings()
        room = build(settings)
    except (ValidationError, ValueError, OSError) as error:
        sys.exit(f"agencies: {error}")
    run(room, settings)


if __name__ == "__main__":
    main()
