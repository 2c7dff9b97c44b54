"""Office documents are zips: looked into without unpacking them, entry by entry, in bounded memory.

What is measured is what inflating really gives, not what the zip says of itself; `zipfile` reads
only the directory, whose size is checked first. An entry must be as its directory has it.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

MAX_ENTRIES = 2000
MAX_INFLATED = 100 * 1024 * 1024
MAX_RATIO = 100
"""Inflated bytes for each byte of the file."""
MAX_DIRECTORY = 4 * 1024 * 1024
PART = 64 * 1024
CONTENT_TYPES = "[Content_Types].xml"
ENCRYPTED = 0x1
UTF8 = 0x800
NESTED = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
NESTED_BYTES = 8
_END = struct.Struct("<4s4H2LH")
_LOCATOR64_BYTES = 20
_LOCAL = struct.Struct("<4s5H3L2H")


class NotTakenError(Exception):
    """A file that is not taken; its text says why."""


def check_document(source: BinaryIO, size: int, folder: str) -> None:
    """Look through an Office document whose parts lie in `folder` (`word/`, `xl/`).

    Raises NotTakenError for what is none, and for what would harm who unpacks it.
    """
    _check_directory(source, size)
    try:
        with zipfile.ZipFile(source) as archive:
            _check_entries(archive.infolist(), folder)
            limit = min(MAX_INFLATED, size * MAX_RATIO)
            for entry in archive.infolist():
                limit -= _inflated(source, entry, limit)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError) as error:
        raise NotTakenError("the file is damaged") from error


def _check_directory(source: BinaryIO, size: int) -> None:
    """Check the end record, before a directory of any size is read into memory."""
    at = size - _END.size
    if at < 0:
        raise NotTakenError("the file is damaged")
    source.seek(max(at - _LOCATOR64_BYTES, 0))
    tail = source.read()
    sign, _, _, here, entries, length, offset, comment = _END.unpack(tail[-_END.size :])
    if sign != b"PK\x05\x06" or comment or offset + length != at or tail.startswith(b"PK\x06\x07"):
        raise NotTakenError("the file is damaged, or has something appended to it")
    if here != entries or entries > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise NotTakenError(f"holds more than {MAX_ENTRIES} parts")


def _check_entries(entries: list[zipfile.ZipInfo], folder: str) -> None:
    names = [entry.orig_filename for entry in entries]
    if len(entries) > MAX_ENTRIES:
        raise NotTakenError(f"holds more than {MAX_ENTRIES} parts")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise NotTakenError("is encrypted")
    if len({name.lower() for name in names}) < len(names) or not all(map(_is_inside, names)):
        raise NotTakenError("holds a part whose name leads out of it, or two of the same name")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise NotTakenError("holds macros")
    if CONTENT_TYPES not in names or not any(name.startswith(folder) for name in names):
        raise NotTakenError("is not a document of the type it claims to be")
    if sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise NotTakenError(f"is over {MAX_INFLATED} bytes when unpacked")


def _is_inside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "\0" not in name and ":" not in name and parts[0] != "" and ".." not in parts


def _inflated(source: BinaryIO, entry: zipfile.ZipInfo, limit: int) -> int:
    """Inflate an entry, keeping nothing; gives how many bytes there were."""
    inflated, check, head = 0, 0, b""
    for part in _parts(source, entry):
        head += part[: NESTED_BYTES - len(head)]
        if head.startswith(NESTED):
            raise NotTakenError("holds another archive")
        inflated += len(part)
        check = zlib.crc32(part, check)
        if inflated > limit:
            raise NotTakenError(
                f"is over {MAX_INFLATED} bytes, or {MAX_RATIO} times its size, when unpacked"
            )
    if inflated != entry.file_size or check != entry.CRC:
        raise NotTakenError("the file is damaged")
    return inflated


def _parts(source: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    source.seek(entry.header_offset)
    sign, _, flags, method, _, _, _, _, _, name, extra = _LOCAL.unpack(source.read(_LOCAL.size))
    written = source.read(name).decode("utf-8" if flags & UTF8 else "cp437")
    if sign != b"PK\x03\x04" or written != entry.orig_filename or method != entry.compress_type:
        raise NotTakenError("the file is damaged")
    source.seek(extra, 1)
    packed = _exactly(source, entry.compress_size)
    if method == zipfile.ZIP_STORED:
        yield from packed
    elif method == zipfile.ZIP_DEFLATED:
        yield from _inflate(packed)
    else:
        raise NotTakenError("is packed in a way that documents are not")


def _inflate(packed: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for part in packed:
        rest = part
        while rest and not inflater.eof:
            if given := inflater.decompress(rest, PART):
                yield given
            rest = inflater.unconsumed_tail
    if last := inflater.flush():
        yield last
    if not inflater.eof or inflater.unused_data:
        raise NotTakenError("the file is damaged")


def _exactly(source: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0:
        part = source.read(min(PART, length))
        if not part:
            raise NotTakenError("the file is damaged")
        length -= len(part)
        yield part
