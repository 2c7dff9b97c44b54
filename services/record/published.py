"""The figures of the city's report of 2024-09-06 that the record shows, by the bulletin's ids."""

from collections.abc import Mapping
from dataclasses import dataclass

THREE_YEARS = "2021-07..2024-06"
"""近三年: the report doesn't say when they end. They end here with its other figures."""
HALF_YEAR = "2024-01..2024-06"


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as the report prints it."""

    value: int
    """Counts as they are, money in fen."""
    said: str
    """The report's own words."""
    period: str = THREE_YEARS
    """Over which the bulletin shows it."""
    scaled: bool = True
    """Whether it shrinks with the record; a length of time or a yearly sum doesn't."""


PUBLISHED: Mapping[str, Published] = {
    "meetings.liaison": Published(5, "先后召开府院联动会议5次"),
    "instructions.issued": Published(11, "先后做出批示11次"),
    "enforcement.organ_closed": Published(112, "共执结涉行政机关案件112件"),
    "enforcement.organ_recovered": Published(9_915_020_000, "执行到位金额9915.02万元"),
    "credit.consumption_limits": Published(106_593, "全市累计限制高消费106593人"),
    "credit.dishonest": Published(72_073, "纳入失信名单72073人"),
    "lookups.person": Published(34_600, "协助查询被执行人信息3.46万次"),
    "lookups.vehicle": Published(4_947, "车辆信息4947次"),
    "detentions.assisted": Published(804, "协助拘留804人"),
    "penalties.allowed": Published(79, "79件行政处罚案件，依法审查裁定准予强制执行"),
    "projects.longest_stall": Published(10, "停滞10年的某房产项目", scaled=False),
    "projects.special_loans": Published(12_000_000_000, "引入“保交楼”资金1.2亿元"),
    "projects.disputes_settled": Published(277, "稳妥化解内黄某小区277起商品房买卖合同纠纷"),
    "meetings.loss_review": Published(37, "召开行政败诉案件分析研判会议37次"),
    "lawsuits.filed": Published(266, "2024年1-6月份行政诉讼一审案件266件", HALF_YEAR),
    "lawsuits.lost": Published(41, "一审败诉案件41件", HALF_YEAR),
    "mediation.mediated": Published(19_015, "截至5月，全市行政调解案件19015件"),
    "mediation.settled": Published(11_752, "行政调解成功案件11752件"),
    "reconsideration.city": Published(3_248, "近三年来，市政府本级共办理行政复议案件3248件"),
    "lawsuits.intermediate": Published(1_706, "市中级人民法院办理一、二审行政诉讼案件共1706件"),
}
"""Figure of the bulletin → what the report says."""

ALSO: Mapping[str, Published] = {
    "directory.members": Published(89, "市县两级府院联动联席会议成员共89人"),
    "directory.staff": Published(3, "以购买服务方式招聘3名人事代理"),
    "budget.yearly_fen": Published(20_000_000, "市财政每年安排20万元专项经费", scaled=False),
    "courts.police_rooms": Published(6, "在6家基层法院建立了执行警务室", scaled=False),
}
"""The same of what no bulletin shows."""
