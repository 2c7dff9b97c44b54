"""Whatever comes from the bus, reading it gives an event or an UnreadableError, nothing else.

The long run takes a million inputs: `make faults-long`, or FUYUAN_MUTATIONS=… of one's own.
"""

import json
import os
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_tools.examples import example

from fuyuan_contracts.envelope import decode
from fuyuan_contracts.events import EVENTS
from services.runtime.streams import Source
from services.runtime.wires import UnreadableError, read
from tests.runtime.test_wires import GOOD, OUT, OWN, REPORT, delivery

VALID = [
    json.dumps(GOOD | {"type": type_, "data": found.data}, ensure_ascii=False).encode()
    for type_ in EVENTS
    if (found := example(type_))
]
VALID.append(json.dumps(REPORT).encode())
INBOX = Source("q.inbox.tax.410500", office="tax.410500", inbox=True)
HOSTILE: list[Any] = [
    None, True, 0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, "", " ", "x" * 5000, "\x00",
    "\ud800", "\u202e", "$where", "a.b", "=1+1", {"$gt": ""}, {"": {}}, [], [[]], {}, [None] * 50,
    "2024-02-30", "9999-12-31T23:59:60Z", "0000-00-00T00:00:00Z", "NaN", float("nan"), float("inf"),
]  # fmt: skip
PIECES = [b"\x00", b"\xff\xfe", b"[" * 300, b'{"a":' * 300, b"NaN", b"1e999", b"9" * 5000, b"\\u",
          b'"data":{},', b"\xef\xbb\xbf", b'"', b"\\", b",", b"]", b"}", b"null", b"-"]  # fmt: skip
NAMES = ["", "$set", "a.b", "extra", "\x00"]
DEPTHS = (33, 200, 1000, 100_000)
LONG_RUN = 1_000_000


def read_or_refused(body: bytes) -> None:
    for source in (OWN, OUT, INBOX):
        try:
            read(delivery(body, source), "toy")
        except UnreadableError as error:
            f"{error.reason} {error}".encode()  # can be stored and logged


def places(value: Any) -> list[tuple[Any, Any]]:
    """Name every place in a document: what holds it, and its name there."""
    names = list(value) if isinstance(value, dict) else range(len(value))
    found = [(value, name) for name in names]
    for name in names:
        if isinstance(value[name], (dict, list)):
            found += places(value[name])
    return found


def bent(pick: random.Random) -> bytes:
    """Take a valid envelope and put something else in one to three of its places."""
    document = json.loads(pick.choice(VALID))
    for _ in range(pick.randint(1, 3)):
        holder, name = pick.choice(places(document))
        match pick.randrange(4) if isinstance(holder, dict) else 0:
            case 1:
                del holder[name]
            case 2:
                holder[pick.choice(["", "$set", "a.b", "extra", "\x00"])] = deepcopy(
                    pick.choice(HOSTILE)
                )
            case 3:
                holder[name] = json.loads(nested(pick.choice((33, 150, 250)), pick.choice("[{")))
            case _:
                holder[name] = deepcopy(pick.choice(HOSTILE))
        if not document:
            break
    return json.dumps(document).encode()


def broken(pick: random.Random) -> bytes:
    """Take a valid envelope and change its bytes."""
    body = bytearray(pick.choice(VALID))
    for _ in range(pick.randint(1, 4)):
        at = pick.randrange(len(body) + 1)
        match pick.randrange(4):
            case 0:
                body[at : at + 1] = bytes([pick.randrange(256)])
            case 1:
                body[at:at] = pick.choice(PIECES)
            case 2:
                del body[at : at + pick.randint(1, 40)]
            case _:
                other = pick.choice(VALID)
                body[at:] = other[pick.randrange(len(other)) :]
    return bytes(body)


def nested(depth: int, opening: str) -> str:
    return "[" * depth + "]" * depth if opening == "[" else '{"a":' * depth + "1" + "}" * depth


WAYS: list[Callable[[random.Random], bytes]] = [bent, broken]


def test_the_examples_that_are_mutated_are_whole_envelopes() -> None:
    assert len(VALID) > 15
    for body in VALID:
        decode(body)


@settings(max_examples=500)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused(body: bytes) -> None:
    read_or_refused(body)


@settings(max_examples=500)
@given(st.randoms(use_true_random=False), st.sampled_from(WAYS))
def test_a_valid_envelope_that_was_changed_is_read_or_refused(
    pick: random.Random, way: Callable[[random.Random], bytes]
) -> None:
    read_or_refused(way(pick))


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("opening", ["[", "{"])
@pytest.mark.parametrize("where", ["all", "data", "beside", "inside"])
def test_no_nesting_exhausts_a_stack(where: str, opening: str, depth: int) -> None:
    deep, good = nested(depth, opening), json.dumps(GOOD)
    bodies = {
        "all": deep,
        "data": good.replace(json.dumps(GOOD["data"]), deep),
        "beside": good.replace("{", '{"extra": ' + deep + ", ", 1),
        "inside": good.replace(json.dumps(GOOD["data"]), '{"case_id": ' + deep + "}"),
    }
    read_or_refused(bodies[where].encode())
    read_or_refused(bodies[where][:-depth].encode())


@pytest.mark.faults_long
def test_a_million_mutations_are_read_or_refused() -> None:
    seed = int(os.environ.get("FAULTS_SEED", "1"))
    pick = random.Random(seed)
    for _ in range(int(os.environ.get("FUYUAN_MUTATIONS", LONG_RUN))):
        read_or_refused(pick.choice(WAYS)(pick))
