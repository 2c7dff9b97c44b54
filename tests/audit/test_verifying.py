"""What a service's lists say against what others keep of them."""

from typing import Any

import pytest

from services.audit.verifying import compare

Json = dict[str, Any]


def listed(number: int, **more: Any) -> Json:
    return {
        "list_id": f"l{number}", "number": number, "commits": 3, "digest": f"{number:064x}",
        "told": True, "findings": [], "beginnings_missing": [], **more,
    }  # fmt: skip


def kept(*lists: Json, **more: Any) -> dict[str, Json]:
    names = ("number", "commits", "digest")
    return {item["list_id"]: {name: item[name] for name in names} | more for item in lists}


ONE, TWO = listed(1), listed(2)
ACCEPTED = {"accepted": {"by": "op", "why": "restored", "at": "2026-01-01"}}


@pytest.mark.parametrize(
    ("lists", "theirs", "faults"),
    [
        ([ONE, TWO], [kept(ONE, TWO), kept(ONE, TWO)], []),
        ([ONE, listed(2, told=False)], [kept(ONE)], []),
        ([ONE], [kept(ONE, TWO), kept(ONE, TWO)], [("list 2", "cut_off")]),
        ([], [kept(ONE)], [("list 1", "cut_off")]),
        ([ONE, listed(2, digest="f" * 64)], [kept(ONE, TWO)], [("list 2", "changed")]),
        ([ONE, TWO], [kept(ONE, TWO), kept(ONE)], [("list 2", "missing")]),
        ([listed(1, beginnings_missing=["c1"])], [kept(ONE)], [("c1", "missing")]),
        ([listed(1, findings=[{"subject": "c1", "fault": "cut_off"}])], [kept(ONE)],
         [("c1", "cut_off")]),
        ([ONE], [kept(ONE) | kept(TWO, **ACCEPTED), kept(ONE) | kept(TWO, **ACCEPTED)], []),
        ([ONE], [kept(ONE) | kept(TWO, **ACCEPTED), kept(ONE, TWO)], [("list 2", "cut_off")]),
    ],
)  # fmt: skip
def test_every_difference_is_a_finding(
    lists: list[Json], theirs: list[dict[str, Json]], faults: list[tuple[str, str]]
) -> None:
    by_keeper = {f"keeper{number}": item for number, item in enumerate(theirs)}
    found, _ = compare(lists, by_keeper)
    assert [(item["subject"], item["fault"]) for item in found] == faults


def test_what_was_accepted_as_gone_stays_listed_with_the_reason() -> None:
    found, accepted = compare([ONE], {"parking": kept(ONE) | kept(TWO, **ACCEPTED)})
    assert not found
    assert [(item["list_id"], item["accepted"]["why"]) for item in accepted] == [("l2", "restored")]
