"""The broker's address, which may name several nodes of a cluster."""

from urllib.parse import urlsplit


def each_address(url: str) -> tuple[str, ...]:
    """Give one URL a node: `amqp://u:p@one:5672,two:5672/v` names two, with all else the same."""
    parts = urlsplit(url)
    account, at, hosts = parts.netloc.rpartition("@")
    named = [host.strip() for host in hosts.split(",") if host.strip()]
    return tuple(parts._replace(netloc=f"{account}{at}{host}").geturl() for host in named) or (url,)
