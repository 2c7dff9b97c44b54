"""What an office that joins is handed: a folder with all that its own consumer needs."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from services.stack.daemons import StackError
from services.stack.local import ROOT
from services.stack.secrets import write_private

FILE = "office.env"
CA = "ca.pem"
COMPOSE = "compose.agency.yml"
TEMPLATE = ROOT / "deploy" / "agency"
CONTRACTS = ROOT / "contracts"
OF_CONTRACTS = ("pyproject.toml", "README.md", "CHANGELOG.md", "src", "schemas")
SAMPLE = CONTRACTS / "examples" / "assignment.json"


def hand_over(
    folder: Path, told: Mapping[str, str], *, public: str = "", ca: Path | None = None
) -> Path:
    """Write an office's folder; gives the file with its credentials (0600).

    `public`: `amqps://host:port`, where the office reaches the broker, if not where we do. `ca`:
    whose certificate the broker has, if its URL doesn't name one. Raises as `address`; OSError.
    """
    url, signed = address(told, public=public, ca=ca)
    mine = {**told, "FUYUAN_AMQP_URL": url}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    office = told["FUYUAN_OFFICE"]
    text = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(text.replace("{office}", office), encoding="utf-8")
    (folder / COMPOSE).write_text(_compose(with_ca=bool(signed)), encoding="utf-8")
    _starter(folder / "starter")
    if SAMPLE.exists():
        shutil.copyfile(SAMPLE, folder / SAMPLE.name)
    if signed:
        shutil.copyfile(signed, folder / CA)
        (folder / CA).chmod(0o644)
        mine["FUYUAN_CA"] = CA
    file = folder / FILE
    write_private(file, "".join(f"{name}={value}\n" for name, value in mine.items()))
    return file


def address(
    told: Mapping[str, str], *, public: str = "", ca: Path | None = None
) -> tuple[str, Path | None]:
    """Give the URL an office is told, and the file of the broker's CA, where there is one.

    Raises StackError when `public` is no AMQP address, or the file isn't there, holds no
    certificate, or holds a private key as well; OSError.
    """
    url = told["FUYUAN_AMQP_URL"]
    signed = ca or _named(url)
    if signed:
        text = signed.read_text(encoding="utf-8", errors="replace") if signed.is_file() else ""
        if "BEGIN CERTIFICATE" not in text:
            raise StackError(f"the broker's CA: there is no certificate in {signed}")
        if "PRIVATE KEY" in text:
            raise StackError(f"the broker's CA: {signed} holds a private key, which is nobody's")
    return seen_from_outside(url, public), signed


def _compose(*, with_ca: bool) -> str:
    """Docker makes a folder of a file that isn't there: without a CA, none is mounted."""
    lines = (TEMPLATE / COMPOSE).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if with_ca or CA not in line)


def seen_from_outside(url: str, public: str) -> str:
    """Give a broker user's URL as from another machine; what follows a `?` is ours alone.

    Raises StackError when `public` is no AMQP address.
    """
    parts = urlsplit(url)._replace(query="")
    if not public:
        return parts.geturl()
    wanted = urlsplit(public)
    if wanted.scheme not in ("amqp", "amqps") or not wanted.hostname:
        raise StackError(f"the broker's public address: expected amqps://host:port, not {public!r}")
    account = parts.netloc.rpartition("@")[0]
    host = wanted.netloc.rpartition("@")[2]
    return parts._replace(scheme=wanted.scheme, netloc=f"{account}@{host}").geturl()


def _named(url: str) -> Path | None:
    found = parse_qs(urlsplit(url).query).get("cafile")
    return Path(found[0]) if found else None


def _starter(folder: Path) -> None:
    """Copy the program once: what the office has made of it stays."""
    shutil.copytree(TEMPLATE / "starter", folder, dirs_exist_ok=True, copy_function=_once)
    for name in OF_CONTRACTS:
        source, target = CONTRACTS / name, folder / "contracts" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            without = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=without)
        elif source.exists():
            shutil.copyfile(source, target)


def _once(source: str, target: str) -> str:
    return target if Path(target).exists() else shutil.copyfile(source, target)
