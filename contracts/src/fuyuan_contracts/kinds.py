"""The kinds of case."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of case."""

    BANKRUPTCY = "bankruptcy"
    STALLED_PROJECT = "stalled_project"
    JUDGMENT_ENFORCEMENT = "judgment_enforcement"
    PENALTY_ENFORCEMENT = "penalty_enforcement"
    CIVIL_DISPUTE = "civil_dispute"
    ADMINISTRATIVE_DISPUTE = "administrative_dispute"
    ADMINISTRATIVE_LAWSUIT = "administrative_lawsuit"
    RECONSIDERATION = "reconsideration"
    CREDIT_DISCIPLINE = "credit_discipline"
