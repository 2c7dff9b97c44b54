"""Secrets and keys of a deployment in containers: real ones only, and each to its server alone."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.stack.daemons import StackError
from services.stack.keys import check_secrets, hand_out, trusting
from tests.compose.conftest import initialised

REAL = {
    "FUYUAN_SECRET": "9f1c" * 3 + "0a7be2d45c8816f3" * 3 + "beef",
    "BROKER_ADMIN_PASSWORD": "b0b2e1f7c94d3a68",
    "DATABASE_ADMIN_PASSWORD": "5e0c9ab7f2d81346",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    initialised(folder)
    return folder


def test_real_secrets_are_taken() -> None:
    assert check_secrets(REAL).key.hex() == REAL["FUYUAN_SECRET"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FUYUAN_SECRET", "", "holds no deployment secret"),
        ("FUYUAN_SECRET", "0" * 64, "is a placeholder"),
        ("FUYUAN_SECRET", "ab" * 32, "is a placeholder"),
        ("BROKER_ADMIN_PASSWORD", "", "is not set"),
        ("BROKER_ADMIN_PASSWORD", "guest", "is a placeholder or too simple"),
        (
            "DATABASE_ADMIN_PASSWORD",
            "change-me-please-0123456789",
            "is a placeholder or too simple",
        ),
        ("DATABASE_ADMIN_PASSWORD", "aaaaaaaaaaaaaaaaaaaaaaaa", "is a placeholder or too simple"),
    ],
)
def test_a_placeholder_is_refused_by_its_name_and_never_shown(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(StackError, match=f"{name} {said}") as refused:
        check_secrets(REAL | {name: value})
    assert len(value) < 5 or value not in str(refused.value)


def test_what_init_makes_is_real_and_written_once_for_its_owner(made: Path) -> None:
    lines = (made / ".env").read_text().splitlines()
    env = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    check_secrets(env)
    private = [made / ".env", *(made / ".secrets").glob("*key*")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in private} == {0o600}
    before = (made / ".env").read_bytes()
    with pytest.raises(AssertionError, match="is there already, and is not written over"):
        initialised(made)
    assert (made / ".env").read_bytes() == before
    assert not list(made.glob(".init.*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_each_server_is_handed_its_own_key_and_no_other(made: Path, tmp_path: Path) -> None:
    assert hand_out(made / ".secrets", tmp_path) == []
    found = {
        str(file.relative_to(tmp_path)): (file.stat().st_uid, stat.S_IMODE(file.stat().st_mode))
        for file in tmp_path.rglob("*")
        if file.is_file()
    }
    assert found == {
        "broker/key.pem": (999, 0o400),
        "broker/cert.pem": (999, 0o400),
        "broker/ca.pem": (999, 0o444),
        "database/server.pem": (999, 0o400),
        "database/keyfile": (999, 0o400),
        "database/ca.pem": (999, 0o444),
        "entry/key.pem": (0, 0o400),
        "entry/cert.pem": (0, 0o400),
        "entry/ca.pem": (0, 0o444),
        "public/broker.pem": (10001, 0o400),
        "public/database.pem": (10001, 0o400),
        "public/entry.pem": (10001, 0o400),
        "public/ca.pem": (10001, 0o444),
    }
    assert hand_out(made / ".secrets", tmp_path) == []  # again is fine
    trusting(tmp_path / "entry" / "ca.pem")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_certificate_that_ends_soon_is_told_and_one_that_has_ended_refused(
    made: Path, tmp_path: Path
) -> None:
    later = datetime.now(UTC) + timedelta(days=810)
    told = hand_out(made / ".secrets", tmp_path, now=later)
    assert {text.split()[0] for text in told} == {"broker.pem", "database.pem", "entry.pem"}
    with pytest.raises(StackError, match=r"broker\.pem was valid until"):
        hand_out(made / ".secrets", tmp_path, now=later + timedelta(days=30))


def test_a_certificate_of_another_authority_is_refused(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    initialised(other)
    (other / ".secrets" / "ca.pem").write_bytes((made / ".secrets" / "ca.pem").read_bytes())
    with pytest.raises(StackError, match=r"broker\.pem is no certificate of ca\.pem"):
        hand_out(other / ".secrets", tmp_path / "keys")


def test_without_init_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="run `make init`"):
        hand_out(tmp_path, tmp_path / "keys")
