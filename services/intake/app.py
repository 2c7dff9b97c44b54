"""The only place where intake is put together."""

from pathlib import Path

import yaml
from fastapi import APIRouter

from services.intake import (
    api,
    api_attachments,
    api_batch,
    api_disclosures,
    api_endings,
    api_information,
    api_keys,
    handlers,
)
from services.intake import facts as f
from services.intake import model as m
from services.intake.files import TYPES
from services.intake.settings import IntakeSettings
from services.intake.store import INDEXES, VIEW, Files, Store, Vault
from services.intake.tokens import Signer
from services.intake.uploads import Limits, sweep
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run
from services.runtime.timers import every


def divisions_in(path: Path) -> frozenset[str]:
    """Read the codes of the divisions there are. Raises ValueError for a file without any."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    codes = frozenset(str(item["code"]) for item in loaded.get("divisions", ()))
    if not codes:
        msg = f"{path} names no divisions"
        raise ValueError(msg)
    return codes


def limits_of(settings: IntakeSettings) -> Limits:
    """Say which files are taken."""
    return Limits(
        {name: TYPES[name] for name in settings.attachment_types.split()},
        settings.attachment_bytes,
        settings.attachments_per_case,
        settings.attachment_seconds,
    )


def build(settings: IntakeSettings) -> Room[m.State, m.Input, f.Fact]:
    """Describe the service. Raises ValueError for a setting that can't work."""
    divisions = divisions_in(settings.offices_file)
    signer = Signer(settings.token_private_key.get_secret_value())

    def routes(engine: api.IntakeEngine, db: Database) -> APIRouter:
        store = Store(db)
        desk = api.Desk(
            engine,
            Vault(db, settings.personal_key_bytes()),
            store,
            settings.case_key_bytes(),
            divisions,
            settings.routing_url.rstrip("/"),
        )
        keys = api_keys.Keys(engine, db, store, signer, settings.bootstrap_key_hash, divisions)
        cabinet = api_attachments.Cabinet(desk, Files(db), limits_of(settings))
        found = APIRouter()
        for part in (
            api_batch.build_routes(desk),
            api.build_routes(desk),
            api_disclosures.build_routes(desk),
            api_endings.build_routes(desk),
            api_information.build_routes(desk),
            api_attachments.build_routes(cabinet),
            api_keys.build_routes(keys),
        ):
            found.include_router(part)
        return found

    async def sweep_orphans(engine: api.IntakeEngine, db: Database) -> None:
        files = Files(db)

        async def once() -> None:
            await sweep(engine, files, settings.orphan_seconds)

        await every(db, "orphans", settings.orphan_sweep_seconds, once)

    return Room(
        name="intake",
        stream=handlers.STREAM,
        read=handlers.read,
        sources=handlers.sources,
        routes=routes,
        view=VIEW,
        indexes=INDEXES,
        limits={api_batch.PATH: api_batch.MAX_BYTES},
        media={api_batch.PATH: api_batch.MEDIA_TYPES},
        streamed=api_attachments.STREAMED,
        tasks=[sweep_orphans],
    )


def main() -> None:
    """Run the service."""
    settings = IntakeSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()
