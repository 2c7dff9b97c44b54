"""The verification: each service's chains, its lists of ends, and what others keep of these."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fuyuan_contracts.channels import BINDINGS, EMITTERS
from services.client import Client

Json = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Told the service, how many of its subjects are done, and how many there are."""
KEEPERS = tuple(name for name, keys in BINDINGS.items() if "audit.anchored" in keys)
"""The services that keep the digests of the others' lists."""
SUBJECTS = 200


@dataclass
class Audit:
    """What was found in one service. Each finding: `{subject, rev, fault, error}`."""

    service: str
    subjects: int = 0
    commits: int = 0
    lists: int = 0
    """Lists of ends that were compared with what others keep."""
    findings: list[Json] = field(default_factory=list)
    accepted: list[Json] = field(default_factory=list)
    """Kept lists that are rightly gone, as an operator has said: with `accepted`."""

    @property
    def anchored(self) -> bool:
        """Whether others keep the ends of its histories; else a cut-off end shows nowhere here."""
        return self.service in EMITTERS


def verify(client: Client, service: str, progress: Progress) -> Audit:
    """Verify one service's histories. Raises ClientError where one doesn't answer."""
    patient = client.patient(300)
    found = Audit(service)
    total = patient.get(service, "/v1/projection")["subjects"]
    for page in patient.pages(service, "/v1/audit/chains", "after", limit=SUBJECTS):
        found.subjects += page["subjects"]
        found.commits += page["commits"]
        found.findings += page["findings"]
        progress(service, min(found.subjects, total), total)
    if found.anchored:
        kept = {
            keeper: _kept(patient, keeper, service)
            for keeper in KEEPERS
            if keeper != service and keeper in client.urls
        }
        lists = [
            item
            for page in patient.pages(service, "/v1/audit/lists", "after")
            for item in page["lists"]
        ]
        found.lists = len(lists)
        compared, found.accepted = compare(lists, kept)
        found.findings += compared
    progress(service, total, total)
    return found


def compare(
    lists: Sequence[Json], kept: Mapping[str, Mapping[str, Json]]
) -> tuple[list[Json], list[Json]]:
    """Compare a service's lists with what each keeper has of them: by list id. Pure.

    Gives the findings, and the kept lists that are gone and accepted as such.
    """
    found = [one for item in lists for one in item["findings"]]
    for item in lists:
        name = f"list {item['number']}"
        gone = item["beginnings_missing"]
        found += [_finding(subject, "missing", "its first entry is gone") for subject in gone]
        if not item["told"]:
            continue
        for keeper, theirs in kept.items():
            theirs_too = theirs.get(item["list_id"])
            if theirs_too is None:
                error = f"{keeper} keeps no digest of this list"
                found.append(_finding(name, "missing", error))
            elif theirs_too["digest"] != item["digest"]:
                error = f"{keeper} keeps another digest: the list was changed"
                found.append(_finding(name, "changed", error))
    known = {item["list_id"] for item in lists}
    lost = {
        id_: item for theirs in kept.values() for id_, item in theirs.items() if id_ not in known
    }
    agreed = {
        id_
        for id_ in lost
        if all(theirs[id_].get("accepted") for theirs in kept.values() if id_ in theirs)
    }
    for id_, item in sorted(lost.items(), key=lambda pair: pair[1]["number"]):
        if id_ not in agreed:
            error = (
                f"list {id_} of {item['commits']} entries was told to others and is gone: cut off, "
                "or the database was restored from an older backup"
            )
            found.append(_finding(f"list {item['number']}", "cut_off", error))
    return found, [lost[id_] | {"list_id": id_} for id_ in sorted(agreed)]


def accept(client: Client, service: str, list_id: str, why: str) -> int:
    """Note at every keeper why a list is rightly gone; tell at how many. Raises ClientError."""
    done = 0
    for keeper in KEEPERS:
        if keeper != service and list_id in _kept(client, keeper, service):
            body = {"service": service, "list_id": list_id, "why": why}
            client.post(keeper, "/v1/audit/accept", body)
            done += 1
    return done


def _finding(subject: str, fault: str, error: str) -> Json:
    return {"subject": subject, "rev": 0, "fault": fault, "error": error}


def _kept(client: Client, keeper: str, service: str) -> dict[str, Json]:
    pages = client.pages(keeper, "/v1/audit/kept", "after", of=service)
    return {item["list_id"]: item for page in pages for item in page["kept"]}
