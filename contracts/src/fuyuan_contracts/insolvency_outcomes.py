"""How a task of a company or a housing project in trouble ended."""

from typing import Annotated, Literal

from pydantic import Field

from fuyuan_contracts.identifiers import Fen, Line
from fuyuan_contracts.outcome_base import Outcome
from fuyuan_contracts.parts import Count
from fuyuan_contracts.times import Day


class TaxClearance(Outcome):
    """清税: what the debtor owes."""

    task: Literal["tax_clearance"]
    owed_fen: Fen


class TaxRelief(Outcome):
    """税收优惠: what was relieved or deferred."""

    task: Literal["tax_relief"]
    relieved_fen: Fen


class SocialInsurance(Outcome):
    """社保: employees whose social insurance was settled or moved."""

    task: Literal["social_insurance"]
    employees: Count
    owed_fen: Fen | None = None


class Retirement(Outcome):
    """退休: employees whose retirement was handled."""

    task: Literal["retirement"]
    retirees: Count


class Deregistration(Outcome):
    """注销登记."""

    task: Literal["deregistration"]
    deregistered_on: Day | None = None


class CreditRepair(Outcome):
    """信用修复: the records that were repaired."""

    task: Literal["credit_repair"]
    repaired: Annotated[tuple[Line, ...], Field(max_length=1000)] = ()


class Financing(Outcome):
    """融资."""

    task: Literal["financing"]
    amount_fen: Fen
    lender: Line | None = None


class HousingContinuation(Outcome):
    """房屋续建."""

    task: Literal["housing_continuation"]
    units: Count | None = None


class FireAcceptance(Outcome):
    """消防验收."""

    task: Literal["fire_acceptance"]
    certificate: Line | None = None


class ProjectFunding(Outcome):
    """Money found for a stalled project, by source (seed brief row 14)."""

    task: Literal["project_funding"]
    source: Literal["government", "owners", "special_loan"]
    """政府资金扶持, 业主自救补款 or “保交楼”专项贷款."""
    amount_fen: Fen


class ProjectResumption(Outcome):
    """复工复产."""

    task: Literal["project_resumption"]
    resumed_on: Day | None = None
