"""What stands against beginning a task at once: findings on arrival. Pure."""

from services.agencies.checks import finding, missing
from services.agencies.parts import Json


def _company(details: Json) -> Json:
    found: Json = details.get("debtor") or details.get("developer") or {}
    return found


def _is(details: Json, party: str, type_: str) -> bool:
    return bool((details.get(party) or {}).get("type", "person") == type_)


CREDIT_CODE = finding(
    "credit_code_missing",
    "缺少企业统一社会信用代码，无法核对登记信息",
    "the company's unified social credit code is missing, so it can't be looked up",
    lambda details: not _company(details).get("credit_code"),
)
SUBJECT_CODE = finding(
    "subject_code_missing",
    "缺少被列入单位的统一社会信用代码，无法准确公示",
    "the listed organisation's unified social credit code is missing",
    lambda details: (
        _is(details, "subject", "organisation") and not details["subject"].get("credit_code")
    ),
)
ACCEPTED_ON = missing(
    "accepted_on",
    "缺少法院裁定受理破产申请的日期",
    "the day the court accepted the petition is missing",
)
LIQUIDATION = finding(
    "not_a_liquidation",
    "非破产清算程序，不能办理注销登记",
    "only a liquidation ends in deregistration",
    lambda details: details.get("procedure") != "liquidation",
)
GOES_ON = finding(
    "company_ends",
    "破产清算企业不再存续，无信用可修复",
    "a company in liquidation does not go on, so there is no credit to repair",
    lambda details: details.get("procedure") == "liquidation",
)
PROJECT = missing("project", "缺少楼盘项目信息", "the housing project is missing")
EMPLOYEES = missing("employees", "缺少涉及职工人数", "the number of employees is missing")
RETIREES = missing(
    "retirees", "缺少办理退休人数", "the number of employees to be retired is missing"
)
FINANCING = missing("financing_fen", "缺少融资需求金额", "the amount to be financed is missing")
CLAIM = missing("claim_fen", "缺少执行标的额", "the amount to be enforced is missing")
VEHICLE = finding(
    "vehicle_missing",
    "缺少号牌号码和被执行人，无法查车",
    "neither a plate nor a debtor is named, so no vehicle can be looked up",
    lambda details: not details.get("plate") and not details.get("debtor"),
)
A_PERSON = finding(
    "debtor_no_person",
    "被执行人不是自然人，需明确所涉人员",
    "the debtor is no natural person: who is meant has to be said",
    lambda details: not _is(details, "debtor", "person"),
)
DECIDED_ON = missing(
    "decided_on", "缺少处罚决定日期，无法核对申请期限", "the day of the penalty is missing"
)
PARTIES = missing("parties", "未列明当事人，无法通知调解", "no party is named to be invited")
PARTICIPANTS = missing(
    "participants", "未列明“2+N”参与方", 'who sits at the table ("2+N") is not named'
)
LAWSUIT = missing("lawsuit", "缺少对应诉讼案号", "the number of the lawsuit is missing")
BEFORE_SUIT = finding(
    "not_before_suit",
    "已进入诉讼或诉后阶段，无诉前沟通可言",
    "the dispute is past the time before a suit",
    lambda details: details.get("phase") != "before",
)
DURING_SUIT = finding(
    "not_during_suit",
    "不在诉讼中，无判前会商可言",
    "there is no suit in which a judgment is to come",
    lambda details: details.get("phase") != "during",
)
OWN_CASE = finding(
    "organ_is_respondent",
    "复议机构即被申请人，应由其他机关办理",
    "the organ that decides is the respondent itself",
    lambda details: details.get("organ") == details.get("respondent"),
)
CONSUMPTION = finding(
    "not_a_consumption_limit",
    "非限制高消费事项，无需查控",
    "what is watched are limits on consumption",
    lambda details: details.get("list") != "consumption_limit",
)
TRUSTWORTHY = finding(
    "not_trustworthy",
    "非守信激励事项",
    "incentives are for those listed as trustworthy",
    lambda details: details.get("list") != "trustworthy",
)
