"""Kinds of case and tasks in the words of the field: Chinese, English."""

KINDS = {
    "bankruptcy": ("企业破产", "bankruptcy"),
    "stalled_project": ("问题楼盘", "stalled project"),
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
}


def word(words: dict[str, tuple[str, str]], code: str, lang: str = "zh") -> str:
    """Give a code's word; one without words stands for itself."""
    return words.get(code, (code, code))[0 if lang == "zh" else 1]
