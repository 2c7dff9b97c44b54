"""Any changed, missing or cut-off entry of a history is found; on the real database."""

from collections.abc import Callable
from typing import Any

import pytest

from fuyuan_contracts.events import AuditAnchored
from services.runtime.anchors import LISTS, keep_effect
from services.runtime.auditing import check, check_heads, digest_of, heads_of
from services.runtime.domain import RefusedError
from services.runtime.fold import digest
from services.runtime.streams import Received, Source
from tests.runtime.conftest import Rig, Start, Until, stored
from tests.runtime.test_engine import words
from tests.runtime.toy import ToyService

Commits = list[dict[str, Any]]
ENTRIES = 4


async def written(service: ToyService, rig: Rig, until: Until, subject: str = "s") -> Commits:
    """Have a history of four entries."""
    for number in range(1, ENTRIES + 1):
        await rig.say(subject, f"w{number}", number)

        async def counted(number: int = number) -> bool:
            return len(await words(service, subject)) == number

        await until(counted)
    return await stored(service, subject)


def word(commits: Commits, place: int) -> None:
    commits[place]["decisions"][0]["facts"][0]["word"] = "else"


def chained(commits: Commits, place: int) -> None:
    """Change an entry, and all digests after it so that they fit again."""
    word(commits, place)
    for before, after in zip(commits[place:], commits[place + 1 :], strict=False):
        after["prevhash"] = digest(before)


TAMPERED: dict[str, tuple[Callable[[Commits], Any], set[tuple[int, str]]]] = {
    "nothing": (lambda _found: None, set()),
    "the first changed": (lambda found: word(found, 0), {(1, "changed")}),
    "one in the middle changed": (lambda found: word(found, 2), {(3, "changed")}),
    "when it was stored": (lambda found: found[1].update(at=found[0]["at"]), {(2, "changed")}),
    "who wrote it": (lambda found: found[1].update(batch="x"), {(2, "changed")}),
    "the first taken out": (lambda found: found.pop(0), {(1, "missing")}),
    "one taken out": (lambda found: found.pop(1), {(2, "missing")}),
    "two changed places": (lambda found: found[1].update(rev=3), {(2, "missing"), (4, "missing")}),
    "the last changed": (lambda found: word(found, 3), {(4, "changed")}),
    "the end cut off": (lambda found: found.pop(), {(4, "cut_off")}),
    "all gone": (lambda found: found.clear(), {(4, "cut_off")}),
    "changed with all digests after it": (lambda found: chained(found, 1), {(4, "changed")}),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_every_way_to_change_a_history_is_found(
    rig: Rig, start: Start, until: Until, name: str
) -> None:
    tamper, expected = TAMPERED[name]
    async with start(anchor_seconds=0.1, anchor_after_seconds=0) as service:
        commits = await written(service, rig, until)
        await until(lambda: listed(service, ENTRIES))
        heads = [
            head
            for item in await service.db[LISTS].find().sort("number", 1).to_list(None)
            for head in heads_of(item)
        ]
    tamper(commits)
    found = check("s", commits)
    last = [head for head in heads if head.rev == ENTRIES]
    found += check_heads(last, {commit["_id"]: commit for commit in commits})
    assert {(item.rev, item.fault) for item in found} >= expected
    assert bool(found) is bool(expected)


async def listed(service: ToyService, number: int) -> bool:
    lists = await service.db[LISTS].find({"told": True}).to_list(None)
    counted: int = sum(item["commits"] for item in lists)
    return counted == number


async def test_each_entry_is_in_one_list_and_its_digest_is_told(
    rig: Rig, start: Start, until: Until
) -> None:
    async with start(anchor_seconds=0.05, anchor_after_seconds=0) as service:
        for subject in ("s", "t"):
            await written(service, rig, until, subject)
        await until(lambda: listed(service, 2 * ENTRIES))
        lists = await service.db[LISTS].find().sort("number", 1).to_list(None)
        told = {item.data["list_id"]: item.data for item in await anchored(rig)}
    assert [item["number"] for item in lists] == list(range(1, len(lists) + 1))
    for item in lists:
        said = AuditAnchored.model_validate(told[item["_id"]])
        assert (said.number, said.commits) == (item["number"], item["commits"])
        assert said.digest == item["digest"] == digest_of(heads_of(item))


async def anchored(rig: Rig) -> list[Any]:
    return [item for item in await rig.heard("q.parking") if item.type == AuditAnchored.TYPE]


async def test_what_was_kept_first_holds(rig: Rig, start: Start, until: Until) -> None:
    async with start(anchor_seconds=0.05, anchor_after_seconds=0) as service:
        await written(service, rig, until)
        await until(lambda: listed(service, ENTRIES))
        (first, *_) = await anchored(rig)
        keep = keep_effect(service.db)
        data = AuditAnchored.model_validate(first.data)
        for _ in range(2):
            await keep(Received(first, data, Source("q.parking")))
        other = data.model_copy(update={"digest": "0" * 64})
        with pytest.raises(RefusedError, match="kept already"):
            await keep(Received(first, other, Source("q.parking")))
        kept = await service.db["kept_anchors"].find().to_list(None)
        assert [item["digest"] for item in kept] == [data.digest]
