"""Who may see and change which project."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Ask = Callable[..., Awaitable[httpx.Response]]
Make = Callable[..., Awaitable[str]]
Until = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
LOAN = {
    "reference": "贷-1",
    "source": "special_loan",
    "amount_fen": 12_000_000_000,
    "on": "2024-04-01",
}


MAY = [
    ({"office": "housing.410500"}, 200),
    ({"office": "housing.410527"}, 200),
    ({"office": "housing.410526"}, 404),
    ({"office": "housing.420500"}, 404),
    ({"office": "tax.410527"}, 403),
    ({"role": "filer", "office": "housing.410527"}, 403),
    ({"role": "liaison", "office": None, "division": "410500"}, 200),
    ({"role": "liaison", "office": None, "division": "410527"}, 200),
    ({"role": "liaison", "office": None, "division": "410526"}, 404),
    ({"role": "operator", "office": None}, 200),
    ({"role": None}, 401),
]


@pytest.mark.parametrize(("who", "status"), MAY)
async def test_a_file_is_for_those_who_look_after_its_division(
    make: Make, ask: Ask, who: dict[str, Any], status: int
) -> None:
    path = f"projects/{await make()}"
    assert (await ask("GET", path, **who)).status_code == status
    assert (await ask("POST", f"{path}/funding", json=LOAN, **who)).status_code == status


@pytest.mark.parametrize(("who", "status"), MAY)
async def test_lists_and_agendas_hold_only_what_the_caller_looks_after(
    make: Make, ask: Ask, until: Until, who: dict[str, Any], status: int
) -> None:
    project = await make()
    paths: tuple[tuple[str, dict[str, Any]], ...] = (
        ("projects", {"limit": 200, "division": "410527"}),
        ("meetings/next", {}),
    )
    for path, query in paths:

        async def is_answered(path: str = path, query: dict[str, Any] = query) -> bool:
            answer = await ask("GET", path, params=query)
            return project in answer.text

        await until(is_answered)
        answer = await ask("GET", path, params=query, **who)
        assert answer.status_code == (200 if status == 404 else status)
        assert (project in answer.text) == (status == 200)
