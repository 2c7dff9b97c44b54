"""What is sent to this room over HTTP, and how a subscription and a delivery are shown."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from services.notices import model as m
from services.notices.addresses import MOST_CHARACTERS
from services.notices.messages import shown
from services.notices.vocabulary import Channel, Digest, Event
from services.runtime.http import Body

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,253}$)"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
STANDINGS = {
    "pending": ("待核验", "waits for its check"),
    "active": ("已生效", "active"),
    "failing": ("多次未送达", "not reached lately"),
    "paused": ("已暂停", "paused"),
    "suspended": ("已停用", "suspended"),
}
REASONS = {
    "revoked": ("所用访问密钥已吊销", "its access key was revoked"),
    "unreached": ("连续发送失败", "sending has failed again and again"),
    "gone": ("接收方已不再接收", "the receiver wants no more"),
    "operator": ("运维人员停用", "suspended by an operator"),
}
Json = dict[str, Any]


class Subscribing(Body):
    """A subscription to make."""

    channel: Channel
    url: Annotated[str, Field(max_length=MOST_CHARACTERS)] | None = None
    address: str | None = None
    events: Annotated[tuple[Event, ...], Field(max_length=20)] = ()
    """None named: all there are for the caller."""
    digest: Digest = Digest.NONE

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError("expected a mail address such as office@example.gov.cn")
        return value

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        wanted, other = (
            ("url", "address") if self.channel is Channel.WEBHOOK else ("address", "url")
        )
        if getattr(self, wanted) is None:
            raise ValueError(f"{self.channel.value} needs {wanted}")
        if getattr(self, other) is not None:
            raise ValueError(f"{self.channel.value} takes no {other}")
        return self

    def target(self) -> str:
        """Give where it goes."""
        return (self.url if self.channel is Channel.WEBHOOK else self.address) or ""


class Suspending(Body):
    """Why an operator stops a subscription."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


def subscription(state: m.Subscription) -> Json:
    """Show a subscription; never its secret."""
    terms = state.terms
    if terms is None:
        return {"id": state.id}
    return {
        "id": state.id,
        "scope": terms.scope,
        "channel": terms.channel.value,
        "target": terms.target,
        "events": [event.value for event in terms.events],
        "digest": terms.digest.value,
        "state": _coded(STANDINGS, state.standing),
        "since": state.since,
        "why": _coded(REASONS, state.why) if state.why else None,
        "said": state.said or None,
        "created_at": state.created_at,
        "old_secret_until": state.old_until,
    }


def row(item: Mapping[str, Any]) -> Json:
    """Show a subscription in a list."""
    names = ("scope", "channel", "target", "events", "digest", "since")
    return {
        "id": item["_id"],
        **{name: item[name] for name in names},
        "state": _coded(STANDINGS, item["standing"]),
    }


def delivery(item: Mapping[str, Any], cases_url: str) -> Json:
    """Show a delivery: what, and how sending it goes."""
    return {
        "delivery": item["_id"].partition("/")[2],
        "state": item["state"],
        "attempts": item["attempts"],
        "message": item.get("message"),
        "next_at": item.get("next_at"),
        "sent_at": item.get("sent_at"),
        "last": item.get("last"),
        "notice": shown(item["notice"], cases_url),
    }


def _coded(words: Mapping[str, tuple[str, str]], code: str) -> dict[str, str]:
    zh, en = words.get(code, (code, code))
    return {"code": code, "zh": zh, "en": en}
