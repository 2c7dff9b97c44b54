import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuyuan_contracts.cases import Kind
from fuyuan_contracts.channels import (
    BINDINGS,
    DELIVERY_LIMIT,
    EMITTERS,
    EVT,
    INBOX,
    REPLAY,
    RETRY_SECONDS,
    SERVICES,
    Queue,
    Topology,
    User,
    back_exchange,
    office_inbox_queue,
    office_of,
    office_out_exchange,
    office_out_queue,
    retry_exchange,
    retry_key,
    service_queue,
    topology,
)
from fuyuan_contracts.events import EVENTS, short_name

OFFICES = {
    "tax.410526": "suffix-one",
    "tax.410500": "suffix-two",
    "ta.410526": "suffix-three",
    "court.410526": "suffix-four",
}
BUS = topology(OFFICES)
QUEUES = {queue.name: queue for queue in BUS.queues}
EXCHANGES = {exchange.name: exchange for exchange in BUS.exchanges}
ISSUED = "cn.fuyuan.assignment.issued.v1"
offices = st.dictionaries(
    st.from_regex(r"[a-z][a-z_]{1,6}\.[1-8][0-9]{5}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_-]{8,12}", fullmatch=True),
    min_size=2,
    max_size=4,
)


def matches(pattern: str, key: str) -> bool:
    """Topic matching of AMQP: `*` is one word, `#` any number of them."""

    def match(left: list[str], right: list[str]) -> bool:
        if not left:
            return not right
        if left[0] == "#":
            return any(match(left[1:], right[n:]) for n in range(len(right) + 1))
        return bool(right) and left[0] in ("*", right[0]) and match(left[1:], right[1:])

    return match(pattern.split("."), key.split("."))


def routed(bus: Topology, exchange: str, key: str) -> list[str]:
    """Tell which queues a message would come to, alternate exchange included."""
    kinds = {item.name: item for item in bus.exchanges}
    meanings: Mapping[str, Callable[[str], bool]] = {
        "fanout": lambda _pattern: True,
        "direct": lambda pattern: pattern == key,
        "topic": lambda pattern: matches(pattern, key),
    }
    fits = meanings[kinds[exchange].type]
    bindings = (item for item in bus.bindings if item.exchange == exchange)
    found = sorted({binding.queue for binding in bindings if fits(binding.key)})
    alternate = kinds[exchange].arguments.get("alternate-exchange")
    return found or (routed(bus, alternate, key) if alternate else [])


def names(bus: Topology) -> list[str]:
    """Everything a right could be for, the broker's own exchanges included."""
    own = ["amq.default", "amq.topic", "amq.direct", "amq.fanout", "amq.headers", ""]
    return own + [item.name for item in bus.exchanges] + [item.name for item in bus.queues]


def allowed(pattern: str, resources: Iterable[str]) -> set[str]:
    """RabbitMQ searches: a pattern that is not anchored matches inside a name."""
    return {name for name in resources if re.search(pattern, name)}


def readers(queue: str) -> list[str]:
    return [user.name for user in BUS.users if re.search(user.read, queue)]


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("case.#", "case.filed.bankruptcy", True),
        ("case.#", "case", True),
        ("1.#", "1.q.office.tax.410526.out", True),
        ("1.#", "11.q.routing", False),
        ("*.q.routing", "2.q.routing", True),
        ("*.q.routing", "q.routing", False),
        ("access.revoked", "access.revoked.x", False),
    ],
)
def test_the_simulation_matches_topics_as_a_broker_does(
    pattern: str, key: str, *, expected: bool
) -> None:
    assert matches(pattern, key) is expected


def test_names_are_unique_and_bindings_name_what_there_is() -> None:
    for items in (BUS.exchanges, BUS.queues, BUS.users):
        assert len({item.name for item in items}) == len(items)
    assert len(set(BUS.bindings)) == len(BUS.bindings)
    for binding in BUS.bindings:
        assert binding.exchange in EXCHANGES
        assert binding.queue in QUEUES


@pytest.mark.parametrize("queue", [name for name in QUEUES if ".wait." not in name])
def test_a_queue_has_exactly_one_reader_and_something_leads_to_it(queue: str) -> None:
    assert len(readers(queue)) == 1
    assert any(binding.queue == queue for binding in BUS.bindings)


@pytest.mark.parametrize("queue", [name for name in QUEUES if ".wait." in name])
def test_nobody_reads_a_queue_that_only_waits(queue: str) -> None:
    assert readers(queue) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_queue(service: str) -> None:
    assert readers(service_queue(service)) == [service]


@pytest.mark.parametrize("user", BUS.users, ids=lambda user: user.name)
def test_rights_are_anchored_and_never_for_the_brokers_own_exchanges(user: User) -> None:
    for pattern in (user.write, user.read):
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert "|" not in re.sub(r"\(.*\)", "", pattern), "a bare | would be outside the anchors"
        assert not any(name.startswith("amq.") or not name for name in allowed(pattern, names(BUS)))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_to_what_it_needs_only(service: str) -> None:
    user = next(user for user in BUS.users if user.name == service)
    wanted = {"dead", retry_exchange(service)}
    wanted |= {EVT} if service in EMITTERS else set()
    wanted |= {"routing": {INBOX}, "liaison": {INBOX}, "parking": {REPLAY}}.get(service, set())
    assert allowed(user.write, names(BUS)) == wanted


def test_nobody_may_write_to_where_retries_come_back() -> None:
    for service in SERVICES:
        assert not any(re.search(user.write, back_exchange(service)) for user in BUS.users)


@settings(max_examples=40)
@given(offices)
def test_an_office_writes_to_its_exchange_and_reads_its_inbox_and_nothing_else(
    some: dict[str, str],
) -> None:
    bus = topology(some)
    users = {user.name: user for user in bus.users}
    near = [
        changed
        for name in names(bus)
        for changed in (f"x{name}", f"{name}x", f"{name}.x", name.replace(".", "x", 1))
    ]
    for office, suffix in some.items():
        out, inbox = office_out_exchange(office), office_inbox_queue(office, suffix)
        assert allowed(users[office].write, names(bus) + near) == {out}
        assert allowed(users[office].read, names(bus) + near) == {inbox}
        assert routed(bus, out, "whatever.key") == [office_out_queue(office)]
        assert routed(bus, INBOX, office) == [inbox]
        assert re.search(users["routing"].read, office_out_queue(office))
        assert not re.search(users["routing"].read, inbox)


@settings(max_examples=40)
@given(offices)
def test_the_sender_is_told_by_the_queue(some: dict[str, str]) -> None:
    for office, suffix in some.items():
        assert office_of(office_out_queue(office)) == office
        assert office_of(office_inbox_queue(office, suffix)) is None


@pytest.mark.parametrize(
    "queue", ["q.routing", "q.office.tax.410526.out.x", "xq.office.tax.410526.out", "q.office..out"]
)
def test_a_queue_that_is_no_offices_has_no_sender(queue: str) -> None:
    assert office_of(queue) is None


@pytest.mark.parametrize(
    ("office", "suffix"),
    [
        ("tax", "12345678"),
        ("tax.41052", "12345678"),
        (".*.410526", "12345678"),
        ("tax.410526|x", "12345678"),
        ("tax.410526\n", "12345678"),
        ("tax.410526", ""),
        ("tax.410526", "short"),
        ("tax.410526", "a.*|b$^()"),
    ],
)
def test_what_could_spoil_a_name_or_a_pattern_is_refused(office: str, suffix: str) -> None:
    with pytest.raises(ValueError, match="not an office"):
        topology({office: suffix})


@pytest.mark.parametrize("level", range(1, len(RETRY_SECONDS) + 1))
@pytest.mark.parametrize(
    ("service", "queue"),
    [
        *((service, service_queue(service)) for service in SERVICES),
        *(("routing", office_out_queue(office)) for office in OFFICES),
    ],
)
def test_a_retry_waits_its_time_and_comes_back_to_where_it_came_from(
    service: str, queue: str, level: int
) -> None:
    key = retry_key(level, queue)
    assert len(key) <= 255
    (wait,) = routed(BUS, retry_exchange(service), key)
    arguments = QUEUES[wait].arguments
    assert arguments["x-message-ttl"] == RETRY_SECONDS[level - 1] * 1000
    assert "x-dead-letter-routing-key" not in arguments, "it would come back to one queue only"
    assert routed(BUS, arguments["x-dead-letter-exchange"], key) == [queue]


@pytest.mark.parametrize("queue", [name for name in QUEUES if readers(name) != ["parking"]])
def test_what_is_parked_can_be_replayed_to_where_it_lay(queue: str) -> None:
    if ".wait." not in queue:
        assert routed(BUS, REPLAY, queue) == [queue]


def test_every_event_of_the_services_is_read_by_someone() -> None:
    for type_ in EVENTS.keys() - {ISSUED}:
        key = short_name(type_)
        keys = [key, f"{key}.bankruptcy", f"{key}.stalled_project"]
        assert any("q.unrouted" not in routed(BUS, EVT, one) for one in keys), type_


def test_no_service_waits_for_an_event_there_is_not() -> None:
    known = [short_name(type_) for type_ in EVENTS.keys() - {ISSUED}]
    keys = [*known, *(f"{name}.{kind}" for name in known for kind in Kind)]
    for service, patterns in BINDINGS.items():
        for pattern in patterns:
            assert any(matches(pattern, key) for key in keys), (service, pattern)


def test_what_no_binding_wants_is_kept() -> None:
    assert routed(BUS, EVT, "something.new") == ["q.unrouted"]


@pytest.mark.parametrize("queue", BUS.queues, ids=lambda queue: queue.name)
def test_a_queues_arguments_are_valid_on_3_10(queue: Queue) -> None:
    known: Mapping[str, Callable[[Any], bool]] = {
        "x-queue-type": lambda value: value == "quorum",
        "x-overflow": lambda value: value == "reject-publish",
        "x-dead-letter-exchange": lambda value: value in EXCHANGES,
        "x-dead-letter-strategy": lambda value: value == "at-least-once",
        "x-dead-letter-routing-key": lambda value: isinstance(value, str),
        "x-delivery-limit": lambda value: type(value) is int and value > 0,
        "x-message-ttl": lambda value: type(value) is int and value > 0,
        "x-max-length": lambda value: type(value) is int and value > 0,
    }
    for name, value in queue.arguments.items():
        assert known[name](value), f"{name}: {value!r}"
    assert queue.arguments["x-queue-type"] == "quorum"
    assert len(queue.name.encode()) <= 255


@pytest.mark.parametrize("queue", BUS.queues, ids=lambda queue: queue.name)
def test_no_queue_drops_a_message(queue: Queue) -> None:
    """At-least-once dead-lettering needs `reject-publish`; 4.x drops after 20 deliveries unless
    told a limit, and where there is no dead-letter exchange the limit must never be reached."""
    arguments = queue.arguments
    assert arguments["x-overflow"] == "reject-publish"
    if ".wait." in queue.name:
        return
    if "x-dead-letter-exchange" not in arguments:
        assert arguments["x-delivery-limit"] >= 10**9
        return
    assert arguments["x-delivery-limit"] == DELIVERY_LIMIT
    exchange, key = arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"]
    (dead,) = routed(BUS, exchange, key)
    assert readers(dead) == ["parking"]


def test_a_flood_of_one_office_is_bounded() -> None:
    for office, suffix in OFFICES.items():
        for name in (office_out_queue(office), office_inbox_queue(office, suffix)):
            assert QUEUES[name].arguments["x-max-length"] > 0
