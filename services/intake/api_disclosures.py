"""Personal data over HTTP: an office reads it for a task of its own; each reading can be listed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from fuyuan_contracts.identifiers import CaseId
from services.intake import model as m
from services.intake import views
from services.intake.api import Desk
from services.intake.bodies import DisclosureBody
from services.runtime.auth import Caller, Role, needs
from services.runtime.domain import NotYetError
from services.runtime.streams import Work

Officer = Annotated[Caller, Depends(needs(Role.OFFICER))]
Watcher = Annotated[Caller, Depends(needs(Role.LIAISON, Role.OPERATOR))]


def build_routes(desk: Desk) -> APIRouter:
    """Make the routes about personal data."""
    routes = APIRouter(prefix="/v1", tags=["personal data"])

    @routes.post("/cases/{id_}/disclosures")
    async def disclose(
        id_: CaseId, body: DisclosureBody, caller: Officer, response: Response
    ) -> dict[str, Any]:
        """Give a personal value to an office that has an open task of the case; kept for ever."""
        response.headers["Cache-Control"] = "no-store"
        office = caller.office or ""
        ask = m.Disclose(office, caller.name, caller.key_id, body.field, body.purpose)
        done = await desk.submit(Work(id_, ask, by=caller.key_id))
        sealed = done.state.sealed(body.field) if isinstance(done.state, m.Case) else None
        if sealed is None:
            raise NotYetError
        return {"field": body.field, "value": await desk.vault.open(sealed)}

    @routes.get("/cases/{id_}/disclosures")
    async def disclosures(id_: CaseId, caller: Watcher) -> dict[str, Any]:
        """List who read personal data of a case, and who its files."""
        case, filed = await desk.case(id_)
        if not caller.covers(filed.filing.division):
            raise NotYetError
        return {
            "disclosures": [views.disclosure(item) for item in case.disclosures],
            "files": [views.opening(item) for item in case.opened],
        }

    @routes.get("/disclosures")
    async def disclosures_of_person(
        digest: Annotated[str, Query(pattern="^[0-9a-f]{64}$")], caller: Watcher
    ) -> dict[str, Any]:
        """List who read personal data of a person, over all cases; lags by up to a second."""
        cases = await desk.store.cases_of_person(digest)
        found = [
            {"case_id": case["_id"], **item}
            for case in cases
            if caller.covers(case["division"])
            for item in case.get("disclosures", [])
        ]
        return {"disclosures": found}

    return routes
