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
FEW, MANY = 3, 300
OFFICE, FILER = "tax.410526", "court.410526"


@pytest.fixture(scope="module")
def there(world: World) -> dict[str, str]:
    """Ids of what there is, by the name of the path's parameter: random ones are only ever 404."""
    case = world.file(world.bankruptcy("tax_clearance", division="410526"), FILER)
    (given,) = world.delivered(case)["assignments"]
    assignment = given["assignment_id"]
    return {
        "id_": case, "case_id": case, "assignment": assignment, "assignment_id": assignment,
        "task": "tax_clearance", "office_id": OFFICE, "division": "410526", "year": "2019",
        "number": "1", "figure": "bankruptcy.filed",
    }  # fmt: skip


def document_of(world: World, service: str) -> BaseSchema:
    document = world.http("GET", service, "/openapi.json").json()
    return schemathesis.openapi.from_dict(document)


def asked(world: World, there: dict[str, str], service: str, examples: int) -> list[str]:
    """Ask every operation as each of several callers; give what is not as the document says."""
    callers: list[Client] = [
        world.operator,
        world.filer(FILER),
        world.officer(OFFICE),
        world.local.client("liaison", division="410526"),
    ]
    wrong: list[str] = []
    for result in document_of(world, service).get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr] # an Err has none, and fails here
        for mode in MODES:
            strategy = operation.as_strategy(generation_mode=mode)
            turn = iter(range(10**9))

            @seed(int(os.environ.get("FAULTS_SEED", "1")))
            @settings(
                max_examples=examples,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case: Any) -> None:
                now = next(turn)  # noqa: B023 - called at once
                by = callers[now % len(callers)]
                if now % 3:
                    known = {name: there[name] for name in case.path_parameters if name in there}
                    case.path_parameters.update(known)
                headers = {"authorization": f"Bearer {by._bearer()}"}
                answer = case.call(base_url=world.local.urls[service], headers=headers)
                case.validate_response(answer, checks=CHECKS)

            try:
                ask()
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - it is listed
                wrong.append(f"{operation.label} {mode.value}: {error!r:.1500}")
    return wrong


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_as_its_document_says(
    world: World, there: dict[str, str], service: str
) -> None:
    wrong = asked(world, there, service, FEW)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.faults_long
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_as_its_document_says_for_long(
    world: World, there: dict[str, str], service: str
) -> None:
    examples = int(os.environ.get("FUYUAN_EXAMPLES", MANY))
    wrong = asked(world, there, service, examples)
    assert not wrong, "\n\n".join(wrong)
