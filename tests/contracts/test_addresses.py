"""An address may name several nodes."""

import pytest

from fuyuan_contracts.addresses import each_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("amqp://u:p@one:5672/v", ["amqp://u:p@one:5672/v"]),
        (
            "amqps://u:p%40@one:5671, two:5672/%2F?heartbeat=5",
            ["amqps://u:p%40@one:5671/%2F?heartbeat=5", "amqps://u:p%40@two:5672/%2F?heartbeat=5"],
        ),
        ("amqp://one,two,/", ["amqp://one/", "amqp://two/"]),
        ("amqp:///v", ["amqp:///v"]),
    ],
)
def test_each_node_has_an_address(url: str, expected: list[str]) -> None:
    assert list(each_address(url)) == expected
