"""Backups are noted once each, by operators, and /metrics tells of the last whole one."""

from typing import Any

import pytest

from services.parking.exposition import families
from services.parking.store import Store
from tests.parking.conftest import Ask, Parking

NOTE = {
    "taken_at": "2026-11-27T03:00:00+08:00",
    "documents": 12,
    "bytes": 3456,
    "sealed": True,
    "verified": True,
}


async def shown(parking: Parking) -> list[float]:
    listed = list(families([], await Store(parking.db).last_backup()))
    found = [item for item in listed if item.name.startswith("fuyuan_backup")]
    return [float(item.samples[0].value) for item in found]


async def test_a_backup_is_noted_once_and_shown_to_prometheus(parking: Parking, ask: Ask) -> None:
    assert await shown(parking) == []
    for _ in range(2):
        answer = await ask("POST", under="/v1/backups", json=NOTE)
        assert answer.status_code == 200, answer.text
    unread = NOTE | {"taken_at": "2026-11-27T04:00:00+08:00", "verified": False}
    assert (await ask("POST", under="/v1/backups", json=unread)).is_success
    items = (await ask("GET", under="/v1/backups")).json()["items"]
    assert [item["taken_at"][:19] for item in items] == [
        "2026-11-26T20:00:00",
        "2026-11-26T19:00:00",
    ]
    assert items[1]["by"] == "李某"
    assert await shown(parking) == [1795719600]  # the last that was read back


@pytest.mark.parametrize("role", ["filer", "officer", "liaison", None])
async def test_backups_are_the_operators_only(ask: Ask, role: str | None) -> None:
    for method, body in (("GET", None), ("POST", NOTE)):
        answer = await ask(method, under="/v1/backups", role=role, json=body)
        assert answer.status_code == (403 if role else 401)


@pytest.mark.parametrize(
    "wrong", [{"taken_at": "yesterday"}, {"documents": -1}, {"verified": None}, {"more": 1}]
)
async def test_a_wrong_note_names_its_field(ask: Ask, wrong: dict[str, Any]) -> None:
    answer = await ask("POST", under="/v1/backups", json=NOTE | wrong)
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == list(wrong)
