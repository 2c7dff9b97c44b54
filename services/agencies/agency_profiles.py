"""The thirteen agencies: the tasks each handles, and its checks of them.

An agency may also be the organ a case is about: what is asked of that organ is every agency's.
"""

from collections.abc import Mapping

from services.agencies import arriving as a
from services.agencies import leaving as z
from services.agencies.checks import (
    Profile,
    amount,
    at_most,
    day,
    needed,
    none_if_impossible,
    not_negative,
    some,
)

OF_ANY_ORGAN = Profile(
    {
        "performance": (a.CLAIM,),
        "pre_suit_communication": (a.BEFORE_SUIT,),
        "pre_judgment_consultation": (a.DURING_SUIT,),
        "respond_to_suit": (),
        "loss_review": (),
    },
    {
        "performance": (amount("paid_fen"),),
        "pre_suit_communication": (none_if_impossible("averted"),),
        "pre_judgment_consultation": (none_if_impossible("agreed"),),
        "respond_to_suit": (none_if_impossible("head_appeared"),),
        "loss_review": (z.review,),
    },
)

_OWN: Mapping[str, Profile] = {
    "tax": Profile(
        {
            "tax_clearance": (a.CREDIT_CODE,),
            "tax_relief": (a.CREDIT_CODE,),
            "tax_incentive": (a.TRUSTWORTHY,),
        },
        {
            "tax_clearance": (not_negative("owed_fen"),),
            "tax_relief": (amount("relieved_fen"),),
            "tax_incentive": (needed("incentive"),),
        },
    ),
    "market_regulation": Profile(
        {
            "deregistration": (a.CREDIT_CODE, a.ACCEPTED_ON, a.LIQUIDATION),
            "credit_repair": (a.CREDIT_CODE, a.GOES_ON),
            "freeze_equity": (a.CLAIM,),
            "credit_publication": (a.SUBJECT_CODE,),
        },
        {
            "deregistration": (day("deregistered_on", "accepted_on"),),
            "credit_repair": (needed("repaired"),),
            "freeze_equity": (amount("frozen_fen"),),
            "credit_publication": (day("published_on", "effective_on"),),
        },
    ),
    "housing": Profile(
        {
            "housing_continuation": (a.PROJECT,),
            "fire_acceptance": (a.PROJECT,),
            "project_funding": (a.PROJECT,),
            "project_resumption": (a.PROJECT,),
            "housing_coordination": (a.PROJECT,),
        },
        {
            "fire_acceptance": (needed("certificate"),),
            "project_funding": (amount("amount_fen"),),
            "project_resumption": (day("resumed_on", "stalled_since"),),
            "housing_coordination": (none_if_impossible("units_delivered"),),
        },
    ),
    "social_security": Profile(
        {
            "social_insurance": (a.EMPLOYEES,),
            "retirement": (a.RETIREES,),
            "withhold_income": (a.CLAIM, a.A_PERSON),
        },
        {
            "social_insurance": (at_most("employees"), not_negative("owed_fen")),
            "retirement": (at_most("retirees"),),
            "withhold_income": (amount("withheld_fen"),),
        },
    ),
    "court": Profile(
        {"penalty_enforcement": (a.DECIDED_ON,), "explanation": (a.LAWSUIT,)},
        {"penalty_enforcement": (z.penalty,), "explanation": (none_if_impossible("accepted"),)},
    ),
    "public_security": Profile(
        {
            "find_person": (a.A_PERSON,),
            "find_vehicle": (a.VEHICLE,),
            "detention_assist": (a.A_PERSON,),
            "consumption_watch": (a.CONSUMPTION,),
        },
        {
            "find_person": (none_if_impossible("found"),),
            "find_vehicle": (none_if_impossible("vehicles"),),
            "detention_assist": (none_if_impossible("detained"), z.detention),
            "consumption_watch": (z.watch,),
        },
    ),
    "financial_regulation": Profile(
        {"financing": (a.FINANCING,), "bank_notice": ()},
        {"financing": (amount("amount_fen"),), "bank_notice": (some("banks"),)},
    ),
    "justice": Profile(
        {
            "civil_mediation": (a.PARTIES,),
            "administrative_mediation": (a.PARTICIPANTS,),
            "reconsideration_decision": (a.OWN_CASE,),
        },
        {
            "civil_mediation": (z.civil_mediation,),
            "administrative_mediation": (z.administrative_mediation,),
            "reconsideration_decision": (z.decision,),
        },
    ),
    "urban_management": Profile({}),
    "petition": Profile(
        {"petition_reception": ()}, {"petition_reception": (none_if_impossible("visitors"),)}
    ),
    "natural_resources": Profile(
        {"find_property": ()}, {"find_property": (none_if_impossible("properties"),)}
    ),
    "finance": Profile(
        {"project_funding": (a.PROJECT,)}, {"project_funding": (amount("amount_fen"),)}
    ),
    "procuratorate": Profile({"supervision": (a.LAWSUIT,)}),
}

PROFILES: Mapping[str, Profile] = {
    name: Profile({**OF_ANY_ORGAN.arrival, **own.arrival}, {**OF_ANY_ORGAN.leaving, **own.leaving})
    for name, own in _OWN.items()
}
"""An agency that is not here has the general checks only."""
