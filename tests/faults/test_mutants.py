"""The oracle is worth something: it sees each of four mistakes in the code of a service.

Each runs on a stack of its own, with the fault that the mistake can't survive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.runtime.failpoints import AFTER_MARK, AFTER_PUBLISH
from tests.faults.harness import Faults, Load, stack
from tests.faults.mutants.sitecustomize import TOO_EARLY
from tests.faults.table import Table
from tests.support.oracle import Verdict

pytestmark = pytest.mark.faults
SEEN_SECONDS = 30


@dataclass(frozen=True)
class Mutant:
    """A mistake, the service that makes it, where that dies, and what the oracle must say."""

    name: str
    service: str
    point: str
    seen: Callable[[Verdict], int]
    copies: int = 1


MUTANTS = (
    Mutant("acknowledge_before_the_write", "metrics", TOO_EARLY, lambda said: said.lost),
    Mutant("publish_before_the_write", "routing", AFTER_PUBLISH, lambda said: said.lost),
    Mutant("no_dedupe", "metrics", AFTER_MARK, lambda said: said.duplicates),
    Mutant("race_ignored", "routing", "", lambda said: said.lost, copies=2),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_oracle_sees(mutant: Mutant, place: Path, table: Table) -> None:
    broken = {mutant.service: mutant.name}
    # many small batches: it dies at a batch's point, after some have passed it
    more = {mutant.service: {"BATCH_WAIT_MS": "10", "BATCH_MESSAGES": "20"}}
    with stack(place, table, copies=mutant.copies, mutants=broken, more=more) as faults:
        verdict = run(faults, mutant)
    print(mutant.name, verdict)
    assert mutant.seen(verdict) > 0, verdict
    assert not verdict.clean


def run(faults: Faults, mutant: Mutant) -> Verdict:
    """File while the mutant is at work; give the verdict once it is bad, or the last one."""
    with faults.row(f"mutant: {mutant.name.replace('_', ' ')} (must fail)") as row:
        load = Load(row)
        for passes in (2, 6) if mutant.point else ():
            file = faults.arm(mutant.service, mutant.point, passes)
            faults.file(load, 80)
            faults.wait_gone([file])
        if not mutant.point:
            faults.file(load, 300)
        faults.wait_ready()
        verdict = faults.settled(load.accepted, 0, SEEN_SECONDS)
        row.judge(verdict)
        row.parked = verdict.parked
    return verdict
