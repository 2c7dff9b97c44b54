"""A backup's file: what was written is read, and nothing else passes for it."""

import io
import random
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.stack import sealing
from services.stack.archive import Place, Reader, Writer, reading
from services.stack.daemons import StackError

KEY = b"correct horse battery"
NAMES = st.sampled_from(["intake", "routing"])
DOCUMENTS = st.lists(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 9) | st.text(max_size=5))
)
CONTENT = st.dictionaries(st.builds(Place, NAMES, NAMES), DOCUMENTS, max_size=3)
Content = dict[Place, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in a millisecond: its cost is scrypt's own business."""
    monkeypatch.setattr(sealing.Sealing.__init__, "__defaults__", (4,))


def written(content: Content, key: bytes | None) -> bytes:
    sink = io.BytesIO()
    writer = Writer(sink, {"made": "here"}, key)
    for place, documents in content.items():
        writer.add(place, [bson.encode(item) for item in documents])
    writer.finish()
    return sink.getvalue()


def read(data: bytes, key: bytes | None) -> tuple[Reader, Content]:
    found: Content = {}
    with reading(io.BytesIO(data), key) as reader:
        for part in reader.parts():
            found.setdefault(part.place, []).extend(bson.decode(item) for item in part.documents)
    return reader, found


@pytest.mark.parametrize("key", [None, KEY], ids=["open", "sealed"])
@settings(max_examples=40)
@given(content=CONTENT)
def test_what_was_written_is_read(content: Content, key: bytes | None) -> None:
    reader, found = read(written(content, key), key)
    assert found == {place: documents for place, documents in content.items() if documents}
    assert reader.about == {"made": "here", "format": 1}


LARGE = {Place("routing", "commits"): [{"n": n, "text": "案件" * 200} for n in range(2000)]}


@pytest.mark.parametrize("key", [None, KEY], ids=["open", "sealed"])
def test_a_changed_byte_or_a_missing_end_is_told_wherever_it_is(key: bytes | None) -> None:
    whole = written(LARGE, key)
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        broken = bytearray(whole)
        broken[at] ^= 0x10
        if key is None and at in range(4, 10):
            continue  # gzip's own header: its time, and what system it was made on
        for changed in (bytes(broken), whole[:at]):
            with (
                pytest.raises(StackError),
                reading(io.BytesIO(changed), key) as reader,
            ):
                list(reader.parts())


def test_a_wrong_passphrase_is_told() -> None:
    with pytest.raises(StackError, match="the passphrase is not the one it was sealed with"):
        read(written(LARGE, KEY), b"another passphrase")


def test_a_sealed_backup_asks_for_its_passphrase_and_an_open_one_for_none() -> None:
    with pytest.raises(StackError, match="sealed: its passphrase is needed"):
        read(written({}, KEY), None)
    with pytest.raises(StackError, match="is not sealed"):
        read(written({}, None), KEY)


def test_chunks_of_a_sealed_backup_cannot_change_places_or_be_left_out() -> None:
    content = {Place("a", "b"): [{"n": random.Random(n).randbytes(9000)} for n in range(30)]}
    monotone = written(content, KEY)
    head, size = len(sealing.MAGIC) + 16 + 1 + 7, sealing.CHUNK + sealing.TAG
    chunks = [monotone[at : at + size] for at in range(head, len(monotone), size)]
    assert len(chunks) > 2
    for other in ([chunks[1], chunks[0], *chunks[2:]], chunks[1:], chunks[:-1]):
        with pytest.raises(StackError, match="can't be opened"):
            read(monotone[:head] + b"".join(other), KEY)


def test_what_is_no_backup_is_told() -> None:
    for data in (b"", b"x" * 5000, b"\x1f\x8b"):
        with pytest.raises(StackError):
            read(data, None)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(StackError, match="expected 12 characters or more"):
        sealing.checked("short\n")
    assert sealing.checked("long enough, this\n") == b"long enough, this"
