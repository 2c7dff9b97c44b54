"""An office's program as the tests run it. KILL names where it dies by SIGKILL, once."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fuyuan_contracts.agency import Agency, Assignment, inbox, works
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.events import AssignmentRecalled, AssignmentRefused, InformationSupplied
from fuyuan_contracts.insolvency_outcomes import TaxClearance

FOLDER = Path(os.environ.get("FOLDER", "."))
agency = Agency.from_env(retries=4, retry_seconds=0.02)


def note(*words: object) -> None:
    with (FOLDER / "effects").open("a", encoding="utf-8") as file:
        file.write(" ".join(map(str, words)) + "\n")


def die_at(place: str) -> None:
    once = FOLDER / f"died-{place}"
    if os.environ.get("KILL") == place and not once.exists():
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def dying(place: str, function: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def wrapped(*args: Any, **options: Any) -> Any:
        if before:
            die_at(place)
        result = function(*args, **options)
        if not before:
            die_at(place)
        return result

    return wrapped


@agency.on("tax_clearance", receive=True)
async def clear(given: Assignment) -> None:
    note("handled", given.id)
    if "broken" in given.case.title:
        raise ValueError("the register of 13800138000 is closed")
    if "wait" in given.case.title:
        await given.request_information("请补充纳税申报表", by="王科员")
        return
    await given.accept(by="王科员")
    if "slow" in given.case.title:
        await asyncio.sleep(0.5)
    die_at("between acts")
    await given.progress("已调取近三年申报记录", by="王科员")
    outcome = TaxClearance(
        task="tax_clearance", concluded_on=datetime.now(UTC).date(), owed_fen=1250000
    )
    await given.resolve(outcome, by="王科员")


@agency.on_recalled
async def recalled(given: Assignment, event: AssignmentRecalled) -> None:
    note("recalled", given.id, event.why)


@agency.on_refused
async def refused(given: Assignment, event: AssignmentRefused) -> None:
    note("refused", given.id, event.field, given.stage)


@agency.on_supplied
async def supplied(given: Assignment, event: InformationSupplied) -> None:
    note("supplied", given.id, event.request)


if __name__ == "__main__":
    inbox.take = dying("after store", inbox.take, before=False)
    works.finish = dying("before finish", works.finish, before=True)
    Store.mark_sent = dying("before mark", Store.mark_sent, before=True)  # type: ignore[method-assign]
    agency.run()
