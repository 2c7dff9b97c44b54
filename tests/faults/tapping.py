"""The administrator's hand on the bus: keeps copies of what services say, and says it again."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import aiormq

TAP = "faults.tap"
IN_FLIGHT = 200


@dataclass(frozen=True)
class Copy:
    """A message as it was sent."""

    exchange: str
    key: str
    body: bytes
    message_id: str
    content_type: str | None


@contextmanager
def tapped(url: str) -> Iterator[None]:
    """Keep a copy of every event from now on; `taken` reads them. The queue goes in the end."""
    asyncio.run(_bind(url))
    try:
        yield
    finally:
        asyncio.run(_unbind(url))


async def _bind(url: str) -> None:
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    await channel.queue_declare(TAP, durable=True)
    await channel.queue_bind(TAP, "evt", "#")
    await connection.close()


async def _unbind(url: str) -> None:
    connection = await aiormq.connect(url)
    await (await connection.channel()).queue_delete(TAP)
    await connection.close()


def taken(url: str) -> list[Copy]:
    """Take all copies there are."""
    return asyncio.run(_taken(url))


async def _taken(url: str) -> list[Copy]:
    connection, copies = await aiormq.connect(url), []
    try:
        channel = await connection.channel()
        while (got := await channel.basic_get(TAP, no_ack=True)).message_count is not None:
            properties = got.header.properties
            copies.append(
                Copy(
                    str(got.exchange or "evt"), str(got.routing_key), got.body,
                    str(properties.message_id), properties.content_type,
                )
            )  # fmt: skip
    finally:
        await connection.close()
    return copies


def say(url: str, copies: Sequence[Copy]) -> None:
    """Send messages, all at once, confirmed."""
    asyncio.run(_say(url, copies))


async def _say(url: str, copies: Sequence[Copy]) -> None:
    connection = await aiormq.connect(url)
    try:
        for start in range(0, len(copies), IN_FLIGHT):
            # a returned message is found by its id: of those in flight none has another's
            channels = [await connection.channel() for _ in range(8)]
            await asyncio.gather(
                *(
                    channels[place % 8].basic_publish(
                        copy.body,
                        exchange=copy.exchange,
                        routing_key=copy.key,
                        properties=aiormq.spec.Basic.Properties(
                            content_type=copy.content_type,
                            message_id=copy.message_id,
                            delivery_mode=2,
                        ),
                    )
                    for place, copy in enumerate(copies[start : start + IN_FLIGHT])
                )
            )
            for channel in channels:
                await channel.close()
    finally:
        await connection.close()


def purge(url: str, queue: str) -> int:
    """Empty a queue; tell how many messages were in it."""

    async def act() -> int:
        connection = await aiormq.connect(url)
        try:
            answer = await (await connection.channel()).queue_purge(queue)
        finally:
            await connection.close()
        return int(answer.message_count or 0)

    return asyncio.run(act())
