"""A file on its way in: read piece by piece, checked as it comes, kept nowhere until it is good.

The bytes wait in a temporary file (in memory up to 1 MiB), which is gone when the request ends.
"""

import asyncio
import base64
import binascii
import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import BinaryIO, Self, cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.intake import facts as f
from services.intake import files
from services.intake import model as m
from services.intake.archives import NotTakenError, check_document
from services.intake.store import Files
from services.runtime.engine import Engine
from services.runtime.http import FieldError, Problem
from services.runtime.personal import SAY_IT_ELSEWHERE, holds_personal

IN_MEMORY = 1024 * 1024
ENCODINGS = ("utf-8", "gb18030")
_LIST = re.compile(r"\s*,\s*")
_SHA256 = re.compile(r"sha-256=:?([A-Za-z0-9+/]+={0,2}):?", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What is taken, and how much of it."""

    types: Mapping[str, files.FileType]
    bytes: int
    per_case: int
    seconds: float
    """How long a file may take to come in."""


@dataclass(frozen=True)
class Announced:
    """What a request says of the file that follows."""

    name: str
    type: files.FileType
    digests: Mapping[str, bytes]
    """Header → the SHA-256 it gives."""


def announced(request: Request, name: str, limits: Limits) -> Announced:
    """Check what can be told before the first byte. Raises Problem 413, 415, 422."""
    headers = request.headers
    if why := files.name_error(name) or (SAY_IT_ELSEWHERE if holds_personal(name) else None):
        raise _wrong(422, "name", why)
    if headers.get("content-encoding", "identity") != "identity":
        raise _wrong(415, "Content-Encoding", "expected the file as it is")
    type_ = files.type_of(headers.get("content-type", ""), limits.types)
    if type_ is None:
        taken = ", ".join(item.media_type for item in limits.types.values())
        raise _wrong(415, "Content-Type", f"expected one of {taken}")
    if not files.ends_as(name, type_):
        raise _wrong(422, "name", f"expected the ending .{' or .'.join(type_.endings)}")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.bytes:
        raise _too_large(limits)
    return Announced(name, type_, _digests(headers))


class Upload:
    """The bytes of one file; a context, at whose end they are gone."""

    def __init__(self, said: Announced, limits: Limits) -> None:
        """Begin with nothing."""
        self.size = 0
        self.said = said
        self._limits = limits
        self._hash = hashlib.sha256()
        self._head = b""
        self._decoders = [] if said.type.magic else [_decoder(name) for name in ENCODINGS]
        self._spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed at exit

    def __enter__(self) -> Self:
        """Hold the bytes until the end of the context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the bytes go."""
        self._spool.close()

    @property
    def source(self) -> BinaryIO:
        """The bytes, to be read."""
        return cast("BinaryIO", self._spool)

    @property
    def sha256(self) -> str:
        """Their digest, in hex."""
        return self._hash.hexdigest()

    async def receive(self, request: Request) -> None:
        """Read a request's body to its end, and check it all.

        Raises Problem: 400 when the client is gone, 408 too slow, 413 too long, 415 not of the type
        announced, 422 empty, not taken, or not what its digest says.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                async for part in request.stream():
                    self._take(part)
        except ClientDisconnect as error:
            raise Problem(400, "the file did not come in whole") from error
        except TimeoutError as error:
            raise Problem(408, f"the file took over {self._limits.seconds:g} s") from error
        if not self.size:
            raise _wrong(422, "body", "expected a file, there is nothing in it")
        self._check_head()
        self._decode(b"", final=True)
        for header, digest in self.said.digests.items():
            if digest != self._hash.digest():
                raise _wrong(422, header, f"the bytes that came have the SHA-256 {self.sha256}")
        if folder := self.said.type.folder:
            try:
                await asyncio.to_thread(check_document, self.source, self.size, folder)
            except NotTakenError as error:
                raise _wrong(422, "body", str(error)) from error

    def _take(self, part: bytes) -> None:
        if self.size + len(part) > self._limits.bytes:
            raise _too_large(self._limits)
        checked = len(self._head) == files.HEAD_BYTES
        self._head += part[: files.HEAD_BYTES - len(self._head)]
        if not checked and len(self._head) == files.HEAD_BYTES:
            self._check_head()
        self._decode(part, final=False)
        self.size += len(part)
        self._hash.update(part)
        self._spool.write(part)

    def _check_head(self) -> None:
        if not files.begins_as(self._head, self.said.type):
            raise _false(self.said)

    def _decode(self, part: bytes, *, final: bool) -> None:
        if self.said.type.magic:
            return
        self._decoders = [item for item in self._decoders if _takes(item, part, final=final)]
        if not self._decoders or not files.is_text(part):
            raise _false(self.said)


async def sweep(engine: Engine[m.State, m.Input, f.Fact], kept: Files, seconds: float) -> None:
    """Remove bytes that no fact names (a crash in between), and forget those that one does."""
    for stored, case_id in await kept.unsettled(engine.clock.real() - timedelta(seconds=seconds)):
        state = (await engine.state(case_id)).state
        named = isinstance(state, m.Case) and any(
            item.stored == stored for item in state.attachments.values()
        )
        await (kept.settle(stored) if named else kept.discard(stored))


def _digests(headers: Mapping[str, str]) -> dict[str, bytes]:
    """Read the SHA-256 of Content-Digest (RFC 9530) and Digest (RFC 3230); others don't count."""
    found = {}
    for header in ("Content-Digest", "Digest"):
        for item in _LIST.split(headers.get(header.lower(), "")):
            if not item.lower().startswith("sha-256="):
                continue
            match = _SHA256.fullmatch(item)
            try:
                found[header] = base64.b64decode(match[1] if match else "", validate=True)
            except binascii.Error:
                found[header] = b""
            if len(found[header]) != hashlib.sha256().digest_size:
                raise _wrong(422, header, "expected a SHA-256 in base64, such as sha-256=:…:")
    return found


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)("strict")


def _takes(decoder: codecs.IncrementalDecoder, part: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(part, final)
    except UnicodeDecodeError:
        return False
    return True


def _wrong(status: int, field: str, message: str) -> Problem:
    return Problem(status, "the file is not taken", [FieldError(field, message)])


def _false(said: Announced) -> Problem:
    return _wrong(415, "Content-Type", f"the bytes are not {said.type.media_type}")


def _too_large(limits: Limits) -> Problem:
    return _wrong(413, "body", f"the file is over {limits.bytes} bytes")
