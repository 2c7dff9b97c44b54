"""Access over HTTP: keys are made, listed and revoked by operators; a key gives access tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from fuyuan_contracts.events import AccessRevoked
from services.intake import access, tokens, views
from services.intake import model as m
from services.intake.api import IntakeEngine
from services.intake.bodies import KeyBody, TokenBody
from services.intake.store import Store
from services.runtime.auth import CHALLENGE, Caller, Role, needs, revoke, revoked_in
from services.runtime.domain import NotYetError
from services.runtime.http import FieldError, Problem
from services.runtime.mongo import Database
from services.runtime.rates import Rates, address
from services.runtime.streams import Work

Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]
KeyId = Annotated[str, Path(pattern="^[a-z0-9-]{1,40}$")]
_INNER = ("_id", "rev", "what")
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Keys:
    """What access needs: the engine, the list of revoked keys, the signer."""

    engine: IntakeEngine
    db: Database
    store: Store
    signer: tokens.Signer
    bootstrap_hash: str
    divisions: frozenset[str]

    async def holder(self, text: str, now: datetime) -> tuple[Caller, datetime]:
        """Tell who a key stands for, and until when. Raises Problem 401 if it isn't good now."""
        found = await self._bootstrap(text, now) or await self._issued(text, now)
        if found is None or await revoked_in(self.db)(found[0].key_id):
            raise Problem(401, "the access key is not valid", headers=CHALLENGE)
        return found

    def is_bootstrap(self, key_id: str) -> bool:
        """Tell whether a key is the one that the setting gives."""
        return bool(self.bootstrap_hash) and key_id == tokens.bootstrap_id(self.bootstrap_hash)

    async def _bootstrap(self, text: str, now: datetime) -> tuple[Caller, datetime] | None:
        if not self.bootstrap_hash or not tokens.is_key(text, self.bootstrap_hash):
            return None
        id_ = tokens.bootstrap_id(self.bootstrap_hash)
        return Caller(id_, Role.OPERATOR, None, None, "bootstrap"), now + timedelta(days=1)

    async def _issued(self, text: str, now: datetime) -> tuple[Caller, datetime] | None:
        id_ = tokens.key_id(text)
        state = (await self.engine.state(m.KEY_PREFIX + id_)).state if id_ else None
        if not isinstance(state, m.Key) or state.issued is None or not state.works(now):
            return None
        grant = state.issued.grant
        if not tokens.is_key(text, grant.hash):
            return None
        caller = Caller(id_, Role(grant.role), grant.office, grant.division, grant.name)
        return caller, grant.expires


def build_routes(keys: Keys) -> APIRouter:
    """Make the routes about access."""
    routes = APIRouter(prefix="/v1", tags=["access"])

    @routes.post("/tokens")
    async def get_token(body: TokenBody, request: Request, response: Response) -> dict[str, Any]:
        """Change an access key for an access token of 15 minutes."""
        response.headers.update(NO_STORE)
        now = keys.engine.clock.real()
        rates: Rates = request.app.state.rates
        try:
            caller, expires = await keys.holder(body.key.get_secret_value(), now)
        except Problem:
            rates.wrong_keys.take(address(request))
            raise
        rates.callers.take(caller.key_id)
        token, seconds = keys.signer.sign(caller, now, expires)
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}

    @routes.post("/keys", status_code=201)
    async def make_key(body: KeyBody, caller: Operator, response: Response) -> dict[str, Any]:
        """Make an access key. It is shown here, once; what is stored is its hash."""
        response.headers.update(NO_STORE)
        division = body.division or body.office_division
        if division and division not in keys.divisions:
            field = "division" if body.division else "office"
            raise Problem(422, "not valid", [FieldError(field, "not a division here")])
        made = tokens.new_key()
        expires = keys.engine.clock.real() + timedelta(days=body.expires_days)
        grant = access.Grant(made.hash, body.role.value, body.office, division, body.name, expires)
        work: Work[m.Input] = Work(m.KEY_PREFIX + made.id, m.IssueKey(grant), by=caller.key_id)
        (issued,) = (await keys.engine.submit(work)).facts
        if not isinstance(issued, access.KeyIssued):
            raise TypeError
        return {"key": made.text, **views.key(made.id, issued)}

    @routes.get("/keys")
    async def list_keys(_caller: Operator, after: str = "") -> dict[str, Any]:
        """List access keys, without secrets; lags by up to a second. `next` gives the next page."""
        found = await keys.store.keys(after)
        shown = [{k: v for k, v in item.items() if k not in _INNER} for item in found]
        return {"keys": shown, "next": found[-1]["_id"] if found else None}

    @routes.delete("/keys/{key_id}", status_code=204)
    async def revoke_key(key_id: KeyId, caller: Operator) -> None:
        """Make a key void: here at once, elsewhere as soon as the event has come."""
        known = keys.is_bootstrap(key_id)
        state = (await keys.engine.state(m.KEY_PREFIX + key_id)).state
        if not isinstance(state, m.Key) or (state.issued is None and not known):
            raise NotYetError
        # Here first: if the process dies in between, asking again sends the event.
        office = state.issued.grant.office if state.issued else None
        await revoke(keys.db, AccessRevoked(key_id=key_id, office=office))
        work: Work[m.Input] = Work(m.KEY_PREFIX + key_id, m.RevokeKey(known), by=caller.key_id)
        await keys.engine.submit(work)

    return routes
