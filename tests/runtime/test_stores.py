"""Commits, leases, projections and the clock, with both drivers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from pymongo.errors import BulkWriteError, ServerSelectionTimeoutError

from services.runtime.clock import Clock
from services.runtime.commits import Commits
from services.runtime.inlet import Delivery, Inlet
from services.runtime.lease import Lease
from services.runtime.mongo import aggregate, open_client
from services.runtime.projections import Projector, View, rebuild, write
from services.runtime.streams import Source
from tests.runtime.toy import STREAM

AT = datetime(2026, 9, 6, 2, 0, tzinfo=UTC)
INBOX = Source("q.office.tax.410526.in.x", office="tax.410526", inbox=True)


@pytest_asyncio.fixture
async def commits(db: Any) -> Commits:
    made = Commits(db)
    await made.ensure_indexes()
    await made.ensure_indexes()  # harmless
    return made


def commit(subject: str, rev: int, *, batch: str = "b", out: int = 1, at: datetime = AT) -> Any:
    fact = {"type": "counted", "n": rev, "word": f"w{rev}", "at": AT.isoformat()}
    return {
        "_id": f"{subject}/{rev}",
        "subject": subject,
        "rev": rev,
        "first": rev,
        "decisions": [{"time": AT, "facts": [fact], "by": "k"}],
        "out": out,
        "prevhash": "",
        "batch": batch,
        "at": at,
    }


async def test_commits_come_back_in_order_and_as_they_were(commits: Commits) -> None:
    written = [commit("a", rev) for rev in range(1, 12)]
    assert await commits.append([*reversed(written), commit("b", 1)]) == set()
    found = await commits.load(["b", "a", "none"])
    assert found == {"b": [commit("b", 1)], "a": written, "none": []}
    assert found["a"][0]["at"].tzinfo is not None
    assert await commits.subjects() == 2


async def test_who_loses_a_race_is_told_by_subject_and_the_rest_is_in(commits: Commits) -> None:
    await commits.append([commit("a", 1, batch="theirs"), commit("c", 1, batch="theirs")])
    mine = [commit(name, 1, batch="mine") for name in ("a", "b", "c", "d")]
    assert await commits.append(mine) == {"a", "c"}
    found = await commits.load(["a", "b", "c", "d"])
    assert {name: items[0]["batch"] for name, items in found.items()} == {
        "a": "theirs", "b": "mine", "c": "theirs", "d": "mine",
    }  # fmt: skip


async def test_an_insert_repeated_after_a_lost_answer_is_no_race(commits: Commits) -> None:
    mine = [commit("a", 1, batch="mine"), commit("b", 1, batch="mine")]
    await commits.append(mine)
    assert await commits.append(mine) == set()


async def test_of_two_that_write_at_once_exactly_one_wins_each_subject(commits: Commits) -> None:
    def written(batch: str) -> list[Any]:
        return [commit(f"s{number}", 1, batch=batch) for number in range(40)]

    results = await asyncio.gather(*(commits.append(written(f"b{number}")) for number in range(4)))
    assert sum(40 - len(lost) for lost in results) == 40


class _Refusing:
    """A collection whose bulk insert ends with these details."""

    def __init__(self, details: dict[str, Any]) -> None:
        self._details = details

    async def insert_many(self, *_: Any, **__: Any) -> None:
        raise BulkWriteError(self._details)


@pytest.mark.parametrize(
    "details",
    [
        {"writeErrors": [{"index": 0, "code": 121}], "writeConcernErrors": []},
        {"writeErrors": [], "writeConcernErrors": [{"code": 64}]},
        {"writeErrors": [{"index": 0, "code": 11000}], "writeConcernErrors": [{"code": 64}]},
        {
            "writeErrors": [{"index": 0, "code": 11000}, {"index": 1, "code": 10334}],
            "writeConcernErrors": [],
        },
    ],
)
async def test_a_write_whose_outcome_is_not_known_is_never_taken_for_a_race(
    commits: Commits, details: dict[str, Any]
) -> None:
    commits.commits = _Refusing(details)
    with pytest.raises(BulkWriteError):
        await commits.append([commit("a", 1), commit("b", 1)])


async def test_the_unsent_are_those_with_messages_that_no_list_names(commits: Commits) -> None:
    times = [AT + timedelta(seconds=number) for number in range(5)]
    made = [commit(f"s{number}", 1, at=at) for number, at in enumerate(times)]
    made[3]["out"] = 0
    await commits.append(made)
    await commits.mark_sent(["s0/1"], AT)
    await commits.mark_sent([], AT)
    recent = await commits.recent(AT, times[4])
    assert [item["_id"] for item in recent] == ["s0/1", "s1/1", "s2/1", "s3/1"]
    assert [item["_id"] for item in await commits.unsent(recent)] == ["s1/1", "s2/1"]
    # a clock that was corrected backwards dates the list before the commit
    await commits.mark_sent(["s2/1"], times[2] - timedelta(seconds=2))
    assert [item["_id"] for item in await commits.unsent(recent)] == ["s1/1"]
    assert await commits.unsent([]) == []
    assert await commits.sent.count_documents({}) == 2


async def test_a_message_an_office_could_not_handle_is_kept_once(commits: Commits) -> None:
    inlet = Inlet(INBOX, 1, lambda _source: None)
    parts: Any = {"content_type": None, "headers": {}, "exchange": "inbox", "key": "k"}
    parts |= {"given_back": 0, "channel": None, "inlet": inlet}
    for tag, (body, name) in enumerate([(b"1", "m"), (b"1", "m"), (b"2", "m"), (b"1", None)]):
        delivery = Delivery(body=body, message_id=name, tag=tag, **parts)
        await commits.keep_failed(delivery, "refused", "no", AT)
    kept = await commits.failed.find({}).to_list(None)
    assert sorted((item["body"], item["message_id"] or "") for item in kept) == [
        (b"1", ""), (b"1", "m"), (b"2", "m"),
    ]  # fmt: skip


async def test_of_two_one_has_the_lease_and_the_number_grows_with_each_holder(db: Any) -> None:
    one, two = Lease(db, "sweep", 60), Lease(db, "sweep", 60)
    results = await asyncio.gather(one.take(), two.take())
    assert sorted(results, key=str) == [1, None]
    holder, other = (one, two) if results[0] else (two, one)
    assert await holder.take() == 1
    assert await other.take() is None
    assert await Lease(db, "timers", 60).take() == 1
    await other.release()  # not its own: changes nothing
    assert await other.take() is None
    await holder.release()
    assert await other.take() == 2
    assert await holder.take() is None


async def test_a_lease_that_ran_out_is_another_copys(db: Any) -> None:
    assert await Lease(db, "sweep", 0.05).take() == 1
    await asyncio.sleep(0.1)
    assert await Lease(db, "sweep", 60).take() == 2


async def test_an_older_view_is_never_written_over_a_newer_one(db: Any) -> None:
    views = db["tallies"]
    await write(views, {"a": View(2, {"n": 2}), "b": View(1, {"n": 1})})
    await write(views, {"a": View(1, {"n": 1}), "b": View(3, {"n": 3}), "c": View(1, {"n": 1})})
    await write(views, {"a": View(2, {"n": 9})})
    found = {item["_id"]: (item["rev"], item["n"]) for item in await views.find({}).to_list(None)}
    assert found == {"a": (2, 2), "b": (3, 3), "c": (1, 1)}


async def test_what_is_noted_is_never_older_than_what_was(db: Any) -> None:
    projector = Projector(db["tallies"], 1)
    projector.changed("a", 5, lambda: {"n": 5})
    projector.changed("a", 4, lambda: {"n": 4})  # the sweeper's, read before
    await projector.flush()
    assert (await db["tallies"].find_one({"_id": "a"}))["n"] == 5
    assert await projector.behind({"a": 5, "b": 1}) == ["b"]
    assert await projector.behind({"a": 6}) == ["a"]


async def test_what_could_not_be_written_stays_noted(db: Any) -> None:
    class Away:
        async def insert_many(self, *_: Any, **__: Any) -> None:
            projector.changed("b", 2, lambda: {"n": 2})
            raise ServerSelectionTimeoutError

    projector = Projector(Away(), 1)
    projector.changed("a", 1, lambda: {"n": 1})
    projector.changed("b", 1, lambda: {"n": 1})
    with pytest.raises(ServerSelectionTimeoutError):
        await projector.flush()
    projector._collection = db["tallies"]
    await projector.flush()
    found = {item["_id"]: item["rev"] for item in await db["tallies"].find({}).to_list(None)}
    assert found == {"a": 1, "b": 2}


async def test_what_is_new_is_inserted_unless_another_copy_was_first(db: Any) -> None:
    views = db["tallies"]
    await write(views, {"a": View(1, {"n": 1}, new=True), "b": View(3, {"n": 3}, new=True)})
    await write(views, {"a": View(2, {"n": 2}, new=True), "b": View(2, {"n": 2}, new=True)})
    found = {item["_id"]: (item["rev"], item["n"]) for item in await views.find({}).to_list(None)}
    assert found == {"a": (2, 2), "b": (3, 3)}


async def test_one_that_can_not_be_listed_keeps_nothing_else_from_it(db: Any) -> None:
    def broken() -> dict[str, Any]:
        raise KeyError("x")

    projector = Projector(db["tallies"], 1)
    for subject, make in {"a": broken, "b": lambda: {"n": 1}, "c": lambda: None}.items():
        projector.changed(subject, 1, make)
    await projector.flush()
    assert [item["_id"] for item in await db["tallies"].find({}).to_list(None)] == ["b"]


@pytest.mark.parametrize(
    ("changes", "every", "lag"),
    [
        (1, 0.0, 0.2),  # nothing more comes: as soon as that is sure
        (20, 0.1, 0.5),  # something always does: after its seconds
        (600, 0.01, 3.0),  # and much: later, but not for ever
        (900, 0.004, 3.0),
    ],
)
def test_a_list_lags_by_its_seconds_or_longer_while_much_changes(
    monkeypatch: pytest.MonkeyPatch, changes: int, every: float, lag: float
) -> None:
    now = 100.0
    monkeypatch.setattr("services.runtime.projections.time.monotonic", lambda: now)
    projector = Projector(None, 0.5, 0.2)
    for number in range(changes):
        now = 100 + number * every
        projector.changed(f"s{number}", 1, dict)
        if projector._left(now) <= 0:
            break
    now += max(projector._left(now), 0)
    assert now - 100 == pytest.approx(lag, abs=0.02)


async def test_a_projection_built_anew_is_what_the_commits_say(db: Any, commits: Commits) -> None:
    await commits.append([commit(f"s{number}", 1) for number in range(600)])
    await commits.append([commit("s1", 2)])
    await write(db["tallies"], {"s1": View(2, {"n": -5}), "s2": View(1, {"n": 1, "gone": True})})
    steps = [done async for done in rebuild(STREAM, commits, db["tallies"])]
    assert steps == [500, 600]
    found = {item["_id"]: item for item in await db["tallies"].find({}).to_list(None)}
    assert len(found) == 600
    assert found["s1"] == {"_id": "s1", "rev": 2, "n": 2, "words": ["w1", "w2"]}
    assert found["s2"] == {"_id": "s2", "rev": 1, "n": 1, "words": ["w1"]}


async def test_an_aggregation_is_read_whole(db: Any) -> None:
    await db["numbers"].insert_many([{"n": number} for number in range(300)])
    assert await aggregate(db["numbers"], [{"$group": {"_id": None, "sum": {"$sum": "$n"}}}]) == [
        {"_id": None, "sum": 44850}
    ]
    assert len(await aggregate(db["numbers"], [{"$match": {}}])) == 300


async def test_the_clock_is_the_databases_in_whole_milliseconds(db: Any) -> None:
    clock = Clock()
    clock._offset = timedelta(days=1)
    assert clock.now() - datetime.now(UTC) > timedelta(hours=23)
    await clock.correct(db)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
    assert clock.now().microsecond % 1000 == 0


def test_another_driver_is_refused() -> None:
    with pytest.raises(ValueError, match="MONGO_DRIVER"):
        open_client("mongodb://127.0.0.1:1", "else")
