from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from services.metrics.exposition import BUCKETS, Exposition, Sums, bounded
from services.metrics.figures import ASSIGNMENT_FIGURES, CASE_FIGURES, coarse
from services.metrics.sums import Group, Waited

T0 = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)
ALLOWED = {"kind", "lane", "agency", "office", "reason", "what", "ending", "le"}


def group(*row: str | None, days: int = 0, **counts: int) -> Group:
    names = CASE_FIGURES + ASSIGNMENT_FIGURES
    return Group(row, dict.fromkeys(names, 0) | counts, T0 + timedelta(days=days))


def sums(**parts: Any) -> Sums:
    empty: dict[str, Any] = {"cases": (), "given": (), "waited": (), "before": (), "parked": ()}
    return Sums(**(empty | parts), at=T0)


def samples(
    found: Sums | None, bound: int = 60, offices: int = 500
) -> dict[str, list[tuple[dict[str, str], float]]]:
    registry, exposition = CollectorRegistry(), Exposition(bound, offices)
    registry.register(exposition)
    exposition.sums = found
    text = generate_latest(registry).decode()
    listed: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            listed.setdefault(sample.name, []).append((sample.labels, sample.value))
    return listed


def test_nothing_is_claimed_before_it_was_computed() -> None:
    assert samples(None) == {}


def test_cases_are_counted_by_kind_and_lane() -> None:
    found = samples(sums(cases=[
        group("bankruptcy", "green", filed=3, routed=2, closed=1, closed_withdrawn=1),
        group("bankruptcy", "ordinary", filed=4, routed=4, unroutable=1),
        group("bankruptcy", None, routed=1),
    ]))  # fmt: skip
    kind = {"kind": "bankruptcy"}
    assert found["fuyuan_cases_filed_total"] == [
        (kind | {"lane": "green"}, 3.0), (kind | {"lane": "ordinary"}, 4.0),
    ]  # fmt: skip
    assert found["fuyuan_cases_routed_total"] == [(kind, 7.0)]
    assert found["fuyuan_cases_unroutable_total"] == [(kind, 1.0)]
    assert found["fuyuan_cases_closed_total"] == [(kind, 1.0)]
    assert {labels["ending"]: value for labels, value in found["fuyuan_cases_ended_total"]} == {
        "done": 0.0, "concluded": 0.0, "withdrawn": 1.0,
    }  # fmt: skip


def test_assignments_are_counted_by_agency() -> None:
    given = group("tax", returned=2, overdue_receipt=1, open=5, recalled=4, waiting=3)
    found = samples(sums(given=[given], parked=[Group(("poison",), {"parked": 3}, T0)]))
    agency = {"agency": "tax"}
    assert found["fuyuan_assignments_returned_total"] == [(agency, 2.0)]
    assert found["fuyuan_assignments_overdue_total"] == [
        (agency | {"what": "receipt"}, 1.0), (agency | {"what": "resolution"}, 0.0),
    ]  # fmt: skip
    assert found["fuyuan_assignments_open"] == [(agency, 5.0)]
    assert found["fuyuan_assignments_recalled_total"] == [(agency, 4.0)]
    assert found["fuyuan_assignments_waiting"] == [(agency, 3.0)]
    assert found["fuyuan_messages_parked"] == [({"reason": "poison"}, 3.0)]


def test_what_is_open_is_told_by_office() -> None:
    lies = {"open": 4, "undelivered": 2, "unreceived": 3, "late": 1}
    before = [Group(("tax", f"tax.41052{n}"), lies, T0 + timedelta(days=n)) for n in range(3)]
    found = samples(sums(before=before), offices=2)
    assert found["fuyuan_office_assignments_undelivered"] == [
        ({"agency": "other", "office": "other"}, 2.0),
        ({"agency": "tax", "office": "tax.410520"}, 2.0),
        ({"agency": "tax", "office": "tax.410521"}, 2.0),
    ]
    assert [value for _, value in found["fuyuan_office_assignments_late"]] == [1.0] * 3


def test_histograms_are_cumulative_and_exact_at_their_bounds() -> None:
    lengths = [999, 1000, 1001, 60_000, 60_001, 10**12]
    waited = [Waited(("tax",), "delivery", coarse(ms), 1, ms) for ms in lengths]
    found = samples(sums(given=[group("tax", issued=6)], waited=waited))
    name = "fuyuan_assignment_delivery_seconds"
    buckets = {labels["le"]: value for labels, value in found[f"{name}_bucket"]}
    assert (buckets["0.5"], buckets["1.0"], buckets["2.5"]) == (0, 2, 3)
    assert (buckets["60.0"], buckets["300.0"], buckets["+Inf"]) == (4, 5, 6)
    assert found[f"{name}_sum"] == [({"agency": "tax"}, sum(lengths) / 1000)]
    assert found[f"{name}_count"] == [({"agency": "tax"}, 6.0)]


@pytest.mark.parametrize("bounds", BUCKETS.values())
def test_bounds_rise_and_have_three_digits_at_most(bounds: tuple[int, ...]) -> None:
    assert all(coarse(bound) == bound for bound in bounds)
    assert all(low < high for low, high in pairwise(bounds))


def test_labels_stay_bounded_however_many_names_there_are() -> None:
    names = [f"agency_{n}" for n in range(500)]
    found = samples(
        sums(
            cases=[group(name, "green", filed=1) for name in names],
            given=[group(name, days=n, issued=1) for n, name in enumerate(names)],
            waited=[Waited((name,), what, 10, 1, 10) for name in names for what in BUCKETS],
            parked=[Group((name,), {"parked": 1}, T0) for name in names],
        ),
        bound=7,
    )
    for listed in found.values():
        assert {key for labels, _ in listed for key in labels} <= ALLOWED
        for label in ALLOWED - {"le"}:
            assert len({labels.get(label) for labels, _ in listed}) <= 8
    issued = found["fuyuan_assignments_issued_total"]
    assert sum(value for _, value in issued) == 500
    assert ({"agency": "other"}, 493.0) in issued


def test_who_came_first_keeps_its_name_when_others_come() -> None:
    early = [group("tax", days=1), group("housing", days=2)]
    assert bounded(early, 0, 2) == {None: "unknown", "tax": "tax", "housing": "housing"}
    later = [group("bank", days=3), *early, group(None)]
    assert bounded(later, 0, 2) == {
        None: "unknown", "tax": "tax", "housing": "housing", "bank": "other",
    }  # fmt: skip
