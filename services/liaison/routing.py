"""What routing knows, asked over HTTP with the caller's own token: it answers what they may see."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from services.runtime.auth import CHALLENGE
from services.runtime.http import Problem, UnavailableError

Json = dict[str, Any]
AT_ONCE = 8
PAGE = 200
NOT_FOUND = 404
REFUSED = (401, 403)


@dataclass(frozen=True, slots=True)
class Known:
    """The deployment's divisions, and its offices: id → whether it receives."""

    divisions: frozenset[str]
    offices: Mapping[str, bool]


class Routing:
    """A client of routing. What it can't answer now is a 503 of ours: nothing was stored."""

    def __init__(
        self, url: str, seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Name the address; nothing connects yet."""
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._transport = transport
        self._http: httpx.AsyncClient | None = None

    async def known(self, token: str) -> Known:
        """Give divisions and offices in force."""
        found = await self._get(token, "/v1/offices") or {}
        return Known(
            frozenset(str(item["code"]) for item in found["divisions"]),
            {item["id"]: bool(item["receives"]) for item in found["offices"]},
        )

    async def case(self, token: str, case_id: str) -> Json | None:
        """Give a case's status; None for one that isn't there or not the caller's to see."""
        return await self._get(token, f"/v1/cases/{case_id}")

    async def cases(self, token: str, ids: Sequence[str]) -> dict[str, Json | None]:
        """Give the status of several cases, a few at once."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(case_id: str) -> Json | None:
            async with slots:
                return await self.case(token, case_id)

        wanted = list(dict.fromkeys(ids))
        return dict(zip(wanted, await asyncio.gather(*map(one, wanted)), strict=True))

    async def risen(self, token: str, division: str | None, level: str | None) -> list[Json]:
        """Give the overdue tasks that have risen (to `level`), the longest overdue first."""
        query = _said(division=division, level=level)
        return await self._every(token, "/v1/agenda", "items", query)

    async def lost(self, token: str, division: str | None) -> list[Json]:
        """Give the lawsuits lost, as routing lists them."""
        query = _said(kind="administrative_lawsuit", verdict="lost", division=division)
        return await self._every(token, "/v1/cases", "cases", query)

    async def _every(self, token: str, path: str, what: str, query: Json) -> list[Json]:
        """Read all pages of a list."""
        query["limit"] = PAGE
        found: list[Json] = []
        while True:
            page = await self._get(token, path, query)
            if page is None:
                raise UnavailableError  # an older routing
            found += page[what]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    async def _get(self, token: str, path: str, query: Json | None = None) -> Json | None:
        if self._http is None:
            self._http = httpx.AsyncClient(
                timeout=self._seconds, transport=self._transport, trust_env=False
            )
        headers = {"Authorization": token}
        try:
            answer = await self._http.get(self._url + path, params=query, headers=headers)
            if answer.is_success:
                found: Json = answer.json()
                return found
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError from error
        if answer.status_code == NOT_FOUND:
            return None
        if answer.status_code in REFUSED:  # a key that routing knows to be revoked already
            raise Problem(answer.status_code, "routing refuses the caller", headers=CHALLENGE)
        raise UnavailableError

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()


def _said(**query: str | None) -> Json:
    return {name: value for name, value in query.items() if value is not None}
