"""How the Word bulletin looks: page, styles and fonts of an official document (GB/T 9704)."""

from datetime import UTC
from typing import cast
from xml.sax.saxutils import quoteattr

from docx.document import Document as Made
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import _Row

from services.cli.bulletins.page import Page

RED = "CC0000"
LATIN = "Times New Roman"
FANG, HEI, SONG = "仿宋", "黑体", "方正小标宋简体"
INSTEAD = {
    FANG: ("FangSong", "仿宋_GB2312", "STFangsong", "Noto Serif CJK SC"),
    HEI: ("SimHei", "STHeiti", "Noto Sans CJK SC"),
    SONG: ("FZXiaoBiaoSong-B05S", "宋体", "SimSun", "STSong", "Noto Serif CJK SC"),
}
"""What a machine without the font takes instead, in this order."""
STYLES: tuple[tuple[str, str, float, bool], ...] = (
    ("Normal", FANG, 16, False),
    ("Issuer", SONG, 26, True),
    ("Title", SONG, 20, True),
    ("State", FANG, 12, False),
    ("Heading 1", HEI, 16, False),
    ("Heading 2", HEI, 12, False),
    ("Table head", HEI, 10.5, True),
    ("Table text", FANG, 10.5, False),
    ("Remark", FANG, 10.5, False),
    ("Note", FANG, 12, False),
    ("After table", FANG, 6, False),
)
"""Name, East Asian font, size in points, whether bold."""
AFTER_BORDERS = tuple(
    f"w:{name}"
    for name in (
        "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct",
        "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid",
        "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc",
        "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle",
        "rPr", "sectPr", "pPrChange",
    )
)  # fmt: skip
"""What follows a paragraph's borders, in the order the format wants."""
CENTRED = ("Issuer", "Title", "State")


def dress(made: Made, page: Page) -> None:
    """Set page, styles, fonts, properties and the page number."""
    for name, font, size, bold in STYLES:
        _style(made, name, font, size, bold=bold)
    chinese = page.lang.startswith("zh")
    _page(made)
    _language(made, page.lang)
    _indents(made, chinese=chinese)
    _instead(made)
    at = page.as_of.astimezone(UTC)
    told = made.core_properties
    told.title, told.author, told.last_modified_by = page.title[:255], page.issuer[:255], "fuyuan"
    told.created = told.modified = at.replace(tzinfo=None)
    told.language, told.comments, told.revision = page.lang, page.state[:255], 1


def repeat_as_head(row: _Row) -> None:
    """Show a row again at the top of every page its table goes on to."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - python-docx has no call for it


def unbroken(row: _Row) -> None:
    """Keep a row on one page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - the same


def _style(made: Made, name: str, font: str, size: float, *, bold: bool) -> None:
    known = {item.name for item in made.styles}
    if name not in known:
        made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = made.styles["Normal"]
    style = cast("ParagraphStyle", made.styles[name])
    style.font.name, style.font.size, style.font.bold = LATIN, Pt(size), bold
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(RED if name == "Issuer" else "000000")
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        if "Theme" in attribute:
            del fonts.attrib[attribute]
    fonts.set(qn("w:eastAsia"), font)
    spacing = style.paragraph_format
    spacing.space_before = Pt(12 if name.startswith(("Heading", "Title")) else 0)
    spacing.space_after = Pt(6 if name in ("Title", "State", "Heading 2", "Remark") else 0)
    if name.startswith("Table"):
        spacing.space_before = spacing.space_after = Pt(2)
    spacing.line_spacing_rule = WD_LINE_SPACING.SINGLE
    spacing.keep_with_next = name.startswith("Heading")
    if name in CENTRED:
        spacing.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        style.element.pPr.remove(border)
    if name == "Issuer":
        style.element.get_or_add_pPr().insert_element_before(_rule(), *AFTER_BORDERS)


def _rule() -> BaseOxmlElement:
    """Make the red line under the issuer."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", RED)):
        bottom.set(qn(f"w:{key}"), value)
    borders.append(bottom)
    return borders


def _page(made: Made) -> None:
    """Set A4 with the margins of an official document, and the page's number at the foot."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("— ")
    run = foot.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("", "1"), ("end", "")):
        run._r.append(_field(kind, text))  # noqa: SLF001 - python-docx has no call for fields
    foot.add_run(" —")
    for part in foot.runs:
        part.font.size = Pt(12)


def _field(kind: str, text: str) -> BaseOxmlElement:
    if kind:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        return mark
    inner = OxmlElement("w:instrText" if text == "PAGE" else "w:t")
    inner.text = text
    return inner


def _language(made: Made, lang: str) -> None:
    """Say which language it is in: for hyphenation, checks and whoever reads it aloud."""
    for found in made.styles.element.iter(qn("w:lang")):
        found.set(qn("w:val"), "en-US" if lang == "en" else lang)
        found.set(qn("w:eastAsia"), "zh-CN")
    for found in made.settings.element.iter(qn("w:themeFontLang")):
        found.set(qn("w:eastAsia"), "zh-CN")


def _indents(made: Made, *, chinese: bool) -> None:
    """Begin a Chinese paragraph two characters in; its heads and tables don't."""
    for name, _font, size, _bold in STYLES:
        style = cast("ParagraphStyle", made.styles[name])
        indent = Pt(2 * size) if chinese and name == "Normal" else Pt(0)
        style.paragraph_format.first_line_indent = indent


def _instead(made: Made) -> None:
    """Name in the table of fonts what to take where a font is missing."""
    (part,) = (
        rel.target_part
        for rel in made.part.rels.values()
        if rel.reltype.endswith("/fontTable") and not rel.is_external
    )
    fonts = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(','.join(others))}/>"
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in INSTEAD.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{fonts}</w:fonts>".encode())  # noqa: SLF001 - a part python-docx only carries along
