"""Codes in the words of the field, Chinese first."""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    "registered": ("已建档", "registered"),
    "studying": ("专题研判", "under study"),
    "funded": ("资金落实", "funded"),
    "resumed": ("复工复产", "work resumed"),
    "delivered": ("已交付", "delivered"),
    "government": ("政府资金扶持", "government"),
    "owners": ("业主自救补款", "owners"),
    "special_loan": ("“保交楼”专项贷款", "special loan"),
    "petition_reception": ("周一信访接待", "Monday petition reception"),
    "study": ("周四专题研判", "Thursday study"),
    "city_construction": ("周五城建例会", "Friday city construction meeting"),
}


def label(code: str) -> dict[str, str]:
    """Show a code with its words."""
    zh, en = LABELS[code]
    return {"code": code, "zh": zh, "en": en}
