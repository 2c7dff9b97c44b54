"""Files over HTTP, on the real broker and database."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from fuyuan_contracts.events import (
    AssignmentResolved,
    CaseAttached,
)
from fuyuan_contracts.ids import attachment_id
from fuyuan_contracts.insolvency_outcomes import TaxClearance
from services.intake.store import Files
from services.intake.uploads import sweep
from tests.intake.conftest import Intake
from tests.intake.test_api import PHONE
from tests.intake.test_exchange import PDF, TAX, filed, get, heard, put_file, until_it_is
from tests.intake.test_files import DOCX, bomb, packed


async def bytes_kept(intake: Intake) -> int:
    db = intake.service.db
    names = ("attachments.files", "attachments.chunks", "uploads")
    return sum([await db[name].count_documents({}) for name in names])


async def test_a_file_is_taken_once_and_given_to_whom_it_may_concern(intake: Intake) -> None:
    id_ = await filed(intake, "attach")
    digest = hashlib.sha256(PDF).hexdigest()
    given = base64.b64encode(hashlib.sha256(PDF).digest()).decode()
    first = await put_file(intake, id_, **{"Content-Digest": f"sha-256=:{given}:"})
    before = await bytes_kept(intake)
    again = await put_file(intake, id_, name="又名.pdf", Digest=f"SHA-256={given}")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["attachment_id"] == attachment_id(id_, digest)
    assert await bytes_kept(intake) == before
    said = await heard(intake, id_, CaseAttached)
    assert (said.attachment.sha256, said.attachment.size) == (digest, len(PDF))
    assert (said.office, said.attachment.name) == ("court.410500", "证据.pdf")

    path = f"{id_}/attachments"
    one = f"{path}/{first.json()['attachment_id']}"
    assert (await get(intake, one, **intake.officer(TAX))).status_code == 403
    await intake.routed(id_, TAX)
    await until_it_is(intake, path, lambda answer: answer.is_success, **intake.officer(TAX))
    expected = [
        (intake.filer(), 200, 200), (intake.officer(TAX), 200, 200),
        (intake.liaison("410500"), 200, 200), (intake.operator, 200, 403),
        (intake.filer("court.410526"), 404, 404), (intake.liaison("410526"), 404, 404),
        (intake.officer("tax.410526"), 403, 403),
    ]  # fmt: skip
    for how, listed, read in expected:
        assert (await get(intake, path, **how)).status_code == listed
        answer = await get(intake, one, **how)
        assert answer.status_code == read
        if read == 200:
            assert answer.content == PDF
    headers = (await get(intake, one)).headers
    assert headers["content-length"] == str(len(PDF))
    assert headers["content-type"] == "application/pdf"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["etag"] == f'"{digest}"'
    assert headers["content-disposition"].endswith("filename*=UTF-8''%E8%AF%81%E6%8D%AE.pdf")
    how = intake.filer()
    how["headers"]["If-None-Match"] = headers["etag"]
    assert (await get(intake, one, **how)).status_code == 304
    kept = (await get(intake, f"{id_}/disclosures", **intake.operator)).json()["files"]
    assert [(item["office"], item["name"]) for item in kept] == [(TAX, "某人"), (None, "某人")]
    assert (await get(intake, f"{path}/f{'a' * 24}")).status_code == 404

    by_officer = await put_file(intake, id_, PDF + b"2", how=intake.officer(TAX))
    by_liaison = await put_file(intake, id_, PDF + b"3", how=intake.liaison("410500"))
    assert [(item.status_code, item.json()["office"]) for item in (by_officer, by_liaison)] == [
        (201, TAX), (201, None),
    ]  # fmt: skip
    stranger = await put_file(intake, id_, PDF + b"4", how=intake.officer("tax.410526"))
    assert stranger.status_code == 403
    outcome = TaxClearance(task="tax_clearance", concluded_on=date(2024, 9, 6), owed_fen=0)
    resolved = AssignmentResolved(assignment_id=f"{id_}.tax_clearance.1", outcome=outcome)
    await intake.say(id_, resolved, "assignment.resolved.bankruptcy")
    await until_it_is(intake, path, lambda answer: answer.is_error, **intake.officer(TAX))


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GBK = "证据目录".encode("gb18030")


async def test_what_is_no_good_file_is_refused_by_field_and_nothing_of_it_stays(
    intake: Intake,
) -> None:
    id_ = await filed(intake, "refused")
    before = await bytes_kept(intake)
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"name": "../a.pdf"}, 422, "name"),
        ({"name": "a\u202efdp.pdf"}, 422, "name"),
        ({"name": f"{PHONE}.pdf"}, 422, "name"),
        ({"name": "a.png"}, 422, "name"),
        ({"media_type": "application/zip", "name": "a.zip"}, 415, "Content-Type"),
        ({"media_type": "image/png", "name": "a.png"}, 415, "Content-Type"),
        ({"content": b"%PD"}, 415, "Content-Type"),
        ({"content": b""}, 422, "body"),
        ({"content": b"a\x00b", "media_type": "text/plain", "name": "a.txt"}, 415, "Content-Type"),
        ({"content": b"a" * 70_000 + b"\xff\xff", "media_type": "text/plain", "name": "a.txt"},
         415, "Content-Type"),
        ({"content": bomb(), "media_type": WORD, "name": "a.docx"}, 422, "body"),
        ({"Content-Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"}, 422,
         "Content-Digest"),
        ({"Digest": "sha-256=xx"}, 422, "Digest"),
        ({"Content-Encoding": "gzip"}, 415, "Content-Encoding"),
    ]  # fmt: skip
    for how, status, field in wrong:
        answer = await put_file(intake, id_, **how)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), how
    assert await bytes_kept(intake) == before
    good: list[dict[str, Any]] = [
        {"content": packed(DOCX), "media_type": WORD, "name": "a.docx"},
        {"content": GBK, "media_type": "text/plain", "name": "a.txt"},
    ]
    for how in good:
        assert (await put_file(intake, id_, **how)).status_code == 201


async def test_a_file_that_is_too_long_or_breaks_off_leaves_nothing(intake: Intake) -> None:
    id_ = await filed(intake, "too-long")
    before, sent = await bytes_kept(intake), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"%PDF-1.7\n"
        while True:
            sent += 2**20
            yield bytes(2**20)

    answer = await put_file(intake, id_, endless())
    assert (answer.status_code, sent) == (413, 20 * 2**20)
    assert (await put_file(intake, id_, b"%PDF-" + bytes(20 * 2**20))).status_code == 413
    events = iter([{"type": "http.request", "body": PDF, "more_body": True}])
    answers: list[Any] = []

    async def receive() -> Any:
        return next(events, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        answers.append(message)

    headers = intake.filer()["headers"] | {"content-type": "application/pdf"}
    scope = {
        "type": "http", "method": "POST", "path": f"/v1/cases/{id_}/attachments",
        "query_string": b"name=a.pdf", "http_version": "1.1",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await intake.service.app(scope, receive, send)
    assert answers[0]["status"] == 400
    assert await bytes_kept(intake) == before
    assert (await get(intake, f"{id_}/attachments")).json() == {"attachments": []}


async def test_bytes_without_a_fact_are_swept_away_and_those_with_one_stay(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await filed(intake, "orphans")
    before = await bytes_kept(intake)

    class CrashError(BaseException):
        """What no handler sees."""

    async def crash(*_args: object) -> None:
        raise CrashError

    with monkeypatch.context() as patch:
        patch.setattr(type(intake.service.engine), "submit", crash)
        with pytest.raises(CrashError):
            await put_file(intake, id_)
    kept = await put_file(intake, id_, PDF + b"kept")
    files, engine = Files(intake.service.db), intake.service.engine
    with monkeypatch.context() as patch:
        patch.setattr(Files, "settle", crash)
        with pytest.raises(CrashError):
            await put_file(intake, id_, PDF + b"unsettled")
    await sweep(engine, files, seconds=60)
    assert len(await files.unsettled(engine.now() + timedelta(seconds=5))) == 2
    await sweep(engine, files, seconds=-5)
    assert await files.unsettled(engine.now() + timedelta(seconds=5)) == []
    listed = (await get(intake, f"{id_}/attachments")).json()["attachments"]
    assert listed[0]["attachment_id"] == kept.json()["attachment_id"]
    for item, content in zip(listed, (PDF + b"kept", PDF + b"unsettled"), strict=True):
        answer = await get(intake, f"{id_}/attachments/{item['attachment_id']}")
        assert answer.content == content
    assert await bytes_kept(intake) == before + 2 * 3
