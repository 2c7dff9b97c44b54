"""Who asks: the one verifier of access tokens, and what a route says about who may call it.

Tokens are JWTs signed with Ed25519 (15 minutes), got at intake for an access key. A key that was
revoked is refused at once, by the service's own list, which `access.revoked` fills.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fuyuan_contracts.events import AccessRevoked
from services.runtime.clock import Now, host_time
from services.runtime.domain import division_prefix
from services.runtime.http import Problem
from services.runtime.mongo import Database
from services.runtime.rates import Rates, address
from services.runtime.streams import Received

ISSUER = "fuyuan"
AUDIENCE = "fuyuan"
ALGORITHM = "EdDSA"
"""The only one accepted, whatever a token's header says."""
CLOCK_SKEW_SECONDS = 5
REVOKED = "revoked"
"""Collection of each service: `{_id: key id}`."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fuyuan"'}
"""Header of every 401 (RFC 6750)."""

_REQUIRED = ("iss", "aud", "sub", "role", "iat", "exp", "jti")
_BEARER = HTTPBearer(auto_error=False, description="An access token from intake's /v1/tokens")


class Role(StrEnum):
    """What a caller may be: 提请单位, 承办单位, 府院联席办, operator."""

    FILER = "filer"
    OFFICER = "officer"
    LIAISON = "liaison"
    OPERATOR = "operator"


OF_AN_OFFICE = (Role.FILER, Role.OFFICER)
"""Roles that act for one office."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the token says."""

    key_id: str
    role: Role
    office: str | None
    division: str | None
    name: str

    def covers(self, division: str) -> bool:
        """Tell whether the caller watches over a division: an operator all.

        A liaison office has its own; a city's (code ending in 00) also everything below it.
        Filers and officers are scoped by office, never by division.
        """
        if self.role is Role.OPERATOR:
            return True
        if self.role is not Role.LIAISON or self.division is None:
            return False
        return division.startswith(division_prefix(self.division))


IsRevoked = Callable[[str], Awaitable[bool]]


class Verifier:
    """Checks access tokens with the issuer's public keys (several while a key is changed)."""

    def __init__(
        self,
        keys: Sequence[Ed25519PublicKey],
        is_revoked: IsRevoked,
        *,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        now: Now = host_time,
    ) -> None:
        """Keep the keys; `issuer` and `audience` are another's where an OIDC issuer signs.

        `now` is what a token's times are compared with: the service's clock, not the host's.
        """
        self._keys = tuple(keys)
        self._is_revoked = is_revoked
        self._issuer = issuer
        self._audience = audience
        self._now = now

    async def verify(self, token: str) -> Caller:
        """Tell who a token speaks for. Raises Problem (401) for any token that isn't valid now."""
        caller = _caller(self._claims(token))
        if await self._is_revoked(caller.key_id):
            raise Problem(401, "the access key was revoked", headers=CHALLENGE)
        return caller

    def _claims(self, token: str) -> Mapping[str, Any]:
        for key in self._keys:
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key,
                    algorithms=[ALGORITHM],
                    audience=self._audience,
                    issuer=self._issuer,
                    options={
                        "require": list(_REQUIRED),
                        "verify_exp": False,  # times are looked at below, by another clock
                        "verify_iat": False,
                        "verify_nbf": False,
                    },
                )
                _in_time(claims, self._now().timestamp())
            except jwt.InvalidSignatureError:
                continue
            except jwt.ExpiredSignatureError as error:
                raise Problem(401, "the access token has expired", headers=CHALLENGE) from error
            except jwt.InvalidTokenError as error:
                raise Problem(401, "the access token is not valid", headers=CHALLENGE) from error
            return claims
        raise Problem(401, "the access token is not valid", headers=CHALLENGE)


def _in_time(claims: Mapping[str, Any], now: float) -> None:
    """Raise what PyJWT would, which knows only the host's clock."""
    try:
        expires = int(claims["exp"])
        begins = max(int(claims[name]) for name in ("iat", "nbf") if name in claims)
    except (TypeError, ValueError, OverflowError) as error:
        raise jwt.DecodeError("a time is no number") from error
    if expires <= now - CLOCK_SKEW_SECONDS:
        raise jwt.ExpiredSignatureError
    if begins > now + CLOCK_SKEW_SECONDS:
        raise jwt.ImmatureSignatureError


def needs(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """Make a FastAPI dependency that gives the caller, who has one of `roles` (none named: any).

    Raises Problem 401 without a valid token, 403 for another role, 429 when one asks too much.
    """

    async def caller(
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    ) -> Caller:
        if given is None:
            raise Problem(
                401, "an access token is needed: Authorization: Bearer …", headers=CHALLENGE
            )
        verifier: Verifier = request.app.state.verifier
        rates: Rates = request.app.state.rates
        try:
            found = await verifier.verify(given.credentials)
        except Problem:
            rates.strangers.take(address(request))
            raise
        rates.callers.take(found.key_id)
        if roles and found.role not in roles:
            raise Problem(403, f"this needs the role {' or '.join(roles)}")
        return found

    return caller


def revoked_in(db: Database) -> IsRevoked:
    """Look a key up in the service's own list of revoked ones (one find by `_id`)."""

    async def is_revoked(key_id: str) -> bool:
        return await db[REVOKED].find_one({"_id": key_id}, {"_id": 1}) is not None

    return is_revoked


async def revoked_keys(db: Database) -> list[str]:
    """List the keys that are void here, by id."""
    found = await db[REVOKED].find({}, {"_id": 1}).sort("_id", 1).to_list(None)
    return [item["_id"] for item in found]


async def revoke(db: Database, data: AccessRevoked) -> None:
    """Note that a key is void, the same once or many times."""
    change = {"$setOnInsert": {"office": data.office}}
    await db[REVOKED].update_one({"_id": data.key_id}, change, upsert=True)


def revoke_effect(db: Database) -> Callable[[Received], Awaitable[None]]:
    """Make what a service does on `access.revoked` (for `Room.effects`)."""

    async def effect(received: Received) -> None:
        if isinstance(received.data, AccessRevoked):
            await revoke(db, received.data)

    return effect


def _caller(claims: Mapping[str, Any]) -> Caller:
    office, division = claims.get("office"), claims.get("division")
    try:
        role = Role(claims["role"])
    except ValueError as error:
        raise Problem(401, "the access token names no known role", headers=CHALLENGE) from error
    if any(part is not None and not isinstance(part, str) for part in (office, division)):
        raise Problem(401, "the access token is not valid", headers=CHALLENGE)
    if role in OF_AN_OFFICE and not office:
        raise Problem(401, "the access token names no office", headers=CHALLENGE)
    if role is Role.LIAISON and not division:
        raise Problem(401, "the access token names no division", headers=CHALLENGE)
    return Caller(str(claims["sub"]), role, office, division, str(claims.get("name") or ""))
