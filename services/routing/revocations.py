"""A key that was revoked: the offices' own services have to hear of it, too.

An office reads nothing but its inbox, so routing, which alone writes there, passes the event on.
"""

from collections.abc import Callable, Sequence

from fuyuan_contracts.channels import INBOX
from fuyuan_contracts.envelope import CONTENT_TYPE
from fuyuan_contracts.events import AccessRevoked
from services.runtime.auth import revoke
from services.runtime.frames import Wire
from services.runtime.mongo import Database
from services.runtime.room import Effect, Publish
from services.runtime.streams import Received


class NotPassedOnError(Exception):
    """An inbox didn't take it: up the ladder, so that nothing else waits for that inbox."""


def pass_on(receiving: Callable[[], Sequence[str]]) -> Callable[[Database, Publish], Effect]:
    """Make the effect; `receiving` names the offices that have an inbox.

    A key of no office (an operator's) is good for every office's service, so all are told.
    """

    def make(db: Database, publish: Publish) -> Effect:
        async def effect(received: Received) -> None:
            data = received.data
            if not isinstance(data, AccessRevoked):
                return
            await revoke(db, data)
            told = [office for office in receiving() if data.office in (None, office)]
            body, id_ = received.envelope.encode(), received.envelope.id
            # each copy's own AMQP id: a channel tells what is returned to it by that
            wires = [Wire(INBOX, name, body, f"{id_}.{name}", CONTENT_TYPE) for name in told]
            confirmed = await publish(wires) if wires else []
            if left := [name for name, ok in zip(told, confirmed, strict=True) if not ok]:
                raise NotPassedOnError(f"not taken by the inbox of {', '.join(left)}")

        return effect

    return make
