"""Codes in the words of the field, Chinese first."""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    "open": ("办理中", "open"),
    "overdue": ("超期", "overdue"),
    "closed": ("办结", "closed"),
    "joint_conference": ("联席会议", "joint conference"),
    "liaison_meeting": ("府院联动会议", "liaison meeting"),
    "loss_review": ("败诉案件分析研判会", "review of lost cases"),
    "consultation": ("会商", "consultation"),
    "training": ("同堂培训", "joint training"),
    "exchange": ("工作交流", "exchange"),
    "convener": ("召集人", "convener"),
    "deputy_convener": ("副召集人", "deputy convener"),
    "member": ("成员", "member"),
    "contact": ("联络员", "contact"),
    "office_head": ("联席办负责人", "head of the liaison office"),
    "staff": ("联席办工作人员", "staff of the liaison office"),
    "liaison_office": ("联席办", "liaison office"),
    "city": ("市级", "city"),
    "county": ("县级", "county"),
}


def label(code: str) -> dict[str, str]:
    """Show a code with its words."""
    zh, en = LABELS[code]
    return {"code": code, "zh": zh, "en": en}
