"""What the service is told: offices and policy, checked before anything connects."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.agencies.app import build, main
from services.agencies.settings import AgencySettings
from services.runtime.streams import Source

OFFICE = {"office": "tax.410526", "amqp_url": "amqp://o:hunter2@127.0.0.1:1/", "inbox": "q.i"}


def settings(folder: Path, offices: Any, **more: Any) -> AgencySettings:
    file = folder / "offices.json"
    file.write_text(json.dumps(offices))
    return AgencySettings.model_validate({"agency": "tax", "offices_file": file} | more)


async def test_each_office_reads_its_own_inbox_as_its_own_user(tmp_path: Path) -> None:
    other = OFFICE | {"office": "tax.410500", "inbox": "q.j"}
    room = build(settings(tmp_path, [OFFICE, other], amqp_url="amqp://somebody@127.0.0.1/"))
    assert list(await room.sources()) == [
        Source("q.i", "tax.410526", "tax.410526", inbox=True),
        Source("q.j", "tax.410500", "tax.410500", inbox=True),
    ]
    assert set(room.urls) == {"tax.410526", "tax.410500"}
    assert room.name == "agency_tax"


async def test_one_process_may_serve_the_offices_of_several_agencies(tmp_path: Path) -> None:
    other = OFFICE | {"office": "finance.410500", "inbox": "q.j"}
    room = build(settings(tmp_path, [OFFICE, other], agency="others"))
    assert [source.office for source in await room.sources()] == ["tax.410526", "finance.410500"]
    assert room.name == "agency_others"


async def test_an_agency_has_no_broker_user_of_its_own(tmp_path: Path) -> None:
    assert not settings(tmp_path, [OFFICE], amqp_url="amqp://somebody@127.0.0.1/").amqp_url


@pytest.mark.parametrize(
    ("offices", "says"),
    [
        ([], "none, or one twice"),
        ([OFFICE, OFFICE], "none, or one twice"),
        ([OFFICE | {"office": "housing.410500"}], "not of tax"),
        ([OFFICE | {"office": "tax"}], "0.office"),
        ([OFFICE | {"amqp_url": "hunter2"}], "0.amqp_url"),
        ([OFFICE | {"pass": "hunter2"}], "0.pass"),
        ({}, "offices.json"),
    ],
)
def test_a_wrong_list_of_offices_is_refused_without_repeating_a_password(
    tmp_path: Path, offices: Any, says: str
) -> None:
    with pytest.raises(ValueError, match="offices") as refused:
        build(settings(tmp_path, offices))
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_process_ends_with_a_clear_word_on_a_wrong_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\ndefault: {receive: maybe}")
    settings(tmp_path, [OFFICE])
    monkeypatch.setenv("AGENCY", "tax")
    monkeypatch.setenv("OFFICES_FILE", str(tmp_path / "offices.json"))
    monkeypatch.setenv("POLICY_FILE", str(policy))
    with pytest.raises(SystemExit) as ended:
        main()
    assert "default.receive" in str(ended.value)
