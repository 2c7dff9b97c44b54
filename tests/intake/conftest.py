import asyncio
import base64
import os
import secrets as random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiormq
import httpx
import pymongo
import pytest
from aiormq.abc import AbstractChannel
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fuyuan_contracts.channels import EVT
from fuyuan_contracts.envelope import CONTENT_TYPE, Envelope, decode
from fuyuan_contracts.events import CaseClosed, CaseRouted, Data, Issued
from fuyuan_contracts.ids import event_id
from fuyuan_contracts.kinds import Kind
from services.intake.app import build
from services.intake.settings import IntakeSettings
from services.intake.tokens import Signer, key_hash
from services.runtime.auth import Caller, Role
from services.runtime.service import Service
from services.stack.bus import Bus

OFFICES_FILE = Path(__file__).parents[2] / "deploy/offices.yaml"
BOOTSTRAP_KEY = "fy_bootstrap_of-these-tests"


@dataclass
class Intake:
    """The room as it runs, on the real broker and database, with callers to ask it."""

    service: Service[Any, Any, Any]
    http: httpx.AsyncClient
    signer: Signer
    routing: AbstractChannel
    sequence: int = 0
    heard: list[Envelope] = field(default_factory=list)

    def by(self, role: Role, office: str | None = None, division: str | None = None) -> Any:
        """Give the header of a caller."""
        now = datetime.now(UTC)
        caller = Caller(f"key-of-{role}", role, office, division, "某人")
        token, _ = self.signer.sign(caller, now, now + timedelta(days=1))
        return {"headers": {"Authorization": f"Bearer {token}"}}

    def filer(self, office: str = "court.410500") -> Any:
        return self.by(Role.FILER, office, office[-6:])

    def officer(self, office: str) -> Any:
        return self.by(Role.OFFICER, office, office[-6:])

    def liaison(self, division: str) -> Any:
        return self.by(Role.LIAISON, None, division)

    @property
    def operator(self) -> Any:
        return self.by(Role.OPERATOR)

    async def say(self, case_id: str, data: Data, key: str) -> None:
        """Say something on the bus as routing does."""
        self.sequence += 1
        source = "/services/routing"
        envelope = Envelope(
            id=event_id(source, case_id, self.sequence), source=source, type=data.TYPE,
            subject=case_id, time=datetime.now(UTC), sequence=self.sequence,
            data=data.model_dump(mode="json"),
        )  # fmt: skip
        properties = aiormq.spec.Basic.Properties(
            content_type=CONTENT_TYPE, message_id=envelope.id, delivery_mode=2
        )
        await self.routing.basic_publish(
            envelope.encode(), exchange=EVT, routing_key=key, properties=properties
        )

    async def routed(
        self, case_id: str, office: str, task: str = "tax_clearance", kind: str = "bankruptcy"
    ) -> None:
        due = datetime.now(UTC)
        issued = Issued(
            assignment_id=f"{case_id}.{task}.1", task=task, agency=office[:-7], office=office,
            rule="r", rules_version=1, reason="r", receipt_due=due, resolution_due=due,
        )  # fmt: skip
        data = CaseRouted(
            case_id=case_id, kind=Kind(kind), division="410500", assignments=(issued,)
        )
        await self.say(case_id, data, f"case.routed.{kind}")

    async def closed(self, case_id: str) -> None:
        data = CaseClosed(
            case_id=case_id, kind="bankruptcy", division="410500", concluded_on=date(2024, 9, 6)
        )
        await self.say(case_id, data, "case.closed.bankruptcy")

    async def hears(self, wanted: Callable[[Envelope], bool], seconds: float = 60) -> Envelope:
        """Wait until routing is sent an event like that."""
        async with asyncio.timeout(seconds):
            while True:
                found = [event for event in self.heard if wanted(event)]
                if found:
                    return found[0]
                message = await self.routing.basic_get("q.routing", no_ack=True)
                if isinstance(message.delivery, aiormq.spec.Basic.GetOk):
                    self.heard.append(decode(message.body))
                else:
                    await asyncio.sleep(0.05)

    async def stored(self) -> int:
        return int(await self.service.commits.commits.count_documents({}))


@pytest.fixture(scope="module", params=["pymongo", "motor"])
async def intake(
    request: pytest.FixtureRequest, mongo_url: str, module_bus: Bus
) -> AsyncIterator[Intake]:
    prefix = f"test{os.getpid()}_intake_{request.param}_"
    key = Ed25519PrivateKey.generate()
    private = base64.b64encode(key.private_bytes_raw()).decode()
    settings = IntakeSettings(
        amqp_url=module_bus.url("intake"),
        mongo_url=mongo_url,
        mongo_driver=request.param,
        database_prefix=prefix,
        token_public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        token_private_key=private,
        case_key=random.token_hex(32),
        personal_key=base64.b64encode(random.token_bytes(96)).decode(),
        bootstrap_key_hash=key_hash(BOOTSTRAP_KEY),
        offices_file=OFFICES_FILE,
        routing_url="http://routing.example/",
        project_seconds=0.05,
    )
    service = Service(build(settings), settings)
    connection = await aiormq.connect(module_bus.url("routing"))
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    await service.start()
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as http:
        made = Intake(service, http, Signer(private), await connection.channel())
        async with asyncio.timeout(60):
            while (await http.get("/ready")).is_error:  # noqa: ASYNC110 - asked as operators do
                await asyncio.sleep(0.05)
        yield made
    await service.stop()
    await connection.close()
    with pymongo.MongoClient[dict[str, Any]](mongo_url) as client:
        client.drop_database(f"{prefix}intake")
