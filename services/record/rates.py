"""A manifest's shares and means: what each is of what. Ids are the bulletin's."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.record.defined import CASES, DAYS, DEFINED, FILED, OUTCOME, Defined, Unit

SHARE: Unit = ("%", "%")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of two figures."""

    part: str
    whole: str
    defined: Defined


def _rate(part: str, whole: str, zh: str, en: str, *, unit: Unit = SHARE) -> Rate:
    by, cohort = DEFINED[part].date if part in DEFINED else OUTCOME, f"{part} / {whole}"
    return Rate(part, whole, Defined(zh, en, unit, by, cohort))


RATES: Mapping[str, Rate] = {
    "mediation.rate": _rate(
        "mediation.settled", "mediation.mediated", "调解成功率", "share settled"
    ),
    "lawsuits.loss_rate": _rate("lawsuits.lost", "lawsuits.filed", "一审败诉率", "share lost"),
    "lawsuits.loss_rate_concluded": _rate(
        "lawsuits.lost", "lawsuits.concluded", "审结案件败诉率", "share lost of those concluded"
    ),
    "heads.rate": _rate("heads.appeared", "heads.hearings", "负责人出庭率", "share of heads"),
    "penalties.allowed_rate": _rate(
        "penalties.allowed", "penalties.decided", "准予执行率", "share allowed"
    ),
    "reconsideration.ratio": _rate(
        "reconsideration.city", "lawsuits.intermediate", "复议与诉讼之比",
        "reconsiderations to lawsuits", unit=("", ""),
    ),
    **{
        f"penalties.days_{name}": _rate(
            f"penalties.days_{name}", "penalties.decided", zh, en, unit=DAYS
        )
        for name, zh, en in (
            ("filed_reviewed", "立案至审查", "filed to reviewed"),
            ("reviewed_enforced", "审查至执行", "reviewed to enforced"),
            ("enforced_closed", "执行至结案", "enforced to closed"),
            ("filed_closed", "立案至结案", "filed to closed"),
        )
    },
}  # fmt: skip
"""Shares and means: `exact` is the fraction, not reduced; none of nothing."""
YEARLY: Mapping[str, tuple[str, Defined]] = {
    "reconsideration.city_yearly": (
        "reconsideration.city",
        Defined(
            "市政府本级行政复议年均", "a year", CASES, FILED, "exact in `exact`; cut in `printed`"
        ),
    ),
    "lawsuits.intermediate_yearly": (
        "lawsuits.intermediate",
        Defined("市中院行政诉讼年均", "a year", CASES, FILED, "exact in `exact`; cut in `printed`"),
    ),
}
"""Means of a year, of periods of whole years."""
