"""Intake: stores a filing and says so, one after the other."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import uvicorn
from pymongo.errors import DuplicateKeyError

from services.intake.bodies import FilingBody
from tests.benchmarks.filing_api import File, build_app
from tests.benchmarks.one_at_a_time.common import broker, database, publish
from tests.benchmarks.steps import filed
from tests.benchmarks.workload import FILER


@asynccontextmanager
async def opened() -> AsyncIterator[File]:
    """Connect, and give what files a case."""
    async with database() as db, broker() as rabbit:

        async def file(body: FilingBody) -> str:
            event = filed(body, FILER, datetime.now(UTC))
            with suppress(
                DuplicateKeyError
            ):  # filed before: said again, in case it died in between
                await db["filings"].insert_one({"_id": event.subject, **event.data})
            await publish(rabbit, event)
            return event.subject

        yield file


if __name__ == "__main__":
    uvicorn.run(build_app(opened), port=int(os.environ["HTTP_PORT"]), log_level="warning",
                loop="uvloop", access_log=False)  # fmt: skip
