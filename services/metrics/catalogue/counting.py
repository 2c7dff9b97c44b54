"""What is counted of a subject, whatever it is: the entries its document carries. Pure."""

from collections.abc import Mapping
from typing import Any

from services.metrics.catalogue import disputes, enforcement, insolvency, working
from services.metrics.catalogue.entries import Stream, listed
from services.metrics.model import Case, Subject

DEFINITIONS_VERSION = 1
"""Goes up whenever a figure counts otherwise than before; then `fuyuan rebuild metrics`."""

_CASES = (
    *working.STREAMS,
    *enforcement.STREAMS,
    *disputes.STREAMS,
    *insolvency.STREAMS,
)
_OTHERS: tuple[Stream[Any], ...] = (
    *insolvency.PROJECTS,
    *working.MEETINGS,
    *working.INSTRUCTIONS,
)
STREAMS: Mapping[str, Stream[Any]] = {stream.id: stream for stream in (*_CASES, *_OTHERS)}
_OF_EVERY_KIND = tuple(stream for stream in _CASES if not stream.kinds)
_OF_KIND: dict[str, tuple[Stream[Case], ...]] = {
    kind: tuple(stream for stream in _CASES if not stream.kinds or kind in stream.kinds)
    for kind in frozenset().union(*(stream.kinds for stream in _CASES))
}


def entries(state: Subject) -> list[dict[str, Any]]:
    """Give the entries of a subject; none while it isn't known where it lies."""
    case = state.case
    if case is not None:
        if case.division is None:
            return []
        return listed(_OF_KIND.get(case.kind or "", _OF_EVERY_KIND), case)
    if state.project is not None and state.project.division:
        return listed(insolvency.PROJECTS, state.project)
    if state.meeting is not None:
        return listed(working.MEETINGS, state.meeting)
    if state.instruction is not None:
        return listed(working.INSTRUCTIONS, state.instruction)
    return []
