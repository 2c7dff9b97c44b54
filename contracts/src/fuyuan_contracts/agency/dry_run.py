"""Runs an office's handler on a sample, with neither broker nor store, and shows what it says."""

import asyncio
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fuyuan_contracts.agency.agency import Agency
from fuyuan_contracts.agency.assignment import Assignment
from fuyuan_contracts.agency.errors import SettingsError
from fuyuan_contracts.agency.inbox import take
from fuyuan_contracts.agency.reading import explain
from fuyuan_contracts.agency.store import Store, utc_now
from fuyuan_contracts.envelope import Envelope
from fuyuan_contracts.events import AssignmentIssued, schema_urn, short_name
from fuyuan_contracts.ids import event_id


@dataclass(slots=True)
class Rehearsed:
    """What would be reported, and what the handler raised."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    """Each as `{"says": "assignment.accepted", "data": …}`."""
    error: str | None = None


def dry_run(agency: Agency, sample: Path) -> Rehearsed:
    """Run the handler of the sample's task once. Raises SettingsError for no sample, no handler."""
    envelope, issued = _sample(sample)
    handler = agency.declared.of(issued.task)
    if handler is None:
        raise SettingsError(f"there is no handler for {issued.task}")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "dry.sqlite3", issued.office)
        take(store, agency.declared.policy(), envelope.encode(), envelope.id)
        found = Rehearsed()
        try:
            asyncio.run(_call(handler.call, store, issued.assignment_id))
        except Exception as error:  # noqa: BLE001 -- whatever an office's code raises
            found.error = f"{type(error).__name__}: {error}"
        for report in store.kept(issued.assignment_id).reports:
            data = report.said.model_dump(mode="json", exclude_none=True)
            found.reports.append({"says": short_name(report.said.TYPE), "data": data})
        store.db.close()
    return found


async def _call(handler: Any, store: Store, assignment: str) -> None:  # noqa: ANN401
    await handler(Assignment(store, store.kept(assignment)))


def _sample(path: Path) -> tuple[Envelope, AssignmentIssued]:
    """Read a whole message, or only the `data` of an `assignment.issued`."""
    try:
        said = json.loads(path.read_text("utf-8"))
        if "specversion" in said:
            envelope = Envelope.model_validate_json(path.read_bytes())
            return envelope, AssignmentIssued.model_validate(envelope.data, extra="ignore")
        issued = AssignmentIssued.model_validate_json(path.read_bytes(), extra="ignore")
    except ValidationError as error:
        raise SettingsError(f"{path}: {explain(error)}") from None
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    source = "/services/routing"
    envelope = Envelope(
        id=event_id(source, issued.case_id, 1),
        source=source,
        type=issued.TYPE,
        subject=issued.case_id,
        time=utc_now(),
        dataschema=schema_urn(issued.TYPE),
        sequence=1,
        correlationid=issued.case_id,
        data=issued.model_dump(mode="json"),
    )
    return envelope, issued
