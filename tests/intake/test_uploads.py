"""A file on its way in, without servers."""

import asyncio
import hashlib
from typing import Any

import pytest
from fastapi import Request

from services.intake import files
from services.intake.api_attachments import AT_ONCE, Cabinet
from services.intake.uploads import Limits, Upload, announced
from services.runtime.auth import Caller, Role
from services.runtime.http import Problem, UnavailableError

LIMITS = Limits(files.TYPES, bytes=1000, per_case=2, seconds=0.05)
CALLER = Caller("k1", Role.FILER, "court.410500", None, "某人")


def request(*parts: bytes | None, media_type: str = "text/plain", **headers: str) -> Request:
    """Make a request whose body comes in parts; None waits for ever."""
    left = list(parts)

    async def receive() -> dict[str, Any]:
        part = left.pop(0)
        if part is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    named = {"content-type": media_type} | headers
    pairs = [(name.encode(), value.encode()) for name, value in named.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, receive)


async def received(asked: Request, name: str = "a.txt") -> str:
    with Upload(announced(asked, name, LIMITS), LIMITS) as upload:
        await upload.receive(asked)
        return upload.sha256


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_text_is_the_same_in_whatever_pieces_it_comes(encoding: str, size: int) -> None:
    content = "证据目录\r\n一、合同\t€𠮷".encode(encoding)
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    assert await received(request(*parts)) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("parts", "status", "field"),
    [
        ([b"a" * 600, b"a" * 401], 413, "body"),
        ([b"a" * 10, None], 408, None),
        ([b""], 422, "body"),
        (["证".encode()[:1]], 415, "Content-Type"),
        (["证据".encode(), b"\xff"], 415, "Content-Type"),
        (["证据".encode("utf-16")], 415, "Content-Type"),
        ([b"ok", b"\x1b[2J"], 415, "Content-Type"),
        ([b"%P", b"D", b"F-1.7"], 415, "Content-Type"),
        ([b"<html>", b"\x00"], 415, "Content-Type"),
    ],
)
async def test_what_is_no_text_or_too_much_or_too_slow_is_refused(
    parts: list[bytes | None], status: int, field: str | None
) -> None:
    with pytest.raises(Problem) as caught:
        await received(request(*parts))
    assert caught.value.status == status
    assert [item.field for item in caught.value.errors] == ([field] if field else [])


async def test_a_false_beginning_is_told_before_the_rest_has_come() -> None:
    asked = request(b"MZ" + b"x" * 20, None, media_type="application/pdf")
    with pytest.raises(Problem) as caught:
        await received(asked, "a.pdf")
    assert caught.value.status == 415


async def test_a_length_over_the_limit_is_refused_before_a_byte_is_read() -> None:
    with pytest.raises(Problem) as caught:
        await received(request(None, **{"content-length": "1001"}))
    assert caught.value.status == 413


async def test_more_uploads_at_once_than_there_is_room_for_are_told_to_come_again() -> None:
    no_desk: Any = None
    cabinet = Cabinet(no_desk, no_desk, LIMITS)
    waiting = [
        asyncio.create_task(cabinet.take("c", "a.txt", CALLER, request(None)))
        for _ in range(AT_ONCE)
    ]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError):
        await cabinet.take("c", "a.txt", CALLER, request(b"x"))
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert {item.status for item in ended if isinstance(item, Problem)} == {408}
    assert (len(ended), cabinet.under_way) == (AT_ONCE, 0)
