"""A backup as a file: a tar of BSON, compressed, sealed by option, that tells whether it is whole.

    about.json                             what it is: when, of which deployment, which indexes
    <database>/<collection>/<number>.bson  documents as the database has them, some 8 MiB a part
    manifest.json                          of each collection: documents, size, digest; the last

Read and written as a stream: nothing is ever held whole. A digest is the sum of the SHA-256 of each
document modulo 2^256: the same whatever order a database gives them in.
"""

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, NamedTuple, cast

from services.stack.daemons import StackError
from services.stack.sealing import MAGIC, Opening, Sealing, is_sealed

FORMAT = 1
ABOUT, MANIFEST = "about.json", "manifest.json"
PART_BYTES = 8 * 1024 * 1024
MOST_JSON = 64 * 1024 * 1024
LEVEL = 3
"""Of gzip: a fifth larger than 9, and five times as fast."""


class Place(NamedTuple):
    """A collection."""

    database: str
    """Without the deployment's prefix."""
    collection: str


class Part(NamedTuple):
    """Some documents of a collection."""

    place: Place
    documents: list[bytes]


@dataclass
class Tally:
    """What a collection comes to."""

    documents: int = 0
    size: int = 0
    """Bytes."""
    digest: int = field(default=0, repr=False)

    def add(self, document: bytes) -> None:
        """Count one more."""
        self.documents += 1
        self.size += len(document)
        self.digest += int.from_bytes(hashlib.sha256(document).digest(), "big")
        self.digest %= 1 << 256


class Writer:
    """Writes an archive; `finish` makes it whole."""

    def __init__(self, sink: BinaryIO, about: dict[str, Any], passphrase: bytes | None) -> None:
        """Begin with what it is."""
        self._sealed = Sealing(sink, passphrase) if passphrase is not None else None
        outer = io.BufferedWriter(cast("Any", self._sealed)) if self._sealed else sink
        self._outer = outer
        self._zipped = gzip.GzipFile(
            fileobj=cast("Any", outer), mode="wb", compresslevel=LEVEL, mtime=0
        )
        self._tar = tarfile.open(fileobj=self._zipped, mode="w|")  # noqa: SIM115 - `finish` closes
        self.tallies: dict[Place, Tally] = {}
        self._json(ABOUT, about | {"format": FORMAT})

    def add(self, place: Place, documents: Iterable[bytes]) -> None:
        """Write a collection."""
        tally = self.tallies.setdefault(place, Tally())
        for number, part in enumerate(_parts(documents), 1):
            for document in part:
                tally.add(document)
            self._member(f"{place.database}/{place.collection}/{number:06}.bson", b"".join(part))

    def finish(self) -> None:
        """Write the manifest and all that is held back."""
        self._json(MANIFEST, _listed(self.tallies))
        self._tar.close()
        self._zipped.close()
        self._outer.flush()
        if self._sealed:
            self._sealed.close()

    def _json(self, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        self._member(name, json.dumps(value, ensure_ascii=False, indent=1).encode())

    def _member(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))


class Reader:
    """Reads an archive from the beginning to the end; `about` is known at once."""

    def __init__(self, tar: tarfile.TarFile, zipped: gzip.GzipFile) -> None:
        """Read what it is. Raises StackError for what is no backup."""
        self._tar, self._zipped = tar, zipped
        self.tallies: dict[Place, Tally] = {}
        first = self._next()
        if first is None or first[0] != ABOUT:
            raise StackError("this is no backup: it doesn't begin with about.json")
        self.about: dict[str, Any] = json.loads(first[1])
        if self.about.get("format") != FORMAT:
            raise StackError(
                f"this backup's format is {self.about.get('format')!r}, expected {FORMAT}"
            )

    def parts(self) -> Iterator[Part]:
        """Give all documents; then compare them with the manifest.

        Raises StackError for a backup that is cut off, or whose documents aren't those it lists.
        """
        while found := self._next():
            name, content = found
            if name == MANIFEST:
                self._compare(json.loads(content))
                self._end()
                return
            database, collection, _ = name.split("/")
            documents = list(documents_of(content))
            tally = self.tallies.setdefault(Place(database, collection), Tally())
            for document in documents:
                tally.add(document)
            yield Part(Place(database, collection), documents)
        raise StackError("this backup is cut off: it has no manifest")

    def _next(self) -> tuple[str, bytes] | None:
        try:
            info = self._tar.next()
            if info is None:
                return None
            opened = self._tar.extractfile(info)
            if opened is None or info.size > MOST_JSON:
                raise StackError(f"{info.name} is no part of a backup")
            return info.name, opened.read()
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise StackError(f"this backup was changed or cut off: {error}") from error

    def _end(self) -> None:
        """Read on to the end: its checksum, or seal, comes last."""
        if more := self._next():
            raise StackError(f"{more[0]} comes after the manifest")
        while self._zipped.read(PART_BYTES):
            pass

    def _compare(self, listed: dict[str, Any]) -> None:
        found = _listed(self.tallies)
        for name, wanted in listed.items():
            if (found.get(name) or asdict(Tally()) | {"digest": _hex(0)}) != wanted:
                raise StackError(
                    f"{name} is not as it was written: {found.get(name)}, not {wanted}"
                )
        if more := found.keys() - listed.keys():
            raise StackError(f"the manifest doesn't list {', '.join(sorted(more))}")


@contextmanager
def reading(source: BinaryIO, passphrase: bytes | None) -> Iterator[Reader]:
    """Open an archive. Raises StackError, also for a sealed one without a passphrase."""
    head = source.read(len(MAGIC))
    whole = io.BufferedReader(cast("Any", _Again(head, source)), 1 << 20)
    if is_sealed(head):
        if passphrase is None:
            raise StackError("this backup is sealed: its passphrase is needed (--passphrase-file)")
        whole = io.BufferedReader(Opening(cast("BinaryIO", whole), passphrase), 1 << 20)
    elif passphrase is not None:
        raise StackError("this backup is not sealed: leave out --passphrase-file")
    try:
        with (
            gzip.GzipFile(fileobj=whole, mode="rb") as zipped,
            tarfile.open(fileobj=zipped, mode="r|") as tar,
        ):
            yield Reader(tar, zipped)
    except (tarfile.ReadError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise StackError(f"this is no backup, or it was changed or cut off: {error}") from error


def documents_of(content: bytes) -> Iterator[bytes]:
    """Take BSON apart into documents: each begins with its length (bsonspec.org, 1.1)."""
    at = 0
    while at < len(content):
        (size,) = struct.unpack_from("<i", content, at)
        if size < 5 or at + size > len(content):  # noqa: PLR2004 - an empty document has 5 bytes
            raise StackError("a part of this backup is no BSON")
        yield content[at : at + size]
        at += size


def _parts(documents: Iterable[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for document in documents:
        part.append(document)
        size += len(document)
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _listed(tallies: dict[Place, Tally]) -> dict[str, Any]:
    return {
        f"{place.database}.{place.collection}": asdict(tally) | {"digest": _hex(tally.digest)}
        for place, tally in tallies.items()
    }


def _hex(digest: int) -> str:
    return f"{digest:064x}"


class _Again(io.RawIOBase):
    """What was read already, and then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # io wants any buffer
        found = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(found) :]
        buffer[: len(found)] = found
        return len(found)
