"""A bulletin as a Word document (.docx). Its bytes depend on the page alone."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Made
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt, RGBColor

from services.cli.bulletins.page import Page, Section
from services.cli.bulletins.wordstyles import RED, dress
from services.cli.bulletins.wordtables import draw

OLDEST, NEWEST = 1980, 2107
"""Zip knows no other years."""


def render(page: Page) -> bytes:
    """Give the file's bytes."""
    made = Document()
    dress(made, page)
    _head(made, page)
    for paragraph in page.opening:
        made.add_paragraph(paragraph)
    for section in page.sections:
        _section(made, section)
    made.add_paragraph()
    for line in page.signed:
        made.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for line in page.closing:
        made.add_paragraph(line, "Remark")
    _notes(made, page)
    raw = BytesIO()
    made.save(raw)
    return _dated(raw, page)


def _head(made: Made, page: Page) -> None:
    made.add_paragraph(page.issuer, "Issuer")
    made.add_paragraph(page.title, "Title")
    state = made.add_paragraph(style="State")
    run = state.add_run(page.state)
    if page.draft:
        run.font.color.rgb = RGBColor.from_string(RED)
        run.bold = True


def _section(made: Made, section: Section) -> None:
    made.add_heading(section.heading, 1)
    for sentence in section.sentences:
        made.add_paragraph(sentence).paragraph_format.space_after = Pt(6)
    if section.figures:
        draw(made, section.figures)
    for table in section.tables:
        if table.title:
            made.add_heading(table.title, 2)
        draw(made, table)
        for remark in table.remarks:
            made.add_paragraph(remark, "Remark")


def _notes(made: Made, page: Page) -> None:
    notes = list(page.notes())
    if not notes:
        return
    made.add_heading(page.notes_heading, 1).paragraph_format.page_break_before = True
    colon = "：" if page.lang.startswith("zh") else ": "
    for note in notes:
        made.add_paragraph(f"{note.number}. {note.name}{colon}{note.text}", "Note")


def _dated(raw: BytesIO, page: Page) -> bytes:
    """Write the zip anew with one time for all its parts: the machine's clock is in none."""
    at = page.as_of
    stamp = (min(max(at.year, OLDEST), NEWEST), at.month, at.day, at.hour, at.minute, at.second)
    made = BytesIO()
    with ZipFile(raw) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for item in old.infolist():
            dated = ZipInfo(item.filename, stamp)
            dated.compress_type = ZIP_DEFLATED
            new.writestr(dated, old.read(item))
    return made.getvalue()
