import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from services.intake.tokens import (
    LIFETIME,
    Signer,
    bootstrap_id,
    is_key,
    key_hash,
    key_id,
    new_key,
)
from services.runtime.auth import Caller, Role, Verifier
from services.runtime.http import Problem
from services.runtime.public_keys import public_keys

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
RAW_PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
RAW_PRIVATE = base64.b64encode(KEY.private_bytes_raw()).decode()
PEM_PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
CALLER = Caller("k1", Role.OFFICER, "tax.410526", "410526", "李某")
NOW = datetime.now(UTC)


async def never(_key_id: str) -> bool:
    return False


def verifier(is_revoked: Any = never) -> Verifier:
    return Verifier(public_keys(RAW_PUBLIC), is_revoked)


def claims(**changes: Any) -> dict[str, Any]:
    seconds = int(NOW.timestamp())
    base: dict[str, Any] = {
        "iss": "fuyuan", "aud": "fuyuan", "sub": "k1", "role": "officer", "office": "tax.410526",
        "division": "410526", "name": "李某", "iat": seconds, "exp": seconds + 900, "jti": "x",
    }  # fmt: skip
    return {name: value for name, value in (base | changes).items() if value is not ...}


def signed(algorithm: str = "EdDSA", key: Any = KEY, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


async def test_what_intake_signs_every_service_accepts() -> None:
    token, seconds = Signer(RAW_PRIVATE).sign(CALLER, NOW, NOW + timedelta(days=1))
    assert await verifier().verify(token) == CALLER
    assert seconds == LIFETIME.total_seconds()


async def test_a_token_never_outlives_its_key() -> None:
    _, seconds = Signer(RAW_PRIVATE).sign(CALLER, NOW, NOW + timedelta(seconds=60))
    assert seconds == 60


def unsigned() -> str:
    return jwt.encode(claims(), "", algorithm="none")


def hmac_with_the_public_key() -> str:
    # what an algorithm confusion would accept: HS256 keyed with the public key's text
    secret = base64.b64decode(RAW_PUBLIC)
    return jwt.encode(claims(), secret, algorithm="HS256")


SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    "token",
    [
        lambda: "",
        lambda: "no.token.here",
        unsigned,
        hmac_with_the_public_key,
        lambda: signed("ES256", ec.generate_private_key(ec.SECP256R1())),
        lambda: signed(key=Ed448PrivateKey.generate()),
        lambda: signed(key=OTHER),
        lambda: signed(exp=SECONDS - 60),
        lambda: signed(iat=SECONDS + 600, exp=SECONDS + 900),
        lambda: signed(nbf=SECONDS + 600),
        lambda: signed(exp="soon"),
        lambda: signed(exp=float("inf")),
        lambda: signed(iat=[]),
        lambda: signed(iss="another"),
        lambda: signed(aud="another"),
        lambda: signed(sub=...),
        lambda: signed(exp=...),
        lambda: signed(iat=...),
        lambda: signed(jti=...),
        lambda: signed(role=...),
        lambda: signed(role="root"),
        lambda: signed(role=["operator"]),
        lambda: signed(office=...),
        lambda: signed(office={"$ne": ""}),
        lambda: signed(role="filer", office=None),
        lambda: signed(role="liaison", division=None),
        lambda: signed()[:-6] + "AAAAAA",
    ],
)
async def test_no_other_token_is_accepted(token: Callable[[], str]) -> None:
    with pytest.raises(Problem) as caught:
        await verifier().verify(token())
    assert caught.value.status == 401
    assert "WWW-Authenticate" in caught.value.headers


async def test_a_tokens_times_are_compared_with_the_services_clock_not_the_hosts() -> None:
    later = NOW + timedelta(hours=1)
    token, _ = Signer(RAW_PRIVATE).sign(CALLER, later, later + timedelta(days=1))
    corrected = Verifier(public_keys(RAW_PUBLIC), never, now=lambda: later)
    assert await corrected.verify(token) == CALLER
    with pytest.raises(Problem, match="expired"):
        await corrected.verify(signed())


async def test_a_revoked_keys_token_is_refused_though_it_has_not_expired() -> None:
    async def revoked(name: str) -> bool:
        return name == "k1"

    with pytest.raises(Problem) as caught:
        await verifier(revoked).verify(signed())
    assert caught.value.status == 401
    assert (await verifier(revoked).verify(signed(sub="k2"))).key_id == "k2"


async def test_while_a_signing_key_is_changed_both_are_accepted() -> None:
    raw = base64.b64encode(OTHER.public_key().public_bytes_raw()).decode()
    both = Verifier(public_keys(f"{RAW_PUBLIC}, {raw}"), never)
    assert await both.verify(signed())
    assert await both.verify(signed(key=OTHER))


def test_public_keys_are_read_from_pem_and_base64() -> None:
    expected = KEY.public_key()
    assert public_keys(PEM_PUBLIC.decode()) == public_keys(RAW_PUBLIC) == (expected,)
    assert len(public_keys(PEM_PUBLIC.decode() * 2)) == 2


def other_pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("setting", ["", "  ", "AAAA", "not base64!", other_pem()])
def test_a_setting_that_is_no_ed25519_public_key_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="TOKEN_PUBLIC_KEY"):
        public_keys(setting)


@pytest.mark.parametrize("setting", ["", "AAAA", "not base64!"])
def test_a_setting_that_is_no_private_key_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="TOKEN_PRIVATE_KEY"):
        Signer(setting)


def test_a_private_key_is_read_from_pem() -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    token, _ = Signer(pem).sign(CALLER, NOW, NOW + timedelta(days=1))
    assert jwt.decode(token, KEY.public_key(), algorithms=["EdDSA"], audience="fuyuan")


@pytest.mark.parametrize(
    ("role", "own", "division", "covered"),
    [
        (Role.LIAISON, "410500", "410500", True),
        (Role.LIAISON, "410500", "410526", True),
        (Role.LIAISON, "410500", "410600", False),
        (Role.LIAISON, "410526", "410526", True),
        (Role.LIAISON, "410526", "410500", False),
        (Role.LIAISON, "410526", "410527", False),
        (Role.LIAISON, None, "410500", False),
        (Role.OPERATOR, None, "410526", True),
        (Role.FILER, "410500", "410500", False),
        (Role.OFFICER, "410500", "410526", False),
    ],
)
def test_who_watches_over_which_division(
    role: Role, own: str | None, division: str, *, covered: bool
) -> None:
    assert Caller("k", role, None, own, "").covers(division) is covered


def test_a_key_is_recognised_by_its_hash_and_names_its_id() -> None:
    made = new_key()
    assert made.text.startswith(f"fy_{made.id}_")
    assert key_id(made.text) == made.id
    assert is_key(made.text, made.hash)
    assert not is_key(made.text + "x", made.hash)
    assert new_key().text != made.text


@pytest.mark.parametrize("text", ["", "fy", "fy_x", "xx_id_secret", "bearer"])
def test_what_is_no_key_names_no_id(text: str) -> None:
    assert key_id(text) == ""


def test_another_bootstrap_key_has_another_id() -> None:
    assert bootstrap_id(key_hash("fy_bootstrap_a")) != bootstrap_id(key_hash("fy_bootstrap_b"))
