"""The questions to the services, page by page."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from services.client import NOT_FOUND, Client, ClientError
from services.reconcile.targets import Deployed, Reader

Json = dict[str, Any]
T = TypeVar("T")
SUBJECTS = 100
"""A page's subjects: a case says up to some 20 messages of 1 to 10 kB."""
MESSAGES = 500
MAX_BYTES = 8 * 1024 * 1024
NAMES = 500
CASES = 200


class Services:
    """The services of a running stack, asked as an operator."""

    def __init__(self, client: Client) -> None:
        """Ask through `client`."""
        self._client = client.patient(300)

    def deployed(self) -> Deployed:
        """Tell which services there are, and which offices they serve. Raises ClientError."""
        offices = self._client.get("routing", "/v1/offices")["offices"]
        receiving = {item["id"]: item["hosted"] for item in offices if item["receives"]}
        hosted = {name for name, served in receiving.items() if served}
        return Deployed(sorted(self._client.urls), hosted, receiving.keys() - hosted)

    def subjects(self, service: str) -> int:
        """Count a service's subjects."""
        found: int = self._client.get(service, "/v1/projection")["subjects"]
        return found

    def said(self, service: str, grace: float) -> Iterator[list[Json]]:
        """Give all a service has said, in pages of `SUBJECTS` subjects."""
        body = {"limit": SUBJECTS, "grace_seconds": grace}
        return (page["messages"] for page in self._pages(service, "/v1/messages/said", body))

    def said_about(self, service: str, subjects: Sequence[str]) -> list[Json]:
        """Give all a service has said about some subjects."""
        found: list[Json] = []
        for part in parts(subjects, SUBJECTS):
            body = {"subjects": part}
            found += self._client.post(service, "/v1/messages/said", body)["messages"]
        return found

    def unheard(self, reader: Reader, messages: Sequence[Json]) -> list[Json]:
        """Give those that a reader has not decided on and should have."""
        found = []
        for part in _within(messages):
            asked = [
                {"body": item["body"], "office": reader.office, "inbox": reader.inbox}
                for item in part
            ]
            answer = self._client.post(reader.service, "/v1/messages/unheard", {"messages": asked})
            found += [part[place] for place in answer["unheard"]]
        return found

    def heard(self, service: str) -> Iterator[list[Json]]:
        """Give what a service has decided on, in pages: `{source, subject, upto}`."""
        pages = self._pages(service, "/v1/messages/heard", {"limit": NAMES})
        return (page["heard"] for page in pages)

    def _pages(self, service: str, path: str, body: Json) -> Iterator[Json]:
        """Ask for page after page with a body, as `Client.pages` does with a query."""
        after: str | None = ""
        while after is not None:
            page: Json = self._client.post(service, path, body | {"after": after})
            yield page
            after = page["next"]

    def known(self, service: str, subjects: Sequence[str]) -> dict[str, int]:
        """Tell the last number each subject has used in a service."""
        found: dict[str, int] = {}
        for part in parts(subjects, NAMES):
            found |= self._client.post(service, "/v1/messages/known", {"subjects": part})
        return found

    def resend(self, service: str, messages: Sequence[Json]) -> int:
        """Have a service send messages again; gives how many the broker has confirmed."""
        confirmed = 0
        by_subject: dict[str, list[int]] = {}
        for item in messages:
            by_subject.setdefault(item["subject"], []).append(item["sequence"])
        for part in parts(list(by_subject), SUBJECTS):
            again = {subject: by_subject[subject] for subject in part}
            body = {"messages": again}
            confirmed += self._client.post(service, "/v1/messages/resend", body)["confirmed"]
        return confirmed

    def skip(self, service: str, subject: str, upto: int) -> None:
        """Have a service give up a subject's numbers to `upto`."""
        self._client.post(service, "/v1/messages/skip", {"subject": subject, "upto": upto})

    def revoked(self, service: str) -> set[str]:
        """Name the access keys that are void in a service."""
        return set(self._client.get(service, "/v1/messages/revoked")["revoked"])

    def revoke(self, key_id: str) -> None:
        """Have intake make a key void; one it doesn't know any more is."""
        try:
            self._client.delete("intake", f"/v1/keys/{key_id}")
        except ClientError as error:
            if error.status != NOT_FOUND:
                raise

    def parked(self) -> set[tuple[str, str]]:
        """Name what lies with the operators: `(queue, message id)`."""
        pages = self._client.pages("parking", "/v1/parked", "after", limit=CASES)
        return {(item["queue"], item["message_id"]) for page in pages for item in page["items"]}

    def open_cases(self, office: str) -> list[str]:
        """List the cases that wait for an office."""
        asked = {"waiting": office, "limit": CASES}
        pages = self._client.pages("routing", "/v1/cases", "cursor", **asked)
        return [item["case_id"] for page in pages for item in page["cases"]]


def parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of at most `size`."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def _within(messages: Sequence[Json]) -> Iterator[list[Json]]:
    """Cut into lists of so many messages and bytes as one question may have."""
    part: list[Json] = []
    size = 0
    for item in messages:
        if part and (len(part) == MESSAGES or size + len(item["body"]) > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(item)
        size += len(item["body"])
    if part:
        yield part
