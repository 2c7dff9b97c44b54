"""What `make bench` says: the figures promised, and nothing made up for what did not run."""

import pytest

from tests.benchmarks.batch_filing import BatchFiling
from tests.benchmarks.contest import Round
from tests.benchmarks.latency import Latency
from tests.benchmarks.report import NAMES, Results, as_json, table
from tests.benchmarks.watching import Cost

COST = Cost({"python": 1, "rabbitmq": 0.5, "mongod": 0.5}, {"python": 300, "mongod": 90})


def rounds(*seconds: float, lost: int = 0) -> list[Round]:
    return [Round(100, item, lost, COST) for item in seconds]


@pytest.fixture
def results() -> Results:
    found = Results(100, {name: rounds(2, 1, 4) for name in NAMES})
    found.rounds["ours"] = rounds(0.5, 1, 0.25)
    found.latencies = [Latency(50, (30, 80), (10, 20), ["c1"])]
    found.batch = BatchFiling(600, 1000)
    return found


def test_the_file_has_medians_and_ratios(results: Results) -> None:
    found = as_json(results)
    mine = {"cases_per_second": 200, "cpu_seconds_per_1000": 20, "peak_mib": 300}
    assert found["contestants"].keys() == set(NAMES)
    assert found["contestants"]["ours"] == mine
    assert found["ratios"] == {"one_at_a_time": 4, "celery": 4, "limit": 4}
    assert found["latency"] == {"p50_ratio": 3, "p99_ratio": 4}
    assert (found["batch_filing_ratio"], found["lost"]) == (0.6, 0)


def test_the_table_says_which_goals_are_met(results: Results) -> None:
    goals = [line for line in table(results).splitlines() if line.endswith("met")]
    assert ["not met" in line for line in goals] == [True, True, False, False, False, False]


def test_what_is_lost_counts_in_every_round(results: Results) -> None:
    results.rounds["celery"] = rounds(1, 2, lost=3)
    results.also_lost = 1
    assert as_json(results)["lost"] == 7


def test_what_did_not_run_has_no_figures() -> None:
    found = as_json(Results(100, {"celery": rounds(1)}))
    assert found["contestants"].keys() == {"celery"}
    assert set(found["ratios"].values()) == {None}
    assert found["latency"] == {"p50_ratio": None, "p99_ratio": None}
