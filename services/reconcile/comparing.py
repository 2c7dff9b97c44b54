"""The comparison: gaps (said and not heard), lost ends (heard and no longer known)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fuyuan_contracts.channels import office_out_queue, service_queue
from services.reconcile.asking import SUBJECTS, Services
from services.reconcile.targets import Deployed, Reader, readers, speaker

Json = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Told the service, how many of its subjects are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A message that was said and not heard by one reader."""

    said_by: str
    reader: Reader
    message: Json
    """As `/v1/messages/said` gives it."""

    def as_json(self) -> Json:
        """Show it, without what it says."""
        shown = {name: self.message[name] for name in ("subject", "sequence", "id", "type")}
        return {"said_by": self.said_by, "reader": str(self.reader), **shown}


@dataclass(frozen=True, slots=True)
class LostEnd:
    """What others have heard of a subject beyond what its own service still knows."""

    service: str
    subject: str
    known: int
    """The last number its service has used; 0: it knows nothing of the subject any more."""
    heard: int
    """The highest number that a reader has decided on."""

    def as_json(self) -> Json:
        """Show it."""
        return asdict(self)


@dataclass
class Comparison:
    """What was found."""

    said: int = 0
    """Messages that were said."""
    compared: int = 0
    """Messages × readers."""
    parked: int = 0
    """Of those not heard: what lies with the operators, and is no gap."""
    gaps: list[Gap] = field(default_factory=list)
    lost_ends: list[LostEnd] = field(default_factory=list)
    working_keys: list[str] = field(default_factory=list)
    """Access keys that were revoked, as others know, and that intake takes again."""

    @property
    def clean(self) -> bool:
        """Whether nothing is missing anywhere."""
        return not (self.gaps or self.lost_ends or self.working_keys)


def compare(services: Services, deployed: Deployed, grace: float, progress: Progress) -> Comparison:
    """Compare everything with everything. Raises ClientError where a service doesn't answer.

    What was stored in the last `grace` seconds is left out: it may be on its way.
    """
    found = find_gaps(services, deployed, grace, progress)
    found.lost_ends = lost_ends(services, deployed)
    found.working_keys = working_keys(services, deployed)
    return found


def find_gaps(
    services: Services, deployed: Deployed, grace: float, progress: Progress
) -> Comparison:
    """Compare only what was said with what was heard (see `compare`)."""
    found, parked = Comparison(), services.parked()
    for service in sorted(deployed.services):
        total = services.subjects(service)
        for number, page in enumerate(services.said(service, grace)):
            progress(service, min(number * SUBJECTS, total), total)
            found.said += len(page)
            _gaps(services, deployed, service, page, parked, found)
        progress(service, total, total)
    return found


def _gaps(  # noqa: PLR0913, PLR0917 - what a page is compared with
    services: Services,
    deployed: Deployed,
    service: str,
    page: Sequence[Json],
    parked: set[tuple[str, str]],
    found: Comparison,
) -> None:
    wanted: dict[Reader, list[Json]] = {}
    for item in page:
        for reader in readers(item, deployed):
            wanted.setdefault(reader, []).append(item)
    for reader, messages in wanted.items():
        found.compared += len(messages)
        for item in services.unheard(reader, messages):
            if (_queue(reader), item["id"]) in parked:
                found.parked += 1
                continue
            found.gaps.append(Gap(service, reader, item))


def _queue(reader: Reader) -> str:
    """Name the queue it came through; an inbox's secret name is in no list of parked messages."""
    if reader.office is None:
        return service_queue(reader.service)
    return f"inbox of {reader.office}" if reader.inbox else office_out_queue(reader.office)


def working_keys(services: Services, deployed: Deployed) -> list[str]:
    """Find the revoked keys that intake has forgotten to be so: those it still knows as keys."""
    others = [services.revoked(name) for name in deployed.services if name != "intake"]
    lost = sorted(set().union(*others) - services.revoked("intake"))
    known = services.known("intake", [f"key.{name}" for name in lost])
    return [name for name in lost if known[f"key.{name}"]]


def lost_ends(services: Services, deployed: Deployed) -> list[LostEnd]:
    """Find what readers have heard that its own service doesn't know any more."""
    heard: dict[str, dict[str, int]] = {}
    for service in deployed.services:
        for page in services.heard(service):
            for item in page:
                if (by := speaker(item["source"], deployed)) is not None:
                    of = heard.setdefault(by, {})
                    of[item["subject"]] = max(of.get(item["subject"], 0), item["upto"])
    return [end for by, upto in sorted(heard.items()) for end in _beyond(services, by, upto)]


def _beyond(services: Services, service: str, heard: dict[str, int]) -> Iterable[LostEnd]:
    known = services.known(service, sorted(heard))
    for subject, upto in sorted(heard.items()):
        if upto > known[subject]:
            yield LostEnd(service, subject, known[subject], upto)
