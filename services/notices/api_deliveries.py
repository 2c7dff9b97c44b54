"""HTTP: how sending to a subscription goes, one delivery a notice, and sending one again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.notices.api import Anyone, Room, Subscriber
from services.notices.bodies import Json, delivery
from services.runtime.domain import NotYetError, RefusedError

CLOSED = ("given_up", "failed")
"""What may be sent again at once by hand."""
Cursor = Annotated[str | None, Query(max_length=60)]


def build_routes(room: Room) -> APIRouter:
    """Make the routes."""
    api = APIRouter(prefix="/v1/subscriptions", tags=["deliveries 通知送达"])
    cases = room.channels.addresses.cases

    @api.get("/{id_}/deliveries", summary="各条通知的送达情况，新的在前")
    async def page(
        id_: str,
        caller: Anyone,
        state: Literal["waiting", "sent", "failed", "given_up"] | None = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Json:
        await room.seen_by(caller, id_)
        found = await room.store.deliveries(id_, state, cursor, limit + 1)
        items = [delivery(item, cases) for item in found[:limit]]
        following = items[-1]["delivery"] if len(found) > limit else None
        return {"deliveries": items, "next": following}

    @api.post("/{id_}/deliveries/{name}/retry", status_code=202, summary="重新发送")
    async def retry(id_: str, name: str, caller: Subscriber) -> Json:
        await room.own(caller, id_)
        found = await room.store.delivery(f"{id_}/{name}")
        if found is None:
            raise NotYetError(name)
        if found["state"] not in CLOSED or "message" not in found:
            raise RefusedError(f"it is {found['state']}: only what failed is sent again")
        await room.store.reopen(found, room.engine.now())
        await room.store.set_health(id_, {"failures": 0})
        return {"delivery": name, "state": "waiting"}

    return api
