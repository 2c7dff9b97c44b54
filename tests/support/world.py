"""What the people and machines around the system do, and a look at it from outside."""

import itertools
import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

import aiormq
import httpx
import pymongo
import pytest

from fuyuan_contracts.envelope import CONTENT_TYPE, Envelope
from fuyuan_contracts.events import Data
from fuyuan_contracts.ids import event_id
from services.client import Client, ClientError
from services.stack.layout import office_service
from services.stack.local import Local

T = TypeVar("T")
Json: TypeAlias = dict[str, Any]

FILED_ON, CONCLUDED_ON = "2024-03-06", "2024-05-20"
CREDIT_CODE = "91410500XXXXXX0015"
OUTCOMES: dict[str, Json] = {
    "tax_clearance": {"owed_fen": 1_250_000},
    "tax_relief": {"relieved_fen": 860_000_000},
    "social_insurance": {"employees": 120, "owed_fen": 0},
    "retirement": {"retirees": 30},
    "deregistration": {"deregistered_on": "2024-05-17"},
    "credit_repair": {"repaired": ["经营异常名录移出"]},
    "financing": {"amount_fen": 5_000_000_000},
    "housing_continuation": {"units": 100},
    "fire_acceptance": {"certificate": "消验字第1号"},
    "project_funding": {"source": "special_loan", "amount_fen": 12_000_000_000},
    "project_resumption": {"resumed_on": "2024-05-18"},
    "pre_suit_communication": {"averted": True},
}


def until(look: Callable[[], T | None], seconds: float = 60) -> T:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if (found := look()) is not None:
                return found
        except ClientError as error:
            if error.status != 404:
                raise
        if time.monotonic() > deadline:
            pytest.fail(f"not seen within {seconds} s: {look}")
        time.sleep(0.1)


def outcome(task: str, **more: Any) -> Json:
    """Give an outcome that fits a task."""
    return {"task": task, "concluded_on": CONCLUDED_ON, **OUTCOMES[task], **more}


def refusal(act: Callable[..., Any], *args: Any, **more: Any) -> ClientError:
    """Do what must be refused, and give how."""
    with pytest.raises(ClientError) as caught:
        act(*args, **more)
    assert 400 <= caught.value.status < 500, caught.value
    return caught.value


def fields(error: ClientError) -> list[str]:
    """Name the fields a refusal is about."""
    return [item["field"] for item in error.problem["errors"]]


class World:
    """Filers, officers, liaison offices and operators around a running stack."""

    def __init__(self, local: Local, prefix: str) -> None:
        self.local = local
        self.operator = local.operator()
        self.prefix = prefix
        self.mongo = pymongo.MongoClient[Json](local.servers.mongo_url, tz_aware=True)
        self.closed: list[str] = []
        """Cases that tests have seen closed."""
        self.joined: list[str] = []
        """Offices that have joined since the start; their consumers have ended again."""
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._numbers = itertools.count(1)

    def reference(self) -> str:
        return f"e2e-{os.getpid()}-{next(self._numbers)}"

    def bankruptcy(self, *needs: str, division: str = "410500", **more: Any) -> Json:
        details = {
            "kind": "bankruptcy",
            "debtor": {"name": "某某公司", "credit_code": CREDIT_CODE},
            "procedure": "reorganisation" if "credit_repair" in needs else "liquidation",
            "accepted_on": "2024-01-08",
            "needs": list(needs),
            "employees": 120,
            "retirees": 30,
            "project": {"division": division, "name": "某某小区"},
        }
        return self.filing("某某公司破产", division, details) | more

    def project(self, name: str, division: str = "410527", **more: Any) -> Json:
        details = {
            "kind": "stalled_project",
            "project": {"division": division, "name": name},
            "developer": {"name": "某某置业", "credit_code": CREDIT_CODE},
            "stalled_since": "2014-03-01",
        }
        return self.filing(f"{name}停工", division, details) | more

    def filing(self, title: str, division: str, details: Json) -> Json:
        return {
            "reference": self.reference(), "title": title, "division": division,
            "filed_on": FILED_ON, "details": details, "synthetic": ["title", "details"],
        }  # fmt: skip

    def filer(self, office: str = "court.410500") -> Client:
        return self.local.client("filer", office=office)

    def officer(self, office: str) -> Client:
        return self.local.client("officer", office=office)

    def file(self, filing: Json, filer: str = "court.410500") -> str:
        return str(self.filer(filer).post("intake", "/v1/cases", filing)["case_id"])

    def status(self, case: str) -> Json:
        found: Json = self.operator.get("routing", f"/v1/cases/{case}")
        return found

    def in_state(self, case: str, state: str) -> Json:
        """Wait until a case is in a state."""

        def look() -> Json | None:
            found = self.status(case)
            return found if found["state"]["code"] == state else None

        return until(look)

    def delivered(self, case: str, number: int = 1) -> Json:
        """Wait until each of a case's assignments (`number` at least) has reached its office."""

        def look() -> Json | None:
            found = self.status(case)
            given = found["assignments"]
            there = len(given) >= number and all(item["delivered_at"] for item in given)
            return found if there else None

        return until(look)

    def act(self, given: Json, act: str, body: Json | None = None, by: str | None = None) -> Any:
        """Let the officer of an assignment's office (or of `by`) do something."""
        office = given["office"]["office"]
        path = f"/v1/assignments/{given['assignment_id']}/{act}"
        return self.officer(by or office).post(office_service(office), path, body or {})

    def resolve(self, given: Json, **more: Any) -> Any:
        return self.act(given, "resolve", {"outcome": outcome(given["task"], **more)})

    def close(self, case: str) -> Json:
        """Let every office answer, and wait until the case is closed."""
        for given in self.delivered(case)["assignments"]:
            if given["state"]["code"] not in ("resolved", "returned", "recalled"):
                self.resolve(given)
        found = self.in_state(case, "closed")
        self.closed.append(case)
        return found

    def stored(self) -> dict[str, int]:
        """Count the cases that intake and routing know."""
        known = {"rev": 1, "subject": {"$regex": "^c"}}
        return {
            name: self.mongo[self.prefix + name]["commits"].count_documents(known)
            for name in ("intake", "routing")
        }

    def parked(self, of: Callable[[Json], bool] = lambda _item: True) -> list[Json]:
        """List what lies with the operators."""
        page = self.operator.get("parking", "/v1/parked", limit=200)
        return [item for item in page["items"] if of(item)]

    def http(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:
        """Ask without a client's kindness; `by` gives whose token is sent."""
        by: Client | None = more.pop("by", None)
        headers = more.pop("headers", {})
        if by is not None:
            headers = {"authorization": f"Bearer {by._bearer()}"} | headers
        return self._http.request(method, self.local.urls[service] + path, headers=headers, **more)

    def management(self, path: str) -> Any:
        """Ask the broker itself."""
        servers = self.local.servers
        if servers.management_url is None:
            pytest.skip("this broker's management API can't be reached")
        url = f"{servers.management_url}/api/{path}"
        answer = httpx.get(url, auth=servers.admin, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()


def envelope(source: str, subject: str, sequence: int, data: Data | Json, **more: Any) -> bytes:
    """Word an event as any program with credentials could."""
    type_, plain = (
        (more.pop("type"), data) if isinstance(data, dict)
        else (data.TYPE, data.model_dump(mode="json", exclude_none=True))
    )  # fmt: skip
    worded = Envelope(
        id=event_id(source, subject, sequence), source=source, type=type_, subject=subject,
        time=datetime.now(UTC), sequence=sequence, data=plain, **more,
    )  # fmt: skip
    return worded.encode()


async def publish(
    url: str, exchange: str, key: str, bodies: Iterable[bytes], headers: Json | None = None
) -> None:
    """Send messages with somebody's own credentials, confirmed."""
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel()
        for body in bodies:
            properties = aiormq.spec.Basic.Properties(
                content_type=CONTENT_TYPE,
                message_id=os.urandom(8).hex(),
                delivery_mode=2,
                headers=headers,
            )
            await channel.basic_publish(
                body, exchange=exchange, routing_key=key, properties=properties, mandatory=True
            )
    finally:
        await connection.close()
