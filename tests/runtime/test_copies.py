"""Several copies of a service on one queue and one database: nothing twice, nothing lost."""

import asyncio
from collections import Counter

from prometheus_client import Counter as Metric

from services.runtime import metrics
from services.runtime.fold import digest
from services.runtime.streams import Work
from tests.runtime.conftest import Rig, Start, Until, stored
from tests.runtime.toy import QUEUE

SUBJECTS = 5
MESSAGES = 300
COPIES = 3


def value(metric: Metric) -> float:
    return float(metric._value.get())


async def test_copies_that_race_on_few_subjects_count_every_cause_once(
    rig: Rig, start: Start, until: Until
) -> None:
    races = value(metrics.RACES)
    async with (
        start(batch_messages=10, batch_wait_ms=0) as one,
        start(batch_messages=10, batch_wait_ms=0) as two,
        start(batch_messages=10, batch_wait_ms=0) as three,
    ):
        commands = [
            asyncio.create_task(copy.engine.submit(Work(f"s{number % SUBJECTS}", "go", by="k")))
            for number in range(60)
            for copy in (one, two, three)
        ]
        sends = [rig.say(f"s{n % SUBJECTS}", f"w{n}", n // SUBJECTS + 1) for n in range(MESSAGES)]
        await asyncio.gather(*sends, *sends_again(rig))
        done = await asyncio.gather(*commands)
        assert len(done) == 60 * COPIES

        async def all_in() -> bool:
            states = [await two.engine.state(f"s{number}") for number in range(SUBJECTS)]
            return sum(item.state.n for item in states) >= MESSAGES + 60 * COPIES

        await until(all_in)
        await asyncio.sleep(0.2)
        for number in range(SUBJECTS):
            commits = await stored(two, f"s{number}")
            assert [commit["rev"] for commit in commits] == list(range(1, len(commits) + 1))
            heads = ["", *(digest(commit) for commit in commits)]
            assert [commit["prevhash"] for commit in commits] == heads[:-1]
            causes = Counter(
                tuple(decision["cause"][:3])
                for commit in commits
                for decision in commit["decisions"]
                if "cause" in decision
            )
            assert set(causes.values()) == {1}
            assert len(causes) == MESSAGES // SUBJECTS
    assert value(metrics.RACES) > races
    said = Counter((item.subject, item.sequence) for item in await rig.heard())
    assert len(said) == MESSAGES + 60 * COPIES
    assert await rig.count(QUEUE) == await rig.count(f"{QUEUE}.dead") == 0
    assert await rig.count(f"{QUEUE}.wait.1") == 0


def sends_again(rig: Rig) -> list[object]:
    return [rig.say(f"s{n % SUBJECTS}", f"w{n}", n // SUBJECTS + 1) for n in range(0, MESSAGES, 3)]
