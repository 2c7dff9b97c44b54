"""The contestants do the whole job: each case closed, each of its events counted once."""

from pathlib import Path

import pytest

from services.stack.secrets import Secrets
from services.stack.servers import Servers
from tests.benchmarks.__main__ import OPEN
from tests.benchmarks.contest import WARM_UP, Place, run
from tests.benchmarks.limit.trace import load
from tests.benchmarks.limited import measure as measure_ours
from tests.benchmarks.ordinary import Ordinary
from tests.benchmarks.workload import filings, lines

pytestmark = pytest.mark.bench
CASES = 50


@pytest.fixture(scope="module")
def place(servers: Servers, secrets: Secrets, tmp_path_factory: pytest.TempPathFactory) -> Place:
    if not servers.management_url:
        pytest.skip("this broker's management API can't be reached")
    directory: Path = tmp_path_factory.mktemp("bench")
    return Place(servers, secrets, directory)


@pytest.mark.parametrize("name", ["one_at_a_time", "celery", "limit"])
def test_every_case_is_closed_and_counted_once(name: str, place: Place) -> None:
    if name == "limit":
        measure_ours(place, CASES)  # with the real services, none of whose cases may be lost
    given = filings(CASES)
    with OPEN[name](place) as contestant:
        done = run(contestant, place.servers, given)
        assert (done.lost, done.wrong) == (0, [])
        assert done.cases == CASES - WARM_UP
        assert contestant.closed() == CASES
        if isinstance(contestant, Ordinary):
            filed_again_counts_once(contestant, lines(given))
            a_loss_is_seen(contestant)


def filed_again_counts_once(contestant: Ordinary, body: bytes) -> None:
    again = contestant.file(body)
    assert len(set(again)) == CASES
    assert contestant.judged(again) == (0, [])


def a_loss_is_seen(contestant: Ordinary) -> None:
    fact = contestant.facts.find_one_and_delete({})
    assert fact
    lost, why = contestant.judged([fact["case"]])
    assert (lost, why[0].partition(":")[0]) == (1, fact["case"])


def test_the_limit_says_and_writes_what_was_measured(place: Place) -> None:
    found = load(measure_ours(place, CASES))
    assert len(found) == CASES
    for trace in found:
        said = [number for steps in trace.steps.values() for step in steps.values()
                for number in step.says]  # fmt: skip
        assert sorted(said) == list(range(len(trace.messages)))
        assert {"intake", "routing", "metrics"} <= trace.steps.keys()


def test_filings_are_the_same_each_time_and_have_references_of_their_own() -> None:
    given = filings(CASES)
    assert given == filings(CASES)
    assert len({item["reference"] for item in given}) == CASES
