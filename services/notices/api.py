"""HTTP of this room: subscriptions of the caller's own side. Deliveries are `api_deliveries.py`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.notices import model as m
from services.notices.bodies import Json, Subscribing, Suspending, row, subscription
from services.notices.messages import delivery
from services.notices.sender import Channels
from services.notices.spread import NoticesEngine
from services.notices.store import Store
from services.notices.subscribing import chosen
from services.notices.vocabulary import Channel, Event, Party, scope
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.problems import AGAIN
from services.runtime.streams import Work

PARTIES = {Role.FILER: Party.FILER, Role.OFFICER: Party.OFFICE, Role.LIAISON: Party.DIVISION}
Subscriber = Annotated[Caller, Depends(needs(Role.FILER, Role.OFFICER, Role.LIAISON))]
Anyone = Annotated[Caller, Depends(needs())]
Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]


@dataclass(frozen=True)
class Room:
    """What the routes work with."""

    engine: NoticesEngine
    store: Store
    channels: Channels
    most_subscriptions: int
    overlap_seconds: int

    async def decide(self, subject: str, given: m.Input, by: str | None) -> m.Subscription:
        """Take a decision on a subscription; gives it as it is then."""
        done = await self.engine.submit(Work(subject, given, by=by))
        return _subscription(done.state, subject)

    async def seen_by(self, caller: Caller, id_: str) -> m.Subscription:
        """Give a subscription the caller may see. Raises NotYetError for any other."""
        state = _subscription((await self.engine.state(id_)).state, id_)
        known = state.terms is not None and state.standing != "removed"
        if not known or (state.terms and not _is_of(caller, state.terms.scope)):
            raise NotYetError(id_)
        return state

    async def own(self, caller: Caller, id_: str) -> m.Subscription:
        """Give a subscription of the caller's side. Raises NotYetError for any other."""
        if caller.role is Role.OPERATOR:
            raise NotYetError(id_)
        return await self.seen_by(caller, id_)


def side(caller: Caller) -> str:
    """Name the side a caller is on: a filer's or an officer's office, a liaison's division."""
    party = PARTIES[caller.role]
    who = caller.division if party is Party.DIVISION else caller.office
    return scope(party, who or "")


def build_routes(room: Room) -> APIRouter:
    """Make the routes."""
    api = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions 通知订阅"])
    _add_reading(api, room)
    _add_making(api, room)
    _add_changing(api, room)
    return api


def _add_reading(api: APIRouter, room: Room) -> None:
    @api.get("", summary="订阅列表")
    async def page(
        caller: Anyone,
        cursor: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Json:
        whose = None if caller.role is Role.OPERATOR else side(caller)
        found = await room.store.page(whose, cursor, limit + 1)
        following = found[limit - 1]["_id"] if len(found) > limit else None
        return {"subscriptions": [row(item) for item in found[:limit]], "next": following}

    @api.get("/{id_}", summary="订阅详情")
    async def one(id_: str, caller: Anyone) -> Json:
        state = await room.seen_by(caller, id_)
        health = await room.store.health(id_)
        failing = {"failures": health.get("failures", 0), "quiet_until": health.get("quiet_until")}
        counts = await room.store.counts(id_)
        return subscription(state) | failing | {"deliveries": counts}


def _add_making(api: APIRouter, room: Room) -> None:
    @api.post("", status_code=201, responses=AGAIN, summary="新建订阅")
    async def make(body: Subscribing, caller: Subscriber, response: Response) -> Json:
        whose = side(caller)
        events = chosen(PARTIES[caller.role], body.events)
        if body.channel is Channel.MAIL and room.channels.mail is None:
            raise RefusedError("mail is not offered here: no relay is set", "channel")
        if body.channel is Channel.WEBHOOK:
            guard = room.channels.webhooks.guard
            found = guard.endpoint(body.target())
            await guard.addresses(found.host, found.port)
        terms = m.Terms(whose, body.channel, body.target(), events, body.digest)
        id_ = room.channels.keys.subscription(whose, terms.channel, terms.target)
        if await room.store.count(whose) >= room.most_subscriptions:
            raise RefusedError(f"{whose} has {room.most_subscriptions} already: remove one")
        done = await room.engine.submit(Work(id_, m.Create(terms, caller.key_id), by=caller.key_id))
        state = _subscription(done.state, id_)
        if not done.facts:  # the same as before
            response.status_code = 200
            return subscription(state)
        return subscription(state) | _secret(room, state)

    @api.post("/{id_}/rotate", summary="更换签名密钥")
    async def rotate(id_: str, caller: Subscriber) -> Json:
        await room.own(caller, id_)
        state = await room.decide(id_, m.Rotate(room.overlap_seconds), caller.key_id)
        return subscription(state) | _secret(room, state)

    @api.post("/{id_}/test", status_code=202, summary="发送测试通知")
    async def test(id_: str, caller: Subscriber) -> Json:
        state = await room.own(caller, id_)
        if state.standing not in ("active", "failing"):
            raise RefusedError(f"a subscription that is {state.standing} is sent nothing")
        now = room.engine.now()
        notice = {"id": f"t{int(now.timestamp() * 1000)}", "event": Event.TEST.value, "at": now}
        made = delivery(id_, notice, now, now)
        await room.store.add([made])
        return {"delivery": made["_id"].partition("/")[2]}


def _add_changing(api: APIRouter, room: Room) -> None:
    @api.post("/{id_}/pause", summary="暂停")
    async def pause(id_: str, caller: Subscriber) -> Json:
        await room.own(caller, id_)
        return subscription(await room.decide(id_, m.Pause(), caller.key_id))

    @api.post("/{id_}/resume", summary="恢复")
    async def resume(id_: str, caller: Subscriber) -> Json:
        await room.own(caller, id_)
        state = await room.decide(id_, m.Resume(caller.key_id), caller.key_id)
        await room.store.set_health(id_, {"failures": 0})
        return subscription(state)

    @api.post("/{id_}/suspend", summary="运维停用")
    async def suspend(id_: str, body: Suspending, caller: Operator) -> Json:
        await room.seen_by(caller, id_)
        given = m.Suspend("operator", body.reason)
        return subscription(await room.decide(id_, given, caller.key_id))

    @api.delete("/{id_}", status_code=204, summary="删除")
    async def remove(id_: str, caller: Subscriber) -> None:
        await room.own(caller, id_)
        await room.decide(id_, m.Remove(), caller.key_id)


def _secret(room: Room, state: m.Subscription) -> Json:
    if state.terms is None or state.terms.channel is not Channel.WEBHOOK:
        return {}
    return {"secret": room.channels.keys.secret(state.id, state.version)}


def _is_of(caller: Caller, whose: str) -> bool:
    return caller.role is Role.OPERATOR or whose == side(caller)


def _subscription(state: m.State, id_: str) -> m.Subscription:
    if not isinstance(state, m.Subscription):
        raise NotYetError(id_)
    return state
