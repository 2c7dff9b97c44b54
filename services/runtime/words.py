"""Kinds of case and tasks in the words of the field: Chinese, English."""

KINDS = {
    "bankruptcy": ("企业破产", "bankruptcy"),
    "stalled_project": ("问题楼盘", "stalled project"),
    "judgment_enforcement": ("执行案件", "enforcement of a judgment"),
    "penalty_enforcement": ("行政非诉执行", "enforcement of a penalty"),
    "civil_dispute": ("民事纠纷", "civil dispute"),
    "administrative_dispute": ("行政争议", "administrative dispute"),
    "administrative_lawsuit": ("行政诉讼", "administrative lawsuit"),
    "reconsideration": ("行政复议", "administrative reconsideration"),
    "credit_discipline": ("信用联合奖惩", "credit discipline and incentive"),
}
TASKS = {
    "tax_clearance": ("清税", "tax clearance"),
    "tax_relief": ("税收优惠", "tax relief"),
    "social_insurance": ("社会保险", "social insurance"),
    "retirement": ("退休办理", "retirement"),
    "deregistration": ("注销登记", "deregistration"),
    "credit_repair": ("信用修复", "credit repair"),
    "financing": ("融资", "financing"),
    "housing_continuation": ("房屋续建", "housing continuation"),
    "fire_acceptance": ("消防验收", "fire acceptance"),
    "project_funding": ("项目资金", "project funding"),
    "project_resumption": ("复工复产", "project resumption"),
    "find_person": ("查人", "finding a person"),
    "find_vehicle": ("查车", "finding a vehicle"),
    "find_property": ("查不动产", "finding real estate"),
    "freeze_equity": ("冻结股权", "freezing of shares"),
    "withhold_income": ("扣留收入", "withholding of income"),
    "detention_assist": ("协助拘留", "assistance with a detention"),
    "performance": ("履行义务", "performance"),
    "penalty_enforcement": ("处罚执行审查", "review and enforcement of a penalty"),
    "civil_mediation": ("民事调解", "civil mediation"),
    "housing_coordination": ("交房协调", "arranging that homes are handed over"),
    "petition_reception": ("信访接待", "reception of petitioners"),
    "administrative_mediation": ("行政争议调解", "mediation with an organ"),
    "pre_suit_communication": ("诉前沟通", "communication before a suit"),
    "pre_judgment_consultation": ("判前会商", "consultation before the judgment"),
    "explanation": ("判后释明", "explanation of the judgment"),
    "supervision": ("检察监督", "supervision by the procuratorate"),
    "respond_to_suit": ("出庭应诉", "response to a suit"),
    "loss_review": ("败诉复盘", "review of a lost case"),
    "reconsideration_decision": ("复议决定", "decision on a reconsideration"),
    "credit_publication": ("信用公示", "publication in the credit records"),
    "bank_notice": ("通知银行", "notice to banks"),
    "consumption_watch": ("限高查控", "watch over a limit on consumption"),
    "tax_incentive": ("税收激励", "tax incentive"),
}
OF_FILER = {"conclusion": ("结案", "the conclusion")}
"""What a case may wait for that is no office's task."""


def word(words: dict[str, tuple[str, str]], code: str, lang: str = "zh") -> str:
    """Give a code's word; one without words stands for itself."""
    return words.get(code, (code, code))[0 if lang == "zh" else 1]
