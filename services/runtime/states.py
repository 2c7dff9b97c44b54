"""The states a service decides from: those it remembers, and those it loads."""

from collections import OrderedDict
from typing import Generic

from services.runtime.commits import Commits
from services.runtime.fold import fold
from services.runtime.streams import F, Folded, Q, S, Stream

CACHE = 10_000
"""Subjects whose state is kept in memory."""


class States(Generic[S, Q, F]):
    """One service's states, by subject."""

    def __init__(self, stream: Stream[S, Q, F], commits: Commits) -> None:
        """Remember nothing yet."""
        self._stream = stream
        self._commits = commits
        self._known: OrderedDict[str, Folded[S]] = OrderedDict()

    def __contains__(self, subject: str) -> bool:
        """Tell whether a subject's state is remembered; it may be out of date."""
        return subject in self._known

    async def get(
        self, subjects: set[str], trusted: set[str], assumed: set[str]
    ) -> dict[str, Folded[S]]:
        """Give subjects' states: the `trusted` ones' as remembered, none for the `assumed`."""
        known = self._known
        found = {subject: known[subject] for subject in subjects & trusted if subject in known}
        for subject in subjects & assumed:
            found[subject] = Folded(self._stream.initial(subject))
        if missing := list(subjects - found.keys()):
            for subject, commits in (await self._commits.load(missing)).items():
                found[subject] = fold(self._stream, subject, commits)
        return found

    def remember(self, subject: str, folded: Folded[S]) -> None:
        """Keep a subject's state, in place of the one that was not used for longest."""
        self._known[subject] = folded
        self._known.move_to_end(subject)
        if len(self._known) > CACHE:
            self._known.popitem(last=False)

    def forget(self, subject: str) -> None:
        """Keep no state of a subject."""
        self._known.pop(subject, None)

    def clear(self) -> None:
        """Keep none at all."""
        self._known.clear()
