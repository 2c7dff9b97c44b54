"""How much one caller, or one address nobody vouches for, may ask of a copy of a service.

A token bucket, kept as one number per asker: when its bucket will be full again (the generic cell
rate algorithm). In memory, so two copies of a service grant twice as much.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from starlette.requests import HTTPConnection

from services.runtime.http import Problem
from services.runtime.metrics import LIMITED
from services.runtime.settings import Settings

MIN_SWEPT = 10_000
"""So many askers are kept before those with a full bucket are dropped."""
IPV6_PREFIX = 64
"""What one subscriber has of IPv6: an address within it says nothing."""


@dataclass
class Rate:
    """`burst` at once, then so many a second; 0 a second: no limit."""

    name: str
    per_second: float
    burst: int
    now: Callable[[], float] = time.monotonic
    _full_at: dict[str, float] = field(default_factory=dict)
    _sweep_at: int = MIN_SWEPT

    def take(self, who: str) -> None:
        """Take one from somebody's bucket. Raises Problem 429 with Retry-After when it is empty."""
        if (seconds := self.wait(who)) > 0:
            LIMITED.labels(self.name).inc()
            headers = {"Retry-After": str(ceil(seconds))}
            raise Problem(429, f"too many requests: again in {ceil(seconds)} s", headers=headers)

    def wait(self, who: str) -> float:
        """Take one from somebody's bucket, or tell for how long there is none in it."""
        if not self.per_second:
            return 0
        now = self.now()
        full_at = max(self._full_at.get(who, now), now)
        wait = full_at - now - (self.burst - 1) / self.per_second
        if wait > 0:
            return wait
        self._full_at[who] = full_at + 1 / self.per_second
        if len(self._full_at) > self._sweep_at:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
            self._sweep_at = max(MIN_SWEPT, 2 * len(self._full_at))
        return 0


@dataclass(frozen=True)
class Rates:
    """The limits of a service."""

    callers: Rate
    """By key id, which a valid token names."""
    strangers: Rate
    """By address: requests without a valid token."""
    wrong_keys: Rate
    """By address: keys that are none. Who has a right one is never held back by others' guesses."""

    @classmethod
    def of(cls, settings: Settings) -> "Rates":
        """Make the limits that the settings say."""
        return cls(
            Rate("caller", settings.rate_caller, settings.rate_caller_burst),
            Rate("stranger", settings.rate_stranger, settings.rate_stranger_burst),
            Rate("wrong_key", settings.rate_wrong_keys / 60, max(1, settings.rate_wrong_keys)),
        )

    @classmethod
    def none(cls) -> "Rates":
        """Make limits that hold nobody back."""
        return cls(*(Rate(name, 0, 1) for name in ("caller", "stranger", "wrong_key")))


def address(request: HTTPConnection) -> str:
    """Name where a request comes from: an IPv4 address, or the network of an IPv6 one."""
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if found.version == 4:  # noqa: PLR2004 - IPv4
        return host
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))
