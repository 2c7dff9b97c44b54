import asyncio
from typing import Any

import httpx
import pytest

from fuyuan_contracts.events import AccessRevoked
from services.runtime.auth import Role
from tests.intake.conftest import BOOTSTRAP_KEY, Intake

CLERK = {"role": "filer", "office": "court.410526", "name": "立案庭"}


async def token(intake: Intake, key: str) -> httpx.Response:
    return await intake.http.post("/v1/tokens", json={"key": key})


def bearer(answer: httpx.Response) -> Any:
    return {"headers": {"Authorization": f"Bearer {answer.json()['access_token']}"}}


async def make(intake: Intake, **body: Any) -> httpx.Response:
    return await intake.http.post("/v1/keys", json=body or CLERK, **intake.operator)


async def test_the_bootstrap_key_makes_the_others(intake: Intake) -> None:
    operator = bearer(await token(intake, BOOTSTRAP_KEY))
    made = await intake.http.post("/v1/keys", json=CLERK, **operator)
    assert made.status_code == 201
    assert made.json()["division"] == "410526"
    given = await token(intake, made.json()["key"])
    assert given.json()["expires_in"] == 900
    assert given.headers["cache-control"] == "no-store"
    unknown = await intake.http.get(f"/v1/cases/c{'a' * 24}", **bearer(given))
    assert unknown.status_code == 404  # authorised: the filer's token is accepted


async def test_a_key_is_shown_once_and_stored_hashed(intake: Intake) -> None:
    made = (await make(intake)).json()
    secret = made["key"].split("_", 2)[2]
    db = intake.service.db
    async with asyncio.timeout(60):
        while True:
            listed = (await intake.http.get("/v1/keys", **intake.operator)).json()["keys"]
            if made["key_id"] in [item["key_id"] for item in listed]:
                break
            await asyncio.sleep(0.05)
    for name in await db.list_collection_names():
        assert secret not in str(await db[name].find({}).to_list(None))
    assert not any("hash" in item for item in listed)


async def test_a_revoked_key_and_its_tokens_are_void_at_once_and_everybody_hears(
    intake: Intake,
) -> None:
    made = (await make(intake)).json()
    given = bearer(await token(intake, made["key"]))
    path = f"/v1/keys/{made['key_id']}"
    assert (await intake.http.delete(path, **intake.operator)).status_code == 204
    assert (await token(intake, made["key"])).status_code == 401
    assert (await intake.http.get(f"/v1/cases/c{'a' * 24}", **given)).status_code == 401
    event = await intake.hears(lambda event: event.data.get("key_id") == made["key_id"])
    assert event.type == AccessRevoked.TYPE
    assert event.data["office"] == "court.410526"
    assert (await intake.http.delete(path, **intake.operator)).status_code == 204  # as before


@pytest.mark.parametrize(
    "key",
    ["", "fy", "fy_0000_x", "fy_0000000000000000_x", "fy_" + "é" * 50, BOOTSTRAP_KEY + "x"],
)
async def test_no_other_key_gives_a_token(intake: Intake, key: str) -> None:
    answer = await token(intake, key)
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers


async def test_anothers_secret_under_a_known_id_gives_no_token(intake: Intake) -> None:
    one, other = [(await make(intake)).json() for _ in range(2)]
    mixed = f"fy_{one['key_id']}_{other['key'].split('_', 2)[2]}"
    assert (await token(intake, mixed)).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "filer", "name": "x"}, "body"),
        ({"role": "liaison", "name": "x"}, "body"),
        ({"role": "root", "name": "x"}, "role"),
        ({"role": "officer", "name": "x", "office": "tax.410526", "division": "410500"}, "body"),
        ({"role": "officer", "name": "x", "office": "tax.419999"}, "office"),
        ({"role": "liaison", "name": "x", "division": "419999"}, "division"),
        ({"role": "operator", "name": "x", "expires_days": 0}, "expires_days"),
        ({"role": "operator", "name": "x", "hash": "y"}, "hash"),
    ],
)
async def test_a_wrong_key_is_not_made(intake: Intake, body: dict[str, Any], field: str) -> None:
    answer = await make(intake, **body)
    assert answer.status_code == 422
    assert field in [item["field"] for item in answer.json()["errors"]]


@pytest.mark.parametrize("role", [Role.FILER, Role.OFFICER, Role.LIAISON])
async def test_only_operators_manage_keys(intake: Intake, role: Role) -> None:
    how = intake.by(role, "court.410500", "410500")
    assert (await intake.http.post("/v1/keys", json=CLERK, **how)).status_code == 403
    assert (await intake.http.get("/v1/keys", **how)).status_code == 403
    assert (await intake.http.delete("/v1/keys/abc", **how)).status_code == 403


async def test_an_unknown_key_is_not_found(intake: Intake) -> None:
    answer = await intake.http.delete("/v1/keys/0000000000000000", **intake.operator)
    assert answer.status_code == 404


async def test_who_guesses_keys_is_told_to_wait_and_who_has_one_is_not(intake: Intake) -> None:
    right = (await make(intake)).json()["key"]
    place = httpx.ASGITransport(intake.service.app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=place, base_url="http://intake") as there:

        async def tried(key: str) -> int:
            return (await there.post("/v1/tokens", json={"key": key})).status_code

        guesses = [await tried(f"fy_{number:016x}_guess") for number in range(12)]
        assert guesses == [401] * 10 + [429] * 2
        assert await tried(right) == 200
    assert (await token(intake, "fy_0_guess")).status_code == 401  # from elsewhere
