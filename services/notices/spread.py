"""From a case's notices to the subscriptions that want them; and what follows a revoked key.

A case's commit holds its notices until they are spread. Deliveries are laid by first, under ids
that are the same the next time, and only then is the case told: a crash in between repeats it.
"""

from collections.abc import Sequence
from typing import Any

from services.notices import model as m
from services.notices.digests import ready_at
from services.notices.happenings import Spread
from services.notices.messages import delivery
from services.notices.store import Store
from services.notices.vocabulary import Digest, Event, Party, scope
from services.runtime.domain import NotYetError
from services.runtime.engine import Engine
from services.runtime.streams import Work

NoticesEngine = Engine[m.State, m.Input, m.Fact]
CASES_AT_ONCE = 200
AT_COUNTY = "overdue_county"


class Spreader:
    """Run by one copy of the service at a time; twice at once does no harm either."""

    def __init__(self, engine: NoticesEngine, store: Store) -> None:
        """Read and write through `store`, decide through `engine`."""
        self._engine = engine
        self._store = store
        self._spread: set[str] = set()
        """Spread already, while the listing still shows them."""

    async def spread(self) -> int:
        """Lay by what isn't yet; gives how many notices were spread."""
        cases = await self._store.unspread(CASES_AT_ONCE)
        open_ = [
            (case, notice)
            for case in cases
            for notice in case["notices"]
            if notice["id"] not in self._spread
        ]
        self._spread &= {notice["id"] for case in cases for notice in case["notices"]}
        if not open_:
            return 0
        wanting = await self._store.wanting({one for _, notice in open_ for one in scopes(notice)})
        await self._store.add([one for item in open_ for one in self._deliveries(*item, wanting)])
        done: dict[str, list[str]] = {}
        for case, notice in open_:
            done.setdefault(case["_id"], []).append(notice["id"])
        works: list[Work[m.Input]] = [
            Work(case, Spread(tuple(ids)), by="spread") for case, ids in done.items()
        ]
        for result in await self._engine.submit_many(works):
            if isinstance(result, BaseException):
                raise result
        self._spread |= {notice["id"] for _, notice in open_}
        return len(open_)

    def _deliveries(
        self, case: dict[str, Any], notice: dict[str, Any], wanting: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        told = {
            name: notice[name] for name in ("id", "event", "why", "at", "task", "office", "due")
        }
        told["number"] = notice.get("number")
        told["case"] = case["case"]
        sides = scopes(notice)
        return [
            delivery(one["_id"], told, notice["at"], ready_at(Digest(one["digest"]), notice["at"]))
            for one in wanting
            if one["scope"] in sides and notice["event"] in one["events"]
        ]

    async def ask(self) -> None:
        """Lay by the check of each subscription that waits for one."""
        now = self._engine.now()
        waiting = await self._store.standing("pending")
        checks = []
        for one in waiting:
            id_ = f"v{one['version']}"
            notice = {"id": id_, "event": Event.VERIFY.value, "at": one["since"]}
            checks.append(delivery(one["_id"], notice, one["since"], now))
        await self._store.add(checks)

    async def suspend(self) -> None:
        """Stop the subscriptions that stand on an access key which was revoked."""
        standing = await self._store.standing("pending", "active", "failing", "paused")
        revoked = await self._store.revoked({one["key"] for one in standing})
        for one in standing:
            if one["key"] in revoked:
                work: Work[m.Input] = Work(one["_id"], m.Suspend("revoked"), by="access.revoked")
                try:
                    await self._engine.submit(work)
                except NotYetError:  # removed in the meantime
                    continue


def scopes(notice: dict[str, Any]) -> set[str]:
    """Name the sides a notice is for: a division's is for its city's liaison office, too.

    What has risen to the county's is the county's alone, until it comes to the city's.
    """
    party, _, who = notice["to"].partition(":")
    if party != Party.DIVISION or notice.get("why") == AT_COUNTY:
        return {notice["to"]}
    return {notice["to"], scope(Party.DIVISION, f"{who[:4]}00")}
