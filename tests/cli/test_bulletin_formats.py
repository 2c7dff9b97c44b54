"""Each format says all of a bulletin, is well made, and takes no text for its own marks."""

import io
import re
import zipfile
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from services.cli.bulletins import html, text, word
from services.cli.bulletins.page import Page
from services.cli.bulletins.reading import read
from services.cli.bulletins.wording import clean

Json = dict[str, Any]
NASTY = '<script>alert(1)</script> & "x" | [bold]\n第二行'


def printed(page: Page, width: int = 140) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    with console.capture() as caught:
        for part in text.render(page, width):
            console.print(part)
    return caught.get()


def in_word(made: bytes) -> str:
    found = Document(io.BytesIO(made))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in found.paragraphs), *cells])


class Parsed(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def missing(bulletin: Json, inside: str) -> list[str]:
    """Give the figures whose value isn't there; a dash is, where there is none."""
    figures = [item for section in bulletin["sections"] for item in section["figures"]]
    return [item["id"] for item in figures if (item["shown"] or "—") not in inside]


@pytest.mark.parametrize("width", [100, 120, 140])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_fits_the_terminal_and_shows_every_figure(
    bulletin: Json, lang: str, width: int
) -> None:
    shown = printed(read(bulletin, lang), width)
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    assert missing(bulletin, shown) == []
    assert ("（原40）" if lang == "zh" else "(was 40)") in shown


def test_numbers_stand_under_each_other_whatever_is_beside_them(page: Page) -> None:
    ends = {
        cell_len(line[: found.end()])
        for line in printed(page).splitlines()
        if (found := re.match(r" +(1[3-7]) .* (112|9915\.02|106593|41207|34600)\b", line))
    }
    assert len(ends) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_html_is_whole_by_itself_and_can_be_read_aloud(bulletin: Json, lang: str) -> None:
    page = read(bulletin, lang)
    source = html.render(page)
    made = Parsed(source)
    assert made.open == []
    assert missing(bulletin, made.text) == []
    assert made.all("html")[0]["lang"] == {"zh": "zh-CN", "en": "en"}[lang]
    assert made.all("script", "link", "img", "iframe", "object") == []
    assert not re.search(r"https?:|//\w|url\(|@import", source)
    tables = source.split("<table")[1:]
    assert all('<th scope="col"' in table and "<caption" in table for table in tables)
    assert all(attributes["scope"] in {"col", "row"} for attributes in made.all("th"))
    ids = [attributes["id"] for _, attributes in made.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"] for attributes in made.all("a")} <= {f"#{id_}" for id_ in ids}


def test_word_has_headings_tables_with_heads_and_every_number(bulletin: Json, page: Page) -> None:
    made = Document(io.BytesIO(word.render(page)))
    headings = [item.text for item in made.paragraphs if item.style.name == "Heading 1"]  # type: ignore[union-attr]
    assert headings == [*(section.heading for section in page.sections), "附：指标口径"]
    tables = [
        table
        for section in page.sections
        for table in (*([section.figures] if section.figures else []), *section.tables)
    ]
    assert len(made.tables) == len(tables)
    for drawn, table in zip(made.tables, tables, strict=True):
        assert [cell.text for cell in drawn.rows[0].cells] == [item.head for item in table.columns]
        assert drawn.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
        assert drawn.rows[0].cells[0].paragraphs[0].style.name == "Table head"
        assert tuple(cell.text for cell in drawn.rows[1].cells) == table.rows[0]
    inside = in_word(word.render(page))
    assert missing(bulletin, inside) == []


def test_word_has_the_fonts_of_an_official_document_and_says_what_to_take_instead(
    page: Page,
) -> None:
    made = word.render(page)
    styles = Document(io.BytesIO(made)).styles
    fonts = {
        name: styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Normal", "Heading 1")
    }
    assert fonts == {"Normal": "仿宋", "Heading 1": "黑体"}
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert "STFangsong" in parts.read("word/fontTable.xml").decode()


def test_word_is_dated_by_the_bulletin_and_the_same_each_time(page: Page) -> None:
    made = word.render(page)
    assert made == word.render(page)
    told = Document(io.BytesIO(made)).core_properties
    assert told.created is not None
    assert told.created.isoformat() == told.modified.isoformat() == "2024-07-19T01:30:00+00:00"
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {item.date_time for item in parts.infolist()} == {(2024, 7, 19, 9, 30, 0)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_is_taken_for_a_mark(bulletin: Json, lang: str) -> None:
    section = bulletin["sections"][0]
    section[lang] = section["figures"][0][lang] = section["tables"][0][lang] = NASTY
    section["tables"][0]["rows"][0][0] = NASTY
    bulletin["published"]["why"] = NASTY
    page = read(bulletin, lang)
    said = clean(NASTY)
    made = Parsed(html.render(page))
    assert made.all("script") == []
    assert made.text.count(said) >= 5
    assert in_word(word.render(page)).count(said) >= 4
    assert said in printed(page)


TEXT = st.text(max_size=12)
WORDS = st.fixed_dictionaries({"zh": TEXT, "en": TEXT})
SHOWN = st.from_regex(r"-?[0-9]{1,7}(\.[0-9]{1,2})?%?", fullmatch=True)
CHANGE = st.none() | st.from_regex(r"[+-]?[0-9]{1,5}(\.[0-9])?", fullmatch=True)
NAMED = {"id": TEXT, "zh": TEXT, "en": TEXT}
COMPARISON = st.fixed_dictionaries(
    {"with": st.sampled_from(["before", "year_before"]), "shown": st.none() | SHOWN},
    optional={"change": CHANGE, "percent": st.none() | st.just("-1.5%"), "value": st.integers()},
)
FIGURE = st.fixed_dictionaries(
    {**NAMED, "shown": st.none() | SHOWN, "unit": st.none() | WORDS, "definition": WORDS},
    optional={
        "exact": st.none() | st.just("41/266"),
        "comparisons": st.none() | st.lists(COMPARISON, max_size=2),
        "restated": st.none() | st.fixed_dictionaries({"shown": SHOWN}),
        "note": st.none() | WORDS,
    },
)
COLUMN = st.fixed_dictionaries(
    {**NAMED, "kind": st.sampled_from(["text", "number", "share", "rank"])}
)
CELL = st.none() | st.integers(-999, 999_999) | TEXT | WORDS
TABLE = st.integers(1, 9).flatmap(
    lambda width: st.fixed_dictionaries(
        {
            **NAMED,
            "columns": st.lists(COLUMN, min_size=width, max_size=width),
            "rows": st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=4),
        },
        optional={
            "total": st.none() | st.lists(CELL, min_size=width, max_size=width),
            "note": st.none() | WORDS,
        },
    )
)
SECTION = st.fixed_dictionaries(
    {**NAMED, "figures": st.lists(FIGURE, max_size=3), "tables": st.lists(TABLE, max_size=2)},
    optional={"says": st.none() | st.lists(WORDS, max_size=2)},
)
SPAN = st.tuples(st.dates(), st.dates()).map(
    lambda days: {"text": "", "begin": str(min(days)), "end": str(max(days))}
)
BULLETIN = st.fixed_dictionaries(
    {
        "id": st.none() | TEXT,
        "state": st.sampled_from(["draft", "published", "restated"]),
        "period": SPAN,
        "before": st.none() | SPAN,
        "year_before": st.none() | SPAN,
        "division": st.fixed_dictionaries({"code": TEXT, "zh": TEXT, "en": TEXT}),
        "as_of": st.dates(date(1900, 1, 1), date(2200, 1, 1)).map("{}T16:30:00Z".format),
        "definitions_version": st.integers(1, 9) | TEXT,
        "sections": st.lists(SECTION, max_size=3),
    },
    optional={"restates": st.none() | TEXT, "digest": st.none() | TEXT},
)


@settings(max_examples=25, deadline=None)
@given(bulletin=BULLETIN, lang=st.sampled_from(["zh", "en"]), width=st.integers(100, 140))
def test_whatever_the_shape_allows_is_shown_in_every_format(
    bulletin: Json, lang: str, width: int
) -> None:
    page = read(bulletin, lang)
    made = Parsed(html.render(page))
    assert made.open == []
    shown = printed(page, width)
    assert max(map(cell_len, shown.splitlines())) <= width
    for inside in (shown, made.text, in_word(word.render(page))):
        assert missing(bulletin, inside) == []
