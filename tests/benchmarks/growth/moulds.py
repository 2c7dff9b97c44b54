"""Making thousands of cases of one: its documents' bytes with other ids, numbers and days. Pure.

Whatever differs has the same length in every case, so a document is copied and written over in
places that are found once. What depends on the bytes is made anew: the chain of digests, and ids
that are derived.
"""

import hashlib
import re
import struct
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from bson import decode, encode
from bson.codec_options import CodecOptions

from fuyuan_contracts.ids import case_id, event_id
from services.metrics.rolled import adds
from services.routing.searching import listed
from services.runtime.sums import Adds
from tests.benchmarks.growth.marking import code_of, mark
from tests.benchmarks.workload import FILER

DAY = re.compile(rb"(?<!\d)20\d\d-\d\d-\d\d")
COMPACT_DAY = re.compile(rb"20\d{6}(?=-C)")
OTHER_ID = re.compile(rb"(?<=\x00)[abd-z][a-z2-7]{24}(?=\x00)")
DAY_MS = 86_400_000
AWARE: CodecOptions[Any] = CodecOptions(tz_aware=True)
SHORT = 10
"""Characters of a case's id that its receipt shows."""
SIZES = {1: 8, 7: 12, 8: 1, 9: 8, 10: 0, 16: 4, 17: 8, 18: 8, 19: 16}
DATETIME, STRING, BINARY, NESTED = 9, 2, 5, (3, 4)
ROUTINGS = ("routing", "cases")
"""The listing that holds pieces of numbers and names: its terms are worked out anew."""
METRICS = ("metrics", "cases")
"""The listing that is rolled up."""


@dataclass(frozen=True, slots=True)
class Original:
    """A case that went through the real services: where each document is, and its bytes."""

    case_id: str
    number: int
    reference: str
    codes: tuple[str, ...]
    """Credit codes in its filing."""
    documents: tuple[tuple[str, str, bytes], ...]
    """Service, collection, document."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A document of a case that was made."""

    service: str
    collection: str
    body: bytes
    speaking: str | None = None
    """The id of a commit that has messages."""


@dataclass(slots=True)
class Mould:
    """A document, and the places in it that differ from case to case."""

    service: str
    collection: str
    body: bytes
    commit: tuple[str, bool] | None = None
    """Of a commit: its id, and whether it has messages."""
    ids: list[int] = field(default_factory=list)
    shorts: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    codes: list[tuple[int, int]] = field(default_factory=list)
    derived: list[tuple[int, str, str, int]] = field(default_factory=list)
    """Ids of events: by source, subject and number."""
    others: list[tuple[int, bytes]] = field(default_factory=list)
    before: tuple[int, str] | None = None
    """Where the digest of the commit before stands, and that commit's id."""
    listing: dict[str, Any] | None = None
    """Routing's, read."""


class Moulds:
    """One case's documents; `moved` gives them on other days, ready to be cast."""

    def __init__(self, original: Original) -> None:
        """Find the places."""
        self.original = original
        self._moulds = [_mould(original, *item) for item in _in_order(original.documents)]

    def moved(self, days: int) -> "Moulds":
        """Give the same so many days earlier."""
        found = object.__new__(Moulds)
        found.original = self.original
        found._moulds = [_moved(item, days) for item in self._moulds]
        return found

    def adds(self) -> Adds:
        """Tell what each case that is cast of these adds to the figures that are rolled up."""
        found = next(item for item in self._moulds if (item.service, item.collection) == METRICS)
        return adds(decode(found.body, AWARE))

    def cast(self, key: bytes, number: int) -> Iterator[Cast]:
        """Make the documents of the case with this number."""
        old = self.original
        reference = old.reference.replace(mark(old.number), mark(number))
        id_ = case_id(key, FILER, reference)
        given = [code_of(code, number, place) for place, code in enumerate(old.codes)]
        digests: dict[tuple[str, str], str] = {}
        for mould in self._moulds:
            if mould.listing:
                yield Cast(*ROUTINGS, _listing(mould.listing, old, id_, number, given))
                continue
            body = bytearray(mould.body)
            _fill(body, mould, (old.case_id, id_), number, given)
            if mould.before:
                offset, before = mould.before
                body[offset : offset + 64] = digests[mould.service, before].encode()
            whole = bytes(body)
            if mould.commit:
                name, speaks = mould.commit
                digests[mould.service, name] = hashlib.sha256(whole).hexdigest()
                said = name.replace(old.case_id, id_) if speaks else None
                yield Cast(mould.service, mould.collection, whole, said)
            else:
                yield Cast(mould.service, mould.collection, whole)


def _in_order(documents: Iterable[tuple[str, str, bytes]]) -> list[tuple[str, str, bytes]]:
    """Put commits after those they follow."""
    return sorted(documents, key=lambda item: decode(item[2]).get("rev", 0))


def _mould(original: Original, service: str, collection: str, body: bytes) -> Mould:
    stored = decode(body, AWARE)
    if (service, collection) == METRICS:
        body = encode(stored | {"rolled_in": 0})
    found = Mould(service, collection, body)
    id_ = original.case_id.encode()
    found.ids = list(_all(body, id_))
    found.shorts = list(_all(body, id_[1 : SHORT + 1].upper()))
    found.marks = list(_all(body, mark(original.number).encode()))
    for place, code in enumerate(original.codes):
        found.codes += [(offset, place) for offset in _all(body, code.encode())]
    found.others = [(match.start(), match[0]) for match in OTHER_ID.finditer(body)]
    if collection == "commits":
        found.commit = (stored["_id"], stored["out"] > 0)
        for source, subject, number, event in _causes(stored):
            found.derived += [(at, source, subject, number) for at in _all(body, event.encode())]
        if stored["prevhash"]:
            at = body.index(stored["prevhash"].encode())
            found.before = (at, f"{stored['subject']}/{stored['rev'] - 1}")
    return found


def _causes(commit: Mapping[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    for decision in commit["decisions"]:
        if "cause" in decision:
            source, subject, number, event = decision["cause"]
            yield source, subject, number, event


def _moved(mould: Mould, days: int) -> Mould:
    body, by = bytearray(mould.body), timedelta(days=days)
    for match in DAY.finditer(mould.body):
        day = date.fromisoformat(match[0].decode()) - by
        body[match.start() : match.end()] = day.isoformat().encode()
    for match in COMPACT_DAY.finditer(mould.body):
        day = date.fromisoformat(match[0].decode()) - by
        body[match.start() : match.end()] = f"{day:%Y%m%d}".encode()
    for offset in moments(mould.body):
        (ms,) = struct.unpack_from("<q", body, offset)
        struct.pack_into("<q", body, offset, ms - days * DAY_MS)
    read = decode(body, AWARE) if (mould.service, mould.collection) == ROUTINGS else None
    return replace(mould, body=bytes(body), listing=read)


def _fill(
    body: bytearray, mould: Mould, ids: tuple[str, str], number: int, codes: Sequence[str]
) -> None:
    old, id_ = ids
    case, given = id_.encode(), mark(number).encode()
    short = case[1 : SHORT + 1].upper()
    for offset in mould.ids:
        body[offset : offset + len(case)] = case
    for offset in mould.shorts:
        body[offset : offset + SHORT] = short
    for offset in mould.marks:
        body[offset : offset + len(given)] = given
    for offset, place in mould.codes:
        code = codes[place].encode()
        body[offset : offset + len(code)] = code
    for offset, source, subject, sequence in mould.derived:
        event = event_id(source, subject.replace(old, id_), sequence).encode()
        body[offset : offset + len(event)] = event
    for offset, other in mould.others:
        digest = hashlib.sha256(other + case).digest()
        made = other[:1] + b32encode(digest).lower()[: len(other) - 1]
        body[offset : offset + len(made)] = made


def _listing(
    stored: dict[str, Any], old: Original, id_: str, number: int, codes: Sequence[str]
) -> bytes:
    """Work out routing's listing anew, with the terms of the new number and names."""
    changes = [(mark(old.number), mark(number)), *zip(old.codes, codes, strict=True)]

    def changed(text: str) -> str:
        for before, after in changes:
            text = text.replace(before, after)
        return text

    shown = stored | {
        "_id": id_,
        "number": changed(stored["number"]),
        "like_keys": [changed(key) for key in stored["like_keys"]],
    }
    return encode(shown | listed(id_, shown, [changed(text) for text in stored["folded"][2:]]))


def _all(body: bytes, part: bytes) -> Iterator[int]:
    found = body.find(part)
    while found >= 0:
        yield found
        found = body.find(part, found + 1)


def moments(body: bytes, start: int = 0) -> Iterator[int]:
    """Find the moments in a document: the offsets of their eight bytes."""
    place = start + 4
    while kind := body[place]:
        place = body.index(0, place + 1) + 1
        if kind == DATETIME:
            yield place
        if kind in NESTED:
            yield from moments(body, place)
            place += _length(body, place)
        elif kind == STRING:
            place += 4 + _length(body, place)
        elif kind == BINARY:
            place += 5 + _length(body, place)
        else:
            place += SIZES[kind]


def _length(body: bytes, place: int) -> int:
    (found,) = struct.unpack_from("<i", body, place)
    return int(found)
