"""Assignments to try things on."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from fuyuan_contracts.events import AssignmentIssued
from fuyuan_contracts.ids import assignment_id, case_id
from services.agencies import model as m
from services.agencies.app import build
from services.agencies.handlers import given_of
from services.agencies.model import Given
from services.agencies.settings import AgencySettings
from services.runtime.service import Service
from services.runtime.streams import Work
from tests.support.rooms import Ask, asking, quick, running

NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
"""Already 5 March in Anyang."""
CREDIT_CODE = "91410500MA40A2B3XF"
BANKRUPTCY = {
    "kind": "bankruptcy",
    "debtor": {"name": "安阳某置业有限公司"},
    "procedure": "liquidation",
    "needs": ["tax_clearance"],
}
PROJECT = {"division": "410527", "name": "某小区"}
STALLED = {"kind": "stalled_project", "project": PROJECT, "developer": {"name": "某置业"}}
PARTY = {"name": "某公司", "type": "organisation"}
DETAILS: dict[str, dict[str, Any]] = {
    "bankruptcy": BANKRUPTCY,
    "stalled_project": STALLED,
    "judgment_enforcement": {
        "basis": "(2026)豫0526民初1号",
        "debtor": {"name": "某甲"},
        "debtor_role": "individual",
        "measures": ["find_person"],
    },
    "penalty_enforcement": {"decision": "豫0526罚1号", "penalised": PARTY},
    "civil_dispute": {"cause": "house_sale", "project": PROJECT},
    "administrative_dispute": {
        "cause": "land_compensation",
        "phase": "during",
        "respondent": "natural_resources.410526",
    },
    "administrative_lawsuit": {
        "number": "(2026)豫0526行初1号",
        "court": "court.410526",
        "instance": "first",
        "plaintiff": PARTY,
        "defendant": "finance.410526",
        "cause": "penalty",
    },
    "reconsideration": {
        "organ": "justice.410526",
        "applicant": PARTY,
        "respondent": "finance.410526",
        "cause": "penalty",
    },
    "credit_discipline": {
        "list": "consumption_limit",
        "action": "impose",
        "subject": PARTY,
        "basis": "(2026)豫0526执1号",
        "effective_on": "2026-03-02",
    },
}
"""The least a filing of each kind says."""

MakeIssued = Callable[..., AssignmentIssued]
MakeGiven = Callable[..., Given]


def _issued(
    task: str = "tax_clearance",
    office: str = "tax.410526",
    *,
    reference: str = "(2026)豫0526破1号",
    kind: str = "bankruptcy",
    **details: Any,
) -> AssignmentIssued:
    case = case_id(b"test", "court.410526", reference)
    return AssignmentIssued.model_validate(
        {
            "assignment_id": assignment_id(case, task, 1),
            "case_id": case,
            "office": office,
            "task": task,
            "reason": "需求 tax_clearance，滑县",
            "receipt_due": datetime(2026, 3, 5, 10, tzinfo=UTC),
            "resolution_due": datetime(2026, 3, 18, 10, tzinfo=UTC),
            "case": {
                "filer": "court.410526",
                "reference": reference,
                "title": "某公司破产清算案",
                "division": "410526",
                "lane": "ordinary",
                "filed_on": date(2026, 3, 2),
                "details": {"kind": kind, **DETAILS[kind], **details},
            },
        }
    )


@pytest.fixture(scope="session")
def issued() -> MakeIssued:
    """Make an event of routing; keywords go into the case's details."""
    return _issued


@pytest.fixture(scope="session")
def given() -> MakeGiven:
    """Make what routing gave; the same arguments as `issued`."""
    return lambda *args, **more: given_of(_issued(*args, **more))


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


OFFICES = ("tax.410500", "tax.410526")
TaxService = Service[m.Assignment, m.Input, m.Fact]


@pytest.fixture(scope="session")
def settings_of(
    mongo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AgencySettings]:
    """Make the settings of the tax agency's service from its offices' addresses and inboxes."""

    def make(offices: dict[str, tuple[str, str]], **more: Any) -> AgencySettings:
        file = tmp_path_factory.mktemp("tax") / "offices.json"
        listed = [
            {"office": office, "amqp_url": url, "inbox": inbox}
            for office, (url, inbox) in offices.items()
        ]
        file.write_text(json.dumps(listed))
        said = {
            "agency": "tax",
            "offices_file": file,
            **quick(mongo_url),
        }
        return AgencySettings.model_validate(said | more)

    return make


@pytest.fixture(scope="session")
def run_service() -> Callable[[AgencySettings], AbstractAsyncContextManager[TaxService]]:
    """Run a service as long as it is used."""
    return lambda settings: running(build(settings), settings)


@pytest_asyncio.fixture(scope="session")
async def tax(settings_of: Any, run_service: Any) -> AsyncIterator[TaxService]:
    """Run the tax agency's service on the real database, while its broker is away."""
    away = "amqp://tax:secret@127.0.0.1:1/"
    async with run_service(settings_of({name: (away, f"q.{name}") for name in OFFICES})) as service:
        yield service


@pytest.fixture
def ask(tax: TaxService) -> Ask:
    """Send a request as somebody, an officer of a county where nothing is said."""
    return asking(tax.app, role="officer", office="tax.410526", division="410500")


@pytest.fixture
def deliver(tax: TaxService, given: MakeGiven) -> Callable[..., Any]:
    """Bring an assignment of a fresh case; gives its id. `due` is days from now."""

    async def bring(office: str = "tax.410526", *, due: float = 10, **more: Any) -> str:
        now = datetime.now(UTC)
        made = replace(
            given(office=office, reference=uuid.uuid4().hex, **more),
            filed_on=date(2024, 1, 8),
            receipt_due=now + timedelta(days=due - 5),
            resolution_due=now + timedelta(days=due),
        )
        await tax.engine.submit(Work(made.assignment_id, m.Issue(made, office)))
        return made.assignment_id

    return bring
