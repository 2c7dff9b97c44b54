"""What a service has said and heard, and saying it again; on the real broker and database."""

import pytest

from services.runtime.auth import revoked_in
from services.runtime.fold import digest
from services.runtime.retelling import Asked, NotSkippedError, Retelling
from tests.runtime.conftest import Rig, Start, Until, stored
from tests.runtime.test_engine import words
from tests.runtime.toy import Fact, Tally, ToyService, envelope


def of(service: ToyService) -> Retelling[Tally, str, Fact]:
    return Retelling(service.engine, revoked_in(service.db))


async def settled(service: ToyService, rig: Rig, until: Until) -> None:
    for number in (1, 2, 4):
        await rig.say("s", f"w{number}", number)

    async def all_said() -> bool:
        return len(await words(service, "s")) == await rig.count("q.metrics") == 3

    await until(all_said)


async def test_all_that_was_said_can_be_sent_again_as_it_was(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        await settled(service, rig, until)
        first = {item.id: item for item in await rig.heard()}
        told = await of(service).said(["s"], service.clock.real())
        assert [item.id for item in told] == list(first)
        assert [item.sequence for item in told] == [1, 2, 3]
        assert await of(service).resend({"s": [1, 3], "unknown": [1]}) == 2
        again = await rig.heard()
    assert [item.sequence for item in again] == [1, 3]
    assert all(first[item.id] == item for item in again)


async def test_what_was_not_heard_is_found_and_nothing_else(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        await settled(service, rig, until)
        retelling = of(service)
        numbers = (1, 2, 3, 4, 5)
        asked = [Asked(envelope("s", "w", number).encode().decode()) for number in numbers]
        assert await retelling.unheard(asked) == [2, 4]
        assert await retelling.unheard([Asked("not json")]) == [0]
        assert await retelling.heard(["s", "unknown"]) == {("/services/parking", "s"): 4}
        assert await retelling.known(["s", "unknown"]) == {"s": 3, "unknown": 0}
        assert await words(service, "s") == ("w1", "w2", "w4")  # asking decides nothing


async def test_pages_go_through_all_subjects(rig: Rig, start: Start, until: Until) -> None:
    names = [f"s{number}" for number in range(5)]
    async with start() as service:
        for name in names:
            await rig.say(name, "go", 1)

        async def there() -> bool:
            return await service.commits.subjects() == len(names)

        await until(there)
        assert await of(service).page("", 3) == names[:3]
        assert await of(service).page(names[2], 3) == names[3:]


async def test_numbers_that_were_given_up_are_never_used(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        await settled(service, rig, until)
        await rig.heard()
        assert await of(service).skip("s", 7, "k1") == 4
        assert await of(service).skip("s", 7, "k1") == 0
        await rig.say("s", "w9", 9)  # the engine still has the state from before in memory

        async def said() -> bool:
            return await rig.count("q.metrics") == 1

        await until(said)
        assert [item.sequence for item in await rig.heard()] == [8]
        assert await of(service).known(["s"]) == {"s": 8}
        with pytest.raises(NotSkippedError, match="unknown is not known here"):
            await of(service).skip("unknown", 3, "k1")
        commits = await stored(service, "s")
    heads = ["", *(digest(commit) for commit in commits)]
    assert [commit["prevhash"] for commit in commits] == heads[:-1]
