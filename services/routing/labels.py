"""Codes in the words of the field, Chinese first."""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    # of a case
    "routing": ("分派中", "being routed"),
    "open": ("办理中", "open"),
    "desk": ("待联席办分派", "waits at the liaison desk"),
    "escalated": ("提级督办", "escalated to the liaison office"),
    "concluding": ("待结案", "waits for its filer's conclusion"),
    "closed": ("已办结", "closed"),
    # of an assignment
    "issued": ("已交办", "issued"),
    "delivered": ("已送达", "delivered"),
    "received": ("已签收", "received"),
    "accepted": ("已受理", "accepted"),
    "progressed": ("有进展", "progress"),
    "returned": ("已退回", "returned"),
    "resolved": ("已办结", "resolved"),
    "failed": ("处理失败", "could not be processed"),
    "recalled": ("已收回", "recalled"),
    "waiting_information": ("待补充材料", "waits for information"),
    # of what happened
    "filed": ("提请", "filed"),
    "routed": ("分派", "routed"),
    "reissued": ("重新交办", "issued again"),
    "linked": ("关联", "linked"),
    "clustered": ("类案提示", "found alike to others"),
    "unroutable": ("转联席办", "to the liaison desk"),
    "overdue": ("超期", "overdue"),
    "urged": ("催办", "urged"),
    "instructed": ("批示督办", "instruction"),
    "instruction_issued": ("下达，待办结", "issued"),
    "instruction_overdue": ("超期未办结", "overdue"),
    "instruction_closed": ("已办结", "closed"),
    "due_soon": ("将到期", "due soon"),
    "requested": ("要求补充材料", "information requested"),
    "came_late": ("办结后到达", "came after the end"),
    "supplied": ("已补充材料", "information supplied"),
    "refused": ("不予采纳", "refused"),
    "attached": ("添加附件", "file attached"),
    "withdrawn": ("已撤回", "withdrawn"),
    "concluded": ("已结案", "concluded"),
    "done": ("已办结", "all tasks done"),
    # how far an overdue task has risen
    "county": ("县（区）联席办", "the county's liaison office"),
    "city": ("市联席办", "the city's liaison office"),
    "conference": ("联席会议议程", "the agenda of the joint conference"),
    # how cases are linked
    "same_matter": ("同一事项", "the same matter"),
    "same_party": ("同一当事人", "the same party"),
    "same_project": ("同一项目", "the same project"),
    "same_action": ("同一行政行为", "the same agency action"),
    "continues": ("后续案件", "continues it"),
    "other": ("其他关联", "related otherwise"),
    # by what they are alike
    "party": ("同一当事人", "the same party"),
    "project": ("同一项目", "the same project"),
    "action": ("同一行政行为", "the same agency action"),
    # why it waits
    "no_rule": ("没有适用的规则", "no rule applies"),
    "no_office": ("没有承办单位", "no office"),
    "ambiguous": ("规则指向不同部门", "rules name different agencies"),
    "third_return": ("第三次退回", "third return"),
    "information": ("待提请单位补充材料", "the filer is asked for information"),
    "conclusion": ("待提请单位结案", "the filer is to conclude it"),
    "transferred": ("移交", "transferred"),
    "undelivered": ("多次交办未送达", "not delivered after several tries"),
    "receipt": ("签收超期", "receipt overdue"),
    "resolution": ("办结超期", "resolution overdue"),
}


def label(code: str) -> dict[str, str]:
    """Show a code with its words; one without words stands for itself."""
    zh, en = LABELS.get(code, (code, code))
    return {"code": code, "zh": zh, "en": en}
