"""Which addresses a webhook may have: a public one, over https. Everything else is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from services.runtime.domain import RefusedError

MOST_CHARACTERS = 2000
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
CARRIER = IPv4Network("100.64.0.0/10")
METADATA = frozenset({ip_address("168.63.129.16"), ip_address("fd00:ec2::254")})
"""A cloud's own services under addresses that look like anybody's; others are link-local."""
_EMBEDDED_BITS = 0xFFFFFFFF

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Policy:
    """What a deployment allows beyond the ordinary."""

    allow_http: bool = False
    ports: tuple[int, ...] = (443, 8443)
    """Empty: any."""
    networks: tuple[Network, ...] = ()
    """A lab's: their addresses are allowed, whatever else they are."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a webhook goes."""

    scheme: str
    host: str
    port: int


def networks(setting: str) -> tuple[Network, ...]:
    """Read CIDR blocks with commas or spaces between. Raises ValueError for what is none."""
    return tuple(ip_network(part) for part in setting.replace(",", " ").split())


def endpoint(url: str, policy: Policy) -> Endpoint:
    """Take a URL apart and judge what can be judged of it without asking for its address.

    Raises RefusedError naming `url`.
    """
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused(f"expected up to {MOST_CHARACTERS} ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("expected a URL such as https://example.gov.cn/notices") from None
    schemes = ("https", "http") if policy.allow_http else ("https",)
    if parts.scheme not in schemes:
        raise _refused(f"expected {' or '.join(schemes)}")
    if "@" in parts.netloc:
        raise _refused("must not hold a user or a password: what is sent is signed")
    if parts.fragment or "\\" in url:
        raise _refused("must not hold a fragment or a backslash")
    if not host or "%" in host:
        raise _refused("names no host")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if port == 0 or (policy.ports and port not in policy.ports):
        raise _refused(f"port {port} is not allowed; allowed: {_listed(policy.ports)}")
    return Endpoint(parts.scheme, host, port)


def choose(found: Sequence[str], policy: Policy) -> Sequence[str]:
    """Give the addresses of a name, if every one of them may be connected to.

    One bad address among them refuses the name: nobody honest has such a mixture. Raises
    RefusedError naming `url`.
    """
    if not found:
        raise _refused("the name has no address")
    for address in found:
        if why := refusal(address, policy.networks):
            raise _refused(f"leads to {address}, {why}: not allowed")
    return found


def refusal(address: str, allowed: Sequence[Network] = ()) -> str | None:
    """Say why an address is refused; None when it isn't."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "which is no address"
    if any(parsed in network for network in allowed):
        return None
    inner = _inner(parsed)
    if inner is not None and (why := refusal(str(inner))):
        return f"which stands for {inner}, {why}"
    return _kind(parsed)


def _kind(address: Address) -> str | None:
    kinds = (
        (address in METADATA, "a cloud's own service"),
        (address.is_unspecified, "no host at all"),
        (address.is_loopback, "the machine itself"),
        (address.is_link_local, "a link-local address"),
        (address.is_multicast, "a multicast address"),
        (isinstance(address, IPv4Address) and address in CARRIER, "a carrier's inner address"),
        (isinstance(address, IPv6Address) and address.is_site_local, "a private address"),
        (address.is_private, "a private address"),
        (address.is_reserved, "a reserved address"),
        (not address.is_global, "an address that is not public"),
    )
    return next((why for holds, why in kinds if holds), None)


def _inner(address: Address) -> IPv4Address | None:
    """Find the IPv4 address an IPv6 address stands for: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in NAT64):
        return IPv4Address(int(address) & _EMBEDDED_BITS)
    return None


def _listed(ports: Sequence[int]) -> str:
    return ", ".join(map(str, ports)) or "any from 1"


def _refused(message: str) -> RefusedError:
    return RefusedError(message, "url")
