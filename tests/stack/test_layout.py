"""Which process serves an office, and which offices no process of ours serves."""

from pathlib import Path

import pytest
import yaml

from services.stack.layout import SHARED, Deployment, office_service
from services.stack.local import ROOT


@pytest.mark.parametrize(
    ("office", "service"),
    [
        ("tax.410500", "agency-tax"),
        ("market_regulation.410526", "agency-market_regulation"),
        ("housing.410500", "agency-housing"),
        ("social_security.410500", "agency-social_security"),
        ("court.410526", "agency-others"),
        ("taxi.410500", "agency-others"),
    ],
)
def test_the_busiest_agencies_have_a_process_each_and_the_others_share_one(
    office: str, service: str
) -> None:
    assert office_service(office) == service


def test_each_office_of_the_deployment_is_served_once_by_the_service_its_officers_ask() -> None:
    deployment = Deployment.under(ROOT)
    hosted = deployment.hosted()
    assert deployment.services() == [*SHARED, *hosted]
    served = [office for offices in hosted.values() for office in offices]
    assert len(served) == len(set(served))
    assert set(served) <= set(deployment.receiving())
    assert all(office_service(office) == name for name in hosted for office in hosted[name])
    assert len(hosted) == 5


def test_an_office_with_a_consumer_of_its_own_is_provisioned_and_not_served(tmp_path: Path) -> None:
    offices = yaml.safe_load((ROOT / "deploy/offices.yaml").read_text(encoding="utf-8"))
    for item in offices["offices"]:
        if item["id"].startswith(("finance.", "tax.")):
            item["hosted"] = False
    file = tmp_path / "offices.yaml"
    file.write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    deployment = Deployment(file, ROOT / "deploy/routing.yaml", ROOT / "deploy/policies.yaml")
    assert {"finance.410500", "tax.410500"} <= set(deployment.receiving())
    assert "finance.410500" not in deployment.hosted()["agency-others"]
    assert "agency-tax" not in deployment.services()
