"""What comes a hundred times, backwards, with gaps or too early has its effect once."""

import random

import pytest

from tests.faults.harness import Faults
from tests.faults.tapping import Copy, purge, say, taken, tapped

pytestmark = pytest.mark.faults
TIMES, REPEATED = 100, 40


def test_the_same_message_a_hundred_times_at_once(faults: Faults) -> None:
    admin = faults.local.bus.admin_url
    with faults.load("the same message a hundred times at once", 60) as load, tapped(admin):
        faults.wait_closed(load, 20)
        copies = taken(admin)[:REPEATED] * TIMES
        assert len(copies) == REPEATED * TIMES
        random.Random(1).shuffle(copies)
        load.broken()
        say(admin, copies)
        faults.wait_ready()
        load.mended()


@pytest.mark.parametrize("reader", ["metrics", "tracker"])
def test_a_reader_hears_everything_backwards_and_with_gaps_that_are_filled_later(
    faults: Faults, reader: str
) -> None:
    """Its own messages are taken away while it stands still, and come out of order."""
    admin = faults.local.bus.admin_url
    with faults.load("out of order, with gaps, before its case is known", 60) as load:
        with tapped(admin), faults.standing_still(reader):
            faults.wait_closed(load, 60)
            copies = [copy for copy in taken(admin) if wants(reader, copy)]
            load.broken()
            purge(admin, f"q.{reader}")
        # what its process holds already comes as well: once more for those
        backwards = copies[::-1]
        say(admin, backwards[::2])
        say(admin, backwards[1::2])
        load.mended()


def wants(reader: str, copy: Copy) -> bool:
    """The tracker has only some of what is said; the rest would lead nowhere it is wanted."""
    return reader != "tracker" or not copy.key.startswith("access.")
