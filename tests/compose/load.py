"""Cases filed through the entry, one after the other, while the containers are hurt."""

import threading
import time

from services.client import Client, ClientError
from tests.support.filings import filings

MOST = 3000
AGAIN = (0, 429, 502, 503, 504)
"""Statuses after which a filer tries again; 0: no answer."""
PATIENCE_SECONDS = 240


class Load(threading.Thread):
    """A filer who gives up on no case. `accepted` grows as cases are answered with 202."""

    def __init__(self, filer: Client, seed: int, pause: float = 0.4) -> None:
        """File generated cases of `seed`, one every `pause` seconds at most."""
        super().__init__(daemon=True)
        self.accepted: list[str] = []
        self.refused = 0
        """Answers that were not a 202; those were tried again."""
        self._filer, self._seed, self._pause = filer, seed, pause
        self._over = threading.Event()
        self._given_up = False
        self._error: Exception | None = None

    def run(self) -> None:
        """File until it is told to finish."""
        try:
            for filing in filings(MOST, self._seed):
                self.accepted.append(self._insist(filing))
                if self._over.wait(self._pause):
                    return
        except Exception as error:  # noqa: BLE001 - told by `finish`, in the test's own thread
            self._error = error

    def stop(self) -> None:
        """File no more, also when the case in hand is not answered."""
        self._over.set()
        self._given_up = True

    def finish(self) -> list[str]:
        """File the case in hand to its end, and give all that were accepted."""
        self._over.set()
        self.join()
        if self._error:
            raise self._error
        return self.accepted

    def _insist(self, filing: dict[str, object]) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return str(self._filer.post("intake", "/v1/cases", filing)["case_id"])
            except ClientError as error:
                late = time.monotonic() > deadline
                if error.status not in AGAIN or late or self._given_up:
                    raise
                self.refused += 1
                time.sleep(0.3)
