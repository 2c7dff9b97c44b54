"""What a mail's links lead to: a page with one button, since a mail scanner opens every link.

Nobody signs in here: the token in the link is what only the reader of that mail has.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.notices import model as m
from services.notices.api import Room
from services.notices.keys import equal
from services.notices.vocabulary import Channel
from services.runtime.domain import NotYetError, RefusedError

Token = Annotated[str, Query(max_length=64)]
CONFIRM = ("确认接收通知", "Confirm notices")
UNSUBSCRIBE = ("退订通知", "Unsubscribe")
DONE = ("已完成，可以关闭此页。", "Done. You can close this page.")
WRONG = "the link is not valid, or no longer"
FORMS = {
    r"/v1/subscriptions/[^/]+/(?:confirm|unsubscribe)": (
        "application/x-www-form-urlencoded", "multipart/form-data",
    )
}  # fmt: skip
"""What a mail program (RFC 8058) or the page's button posts; nothing is read of it."""
HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def build_routes(room: Room) -> APIRouter:
    """Make the routes."""
    api = APIRouter(prefix="/v1/subscriptions", tags=["links 邮件链接"])

    async def confirmable(id_: str, token: str) -> m.Subscription:
        state = await _mail(room, id_)
        if not equal(token, room.channels.keys.confirmation(id_, state.version)):
            raise RefusedError(WRONG, "token")
        return state

    async def unsubscribable(id_: str, token: str) -> None:
        await _mail(room, id_)
        if not equal(token, room.channels.keys.unsubscription(id_)):
            raise RefusedError(WRONG, "token")

    @api.get("/{id_}/confirm", include_in_schema=False)
    async def ask(id_: str, token: Token) -> Response:
        await confirmable(id_, token)
        return _page(CONFIRM, button=True)

    @api.post("/{id_}/confirm", summary="确认邮箱")
    async def confirm(id_: str, token: Token) -> Response:
        state = await confirmable(id_, token)
        await room.decide(id_, m.Verify(state.version), "confirmation")
        return _page(DONE)

    @api.get("/{id_}/unsubscribe", include_in_schema=False)
    async def ask_unsubscribe(id_: str, token: Token) -> Response:
        await unsubscribable(id_, token)
        return _page(UNSUBSCRIBE, button=True)

    @api.post("/{id_}/unsubscribe", summary="退订（RFC 8058）")
    async def unsubscribe(id_: str, token: Token) -> Response:
        await unsubscribable(id_, token)
        await room.decide(id_, m.Remove(), "unsubscribe")
        return _page(DONE)

    return api


async def _mail(room: Room, id_: str) -> m.Subscription:
    state = (await room.engine.state(id_)).state
    if not isinstance(state, m.Subscription) or state.standing in ("unknown", "removed"):
        raise NotYetError(id_)
    if state.terms is None or state.terms.channel is not Channel.MAIL:
        raise NotYetError(id_)
    return state


def _page(words: tuple[str, str], *, button: bool = False) -> Response:
    """Write a page; its button posts to the very address of the page, token included."""
    zh, en = words
    inner = f"<button>{zh} / {en}</button>" if button else f"<p>{zh}</p><p lang=en>{en}</p>"
    form = f'<form method="post">{inner}</form>' if button else inner
    html = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>府院联动</title>{form}\n'
    )
    return Response(html, media_type="text/html; charset=utf-8", headers=HEADERS)
