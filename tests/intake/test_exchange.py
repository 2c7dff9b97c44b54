"""Endings and information over HTTP, on the real broker and database."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from fuyuan_contracts.events import (
    AssignmentContext,
    CaseConcluded,
    CaseWithdrawn,
    Data,
    InformationRequested,
    InformationSupplied,
)
from fuyuan_contracts.ids import case_id
from fuyuan_contracts.kinds import Kind
from tests.intake.conftest import Intake
from tests.intake.test_api import PHONE, RESIDENT_ID, file, filing

TAX = "tax.410500"
PDF = b"%PDF-1.7\n" + b"x" * 300_000
CONCLUSION = {"kind": "bankruptcy", "concluded_on": "2024-09-06", "ended": "completed"}


async def filed(intake: Intake, reference: str) -> str:
    return str((await file(intake, filing(reference))).json()["case_id"])


async def post(intake: Intake, path: str, body: Any, **how: Any) -> httpx.Response:
    return await intake.http.post(f"/v1/cases/{path}", json=body, **(how or intake.filer()))


async def get(intake: Intake, path: str, **how: Any) -> httpx.Response:
    return await intake.http.get(f"/v1/cases/{path}", **(how or intake.filer()))


async def until_it_is(
    intake: Intake, path: str, wanted: Callable[[httpx.Response], bool], **how: Any
) -> None:
    """Ask until the events said before have been heard."""
    async with asyncio.timeout(60):
        while not wanted(await get(intake, path, **how)):  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.05)


async def put_file(  # noqa: PLR0917 - what a request is
    intake: Intake,
    id_: str,
    content: Any = PDF,
    name: str = "证据.pdf",
    media_type: str = "application/pdf",
    how: Any = None,
    **headers: str,
) -> httpx.Response:
    how = how or intake.filer()
    how["headers"] |= {"Content-Type": media_type, **headers}
    path = f"/v1/cases/{id_}/attachments"
    return await intake.http.post(path, params={"name": name}, content=content, **how)


async def heard(intake: Intake, id_: str, kind: type[Data]) -> Any:
    event = await intake.hears(lambda event: (event.subject, event.type) == (id_, kind.TYPE))
    return kind.model_validate(event.data)


async def test_a_filer_withdraws_once_and_the_case_can_still_be_read(intake: Intake) -> None:
    id_ = await filed(intake, "withdraw")
    body = {"reason": "和解了"}
    for how, status in [(intake.filer("court.410526"), 404), (intake.officer(TAX), 403)]:
        assert (await post(intake, f"{id_}/withdraw", body, **how)).status_code == status
    personal = await post(intake, f"{id_}/withdraw", {"reason": f"见{RESIDENT_ID}"})
    assert (personal.status_code, personal.json()["errors"][0]["field"]) == (422, "reason")
    answers = await asyncio.gather(*(post(intake, f"{id_}/withdraw", body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 202]
    other = await post(intake, f"{id_}/withdraw", {"reason": "别的"})
    assert other.status_code == 409
    assert other.json()["errors"] == [{"field": "reason", "message": "said before: 和解了"}]
    late = await post(intake, f"{id_}/conclude", {"conclusion": CONCLUSION})
    assert late.status_code == 409
    said = await heard(intake, id_, CaseWithdrawn)
    assert (said.filer, said.reason, said.by) == ("court.410500", "和解了", "某人")
    assert (await get(intake, id_)).json()["withdrawn"]["reason"] == "和解了"


async def test_a_filer_concludes_in_words_that_fit_the_case(intake: Intake) -> None:
    id_ = await filed(intake, "conclude")
    wrong = [
        ({"kind": "penalty_enforcement", "ended": "performed"}, "conclusion.kind"),
        ({"concluded_on": "2024-08-31"}, "conclusion.concluded_on"),
        ({"concluded_on": "2999-01-01"}, "conclusion.concluded_on"),
        ({"note": f"电话{PHONE}"}, "conclusion.note"),
        ({"ended": "lost"}, "conclusion.ended"),
    ]
    for change, field in wrong:
        told = CONCLUSION | change
        answer = await post(intake, f"{id_}/conclude", {"conclusion": told})
        assert answer.status_code == 422
        assert field in [item["field"] for item in answer.json()["errors"]], answer.text
    done = await post(intake, f"{id_}/conclude", {"conclusion": CONCLUSION})
    again = await post(intake, f"{id_}/conclude", {"conclusion": CONCLUSION})
    assert (done.status_code, again.status_code) == (202, 200)
    said = await heard(intake, id_, CaseConcluded)
    assert said.conclusion.model_dump(mode="json", exclude_none=True) == CONCLUSION


async def test_a_request_that_overtakes_its_case_is_answered_and_goes_back_with_its_context(
    intake: Intake,
) -> None:
    settings = intake.service.settings
    id_ = case_id(bytes.fromhex(settings.case_key.get_secret_value()), "court.410500", "asked")  # type: ignore[attr-defined]
    assignment = f"{id_}.tax_clearance.1"
    context = AssignmentContext(
        case_id=id_, kind=Kind.BANKRUPTCY, division="410500", task="tax_clearance",
        agency="tax", office=TAX,
    )  # fmt: skip
    asked = InformationRequested(
        assignment_id=assignment, request=1, question="请补充账册", by="李某", context=context
    )
    await intake.say(id_, asked, "information.requested.bankruptcy")
    assert await filed(intake, "asked") == id_
    attached = (await put_file(intake, id_)).json()["attachment_id"]
    await until_it_is(intake, f"{id_}/information", lambda answer: bool(answer.json()["requests"]))
    found = (await get(intake, f"{id_}/information")).json()["requests"]
    assert (found[0]["state"], found[0]["office"], found[0]["answer"]) == ("open", TAX, None)
    watched = await get(intake, f"{id_}/information", **intake.liaison("410500"))
    assert watched.json()["requests"] == found
    for how in (intake.filer("court.410526"), intake.liaison("410526")):
        assert (await get(intake, f"{id_}/information", **how)).status_code == 404

    body: dict[str, Any] = {
        "assignment_id": assignment,
        "request": 1,
        "answer": "见附件",
        "attachments": [attached],
    }
    wrong: list[tuple[dict[str, Any], int, str | None]] = [
        ({"request": 2}, 404, None),
        ({"attachments": ["f" + "a" * 24]}, 422, "attachments.0"),
        ({"attachments": [attached] * 2}, 422, "attachments"),
        ({"answer": PHONE}, 422, "answer"),
    ]
    for change, status, field in wrong:
        answer = await post(intake, f"{id_}/information", body | change)
        assert answer.status_code == status
        assert field in [None, *(item["field"] for item in answer.json()["errors"])]
    done = await post(intake, f"{id_}/information", body)
    again = await post(intake, f"{id_}/information", body)
    other = await post(intake, f"{id_}/information", body | {"answer": "另答"})
    assert (done.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert done.json()["state"] == "answered"
    said = await heard(intake, id_, InformationSupplied)
    assert (said.answer, said.context) == ("见附件", context)
    assert [item.attachment_id for item in said.attachments] == [attached]
