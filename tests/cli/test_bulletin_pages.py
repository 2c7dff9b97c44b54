"""A bulletin reads like one: sections, figures with what they are compared with, notes, states."""

from datetime import date
from typing import Any

import pytest

from services.cli.bulletins.page import Page, Table
from services.cli.bulletins.reading import ShapeError, read
from services.cli.bulletins.widths import shared
from services.cli.bulletins.wording import clean, compared, numeral, period


def figures(page: Page, section: int) -> Table:
    found = page.sections[section].figures
    assert found is not None
    return found


def test_sections_are_numbered_as_an_official_document_numbers_them(page: Page) -> None:
    numbers = [section.heading.partition("、")[0] for section in page.sections]
    assert numbers == list("一二三四五六七")
    assert page.title == "关于2024年1—6月府院联动工作情况的通报"
    assert page.signed == ("安阳市府院联动联席会议办公室", "2024年7月19日")


def test_a_figure_has_its_number_unit_and_both_comparisons(page: Page) -> None:
    table = figures(page, 0)
    heads = [column.head for column in table.columns[4:]]
    assert heads == ["上期\n2023年7—12月", "上年同期\n2023年1—6月"]
    assert table.rows[0] == (
        "1", "行政诉讼一审案件", "件", "266", "301\n下降11.6%", "318\n下降16.4%"
    )  # fmt: skip
    assert table.rows[3][4:] == ("29\n上升27.6%", "无数据")


def test_a_restated_figure_shows_both_values(page: Page, bulletin: dict[str, Any]) -> None:
    assert [row[3] for row in figures(page, 0).rows[1:3]] == ["41\n（原40）", "15.4%\n（原15.0%）"]
    assert "410500:2024-01..2024-06@1" in page.opening[1]
    assert "滑县人民法院补报一件败诉案件" in page.opening[1]
    assert figures(read(bulletin, "en"), 0).rows[1][3] == "41\n(was 40)"


def test_a_share_is_compared_in_points_and_needs_no_unit(page: Page) -> None:
    assert figures(page, 0).rows[2][2:] == (
        "", "15.4%\n（原15.0%）", "17.3%\n下降1.9个百分点", "17.9%\n下降2.5个百分点"
    )  # fmt: skip
    assert figures(page, 6).rows[1][4] == "2.6%\n持平"


def test_every_figure_has_a_note_of_its_number_with_its_definition(
    page: Page, bulletin: dict[str, Any]
) -> None:
    notes = list(page.notes())
    given = [item for section in bulletin["sections"] for item in section["figures"]]
    assert [note.number for note in notes] == list(range(1, len(given) + 1))
    for note, figure in zip(notes, given, strict=True):
        assert note.name == figure["zh"]
        assert figure["definition"]["zh"] in note.text
    assert notes[2].text.endswith("精确值41/266。")


def test_of_a_year_the_year_before_is_compared_once(bulletin: dict[str, Any]) -> None:
    year = {"text": "2023", "begin": "2023-01-01", "end": "2023-12-31"}
    page = read(bulletin | {"before": year, "year_before": year}, "zh")
    assert [column.head for column in figures(page, 0).columns[4:]] == ["上年同期\n2023年"]
    assert page.opening[0].endswith("附后。上年同期为2023年。")


def test_a_table_without_rows_says_there_are_none(bulletin: dict[str, Any]) -> None:
    bulletin["sections"][2]["tables"][0] |= {"rows": [], "total": None}
    assert read(bulletin, "zh").sections[2].tables[0].rows == (("无", "", "", ""),)


def test_a_draft_says_so_and_as_of_when(bulletin: dict[str, Any]) -> None:
    draft = bulletin | {"state": "draft", "published": None, "restates": None, "id": None}
    assert read(draft, "zh").state == "草案（未发布），数据截至2024年7月19日09:30"
    assert read(draft, "en").state == "Draft, not published; as of 19 Jul 2024, 09:30 (China)"


def test_one_that_was_restated_later_names_what_replaced_it(bulletin: dict[str, Any]) -> None:
    old = bulletin | {"state": "restated", "restated_by": "next"}
    assert read(old, "zh").state.endswith("；已由next更正")


@pytest.mark.parametrize(
    ("begin", "end", "zh", "en"),
    [
        ("2024-01-01", "2024-12-31", "2024年", "2024"),
        ("2021-01-01", "2023-12-31", "2021—2023年", "2021–2023"),
        ("2024-06-01", "2024-06-30", "2024年6月", "Jun 2024"),
        ("2023-07-01", "2024-06-30", "2023年7月—2024年6月", "Jul 2023 – Jun 2024"),
        ("2024-02-01", "2024-02-28", "2024年2月1日至2024年2月28日", "1 Feb 2024 to 28 Feb 2024"),
        ("2024-02-03", "2024-02-03", "2024年2月3日", "3 Feb 2024"),
    ],
)
def test_a_period_is_said_as_people_say_it(begin: str, end: str, zh: str, en: str) -> None:
    found = {"begin": begin, "end": end}
    assert date.fromisoformat(begin) <= date.fromisoformat(end)
    assert (period(found, "zh"), period(found, "en")) == (zh, en)


def test_numerals_up_to_ninety_nine() -> None:
    known = {1: "一", 10: "十", 11: "十一", 20: "二十", 21: "二十一", 99: "九十九"}
    assert {number: numeral(number) for number in known} == known


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"shown": "0", "change": "+3"}, "0\n增加3"),
        ({"shown": "5", "change": "0", "percent": "0.0%"}, "5\n持平"),
        ({"shown": "5", "change": None}, "5"),
        ({"shown": None, "change": None}, "无数据"),
    ],
)
def test_a_comparison_without_a_share_or_a_base(found: dict[str, Any], said: str) -> None:
    assert compared(found, "zh", share=False) == said


def test_what_a_terminal_would_obey_or_xml_cannot_hold_becomes_a_space() -> None:
    assert clean("甲\x1b[31m\n乙\x00\ud800\u202e丙") == "甲 [31m 乙 丙"


@pytest.mark.parametrize("wrong", [{"sections": None}, {"sections": [{"figures": [{}]}]}, {}])
def test_another_shape_is_said_to_be_one(wrong: dict[str, Any], bulletin: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match="no bulletin that can be read"):
        read(bulletin | wrong if wrong else {}, "zh")


def test_columns_get_what_their_numbers_need_and_fill_the_room(page: Page) -> None:
    for table in (figures(page, 0), page.sections[5].tables[0]):
        assert sum(shared(table, 70)) == 70
        assert sum(shared(table, 12)) == 12
    assert min(shared(figures(page, 0), 70)) >= 4
