"""What is too large for a message is never sent: it would cost its service the connection."""

import asyncio
import time
from dataclasses import replace

import pytest

from fuyuan_contracts.channels import MAX_MESSAGE_BYTES
from fuyuan_contracts.events import MessageReplayed
from services.runtime import metrics, sweeper
from services.runtime.streams import Outgoing, Work
from tests.runtime.conftest import Rig, Start, Until
from tests.runtime.toy import ROOM, STREAM, Fact, Tally, to_wire


def wordy(state: Tally, fact: Fact) -> Outgoing | None:
    """Say of `large` more than a message holds, as a room could that has forgotten a bound."""
    said = to_wire(state, fact)
    if said is None or fact.word != "large":
        return said
    data = MessageReplayed.model_construct(parked_id="1", queue="x" * MAX_MESSAGE_BYTES)
    return replace(said, data=data)


@pytest.mark.usefixtures("young")
async def test_it_stays_unsent_and_visible_and_its_neighbours_are_sent(
    start: Start, rig: Rig, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    room = replace(ROOM, stream=replace(STREAM, to_wire=wordy))
    async with start(room) as toy:
        connection = toy.bus.links[""]._consuming
        await toy.engine.submit(Work("big", "large", by="k1"))
        await asyncio.sleep(2)  # the sweeper, too, has tried
        await toy.engine.submit(Work("s", "go", by="k1"))

        async def said() -> bool:
            return [item.subject for item in await rig.heard()] == ["s"]

        await until(said)
        assert toy.bus.links[""]._consuming is connection
        unsent = await toy.commits.unsent(
            await toy.commits.commits.find({}, {"at": 1, "out": 1}).sort("at", 1).to_list(None)
        )
        assert [item["_id"] for item in unsent] == ["big/1"]
    assert "too large" in caplog.text


@pytest.mark.usefixtures("young")
async def test_its_age_grows_and_only_the_copy_that_looks_tells_it(
    start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = replace(ROOM, stream=replace(STREAM, to_wire=wordy))
    began = time.time()
    async with start(room) as toy:
        await toy.engine.submit(Work("big", "large", by="k1"))

        async def old() -> bool:
            return told("fuyuan_unsent_age_seconds") > 1

        await until(old)
        assert told("fuyuan_swept_timestamp_seconds") > began
        monkeypatch.setattr(sweeper, "LOOKED_SECONDS", -1)  # it has lost the lease
        assert told("fuyuan_unsent_age_seconds") == 0


def told(name: str) -> float:
    value = metrics.REGISTRY.get_sample_value(name)
    assert value is not None
    return value
