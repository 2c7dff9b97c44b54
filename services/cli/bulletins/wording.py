"""Words of a bulletin: days, periods, numerals, how a figure compares."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

Shown = Mapping[str, Any]
SHANGHAI = timezone(timedelta(hours=8))
DIGITS = "零一二三四五六七八九"
TEN = 10
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DECEMBER = 12
NONE = "—"
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff\ufeff]+"
)


def clean(value: object) -> str:
    """Make one line of a value: what a terminal would obey or XML can't hold becomes a space."""
    return _UNPRINTABLE.sub(" ", str(value)).strip()


def value(shown: object) -> str:
    """Write what metrics prints of a value; a dash where there is none."""
    return NONE if shown is None else clean(shown)


def told(words: Shown | str | None, lang: str) -> str:
    """Give a text in a language; nothing where there is none."""
    if words is None:
        return ""
    return clean(words if isinstance(words, str) else words.get(lang) or words.get("zh") or "")


def numeral(number: int) -> str:
    """Write 1 to 99 in Chinese, as sections are numbered."""
    tens, ones = divmod(number, TEN)
    head = {0: "", 1: "十"}.get(tens, f"{DIGITS[tens % TEN]}十")
    return head + (DIGITS[ones] if ones or not tens else "")


def in_china(at: str) -> datetime:
    """Read a time of the API as a clock in China shows it."""
    found = datetime.fromisoformat(at)
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)


def day(on: date, lang: str) -> str:
    """Write a day."""
    if lang == "zh":
        return f"{on.year}年{on.month}月{on.day}日"
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def moment(at: datetime, lang: str) -> str:
    """Write a day with the time."""
    clock = f"{at:%H:%M}"
    return f"{day(at, lang)}{clock}" if lang == "zh" else f"{day(at, lang)}, {clock} (China)"


def period(found: Shown, lang: str) -> str:
    """Write a period as people say it: whole years and months where it is made of them."""
    begin, end = date.fromisoformat(found["begin"]), date.fromisoformat(found["end"])
    whole = begin.day == 1 and end.day == monthrange(end.year, end.month)[1]
    if not whole:
        return _from_to(day(begin, lang), day(end, lang), lang) if begin < end else day(end, lang)
    if begin.month == 1 and end.month == DECEMBER:
        return _years(begin.year, end.year, lang)
    return _months(begin, end, lang)


def _from_to(begin: str, end: str, lang: str) -> str:
    return f"{begin}至{end}" if lang == "zh" else f"{begin} to {end}"


def _years(begin: int, end: int, lang: str) -> str:
    unit = "年" if lang == "zh" else ""
    dash = "—" if lang == "zh" else "–"
    return f"{begin}{unit}" if begin == end else f"{begin}{dash}{end}{unit}"


def _months(begin: date, end: date, lang: str) -> str:
    one, other = MONTHS[begin.month - 1], MONTHS[end.month - 1]
    same_year = begin.year == end.year
    if lang == "zh":
        first = f"{begin.year}年{begin.month}"
        if same_year:
            return f"{first}月" if begin.month == end.month else f"{first}—{end.month}月"
        return f"{first}月—{end.year}年{end.month}月"
    if same_year:
        months = one if begin.month == end.month else f"{one}–{other}"
        return f"{months} {end.year}"
    return f"{one} {begin.year} – {other} {end.year}"


def compared(found: Shown, lang: str, *, share: bool) -> str:
    """Say what a figure was, and on the next line how it has changed since."""
    if found.get("shown") is None:
        return "无数据" if lang == "zh" else "no data"
    return f"{clean(found['shown'])}\n{_change(found, lang, share=share)}".strip()


def _change(found: Shown, lang: str, *, share: bool) -> str:
    change, percent = found.get("change"), found.get("percent")
    if change is None:
        return ""
    said = clean(change)
    down, size = said.startswith(("-", "−")), said.lstrip("+-−")
    if not size.strip("0.%"):
        return "持平" if lang == "zh" else "unchanged"
    if share:
        size = f"{size.rstrip('%')}个百分点" if lang == "zh" else f"{size.rstrip('%')} points"
    elif percent is not None:
        size = clean(percent).lstrip("+-−")
    if lang == "en":
        return f"{'down' if down else 'up'} {size}"
    if share or percent is not None:
        return f"{'下降' if down else '上升'}{size}"
    return f"{'减少' if down else '增加'}{size}"
