"""Intake: stores a filing and sends its first tasks, in a thread a filing."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import uvicorn
from pymongo.errors import DuplicateKeyError

from services.intake.bodies import FilingBody
from tests.benchmarks.celery_way.app import database, now
from tests.benchmarks.celery_way.tasks import send
from tests.benchmarks.filing_api import AT_ONCE, File, build_app
from tests.benchmarks.steps import filed
from tests.benchmarks.workload import FILER


def file(body: FilingBody) -> str:
    """File a case."""
    event = filed(body, FILER, now())
    with suppress(DuplicateKeyError):  # filed before: sent again, in case it died in between
        database()["filings"].insert_one({"_id": event.subject, **event.data})
    send("routing.route", event)
    send("metrics.count", event)
    return event.subject


@asynccontextmanager
async def opened() -> AsyncIterator[File]:
    """Give what files a case."""

    async def in_thread(body: FilingBody) -> str:
        return await asyncio.to_thread(file, body)

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE))
    yield in_thread


if __name__ == "__main__":
    uvicorn.run(build_app(opened), port=int(os.environ["HTTP_PORT"]), log_level="warning",
                loop="uvloop", access_log=False)  # fmt: skip
