"""A client of the services' HTTP: access tokens from a key, problems as one kind of error."""

import base64
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

EARLY_SECONDS = 60
"""A token is renewed this long before it ends."""
TIMEOUT_SECONDS = 60
NOT_FOUND = 404


class ClientError(Exception):
    """A service said no, or can't be reached; the text says which, for a person."""

    def __init__(
        self, message: str, status: int = 0, problem: dict[str, Any] | None = None
    ) -> None:
        """Keep the HTTP status (0: no answer) and the problem+json as it came."""
        super().__init__(message)
        self.status = status
        self.problem = problem or {}


@dataclass
class Client:
    """Somebody with an access key. `urls` has each service's address by name, without `/v1`."""

    urls: dict[str, str]
    key: str
    trust: ssl.SSLContext | None = field(default=None, repr=False)
    """Whose certificates are taken; None: the usual ones."""
    seconds: float = TIMEOUT_SECONDS
    """How long an answer may take."""
    _token: str = field(default="", repr=False)
    _until: float = 0
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Connect on first use."""
        verify = True if self.trust is None else self.trust
        self._http = httpx.Client(timeout=self.seconds, trust_env=False, verify=verify)

    def patient(self, seconds: float) -> "Client":
        """Give a client of the same that waits longer for an answer."""
        return Client(self.urls, self.key, self.trust, seconds)

    def having(self, key: str) -> "Client":
        """Give a client of the same services for another key."""
        return Client(self.urls, key, self.trust, self.seconds)

    def claims(self) -> dict[str, Any]:
        """Tell who the key stands for, as intake says: `role`, `office`, … Raises ClientError."""
        part = self._bearer().split(".")[1]
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return found

    def get(self, service: str, path: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """GET `path` (from `/v1`) of a service. Raises ClientError."""
        return self._ask(service, "GET", path, params=_given(params))

    def pages(self, service: str, path: str, by: str, **params: Any) -> Iterator[Any]:  # noqa: ANN401 - query
        """GET a list page by page: `by` is the parameter that a page's `next` is given as.

        Raises ClientError.
        """
        following = None
        while True:
            page = self.get(service, path, **params, **{by: following})
            yield page
            following = page["next"]
            if following is None:
                return

    def post(self, service: str, path: str, body: Any, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """POST a JSON body. Raises ClientError."""
        return self._ask(service, "POST", path, json=body, params=_given(params))

    def put(self, service: str, path: str, body: Any, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """PUT a JSON body. Raises ClientError."""
        return self._ask(service, "PUT", path, json=body, params=_given(params))

    def patch(self, service: str, path: str, body: Any, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """PATCH with a JSON body. Raises ClientError."""
        return self._ask(service, "PATCH", path, json=body, params=_given(params))

    def delete(self, service: str, path: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """DELETE. Raises ClientError."""
        return self._ask(service, "DELETE", path, params=_given(params))

    def upload(self, service: str, path: str, file: tuple[bytes, str], **params: Any) -> Any:  # noqa: ANN401 - JSON
        """POST bytes, given with their media type. Raises ClientError."""
        content, media_type = file
        more = {"content": content, "headers": {"content-type": media_type}}
        return self._ask(service, "POST", path, params=params, **more)

    def download(self, service: str, path: str) -> bytes:
        """GET bytes. Raises ClientError."""
        headers = {"authorization": f"Bearer {self._bearer()}"}
        return self._answer(service, "GET", path, headers=headers).content

    def post_lines(self, service: str, path: str, lines: bytes) -> Any:  # noqa: ANN401 - JSON
        """POST JSON Lines. Raises ClientError."""
        headers = {"content-type": "application/jsonl"}
        return self._ask(service, "POST", path, content=lines, headers=headers)

    def stream(self, service: str, path: str) -> Iterator[str]:
        """POST and give the answer's lines as they come. Raises ClientError."""
        headers = {"authorization": f"Bearer {self._bearer()}"}
        url = self._url(service)
        try:
            with self._http.stream("POST", url + path, headers=headers) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _error(service, answer)
                yield from answer.iter_lines()
        except httpx.TransportError as error:
            raise ClientError(f"{service} broke off: {error}") from error

    def _url(self, service: str) -> str:
        if service not in self.urls:
            known = ", ".join(sorted(self.urls))
            raise ClientError(f"no address is known for the service {service}; there are {known}")
        return self.urls[service]

    def _ask(self, service: str, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 - JSON
        headers = more.pop("headers", {}) | {"authorization": f"Bearer {self._bearer()}"}
        return self._send(service, method, path, headers=headers, **more)

    def _bearer(self) -> str:
        if time.monotonic() > self._until - EARLY_SECONDS:
            answer = self._send("intake", "POST", "/v1/tokens", json={"key": self.key})
            self._token = answer["access_token"]
            self._until = time.monotonic() + answer["expires_in"]
        return self._token

    def _send(self, service: str, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401
        answer = self._answer(service, method, path, **more)
        return answer.json() if answer.content else None

    def _answer(self, service: str, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        url = self._url(service)
        try:
            answer = self._http.request(method, url + path, **more)
        except httpx.TransportError as error:
            raise ClientError(f"{service} can't be reached at {url}: {error}") from error
        if answer.is_success:
            return answer
        raise _error(service, answer)


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _error(service: str, answer: httpx.Response) -> ClientError:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    title = problem.get("title", answer.reason_phrase)
    fields = "".join(
        f"\n  {item['field']}: {item['message']}" for item in problem.get("errors", [])
    )
    return ClientError(
        f"{service}: {answer.status_code} {title}{fields}", answer.status_code, problem
    )
