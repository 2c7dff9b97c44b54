"""The figures of bankruptcies and stalled projects (seed brief rows 10 to 14)."""

from services.metrics.catalogue.figure import (
    CASES,
    CONCLUDED_ON,
    DONE_ON,
    FILED_ON,
    HAPPENED_ON,
    HELD_ON,
    MONEY,
    PEOPLE,
    PROJECTS,
    TIMES,
    Figure,
    Part,
    Shape,
    Words,
)

_STAGE_ON = Words("阶段日期", "the day of the stage")
_FUNDED_ON = Words("到账日期", "the day of the entry")


def _need(id_: str, task: str, sum_: str, zh: str, en: str) -> Figure:
    cohort = Words(
        f"破产案件中已办结的任务（{task}），{zh}合计",
        f"{task} tasks of bankruptcies resolved: {en}",
    )
    shape: Shape = "money" if sum_.endswith("_fen") else "count"
    unit = MONEY if shape == "money" else PEOPLE
    part = Part("needs", sum_, {"task": task})
    return Figure(f"bankruptcy.{id_}", Words(zh, en), unit, DONE_ON, cohort, part, shape=shape)


def _reached(id_: str, zh: str, en: str) -> Figure:
    cohort = Words(f"问题楼盘{zh}，每次计一次", f"stalled projects {en}, each time counts")
    part = Part("projects", id_)
    return Figure(f"projects.{id_}", Words(f"{zh}项目", en), PROJECTS, _STAGE_ON, cohort, part)


FIGURES = (
    Figure(
        "bankruptcy.filed",
        Words("破产联动案件", "bankruptcies filed"),
        CASES,
        FILED_ON,
        Words("提请的企业破产案件", "bankruptcy cases filed"),
        Part("bankruptcies"),
    ),
    Figure(
        "bankruptcy.green",
        Words("绿色通道破产案件", "bankruptcies in the green channel"),
        CASES,
        FILED_ON,
        Words("其中走绿色通道的", "of these, in the green lane"),
        Part("bankruptcies", "green"),
    ),
    Figure(
        "bankruptcy.closed",
        Words("办结破产联动案件", "bankruptcies closed"),
        CASES,
        CONCLUDED_ON,
        Words(
            "已结的企业破产案件，含撤回", "bankruptcy cases that ended, those withdrawn included"
        ),
        Part("ended", "n", {"kind": "bankruptcy"}),
    ),
    _need("employees", "social_insurance", "employees", "办理社会保险职工", "employees insured"),
    _need("retirees", "retirement", "retirees", "办理退休职工", "employees retired"),
    _need("relieved", "tax_relief", "relieved_fen", "税收优惠金额", "taxes relieved"),
    _need("financed", "financing", "amount_fen", "融资金额", "financing"),
    _reached("registered", "建档", "registered"),
    _reached("resumed", "复工", "building resumed"),
    _reached("delivered", "交付", "delivered"),
    Figure(
        "projects.stalled",
        Words("在册问题楼盘", "stalled projects at the end"),
        PROJECTS,
        _STAGE_ON,
        Words("已建档而未交付的问题楼盘", "projects registered and not delivered"),
        Part("projects", "stalled"),
        cumulative=True,
    ),
    Figure(
        "projects.longest_stall",
        Words("停滞最久项目", "longest standstill"),
        Words("年", "years"),
        Words("停滞起始日期", "the day the standstill began"),
        Words(
            "在册项目自停滞之日至复工（未复工的至期末）的最长年数，舍去不足一年的",
            "the longest standstill among projects on file at the end, from its beginning to the "
            "resumption (else to the period's end), in full years",
        ),
        Part("projects", "stalled"),
        shape="years",
        cumulative=True,
    ),
    Figure(
        "projects.funded",
        Words("问题楼盘到位资金", "funding of stalled projects"),
        MONEY,
        _FUNDED_ON,
        Words(
            "资金台账各项合计，冲销的已减去", "the funding ledgers' entries, reversals taken off"
        ),
        Part("funding", "fen"),
        shape="money",
    ),
    Figure(
        "projects.special_loans",
        Words("“保交楼”专项贷款（累计）", "special loans, cumulative"),
        MONEY,
        _FUNDED_ON,
        Words(
            "资金台账中来源为专项贷款（special_loan）的，冲销的已减去",
            "the funding ledgers' entries from special loans, reversals taken off",
        ),
        Part("funding", "fen", {"source": "special_loan"}),
        shape="money",
        cumulative=True,
    ),
    Figure(
        "projects.disputes_settled",
        Words("化解商品房买卖合同纠纷", "house-sale disputes settled"),
        Words("起", "disputes"),
        DONE_ON,
        Words(
            "商品房买卖合同纠纷调解办结时的调解成功数（settled）；"
            "未写明数目而调解成功的，计该案所含纠纷数",
            "house-sale disputes settled by civil mediation: the number the outcome gives, else "
            "all that the case stands for",
        ),
        Part("house_sales"),
    ),
    Figure(
        "projects.meetings",
        Words("问题楼盘周例会议题", "weekly dealings with stalled projects"),
        TIMES,
        HELD_ON,
        Words(
            "周一信访接待、周四专题研判、周五城建例会中研究的项目次数",
            "projects dealt with at the Monday, Thursday and Friday meetings, each time counts",
        ),
        Part("rhythm"),
    ),
    Figure(
        "projects.risks",
        Words("群体性诉讼风险预警", "warnings of group litigation"),
        TIMES,
        HAPPENED_ON,
        Words("同一项目纠纷达到预警线的次数", "times a project's disputes passed the threshold"),
        Part("rhythm", "risks"),
    ),
)
