"""The engine on the real broker: each message counts once, bad ones fail alone, in good order."""

import asyncio
import json
import random
from typing import Any

import pytest

from fuyuan_contracts.events import AssignmentReceived
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.fold import digest
from services.runtime.streams import Work
from tests.runtime.conftest import Rig, Start, Until, stored
from tests.runtime.toy import OFFICE, QUEUE, ToyService, envelope

DEAD = f"{QUEUE}.dead"
ASSIGNMENT = f"c{'a' * 24}.tax_clearance.1"
SLACK_SECONDS = 0.3


async def words(service: ToyService, subject: str) -> tuple[str, ...]:
    return (await service.engine.state(subject)).state.words


async def test_a_message_sent_a_hundred_times_counts_once(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        await asyncio.gather(*(rig.say("s", "go", 1) for _ in range(100)))
        await rig.say("end", "go", 1)
        await until(lambda: words(service, "end"))
    async with start() as another:  # which has nothing in memory
        assert await words(another, "s") == ("go",)
    said = [item for item in await rig.heard() if item.subject == "s"]
    assert [(item.sequence, item.causationid) for item in said] == [(1, "s.1")]
    assert await rig.count(QUEUE) == await rig.count(DEAD) == 0


async def test_numbers_out_of_order_and_with_gaps_all_count_once(
    rig: Rig, start: Start, until: Until
) -> None:
    numbers = [3, 1, 9, 2, 9, 3, 7, 1, 12] * 3
    random.Random(1).shuffle(numbers)
    async with start() as service:
        for number in numbers:
            await rig.say("s", f"w{number}", number)

        async def all_counted() -> bool:
            return len(await words(service, "s")) >= 6

        await until(all_counted)
        await asyncio.sleep(SLACK_SECONDS)
        assert sorted(await words(service, "s")) == ["w1", "w12", "w2", "w3", "w7", "w9"]
        commits = await stored(service, "s")
    heads = ["", *(digest(commit) for commit in commits)]
    assert [commit["prevhash"] for commit in commits] == heads[:-1]
    assert [item.sequence for item in await rig.heard()] == [1, 2, 3, 4, 5, 6]


async def test_a_message_about_several_subjects_counts_once_on_each_and_is_kept_once_if_refused(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as service:
        for number, word in ((1, "go"), (1, "go"), (2, "no")):
            await rig.say("all:a+b", word, number)
        await rig.say("end", "go", 1)
        await until(lambda: words(service, "end"))
        await until(lambda: rig.count(DEAD))
        assert await words(service, "a") == await words(service, "b") == ("go",)
        assert await rig.count(DEAD) == 1
    assert sorted(item.subject for item in await rig.heard()) == ["a", "b", "end"]
    assert await rig.count(QUEUE) == 0


async def test_each_bad_message_is_parked_once_with_its_reason_and_its_neighbours_go_on(
    rig: Rig, start: Start, until: Until
) -> None:
    good = json.loads(envelope("bad", "go", 1).encode())
    bad = {
        "not_json": b"nonsense \xff",
        "not_an_envelope": b"{}",
        "unknown_type": json.dumps({**good, "type": "cn.fuyuan.else.v1"}).encode(),
        "wrong_data": json.dumps({**good, "data": {}}).encode(),
        "refused": envelope("s", "no", 50).encode(),
    }
    for number, body in enumerate(bad.values(), 1):
        await rig.say("s", f"w{number}", number)
        await rig.put(body, message_id=f"m{number}", headers={"fuyuan-reason": "forged"})
    await rig.say("s", "w9", 9)
    async with start() as service:

        async def over() -> bool:
            return await rig.count(DEAD) == len(bad) and len(await words(service, "s")) == 6

        await until(over)
    parked = {item[1].headers["fuyuan-message-id"]: item for item in await rig.take(DEAD)}
    assert sorted(parked) == [f"m{number}" for number in range(1, 6)]
    for number, (reason, body) in enumerate(bad.items(), 1):
        found, properties = parked[f"m{number}"]
        assert found == body
        assert properties.headers["fuyuan-reason"] == reason
        assert properties.headers["fuyuan-queue"] == QUEUE
        assert properties.headers["fuyuan-attempts"] == 0
    assert await rig.count(QUEUE) == 0


async def test_what_fails_goes_up_the_ladder_alone_and_what_was_early_comes_in_time(
    rig: Rig, start: Start, until: Until
) -> None:
    await rig.say("a", "boom", 1)
    await rig.say("b", "known", 2)
    await rig.say("c", "go", 1)
    await rig.put(
        envelope("d", "boom", 1).encode(), message_id="d.1", headers={"fuyuan-attempts": 3}
    )
    async with start() as service:

        async def first_rung() -> bool:
            return await rig.count(f"{QUEUE}.wait.1") == 3

        await until(first_rung)
        assert await words(service, "c") == ("go",)
        await rig.say("b", "first", 1)

        async def second_rung() -> bool:
            return await rig.count(f"{QUEUE}.wait.2") == 2

        await until(second_rung)
        await until(lambda: words(service, "b"))

        async def known() -> bool:
            return await words(service, "b") == ("first", "known")

        await until(known)
        assert await words(service, "a") == ()
    waiting = await rig.take(f"{QUEUE}.wait.2")
    assert {item.headers["fuyuan-attempts"] for _, item in waiting} == {2}
    assert {item.headers["fuyuan-message-id"] for _, item in waiting} == {"a.1", "d.1"}
    assert await rig.count(QUEUE) == await rig.count(DEAD) == 0


async def test_an_office_speaks_for_itself_only_and_only_reports(
    rig: Rig, start: Start, until: Until
) -> None:
    def report(subject: str, **changes: Any) -> bytes:
        body = json.loads(envelope(subject, "x", 1).encode())
        data = {"assignment_id": ASSIGNMENT, "by": "w"}
        return json.dumps(
            {**body, "type": AssignmentReceived.TYPE, "data": data, **changes}
        ).encode()

    out = f"office.{OFFICE}.out"
    forged = {"fuyuan-attempts": 3, "fuyuan-message-id": "other", "x-death": []}
    await rig.put(report("a", source="/offices/court.410500"), "", out, message_id="1")
    await rig.put(report("a", source="/services/intake"), "", out, message_id="2")
    await rig.put(envelope("a", "go", 2).encode(), "", out, message_id="3", headers=forged)
    async with start() as service:

        async def over() -> bool:
            return await rig.count(DEAD) == 1 and bool(await words(service, "a"))

        await until(over)
        (commit,) = await stored(service, "a")
    causes = [decision["cause"][0] for decision in commit["decisions"]]
    assert causes == [f"/offices/{OFFICE}"]
    ((_, properties),) = await rig.take(DEAD)
    assert properties.headers["fuyuan-reason"] == "not_an_office_report"
    assert properties.headers["fuyuan-message-id"] == "3"
    assert properties.headers["fuyuan-attempts"] == 0


async def test_facts_that_cannot_be_stored_fail_alone(rig: Rig, start: Start, until: Until) -> None:
    for number in range(1, 4):
        await rig.say("s", f"w{number}", number)
    await rig.say("big", "huge", 1)
    async with start() as service:

        async def over() -> bool:
            return await rig.count(f"{QUEUE}.wait.1") == 1 and len(await words(service, "s")) == 3

        await until(over)
        assert (await service.engine.state("big")).rev == 0
        with pytest.raises(Exception, match="bytes"):
            await service.engine.submit(Work("big", "huge", by="k1"))


async def test_a_no_is_never_said_from_a_state_that_is_out_of_date(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start() as one, start(amqp_url="amqp://nobody:x@127.0.0.1:1/", wait=False) as two:
        await rig.say("s", "kept", 1)  # `one` now remembers a subject with n == 0
        await until(lambda: words(one, "s"))
        await two.engine.submit(Work("s", "go", by="k1"))
        await rig.say("s", "known", 2)

        async def counted() -> bool:
            return await words(one, "s") == ("kept", "go", "known")

        await until(counted)
        assert await rig.count(f"{QUEUE}.wait.1") == 0


async def test_a_command_is_answered_when_it_is_stored(start: Start, rig: Rig) -> None:
    async with start() as service:
        done = await service.engine.submit(Work("s", "go", by="k1"))
        assert await service.db["commits"].count_documents({"subject": "s"}) == 1
        assert (done.state.n, done.repeated) == (1, False)
        with pytest.raises(RefusedError):
            await service.engine.submit(Work("s", "no", by="k1"))
        results = await service.engine.submit_many(
            [Work("t", word, by="k1") for word in ("go", "no", "boom", "go")]
        )
        assert [type(item).__name__ for item in results] == [
            "Done", "RefusedError", "ZeroDivisionError", "Done",
        ]  # fmt: skip
        (commit,) = await stored(service, "t")
        assert [decision["by"] for decision in commit["decisions"]] == ["k1", "k1"]
    assert await rig.count(DEAD) == 0


async def test_a_subject_taken_for_new_is_decided_on_from_what_is_stored_if_it_is_not(
    start: Start,
) -> None:
    async with start() as one, start() as two:
        for word in ("go", "go", "known"):
            await two.engine.submit(Work("s", word, by="k1"))
        done = await one.engine.submit(Work("s", "known", by="k1", first=True))
        assert (done.state.n, done.state.words) == (4, ("go", "go", "known", "known"))
        for word in ("nothing", "no", "known"):  # now from a state of its own, or a stored one
            await two.engine.submit(Work("t", "go", by="k1"))
            one.engine._states.clear()
            if word == "no":
                with pytest.raises(RefusedError):
                    await one.engine.submit(Work("t", word, by="k1", first=True))
            else:
                done = await one.engine.submit(Work("t", word, by="k1", first=True))
        assert done.state.words == ("go", "go", "go", "known")
        with pytest.raises(NotYetError):
            await one.engine.submit(Work("u", "known", by="k1", first=True))
        assert [item["rev"] for item in await stored(one, "t")] == [1, 2, 3, 4]
