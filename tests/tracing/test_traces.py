"""Which trace a decision belongs to, and that an office's reports go on in the assignment's."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions

from fuyuan_contracts.agency.inbox import Policy, take
from fuyuan_contracts.agency.store import Store
from fuyuan_contracts.envelope import decode
from fuyuan_contracts.events import AssignmentIssued
from services.runtime.fold import Draft, Sending, commit_of, decide, fold, sendings, trace_of
from services.runtime.streams import Cause, Folded, Work
from services.runtime.wires import wire
from tests.runtime.toy import STREAM, Tally

NOW = datetime(2026, 9, 6, 2, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "contracts" / "examples" / "assignment.json"

STORED: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
CASES, OTHERS = f"00-{'a' * 32}-{'1' * 16}-01", f"00-{'b' * 32}-{'2' * 16}-01"
LATER = f"00-{'a' * 32}-{'3' * 16}-01"
SERVICE = Cause("/services/routing", "c1", 1, "e1")
OFFICE = Cause("/offices/tax.410526", "c1", 1, "e1")


@pytest.mark.parametrize(
    ("known", "cause", "given", "expected"),
    [
        (None, None, OTHERS, OTHERS),  # the first decision on a subject
        (None, None, None, None),
        (CASES, None, None, CASES),  # a timer
        (CASES, None, OTHERS, CASES),  # a person
        (CASES, OFFICE, OTHERS, CASES),  # an office can't move a case into another trace
        (CASES, OFFICE, None, CASES),  # an office whose program knows of no traces
        (CASES, OFFICE, LATER, LATER),
        (CASES, SERVICE, OTHERS, OTHERS),  # a project hears of many cases
        (CASES, SERVICE, None, CASES),
    ],
)
def test_a_decisions_trace(
    known: str | None, cause: Cause | None, given: str | None, expected: str | None
) -> None:
    work: Work[str] = Work("c1", "", cause, traceparent=given)
    assert trace_of(Folded("", trace=known), work) == expected


def test_what_is_read_again_has_the_traces_that_were_sent() -> None:
    sent: list[Sending] = []
    folded, commits = Folded(Tally()), []
    works: list[Work[str]] = [Work("s", "go", SERVICE, traceparent=CASES), Work("s", "go", by="k")]
    for number, work in enumerate(works):
        draft = Draft(folded, first=folded.count + 1)
        decide(STREAM, draft, work, NOW)
        commits.append(bson.decode(commit_of("s", draft, NOW, str(number)).raw, STORED))
        folded = draft.folded
        sent += draft.sendings
    assert {item.traceparent for item in sent} == {CASES}
    again = [item for items in sendings(STREAM, "s", commits).values() for item in items]
    assert [wire(item).body for item in again] == [wire(item).body for item in sent]
    assert fold(STREAM, "s", commits) == folded


def test_what_an_office_says_goes_on_in_the_assignments_trace(tmp_path: Path) -> None:
    envelope = decode(SAMPLE.read_bytes()).model_copy(update={"traceparent": CASES})
    issued = AssignmentIssued.model_validate(envelope.data)
    store = Store(tmp_path / "kept.sqlite3", issued.office)
    policy = Policy(lambda _task: True, ())
    assert take(store, policy, envelope.encode(), envelope.id).result == "stored"
    store.mark_sent([item.id for item in store.unsent(5)])
    reports = [decode(row["body"]) for row in store.rows("SELECT body FROM reports")]
    assert [report.type.split(".")[-2] for report in reports] == ["delivered", "received"]
    assert {report.traceparent for report in reports} == {CASES}
