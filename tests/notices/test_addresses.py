"""Which URLs and addresses a webhook may have."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.addresses import Policy, choose, endpoint, networks, refusal
from services.runtime.domain import RefusedError

STRICT = Policy()
LAB = Policy(allow_http=True, ports=(), networks=networks("127.0.0.0/8, ::1/128"))
PUBLIC = ("1.1.1.1", "114.114.114.114", "223.5.5.5", "2606:4700:4700::1111", "240e::1")
INNER = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0",  # noqa: S104 - refused
    "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200",
    "100.127.255.255",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:1.1.1.1",
    "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
    "2001:0:53aa:64c:0:0:80ff:fffe", "2001:db8::1", "100::1", "nonsense", "",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("address", INNER)
def test_any_other_address_is_refused(address: str) -> None:
    assert refusal(address)


@given(st.ip_addresses())
def test_what_is_allowed_is_global_and_no_inner_network_s(address: object) -> None:
    inner = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
             "100.64.0.0/10", "224.0.0.0/4", "fc00::/7", "fe80::/10", "ff00::/8"]  # fmt: skip
    if refusal(str(address)) is None:
        parsed = ip_address(str(address))
        assert parsed.is_global
        assert not any(parsed in ip_network(one) for one in inner)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_written_as_ipv6_is_never_allowed(address: object) -> None:
    assert refusal(f"::ffff:{address}")


def test_a_lab_opens_its_network_and_no_more() -> None:
    assert refusal("127.0.0.1", LAB.networks) is None
    assert refusal("10.0.0.1", LAB.networks)


@pytest.mark.parametrize("found", [[], ["1.1.1.1", "127.0.0.1"], ["10.0.0.1"], ["::1", "1.1.1.1"]])
def test_one_bad_address_refuses_a_name(found: list[str]) -> None:
    with pytest.raises(RefusedError) as refused:
        choose(found, STRICT)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/", "https://user:pass@example.com/",
        "https://u@example.com/",
        "https://example.com:22/", "https://example.com:0/", "https://example.com:99999/",
        "https://example.com:x/",
        "https:///path", "https://", "example.com", "", "https://exa mple.com/",
        "https://例子.中国/",
        "https://example.com/#a", "https://example.com\\@evil.com/", "https://example.com/\r\nX: y",
        "https://[fe80::1%25eth0]/", "https://" + "a" * 3000, "javascript:alert(1)",
        "file:///etc/passwd",
        "https://[::1",
    ],
)  # fmt: skip
def test_a_url_is_refused_naming_its_field(url: str) -> None:
    with pytest.raises(RefusedError) as refused:
        endpoint(url, STRICT)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    ("url", "policy", "host", "port"),
    [
        ("https://example.com/a?b=c", STRICT, "example.com", 443),
        ("https://EXAMPLE.com:8443", STRICT, "example.com", 8443),
        ("https://[2606:4700::1]/x", STRICT, "2606:4700::1", 443),
        ("http://127.0.0.1:5123/x", LAB, "127.0.0.1", 5123),
    ],
)
def test_a_url_is_taken_apart(url: str, policy: Policy, host: str, port: int) -> None:
    found = endpoint(url, policy)
    assert (found.host, found.port) == (host, port)
