"""Each service answers what its own OpenAPI document says, whatever fits it or doesn't.

`make faults-long` takes a hundred times as many examples, another hundred each time.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import BaseSchema, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.client import Client
from tests.support.world import World

SERVICES = (
    "intake",
    "routing",
    "tracker",
    "metrics",
    "notices",
    "liaison",
    "parking",
    "agency-tax",
)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
FEW, MANY = 4, 400


def document_of(world: World, service: str) -> BaseSchema:
    document = world.http("GET", service, "/openapi.json").json()
    return schemathesis.openapi.from_dict(document)


def asked(world: World, service: str, examples: int, number: int) -> list[str]:
    """Ask every operation as each of several callers; give what is not as the document says."""
    callers: list[Client] = [
        world.operator,
        world.filer("court.410526"),
        world.officer("tax.410526"),
        world.local.client("liaison", division="410526"),
    ]
    wrong: list[str] = []
    for result in document_of(world, service).get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr] # an Err has none, and fails here
        for mode in MODES:
            strategy = operation.as_strategy(generation_mode=mode)
            turn = iter(range(10**9))

            @seed(number)
            @settings(
                max_examples=examples,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case: Any) -> None:
                by = callers[next(turn) % len(callers)]  # noqa: B023 - called at once
                headers = {"authorization": f"Bearer {by._bearer()}"}
                answer = case.call(base_url=world.local.urls[service], headers=headers)
                case.validate_response(answer, checks=CHECKS)

            try:
                ask()
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - it is listed
                wrong.append(f"{operation.label} {mode.value}: {error!r:.1500}")
    return wrong


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_as_its_document_says(world: World, service: str) -> None:
    wrong = asked(world, service, FEW, 1)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.faults_long
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_as_its_document_says_for_long(world: World, service: str) -> None:
    wrong = asked(world, service, MANY, int(os.environ.get("FAULTS_SEED", "1")))
    assert not wrong, "\n\n".join(wrong)
