"""Folding, alone: what is decided is what is read again, however it came in batches."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import fold as folding
from services.runtime.domain import NotYetError, RefusedError
from services.runtime.fold import Draft, commit_of, decide, digest, fold, sendings
from services.runtime.streams import Cause, Folded, Seen, Work
from services.runtime.wires import wire
from tests.runtime.toy import STREAM, Tally

NOW = datetime(2026, 9, 6, 2, 0, tzinfo=UTC)
STORED: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
WORDS = ("go", "twice", "kept", "nothing", "no", "boom", "known")

works = st.lists(
    st.builds(
        lambda word, number, source, commanded: Work(
            "s",
            word,
            None if commanded else Cause(source, "other", number, f"e{number}"),
            by="k1" if commanded else None,
        ),
        st.sampled_from(WORDS),
        st.integers(1, 9),
        st.sampled_from(("/services/a", "/offices/b")),
        st.booleans(),
    ),
    max_size=15,
)


def commit_all(
    batches: Sequence[Sequence[Work[str]]],
) -> tuple[Folded[Tally], list[Any], list[Any]]:
    """Decide batch by batch; gives the fold, the commits as the database gives them, the sendings.

    Time passes with each work, so that it is the same however they are cut into batches.
    """
    folded, commits, sent, passed = Folded(Tally()), [], [], 0
    for batch in batches:
        draft = Draft(folded, first=folded.count + 1)
        for work in batch:
            passed += 1
            try:
                decide(STREAM, draft, work, NOW + timedelta(seconds=passed))
            except (RefusedError, NotYetError, ZeroDivisionError):
                continue
        if draft.decisions:
            commit = commit_of("s", draft, NOW, "n")
            commits.append(bson.decode(bson.encode(commit), STORED))
            sent += draft.sendings
        folded = draft.folded
    return folded, commits, sent


def cut(items: Sequence[Any], cuts: Sequence[int]) -> list[Sequence[Any]]:
    places = [0, *sorted(place % (len(items) + 1) for place in cuts), len(items)]
    return [items[a:b] for a, b in pairwise(places)]


@given(works, st.lists(st.integers(0, 15), max_size=6))
def test_commits_read_again_give_the_state_they_were_written_from(
    all_works: list[Work[str]], cuts: list[int]
) -> None:
    folded, commits, _ = commit_all(cut(all_works, cuts))
    assert fold(STREAM, "s", commits) == folded
    assert [commit["rev"] for commit in commits] == list(range(1, len(commits) + 1))


@given(works, st.lists(st.integers(0, 15), max_size=6))
def test_any_cut_into_batches_gives_the_same_facts_numbers_and_messages(
    all_works: list[Work[str]], cuts: list[int]
) -> None:
    whole, _, sent_whole = commit_all([all_works])
    parts, commits, sent_parts = commit_all(cut(all_works, cuts))
    assert (parts.state, parts.count, parts.seen) == (whole.state, whole.count, whole.seen)
    assert [wire(item) for item in sent_parts] == [wire(item) for item in sent_whole]
    facts_before = 0
    for commit in commits:
        assert commit["first"] == facts_before + 1
        facts_before += sum(len(decision["facts"]) for decision in commit["decisions"])
    assert facts_before == whole.count


@given(works, st.lists(st.integers(0, 15), max_size=6))
def test_what_is_sent_again_is_the_same_to_the_byte(
    all_works: list[Work[str]], cuts: list[int]
) -> None:
    _, commits, sent = commit_all(cut(all_works, cuts))
    said = sendings(STREAM, "s", commits)
    again = [item for commit in commits for item in said.get(commit["rev"], [])]
    assert [wire(item) for item in again] == [wire(item) for item in sent]
    assert sum(commit["out"] for commit in commits) == len(sent)


@given(works)
def test_the_same_works_a_second_time_change_nothing_but_what_was_refused(
    all_works: list[Work[str]],
) -> None:
    caused = [
        work for work in all_works if work.cause and work.input not in ("no", "boom", "known")
    ]
    once, _, sent_once = commit_all([caused])
    twice, _, sent_twice = commit_all([caused, caused])
    assert twice.state == once.state
    assert len(sent_twice) == len(sent_once)


def _altered() -> list[tuple[str, Any]]:
    def time(commit: dict[str, Any]) -> None:
        commit["decisions"][0]["time"] += timedelta(milliseconds=1)

    def word(commit: dict[str, Any]) -> None:
        commit["decisions"][0]["facts"][0]["word"] = "else"

    def who(commit: dict[str, Any]) -> None:
        commit["decisions"][0]["by"] = "k2"

    return [("time", time), ("word", word), ("who", who)]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("_what", "alter"), _altered())
def test_a_commit_that_is_altered_breaks_the_chain(place: int, _what: str, alter: Any) -> None:
    _, commits, _ = commit_all([[Work("s", "go", by="k1")] for _ in range(4)])
    heads = ["", *(digest(commit) for commit in commits)]
    assert [commit["prevhash"] for commit in commits] == heads[:-1]
    alter(commits[place])
    assert digest(commits[place]) != commits[place + 1]["prevhash"]


@given(st.lists(st.integers(1, 40), max_size=60))
def test_seen_numbers_are_a_set_kept_small(numbers: list[int]) -> None:
    seen, plain = Seen(), set[int]()
    for number in numbers:
        assert (number in seen) == (number in plain)
        seen, plain = seen.add(number), plain | {number}
    assert {number for number in range(1, 42) if number in seen} == plain
    assert all(number > seen.upto + 1 for number in seen.above)


def test_a_source_that_leaves_too_many_gaps_is_refused_and_nothing_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folding, "SEEN_BOUND", 3)
    draft = Draft(Folded(Tally()))
    for number in (2, 4, 6):
        decide(STREAM, draft, Work("s", "go", Cause("/a", "s", number, "e")), NOW)
    with pytest.raises(RefusedError):
        decide(STREAM, draft, Work("s", "go", Cause("/a", "s", 8, "e")), NOW)
    assert (draft.folded.state.n, len(draft.decisions), len(draft.sendings)) == (3, 3, 3)
    decide(STREAM, draft, Work("s", "go", Cause("/a", "s", 1, "e")), NOW)  # fills a gap
    assert draft.folded.state.n == 4


@pytest.mark.parametrize("word", ["nothing"])
def test_a_command_that_changes_nothing_is_not_stored_but_a_message_is_counted(word: str) -> None:
    draft = Draft(Folded(Tally()))
    decide(STREAM, draft, Work("s", word, by="k1"), NOW)
    assert draft.decisions == []
    decide(STREAM, draft, Work("s", word, Cause("/a", "s", 1, "e")), NOW)
    assert len(draft.decisions) == 1
    assert decide(STREAM, draft, Work("s", word, Cause("/a", "s", 1, "e")), NOW).repeated
