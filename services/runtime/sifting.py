"""A connection's incoming bytes, with the frames of messages taken out before aiormq reads them.

aiormq waits three times, and makes several objects, for each frame; a message has three. Here all
that has come in is gone through at once. What is not about a message goes on to aiormq as it came.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory
from aiormq.exceptions import InvalidFrameError

from services.runtime.frames import AROUND, END, FRAME, HEARTBEAT

if TYPE_CHECKING:
    from yarl import URL

CHUNK_BYTES = 256 * 1024
ALIVE_SECONDS = 5
"""How often aiormq hears of a sign of life when all that comes is taken out."""
ALIVE = FRAME.pack(HEARTBEAT, 0, 0) + END
Take = Callable[[int, int, bytes], bool]
"""Kind, channel and payload of a frame; tells whether it is dealt with."""


class Sifted:
    """What is left for aiormq: the three methods of a StreamReader that it calls."""

    def __init__(self, reader: asyncio.StreamReader, take: Take) -> None:
        """Read from `reader`; nothing is yet."""
        self._reader = reader
        self._take = take
        self._begun = b""
        """The first part of a frame."""
        self._left = bytearray()
        self._told = 0.0

    def at_eof(self) -> bool:
        """Tell whether nothing is left and nothing more comes."""
        return not self._left and not self._begun and self._reader.at_eof()

    async def readexactly(self, n: int) -> bytes:
        """Give `n` bytes. Raises IncompleteReadError at the end, InvalidFrameError as `sift`."""
        while len(self._left) < n:
            if not (data := await self._reader.read(CHUNK_BYTES)):
                self._left += self._begun
                self._begun = b""
                if len(self._left) < n:
                    raise asyncio.IncompleteReadError(bytes(self._left), n)
                break
            taken = self.sift(data)
            now = asyncio.get_running_loop().time()
            if taken and not self._left and now - self._told > ALIVE_SECONDS:
                self._told = now
                self._left += ALIVE  # any traffic is as good as a heartbeat (AMQP 0-9-1, 4.2.7)
        found = bytes(self._left[:n])
        del self._left[:n]
        return found

    async def read(self) -> bytes:
        """Give all that comes, until the end."""
        found = bytes(self._left) + self._begun + await self._reader.read()
        self._left.clear()
        self._begun = b""
        return found

    def sift(self, data: bytes) -> int:
        """Go through what has come in; gives how many frames were taken out.

        Raises InvalidFrameError when a message can't be taken.
        """
        data = self._begun + data if self._begun else data
        at, end, taken = 0, len(data), 0
        while end - at >= AROUND:
            kind, channel, size = FRAME.unpack_from(data, at)
            begin, after = at + FRAME.size, at + AROUND + size
            if after > end:
                break
            whole = data[after - 1] == END[0]
            if whole and channel and self._taken(kind, channel, data[begin : after - 1]):
                taken += 1
            else:
                self._left += data[at:after]
            at = after
        self._begun = data[at:]
        return taken

    def _taken(self, kind: int, channel: int, payload: bytes) -> bool:
        try:
            return self._take(kind, channel, payload)
        except Exception as error:
            # ends the connection: an acknowledgement of many would take in what wasn't taken
            raise InvalidFrameError("a message could not be taken") from error


class Sifting(TransportFactory):
    """Opens connections that are sifted."""

    def __init__(self, url: str, take: Take) -> None:
        """Choose by the URL's scheme, as aiormq does."""
        tls = url.startswith("amqps:")
        self._real = TLSTransportFactory() if tls else TCPTransportFactory()
        self._take = take

    async def create(
        self,
        url: "URL",
        **more: Any,  # noqa: ANN401 - as aiormq has it
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect. Raises what aiormq's own do."""
        reader, writer = await self._real.create(url, **more)
        return cast("asyncio.StreamReader", Sifted(reader, self._take)), writer
