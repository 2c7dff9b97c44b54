"""Which files are taken: names that no system trips over, types that the bytes bear out. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

MAX_NAME = 200
OFFICE_XML = "application/vnd.openxmlformats-officedocument."
ZIP = b"PK\x03\x04"
HEAD_BYTES = 16
"""As much of a file's beginning as tells its type."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file: its media type, how its names end, how its bytes begin."""

    media_type: str
    endings: tuple[str, ...]
    magic: bytes = b""
    """Empty: plain text, which has no beginning of its own."""
    folder: str = ""
    """Of an Office document (a zip): the folder that tells which kind it is."""


TYPES: Mapping[str, FileType] = {
    "pdf": FileType("application/pdf", ("pdf",), b"%PDF-"),
    "docx": FileType(f"{OFFICE_XML}wordprocessingml.document", ("docx",), ZIP, "word/"),
    "xlsx": FileType(f"{OFFICE_XML}spreadsheetml.sheet", ("xlsx",), ZIP, "xl/"),
    "jpeg": FileType("image/jpeg", ("jpg", "jpeg"), b"\xff\xd8\xff"),
    "png": FileType("image/png", ("png",), b"\x89PNG\r\n\x1a\n"),
    "txt": FileType("text/plain", ("txt",)),
}
"""The types that can be checked, by the names that settings use."""

RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\.|$)", re.IGNORECASE)
"""Names of devices, which Windows opens instead of a file, whatever their ending."""
SEPARATORS = frozenset('/\\<>:"|?*')
_OTHER = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode's controls, marks that turn or hide text, separators, and what is nothing."""
UNREADABLE = "\ufffd"
_ANOTHERS = (b"%PDF-", b"PK", b"\xff\xd8\xff", b"\x89PNG", b"\xd0\xcf\x11\xe0", b"MZ", b"\x7fELF")
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def name_error(name: str) -> str | None:
    """Say why a file may not be called so; None for a good name. It is never changed silently."""
    stem, _, ending = name.rpartition(".")
    checks = {
        f"expected 1 to {MAX_NAME} characters": not 1 <= len(name) <= MAX_NAME,
        "holds a control, invisible or unreadable character": not _readable(name),
        'holds one of / \\ < > : " | ? *': bool(SEPARATORS & set(name)),
        "begins or ends with a space": name != name.strip(),
        "expected a name with an ending, such as 证据.pdf": not (stem.strip(" .") and ending),
        "is a reserved name": RESERVED.match(name) is not None,
    }
    return next((why for why, wrong in checks.items() if wrong), None)


def type_of(media_type: str, allowed: Mapping[str, FileType]) -> FileType | None:
    """Find the type that a Content-Type names; parameters don't count. None: not taken."""
    essence = media_type.partition(";")[0].strip().lower()
    return next((item for item in allowed.values() if item.media_type == essence), None)


def ends_as(name: str, type_: FileType) -> bool:
    """Tell whether a name ends the way its type's names do."""
    return name.rpartition(".")[2].lower() in type_.endings


def begins_as(head: bytes, type_: FileType) -> bool:
    """Tell whether a file's first bytes (`HEAD_BYTES`, or all) are those of its type."""
    if type_.magic:
        return head.startswith(type_.magic)
    return not head.startswith(_ANOTHERS)


def is_text(part: bytes) -> bool:
    """Tell whether bytes hold no control but tabs, line ends and page breaks."""
    return _NOT_TEXT.search(part) is None


def disposition(name: str) -> str:
    """Write a Content-Disposition that saves a file under its name (RFC 6266, RFC 5987)."""
    plain = "".join(char if char.isascii() and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _readable(name: str) -> bool:
    return UNREADABLE not in name and not any(unicodedata.category(char) in _OTHER for char in name)
