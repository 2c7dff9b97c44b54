"""A bulletin for the terminal."""

from collections.abc import Iterator
from typing import Literal

from rich import box
from rich.align import Align
from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from services.cli.bulletins.page import Note, Page, Table
from services.cli.bulletins.widths import most, shared

INDENT = 2
EDGES, BETWEEN = 1, 3
"""Columns a table takes beside its cells' text: in all, and for each of its columns."""
INDENT = 2
EDGES, BETWEEN = 1, 3
"""Columns a table takes beside its cells' text: in all, and for each of its columns."""
Justify = Literal["left", "right"]


def render(page: Page, width: int) -> Iterator[RenderableType]:
    """Give what a console of this width prints, one after the other; nothing as markup."""
    yield Align.center(Text(page.issuer, "red"))
    yield Align.center(Text(page.title, "bold"))
    yield Align.center(Text(page.state, "yellow" if page.draft else "dim"))
    yield Rule(style="red")
    yield from (Text(paragraph) for paragraph in page.opening)
    for section in page.sections:
        yield Text(f"\n{section.heading}", "bold")
        yield from (_in(Text(sentence)) for sentence in section.sentences)
        if section.figures:
            yield _in(_table(section.figures, width))
        if section.notes:
            yield _in(_notes(section.notes, "：" if page.lang.startswith("zh") else ": "))
            yield Text("")
        for table in section.tables:
            yield _in(_table(table, width))
            yield from (_in(Text(remark, "dim")) for remark in table.remarks)
    yield Text("")
    yield from (Align.right(Text(line)) for line in page.signed)
    yield from (Text(line, "dim") for line in page.closing)


def _in(shown: RenderableType) -> Padding:
    return Padding(shown, (0, 0, 0, INDENT), expand=False)


def _table(table: Table, width: int) -> RichTable:
    room = width - INDENT - EDGES - BETWEEN * len(table.columns)
    wanted = sum(most(table, place) for place in range(len(table.columns)))
    widths = shared(table, room) if wanted > room else (None,) * len(table.columns)
    made = RichTable(
        title=Text(table.title, "bold") if table.title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_footer=table.total is not None,
        header_style="bold",
    )
    total = table.total or ("",) * len(table.columns)
    for column, last, given in zip(table.columns, total, widths, strict=True):
        justify: Justify = "right" if column.right else "left"
        made.add_column(
            Text(column.head), Text(last), justify=justify, overflow="fold", width=given
        )
    for row in table.rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def _notes(notes: tuple[Note, ...], colon: str) -> RichTable:
    grid = RichTable.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True, style="dim")
    grid.add_column(style="dim", overflow="fold")
    for note in notes:
        grid.add_row(Text(str(note.number)), Text(f"{note.name}{colon}{note.text}"))
    return grid
