"""The figures of mediation and of reconsideration beside litigation (seed brief rows 16 to 21)."""

from services.metrics.catalogue.figure import (
    CASES,
    DONE_ON,
    FILED_ON,
    PER_CENT,
    TIMES,
    Figure,
    Part,
    Words,
)

_MEDIATED = Words(
    "已办结的行政调解（一案计一次，以最后一次为准；无法办理的不计）",
    "administrative disputes whose mediation is resolved (one a case, the last; not those that "
    "were not possible)",
)
_YEARLY = Words(
    "统计期不足一年的不计；印出时舍去小数",
    "Only of periods of a year or more; cut to a whole number where it is printed.",
)


def _ended(id_: str, zh: str, en: str) -> Figure:
    cohort = Words(f"{_MEDIATED.zh}，结果为{zh}", f"{_MEDIATED.en}, that ended {id_}")
    name, part = Words(f"行政{zh}案件", en), Part("mediations", id_)
    return Figure(f"mediation.{id_}", name, CASES, DONE_ON, cohort, part)


def _held(id_: str, task: str, zh: str, en: str) -> Figure:
    cohort = Words(f"已办结的{zh}任务（{task}）", f"{task} tasks resolved")
    part = Part("talks", "n", {"task": task})
    return Figure(id_, Words(zh, en), TIMES, DONE_ON, cohort, part)


def _yearly(id_: str, zh: str, en: str, of: Figure) -> Figure:
    cohort = Words(f"{of.name.zh}／统计期年数（月数／12）", f"{of.name.en} by years (months / 12)")
    return Figure(
        id_, Words(zh, en), CASES, FILED_ON, cohort, of.top, shape="yearly", city=True, note=_YEARLY
    )


_INTERMEDIATE = Figure(
    "lawsuits.intermediate",
    Words("中级人民法院一、二审行政诉讼案件", "lawsuits of the intermediate court"),
    CASES,
    FILED_ON,
    Words(
        "中级人民法院受理的一审、二审行政诉讼案件",
        "lawsuits of the first and the second instance before the intermediate court",
    ),
    Part("intermediate"),
    city=True,
)
_CITY = Figure(
    "reconsideration.city",
    Words("市政府本级行政复议案件", "reconsiderations by the city government itself"),
    CASES,
    FILED_ON,
    Words(
        "复议机关为市政府本级（市司法局）的行政复议案件",
        "applications for reconsideration to the city's own organ",
    ),
    Part("city_reconsiderations"),
    city=True,
)
FIGURES = (
    Figure(
        "mediation.mediated",
        Words("行政调解案件", "disputes mediated"),
        CASES,
        DONE_ON,
        _MEDIATED,
        Part("mediations"),
    ),
    _ended("settled", "调解成功", "settled"),
    _ended("withdrawn", "调解后撤回", "withdrawn after mediation"),
    _ended("failed", "调解不成", "not settled"),
    Figure(
        "mediation.rate",
        Words("调解成功率", "share settled"),
        PER_CENT,
        DONE_ON,
        Words("行政调解成功案件／行政调解案件", "disputes settled of those mediated"),
        Part("mediations", "settled"),
        Part("mediations"),
        "share",
    ),
    Figure(
        "mediation.households_withdrew",
        Words("调解中撤回起诉户数", "households that withdrew"),
        Words("户", "households"),
        DONE_ON,
        Words(
            "各轮调解后撤回的户数合计", "households that withdrew after the rounds of a mediation"
        ),
        Part("mediations", "households"),
    ),
    _held("presuit.held", "pre_suit_communication", "诉前沟通", "pre-suit communications"),
    Figure(
        "presuit.averted",
        Words("诉前化解", "suits averted"),
        TIMES,
        DONE_ON,
        Words("诉前沟通后未起诉的（averted）", "pre-suit communications after which no suit came"),
        Part("talks", "worked", {"task": "pre_suit_communication"}),
    ),
    _held(
        "consultations.held", "pre_judgment_consultation", "判前会商", "pre-judgment consultations"
    ),
    _held("explanations.held", "explanation", "诉后释法", "judgments explained"),
    Figure(
        "reconsideration.filed",
        Words("行政复议案件", "reconsiderations"),
        CASES,
        FILED_ON,
        Words(
            "提请的行政复议案件，各级复议机关合计", "applications for reconsideration to any organ"
        ),
        Part("reconsiderations"),
    ),
    Figure(
        "reconsideration.decided",
        Words("审结行政复议案件", "reconsiderations decided"),
        CASES,
        DONE_ON,
        Words("已作出决定的行政复议案件", "reconsideration_decision tasks resolved"),
        Part("decisions"),
    ),
    _CITY,
    _yearly("reconsideration.city_yearly", "市政府本级行政复议年均", "of these, a year", _CITY),
    _INTERMEDIATE,
    _yearly("lawsuits.intermediate_yearly", "中院行政诉讼年均", "of these, a year", _INTERMEDIATE),
    Figure(
        "reconsideration.ratio",
        Words("复议与诉讼之比", "reconsiderations to lawsuits"),
        Words("", ""),
        FILED_ON,
        Words(
            "市政府本级行政复议案件：中级人民法院一、二审行政诉讼案件",
            "reconsiderations by the city government itself to lawsuits of the intermediate court",
        ),
        _CITY.top,
        _INTERMEDIATE.top,
        "ratio",
        city=True,
    ),
)
