"""Sending one message to one subscriber by its channel, and what follows from how it went."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notices import model as m
from services.notices.digests import Limits, backoff, verdict
from services.notices.keys import NOTICE, SIGNATURE, Keys
from services.notices.mail import Links, Mailer
from services.notices.messages import Answer, Message, body, challenge
from services.notices.spread import NoticesEngine
from services.notices.store import Store
from services.notices.vocabulary import Channel
from services.notices.webhook import Webhooks
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.streams import Work

JSON = "application/json; charset=utf-8"
AGENT = "fuyuan-notices/1"
_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Addresses:
    """Where people find things: base URLs of cases and of this service."""

    cases: str
    own: str


@dataclass(frozen=True)
class Channels:
    """What is sent with; `mail` is None where no relay is set."""

    keys: Keys
    webhooks: Webhooks
    mail: Mailer | None
    addresses: Addresses

    def links(self, state: m.Subscription) -> Links:
        """Give the links of a mail to a subscriber."""
        base = f"{self.addresses.own.rstrip('/')}/v1/subscriptions/{state.id}"
        confirm = self.keys.confirmation(state.id, state.version)
        unsubscribe = self.keys.unsubscription(state.id)
        return Links(
            self.addresses.cases,
            f"{base}/confirm?token={confirm}",
            f"{base}/unsubscribe?token={unsubscribe}",
        )


class Sender:
    """Sends, and writes down how it went."""

    def __init__(
        self, engine: NoticesEngine, store: Store, channels: Channels, limits: Limits
    ) -> None:
        """Send by `channels`, repeat and give up by `limits`."""
        self._engine = engine
        self._store = store
        self._channels = channels
        self._limits = limits

    async def send(self, state: m.Subscription, message: Message) -> Answer:
        """Try once to send a message."""
        terms, now = state.terms, self._engine.now()
        if terms is None:
            raise ValueError(state.id)
        if terms.channel is Channel.WEBHOOK:
            return await self._post(state, terms.target, message, now)
        if self._channels.mail is None:
            return Answer(ok=False, said="no mail relay is set", ours=True)
        links = self._channels.links(state)
        return await self._channels.mail.send(message, terms.target, links, now)

    async def _post(
        self, state: m.Subscription, url: str, message: Message, now: datetime
    ) -> Answer:
        keys, expected = self._channels.keys, None
        if message.kind == "verify":
            expected = keys.challenge(state.id, state.version)
            content = challenge(message, state.id, expected)
        else:
            content = body(message, state.id, now, self._channels.addresses.cases)
        headers = {
            "Content-Type": JSON,
            "User-Agent": AGENT,
            NOTICE: message.id,
            SIGNATURE: keys.signature(state, content, now),
        }
        return await self._channels.webhooks.post(url, content, headers, expected)

    async def note(
        self, state: m.Subscription, message: Message, answer: Answer, before: dict[str, Any]
    ) -> None:
        """Write down how a try went: on the deliveries, and on the subscription's standing.

        `before` is one of the message's deliveries as it was.
        """
        now, limits = self._engine.now(), self._limits
        attempts, first = before["attempts"] + 1, before.get("first_at", now)
        last = {"at": now, "said": answer.said, "status": answer.status}
        changes: dict[str, Any] = {"attempts": attempts, "first_at": first, "last": last}
        again: datetime | None = None
        if answer.ok:
            changes |= {"state": "sent", "sent_at": now}
        elif not answer.ours and now - first >= limits.give_up:
            changes["state"] = "given_up"
        else:
            changes["state"] = "failed"
            again = now + backoff(attempts, _random.random(), limits)
        if answer.ok and message.kind == "verify" and state.terms is not None:
            await self._checked(state)
        await self._store.note(state.id, message.id, changes, again)
        await self._judge(state, answer, now)

    async def _checked(self, state: m.Subscription) -> None:
        if state.terms is not None and state.terms.channel is Channel.WEBHOOK:
            await self._decide(state.id, m.Verify(state.version))  # a mail's is its reader's to do

    async def _judge(self, state: m.Subscription, answer: Answer, now: datetime) -> None:
        """Keep count of failures in a row, and let the subscription's standing follow."""
        health, limits = await self._store.health(state.id), self._limits
        if answer.ours:
            return
        if answer.ok:
            if health.get("failures"):
                await self._store.set_health(state.id, {"failures": 0})
            if state.standing == "failing":
                await self._decide(state.id, m.Recover())
            return
        failures = health.get("failures", 0) + 1
        since = health.get("since") or now
        quiet = now + backoff(failures, _random.random(), limits)
        changed = {"failures": failures, "since": since, "quiet_until": quiet, "said": answer.said}
        await self._store.set_health(state.id, changed)
        found = "suspended" if answer.gone else verdict(failures, since, now, limits)
        if found == "suspended":
            why = "gone" if answer.gone else "unreached"
            await self._decide(state.id, m.Suspend(why, answer.said))
        elif found == "failing":
            await self._decide(state.id, m.Fail(answer.said))

    async def _decide(self, subscription: str, given: m.Input) -> None:
        try:
            await self._engine.submit(Work(subscription, given, by="sender"))
        except (NotYetError, RefusedError):  # its owner was faster
            return
