"""Whether histories are whole: each commit carries the digest of the one before. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.runtime.fold import Commit, digest

Fault = Literal["changed", "missing", "cut_off"]


@dataclass(frozen=True, slots=True)
class Finding:
    """An entry of a history that is not as it was written."""

    subject: str
    rev: int
    fault: Fault
    error: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a history when it was listed."""

    subject: str
    rev: int
    digest: str


def check(subject: str, commits: Sequence[Commit]) -> list[Finding]:
    """Check one subject's entries, in order: none is missing, none but the last was changed.

    The last one's content is vouched for by nothing after it: by the lists of heads alone.
    """
    found: list[Finding] = []
    rev, head, facts = 0, "", 0
    for commit in commits:
        rev += 1
        if commit["rev"] != rev:
            error = f"expected entry {rev}, found {commit['rev']}"
            found.append(Finding(subject, rev, "missing", error))
        elif commit["prevhash"] != head:
            error = f"entry {rev} follows another entry {rev - 1} than the one that is there"
            found.append(Finding(subject, max(rev - 1, 1), "changed", error))
        elif commit["_id"] != f"{subject}/{rev}" or commit["first"] != facts + 1:
            found.append(Finding(subject, rev, "changed", "its id or its numbers don't fit"))
        rev, head = commit["rev"], digest(commit)
        made = (len(item["facts"]) + item.get("skip", 0) for item in commit["decisions"])
        facts = commit["first"] - 1 + sum(made)
    return found


def check_heads(heads: Iterable[Head], there: Mapping[str, Commit]) -> list[Finding]:
    """Check that what was listed is there as it was; `there` has the commits by `_id`."""
    found = []
    for head in heads:
        commit = there.get(f"{head.subject}/{head.rev}")
        if commit is None:
            error = f"entry {head.rev} was written and is gone"
            found.append(Finding(head.subject, head.rev, "cut_off", error))
        elif digest(commit) != head.digest:
            error = f"entry {head.rev} is not as it was written"
            found.append(Finding(head.subject, head.rev, "changed", error))
    return found


def digest_of(heads: Sequence[Head]) -> str:
    """Hash a list of heads (SHA-256, in hex)."""
    listed = [[head.subject, head.rev, head.digest] for head in heads]
    return hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()


def heads_of(stored: Mapping[str, Any]) -> list[Head]:
    """Read the heads of a stored list."""
    return [Head(*item) for item in stored["heads"]]
