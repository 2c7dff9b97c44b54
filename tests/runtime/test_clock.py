"""Two clocks: a simulated business time dates what is decided, and no plumbing depends on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.runtime.clock import Clock, ClockError
from services.runtime.streams import Work
from tests.runtime.conftest import Rig, Start, Until, stored

PAST = datetime(2023, 4, 1, 1, tzinfo=UTC)
SetClock = Callable[[datetime | str], None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


@pytest.fixture
def set_clock(file: Path) -> SetClock:
    def write(moment: datetime | str) -> None:
        beside = file.with_suffix(".new")
        beside.write_text(moment if isinstance(moment, str) else moment.isoformat())
        beside.replace(file)

    write(PAST)
    return write


def test_it_stands_still_until_it_is_moved_and_never_goes_back(
    file: Path, set_clock: SetClock
) -> None:
    clock = Clock(file)
    assert clock.now() == clock.now() == PAST
    set_clock("2023-04-02T09:00:00.1239+08:00")
    assert clock.now() == datetime(2023, 4, 2, 1, 0, 0, 123000, tzinfo=UTC)
    set_clock(PAST)
    assert clock.now() > PAST
    assert abs(clock.real() - datetime.now(UTC)) < timedelta(seconds=2)


@pytest.mark.parametrize("text", ["", "tomorrow", "2023-04-01T09:00:00"])
def test_what_is_no_moment_is_refused(file: Path, set_clock: SetClock, text: str) -> None:
    set_clock(text)
    with pytest.raises(ClockError, match="clock"):
        Clock(file).now()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClockError, match="nowhere"):
        Clock(tmp_path / "nowhere").now()


@pytest.mark.usefixtures("young")
async def test_decisions_are_dated_by_it_and_commits_are_not(
    start: Start, rig: Rig, until: Until, file: Path, set_clock: SetClock
) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    async with start(clock_file=file) as service:
        await service.engine.submit(Work("a", "one", by="k1"))
        set_clock(PAST + timedelta(days=1))
        await service.engine.submit(Work("a", "two", by="k1"))
        first, second = await stored(service, "a")
        assert [item["decisions"][0]["time"] for item in (first, second)] == [
            PAST, PAST + timedelta(days=1),
        ]  # fmt: skip
        assert first["at"] >= began

        async def both_said() -> bool:
            return await rig.count("q.metrics") == 2

        await until(both_said)
        assert [item.time for item in await rig.heard()] == [PAST, PAST + timedelta(days=1)]

        async def is_swept() -> Any:
            mark = await service.db["watermarks"].find_one({"_id": "sweep"})
            return mark and mark["at"] >= began

        await until(is_swept)
        async for item in service.commits.sent.find({}):
            assert item["at"] >= began


@pytest.mark.usefixtures("set_clock")
@pytest.mark.parametrize("begun", ["simulated", "real"])
async def test_a_data_set_keeps_to_the_clock_it_was_begun_with(
    start: Start, file: Path, begun: str
) -> None:
    own, other = (file, None) if begun == "simulated" else (None, file)
    for _ in range(2):  # the same one is welcome
        async with start(clock_file=own, wait=False):
            pass
    with pytest.raises(ClockError, match=f"dated by a {begun} clock"):
        async with start(clock_file=other, wait=False):
            pass


@pytest.mark.usefixtures("set_clock")
async def test_data_of_before_there_was_a_choice_are_dated_by_the_real_clock(
    start: Start, file: Path
) -> None:
    async with start() as service:
        await service.engine.submit(Work("a", "one", by="k1"))
        await service.db["meta"].delete_many({})
    with pytest.raises(ClockError, match="dated by a real clock"):
        async with start(clock_file=file, wait=False):
            pass
