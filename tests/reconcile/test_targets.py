"""Who must have heard a message."""

import json

import pytest

from fuyuan_contracts.channels import SERVICES, office_out_exchange
from services.reconcile.targets import Deployed, Reader, bound, readers, speaker

DEPLOYED = Deployed(
    [*SERVICES, "agency-tax", "agency-others"], {"tax.410526", "tax.410500", "justice.410500"}
)
OWN = "tax.410502"


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("case.#", "case.filed.bankruptcy", True),
        ("case.#", "case", True),
        ("case.filed.#", "case.routed.bankruptcy", False),
        ("case.*.bankruptcy", "case.filed.bankruptcy", True),
        ("case.*", "case.filed.bankruptcy", False),
        ("#.bankruptcy", "case.filed.bankruptcy", True),
        ("access.revoked", "access.revoked", True),
        ("access.revoked", "access.revoked.x", False),
    ],
)
def test_a_topic_fits_as_on_a_broker(pattern: str, key: str, *, fits: bool) -> None:
    assert bound(pattern, key) is fits


def told(exchange: str, key: str, **data: str) -> dict[str, str]:
    return {"exchange": exchange, "key": key, "body": json.dumps({"data": data})}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (told("evt", "case.filed.bankruptcy"), {"routing", "tracker", "metrics", "notices"}),
        (told("evt", "case.unroutable.bankruptcy"), {"metrics", "notices"}),
        (told("evt", "nothing.anybody.wants"), set()),
        (told("inbox", "tax.410526"), {"agency-tax (tax.410526)"}),
        (told("inbox", "justice.410500"), {"agency-others (justice.410500)"}),
        (told("inbox", OWN), set()),
        (told(office_out_exchange("tax.410526"), ""), {"routing (tax.410526)"}),
        (told(office_out_exchange(OWN), ""), {"routing (tax.410502)"}),
        (told("office.nobody.out", ""), set()),
        (told("replay", "q.routing"), set()),
        (told("evt", "access.revoked", office="tax.410526"),
         {*SERVICES, "agency-tax (tax.410526)"} - {"intake"}),
        (told("evt", "access.revoked"),
         {*SERVICES, "agency-tax (tax.410500)", "agency-tax (tax.410526)",
          "agency-others (justice.410500)"} - {"intake"}),
    ],
)  # fmt: skip
def test_readers_are_those_whose_queue_it_comes_to(
    message: dict[str, str], expected: set[str]
) -> None:
    assert {str(reader) for reader in readers(message, DEPLOYED)} == expected


def test_a_service_that_is_not_run_reads_nothing() -> None:
    few = Deployed(["intake", "routing"], set())
    assert readers(told("evt", "case.filed.bankruptcy"), few) == [Reader("routing")]


@pytest.mark.parametrize(
    ("source", "service"),
    [
        ("/services/routing", "routing"),
        ("/services/unknown", None),
        ("/offices/tax.410526", "agency-tax"),
        ("/offices/tax.410502", None),
        ("/elsewhere", None),
    ],
)
def test_a_source_is_kept_by_its_service(source: str, service: str | None) -> None:
    assert speaker(source, DEPLOYED) == service
