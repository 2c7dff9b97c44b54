"""Tables of the Word bulletin."""

from docx.document import Document as Made
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Length, Pt
from docx.table import Table as WordTable
from docx.table import _Cell

from services.cli.bulletins.page import Table
from services.cli.bulletins.widths import least, shared
from services.cli.bulletins.wordstyles import repeat_as_head, unbroken

SIZES = (10.5, 9, 7.5)
"""Points: the first in which a table's numbers fit on their lines."""
PADDING = Pt(12)
"""What Word leaves beside a cell's text, both sides together."""
WHOLE = 12
"""A table of so many rows is not broken across pages."""


def draw(made: Made, table: Table) -> None:
    """Add a table."""
    rows = (*table.rows, *((table.total,) if table.total else ()))
    heads = tuple(column.head for column in table.columns)
    drawn = made.add_table(len(rows) + 1, len(table.columns), "Table Grid")
    drawn.alignment = WD_TABLE_ALIGNMENT.CENTER
    width = _page_width(made)
    size = _size(table, width)
    for number, (row, texts) in enumerate(zip(drawn.rows, (heads, *rows), strict=True)):
        unbroken(row)
        strong = number == 0 or (table.total is not None and number == len(rows))
        stays = number == 0 or (len(rows) <= WHOLE and number < len(rows))
        for cell, column, text in zip(row.cells, table.columns, texts, strict=True):
            _fill(cell, text, size, right=column.right, strong=strong, stays=stays)
    repeat_as_head(drawn.rows[0])
    _share(drawn, table, width, size)
    made.add_paragraph(style="After table")


def _fill(cell: _Cell, text: str, size: float, *, right: bool, strong: bool, stays: bool) -> None:
    paragraph = cell.paragraphs[0]
    # by its id, as dress() has made it: python-docx looks through all styles for a name
    paragraph._p.style = "Tablehead" if strong else "Tabletext"  # noqa: SLF001
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.keep_with_next = stays
    paragraph.add_run(text).font.size = Pt(size)


def _page_width(made: Made) -> int:
    section = made.sections[0]
    inner = (section.page_width, section.left_margin, section.right_margin)
    width, left, right = (length or 0 for length in inner)
    return width - left - right


def _room(table: Table, width: int, size: float) -> int:
    """Count the half-widths of text that a row of this size has."""
    return int((width - len(table.columns) * PADDING) // (Pt(size) / 2))


def _size(table: Table, width: int) -> float:
    needed = sum(least(table, place) for place in range(len(table.columns)))
    fitting = (size for size in SIZES if needed <= _room(table, width, size))
    return next(fitting, SIZES[-1])


def _share(drawn: WordTable, table: Table, width: int, size: float) -> None:
    drawn.autofit = False
    half = Pt(size) / 2
    for column, length in zip(
        drawn.columns, shared(table, max(_room(table, width, size), 1)), strict=True
    ):
        column.width = Length(int(length * half + PADDING))
        for cell in column.cells:
            cell.width = column.width
