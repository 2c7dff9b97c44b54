import asyncio
import json
from typing import Any

import httpx
import pytest
from pymongo.errors import AutoReconnect

from tests.intake.conftest import Intake
from tests.intake.test_api import filing

JSONL = "application/jsonl"


async def send(intake: Intake, body: bytes, media_type: str = JSONL) -> httpx.Response:
    how = intake.filer()
    how["headers"]["Content-Type"] = media_type
    return await intake.http.post("/v1/cases/batch", content=body, **how)


def lines(*filings: Any) -> bytes:
    return b"\n".join(
        item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode()
        for item in filings
    )


async def test_of_a_thousand_lines_with_three_bad_ones_997_are_filed(intake: Intake) -> None:
    many: list[Any] = [filing(f"batch-{number}") for number in range(1000)]
    many[9] = b'{"reference": '
    many[499] = filing("batch-499", division="999999")
    many[999] = b'{"title": "\xff"}'
    answer = await send(intake, lines(*many))
    said = answer.json()
    assert answer.status_code == 200
    assert (said["filed"], said["repeated"], said["failed"]) == (997, 0, 3)
    bad = {item["line"]: item["errors"] for item in said["results"] if item["result"] == "failed"}
    assert set(bad) == {10, 500, 1000}
    assert [item["field"] for item in bad[500]] == ["division"]
    good = [item for item in said["results"] if item["result"] == "filed"]
    assert len({item["case_id"] for item in good}) == 997
    last = good[-1]["case_id"]
    assert await intake.hears(lambda event: event.subject == last, 20)

    again = (await send(intake, lines(*many))).json()
    assert (again["filed"], again["repeated"], again["failed"]) == (0, 997, 3)


async def test_lines_of_one_reference_are_filed_once_and_another_body_is_told_by_field(
    intake: Intake,
) -> None:
    body = lines(filing("twice"), b"", filing("twice"), filing("twice", title="另一件"))
    said = (await send(intake, body, "application/x-ndjson; charset=utf-8")).json()
    assert [(item["line"], item["result"]) for item in said["results"]] == [
        (1, "filed"), (3, "repeated"), (4, "failed"),
    ]  # fmt: skip
    assert [item["field"] for item in said["results"][2]["errors"]] == ["title"]


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{}\n" * 10_001, JSONL, 413),
        (b" " * (16 * 1024 * 1024 + 1), JSONL, 413),
        (b"{}", "application/json", 415),
    ],
)
async def test_a_body_that_is_no_batch_is_refused(
    intake: Intake, body: bytes, media_type: str, status: int
) -> None:
    before = await intake.stored()
    answer = await send(intake, body, media_type)
    assert answer.status_code == status
    assert await intake.stored() == before


async def test_an_empty_batch_files_nothing(intake: Intake) -> None:
    assert (await send(intake, b"\n\n")).json() == {
        "filed": 0, "repeated": 0, "failed": 0, "results": [],
    }  # fmt: skip


async def test_when_the_database_goes_away_the_same_batch_can_be_sent_again(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_commits: object) -> set[str]:
        raise AutoReconnect

    body = lines(filing("away-1"), filing("away-2"))
    with monkeypatch.context() as patch:
        patch.setattr(intake.service.commits, "append", away)
        answer = await send(intake, body)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    async with asyncio.timeout(60):
        answer = await send(intake, body)
        while answer.is_error:
            answer = await send(intake, body)
            await asyncio.sleep(0.05)
    assert answer.json()["filed"] == 2
