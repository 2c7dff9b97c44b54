"""A bulletin as one HTML file: it fetches nothing, prints on A4, and can be read aloud."""

from collections.abc import Iterator
from html import escape

from services.cli.bulletins.page import Page, Section, Table
from services.cli.bulletins.styles import CSS
from services.cli.bulletins.widths import is_short

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
WIDE, WHOLE = 7, 12
"""A table of more columns is set smaller; one of at most so many rows is not broken in print."""


def render(page: Page) -> str:
    """Give the whole file."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield f'<html lang="{escape(page.lang)}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(page.title)}</title>"
    yield f"<style>{CSS}</style>"
    yield "</head>"
    yield f'<body class="{"draft" if page.draft else "published"}">'
    yield "<header>"
    yield f'<p class="issuer">{_text(page.issuer)}</p>'
    yield f"<h1>{_text(page.title)}</h1>"
    yield f'<p class="state">{_text(page.state)}</p>'
    yield "</header>"
    yield "<main>"
    yield from (f"<p>{_text(paragraph)}</p>" for paragraph in page.opening)
    for number, section in enumerate(page.sections, 1):
        yield from _section(section, number)
    yield '<footer class="signed">'
    yield from (f"<p>{_text(line)}</p>" for line in page.signed)
    yield "</footer>"
    yield from (f'<p class="closing">{_text(line)}</p>' for line in page.closing)
    yield from _notes(page)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _section(section: Section, number: int) -> Iterator[str]:
    yield f'<section aria-labelledby="s{number}">'
    yield f'<h2 id="s{number}">{_text(section.heading)}</h2>'
    yield from (f"<p>{_text(sentence)}</p>" for sentence in section.sentences)
    if section.figures:
        numbers = [note.number for note in section.notes]
        yield from _table(section.figures, section.heading, numbers)
    for table in section.tables:
        yield from _table(table, "")
        yield from (f'<p class="remark">{_text(remark)}</p>' for remark in table.remarks)
    yield "</section>"


def _table(table: Table, hidden: str, numbers: list[int] | None = None) -> Iterator[str]:
    """Write a table. The figures' has its notes' numbers first, each with a link to its note."""
    yield f'<div class="scroll"><table{_kind(table)}>'
    title = table.title or hidden
    shown = "" if table.title else ' class="hidden"'
    if title:
        yield f"<caption{shown}>{_text(title)}</caption>"
    heads = "".join(
        f'<th scope="col"{_look(column.head, right=column.right)}>{_text(column.head)}</th>'
        for column in table.columns
    )
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    named = 1 if numbers is not None else 0
    for place, row in enumerate(table.rows):
        first = f'<a href="#n{numbers[place]}" id="f{numbers[place]}">' if numbers else ""
        yield f"<tr>{_cells(table, row, named, first)}</tr>"
    yield "</tbody>"
    if table.total:
        yield f"<tfoot><tr>{_cells(table, table.total, 0, '')}</tr></tfoot>"
    yield "</table></div>"


def _cells(table: Table, row: tuple[str, ...], named: int, link: str) -> str:
    cells = []
    for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        text = _text(cell)
        if link and place == 0:
            text = f"{link}{text}</a>"
        side = _look(cell, right=column.right)
        if place == named:
            cells.append(f'<th scope="row"{side}>{text}</th>')
        else:
            cells.append(f"<td{side}>{text}</td>")
    return "".join(cells)


def _notes(page: Page) -> Iterator[str]:
    notes = list(page.notes())
    if not notes:
        return
    colon = "：" if page.lang.startswith("zh") else ": "
    yield '<section class="notes" aria-labelledby="notes">'
    yield f'<h2 id="notes">{_text(page.notes_heading)}</h2>'
    yield "<ol>"
    for note in notes:
        back = f'<a href="#f{note.number}">{_text(note.name)}</a>'
        yield f'<li id="n{note.number}" value="{note.number}">{back}{colon}{_text(note.text)}</li>'
    yield "</ol>"
    yield "</section>"


def _kind(table: Table) -> str:
    found = [
        *(["wide"] if len(table.columns) > WIDE else []),
        *(["whole"] if len(table.rows) <= WHOLE else []),
    ]
    return f' class="{" ".join(found)}"' if found else ""


def _look(text: str, *, right: bool) -> str:
    found = [*(["right"] if right else []), *(["short"] if is_short(text) else [])]
    return f' class="{" ".join(found)}"' if found else ""


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")
