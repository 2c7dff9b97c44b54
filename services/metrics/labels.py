"""The keys of tables in words: Chinese, English. Pure."""

from services.metrics.catalogue.figure import Words
from services.metrics.catalogue.tables import By
from services.metrics.places import Places
from services.runtime.words import KINDS, TASKS

UNKNOWN = Words("不明", "unknown")
WORDS: dict[By, dict[str, tuple[str, str]]] = {
    "kind": KINDS,
    "task": TASKS,
    "stage": {
        "registered": ("已建档", "registered"),
        "studying": ("研究中", "being studied"),
        "funded": ("资金到位", "funded"),
        "resumed": ("已复工", "building resumed"),
        "delivered": ("已交付", "delivered"),
    },
    "source": {
        "government": ("政府资金扶持", "government"),
        "owners": ("业主自救补款", "owners"),
        "special_loan": ("“保交楼”专项贷款", "special loan"),
    },
    "meeting": {
        "petition_reception": ("周一信访接待", "Monday petition reception"),
        "study": ("周四专题研判", "Thursday study"),
        "city_construction": ("周五城建例会", "Friday city-construction meeting"),
    },
    "verdict": {
        "lost": ("败诉", "lost"),
        "won": ("胜诉", "won"),
        "dismissed": ("驳回起诉", "dismissed"),
        "mediated": ("调解", "mediated"),
        "withdrawn": ("撤诉", "withdrawn"),
    },
    "phase": {
        "before": ("案前（诉前）", "before a suit"),
        "during": ("案中（诉中）", "during a suit"),
        "after": ("案后（诉后）", "after a suit"),
    },
    "decision": {
        "upheld": ("维持", "upheld"),
        "revoked": ("撤销", "revoked"),
        "changed": ("变更", "changed"),
        "ordered": ("责令履行", "ordered to act"),
        "unlawful": ("确认违法", "found unlawful"),
        "dismissed": ("驳回", "dismissed"),
        "mediated": ("调解", "mediated"),
        "withdrawn": ("终止（撤回）", "withdrawn"),
    },
    "level": {
        "county": ("县级联席办", "county's liaison office"),
        "city": ("市级联席办", "city's liaison office"),
        "conference": ("联席会议议程", "joint conference's agenda"),
    },
    "why": {
        "third_return": ("三次退回", "third return"),
        "undelivered": ("未送达", "not delivered"),
        "failed": ("处理失败", "could not be processed"),
        "overdue": ("超期", "overdue"),
    },
}
NONE: dict[By, Words] = {"level": Words("未分级", "no level")}
_QUARTERS = "一二三四"


def label(by: By, value: str | None, places: Places) -> Words:
    """Word a key's value; one without words stands for itself."""
    if value is None:
        return NONE.get(by, UNKNOWN)
    if by in {"office", "court"}:
        return places.office(value)
    if by == "division":
        return places.division(value)
    if by == "agency":
        return places.agency(value)
    if by == "quarter":
        year, quarter = value.split("Q")
        return Words(f"{year}年第{_QUARTERS[int(quarter) - 1]}季度", f"{year} Q{quarter}")
    return Words(*WORDS[by].get(value, (value, value)))


def order(by: By, value: str | None) -> tuple[int, str]:
    """Give the place of a value among others: as its words are listed, else by id; none last."""
    if value is None:
        return (10_000, "")
    known = list(WORDS.get(by, ()))
    return (known.index(value) if value in known else 1_000, value)
