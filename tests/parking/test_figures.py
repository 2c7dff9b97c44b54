"""What parking tells Prometheus: what waits, by queue and reason; when certificates end."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.parking.certificates import families as of_certificates
from services.parking.exposition import Waiting, families
from tests.support.certificates import made


def test_nothing_parked_is_told_too() -> None:
    total, by = families([])
    assert [item.value for item in total.samples] == [0]
    assert by.samples == []


def test_an_inbox_that_got_a_new_name_is_the_same_inbox() -> None:
    inbox = "q.office.tax.410526.in"
    waiting = [Waiting(f"{inbox}.{part * 8}", "delivery_limit", 2) for part in "ab"]
    total, by = families([*waiting, Waiting("q.routing", "invalid", 3)])
    assert [item.value for item in total.samples] == [7]
    assert {tuple(item.labels.values()): item.value for item in by.samples} == {
        (inbox, "delivery_limit"): 4,
        ("q.routing", "invalid"): 3,
    }


def test_when_certificates_end_is_told_and_a_file_that_is_none_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path / "other.pem"
    other.write_text("no certificate")
    with caplog.at_level(logging.WARNING):
        (found,) = of_certificates([other, tmp_path / "missing.pem", made(tmp_path, days=3)])
    (only,) = found.samples
    assert only.labels == {"certificate": "server.pem"}
    left = datetime.fromtimestamp(only.value, UTC) - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)
    assert caplog.text.count("can't be read") == 2
