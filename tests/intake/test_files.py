import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import archives, files
from services.intake.archives import NotTakenError, check_document

DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
XLSX = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def packed(
    parts: Mapping[str, bytes] | list[tuple[str, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", method) as archive:
        for name, content in parts.items() if isinstance(parts, Mapping) else parts:
            archive.writestr(name, content)
    return found.getvalue()


def look(content: bytes, folder: str = "word/") -> None:
    check_document(io.BytesIO(content), len(content), folder)


@pytest.mark.parametrize(
    "name",
    [
        "证据.pdf",
        "a.b.docx",
        "表 1.xlsx",
        "图(2).JPG",
        "x.txt",
        "长" * 196 + ".pdf",
        "contract.pdf",
    ],
)
def test_an_ordinary_name_is_taken(name: str) -> None:
    assert files.name_error(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../a.pdf", "..\\a.pdf", "/etc/passwd.txt", "a/b.pdf", "C:a.pdf",
        "a\x00.pdf", "a\n.pdf", "a\x7f.pdf", "a\u202egnp.pdf", "a\u200b.pdf", "a\u2066.pdf",
        "a\ufffd.pdf", "a\u2028.pdf", "长" * 197 + ".pdf", "con.pdf", "NUL.txt", "com1.tar.pdf",
        "LPT9.txt", "aux .pdf", " a.pdf", "a.pdf ", "a.pdf.", ".pdf", "..pdf", "pdf", 'a".pdf',
        "a|b.pdf", "a?.pdf", "a*.pdf", "a<b>.pdf",
    ],
)  # fmt: skip
def test_a_name_that_a_system_trips_over_is_refused(name: str) -> None:
    assert files.name_error(name)


@given(st.text(max_size=30))
def test_whatever_name_is_taken_it_leads_nowhere_and_survives_its_header(name: str) -> None:
    text = f"{name}.pdf"
    header = files.disposition(text)
    assert header.isascii()
    assert not set(header) & set("\r\n\0") or files.name_error(text)
    if files.name_error(text) is None:
        assert not set(text) & set("/\\\0\r\n")
        assert header.count('"') == 2


def test_a_chinese_name_is_written_for_old_and_new_readers() -> None:
    assert files.disposition("证据1.pdf") == (
        "attachment; filename=\"__1.pdf\"; filename*=UTF-8''%E8%AF%81%E6%8D%AE1.pdf"
    )


BEGINNINGS = {
    "pdf": b"%PDF-1.7\n",
    "docx": packed(DOCX)[:16],
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "txt": "证据一：".encode(),
}


@pytest.mark.parametrize("claimed", BEGINNINGS)
@pytest.mark.parametrize("real", BEGINNINGS)
def test_a_type_is_borne_out_by_its_own_bytes_only(claimed: str, real: str) -> None:
    borne_out = files.begins_as(BEGINNINGS[real], files.TYPES[claimed])
    assert borne_out is (claimed == real)


@pytest.mark.parametrize("head", [b"MZ\x90\x00", b"\x7fELF", b"\xd0\xcf\x11\xe0", b"PK\x05\x06"])
@pytest.mark.parametrize("claimed", files.TYPES)
def test_a_program_or_an_old_office_file_is_of_no_type(claimed: str, head: bytes) -> None:
    assert not files.begins_as(head, files.TYPES[claimed])


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("application/pdf", "pdf"), ("Image/PNG; q=1", "png"), ("text/plain;charset=gbk", "txt"),
     ("application/zip", None), ("text/html", None), ("application/x-msdownload", None),
     ("", None), ("application/octet-stream", None)],
)  # fmt: skip
def test_only_types_that_can_be_checked_are_taken(media_type: str, name: str | None) -> None:
    found = files.type_of(media_type, files.TYPES)
    assert found == (files.TYPES[name] if name else None)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_document_is_taken(method: int) -> None:
    look(packed(DOCX | {"word/media/a.png": BEGINNINGS["png"] * 20_000}, zipfile.ZIP_STORED))
    look(packed(DOCX | {"word/图.xml": b"<x/>" * 40}, method))
    look(packed(XLSX, method), "xl/")


def bomb() -> bytes:
    return packed(DOCX | {"word/media/zeros.bin": bytes(30 * 2**20)})


def encrypted() -> bytes:
    content = bytearray(packed(DOCX))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.index(sign)
        content[start + at] |= 1
    return bytes(content)


def lying() -> bytes:
    """The directory says 9 bytes, inflating gives 5 MiB; the check sum is that of the 9 bytes."""
    deflated = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflated.compress(b"<types/>\n" + bytes(5 * 2**20)) + deflated.flush()
    check, name = zlib.crc32(b"<types/>\n"), b"[Content_Types].xml"
    numbers = (0, 8, 0, 0, check, len(body), 9, len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, *numbers) + name + body
    directory = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *numbers, 0, 0, 0, 0, 0) + name
    second = packed({"word/document.xml": b"<document/>"}, zipfile.ZIP_STORED)
    cut = second.index(b"PK\x01\x02")
    moved = bytearray(second[cut:-22])
    moved[42:46] = struct.pack("<L", len(local))
    both = directory + bytes(moved)
    at = len(local) + cut
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(both), at, 0)
    return local + second[:cut] + both + end


def renamed() -> bytes:
    """The entry's own header has another name than the directory."""
    content = packed(DOCX, zipfile.ZIP_STORED)
    return content.replace(b"word/document.xml", b"word/../../et.xml", 1)


def two_of_a_name() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return packed([*DOCX.items(), ("word/document.xml", b"<other/>")])


ARCHIVES: dict[str, Any] = {
    "bomb": (bomb, "times its size"),
    "lying size": (lying, "times its size|damaged"),
    "encrypted": (encrypted, "encrypted"),
    "renamed": (renamed, "damaged"),
    "two of a name": (two_of_a_name, "same name"),
    "many parts": (lambda: packed(DOCX | {f"word/{n}": b"" for n in range(2000)}), "2000 parts"),
    "nested zip": (lambda: packed(DOCX | {"word/a.bin": packed(XLSX)}), "another archive"),
    "nested 7z": (lambda: packed(DOCX | {"word/a": b"7z\xbc\xaf\x27\x1c\x00"}), "another archive"),
    "macros": (lambda: packed(DOCX | {"word/vbaProject.bin": b"x"}), "macros"),
    "absolute": (lambda: packed(DOCX | {"/etc/passwd": b"x"}), "leads out"),
    "parent": (lambda: packed(DOCX | {"word/../../x": b"x"}), "leads out"),
    "backslash": (lambda: packed(DOCX | {"..\\x": b"x"}), "leads out"),
    "drive": (lambda: packed(DOCX | {"C:/x": b"x"}), "leads out"),
    "lzma": (lambda: packed(DOCX, zipfile.ZIP_LZMA), "packed in a way"),
    "xlsx": (lambda: packed(XLSX), "type it claims"),
    "a mere zip": (lambda: packed({"word/a": b"x"}), "type it claims"),
    "appended": (lambda: packed(DOCX) + b"<script>", "appended|damaged"),
    "prepended": (lambda: b"%PDF-1.7\n" + packed(DOCX), "appended|damaged"),
    "cut off": (lambda: packed(DOCX)[:-30], "damaged"),
    "flipped": (lambda: packed(DOCX, zipfile.ZIP_STORED).replace(b"<doc", b"<dog", 1), "damaged"),
    "empty": (lambda: b"", "damaged"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_a_harmful_or_damaged_document_is_refused(case: str) -> None:
    make, why = ARCHIVES[case]
    with pytest.raises(NotTakenError, match=why):
        look(make())


def test_what_is_inflated_is_counted_over_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(DOCX | {f"word/{n}.bin": bytes(range(256)) * 8 for n in range(10)})
    look(content)
    monkeypatch.setattr(archives, "MAX_INFLATED", 20_000)
    with pytest.raises(NotTakenError, match="unpacked"):
        look(content)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_is_changed_in_a_document_the_answer_is_yes_or_no(noise: bytes, at: int) -> None:
    content = bytearray(packed(DOCX))
    content[at : at + len(noise)] = noise
    with suppress(NotTakenError):  # and nothing else
        look(bytes(content))
