"""`python -m fuyuan_contracts.agency`: look into the store, rehearse, test the connection."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fuyuan_contracts.agency import loading, works
from fuyuan_contracts.agency.agency import Agency
from fuyuan_contracts.agency.errors import AgencyError, SettingsError
from fuyuan_contracts.agency.model import Stage

STAGES_ZH = {
    Stage.DELIVERED: "已送达",
    Stage.RECEIVED: "已签收",
    Stage.ACCEPTED: "办理中",
    Stage.FAILED: "系统处理失败",
    Stage.RESOLVED: "已办结",
    Stage.RETURNED: "已退回",
    Stage.RECALLED: "已撤回",
}
VERDICTS_ZH = {"ok": "正常", "warn": "注意", "fail": "不通过"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 when all is well, 1 when not, 2 for wrong arguments."""
    args = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except AgencyError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuyuan_contracts.agency", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:  # noqa: ANN401
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        return command

    listing = add("list", _list, "待办交办 / what waits for the office")
    listing.add_argument("--stage", choices=[stage.value for stage in STAGES_ZH])
    showing = add("show", _show, "一件交办的全部 / all about one, as JSON")
    showing.add_argument("assignment")
    add("parked", _parked, "需人工处理 / what a person has to look at, as JSON lines")
    again = add("retry", _retry, "重新办理 / run the handler again on what it gave up")
    again.add_argument("assignment")
    dry = add("dry-run", _dry_run, "试运行 / run the handler on a sample")
    dry.add_argument("program", metavar="module:agency")
    dry.add_argument("sample", type=Path)
    add("self-test", _self_test, "自检 / credentials, TLS, inbox, store, clock")
    return parser


def _list(args: argparse.Namespace) -> int:
    stage = Stage(args.stage) if args.stage else None
    for given in _agency().assignments(stage):
        late = "超期 overdue" if given.resolution_due < datetime.now(UTC) else ""
        words = (given.id, f"{STAGES_ZH[given.stage]} {given.stage}", f"{given.resolution_due:%F}")
        _print("  ".join((*words, given.case.title, late)).rstrip())
    return 0


def _show(args: argparse.Namespace) -> int:
    given = _agency().get(args.assignment)
    reports = [
        {
            "sequence": report.sequence,
            "type": report.said.TYPE,
            "at": report.at,
            "sent_at": report.sent_at,
            "refused": report.refused,
            "data": report.said.model_dump(mode="json", exclude_none=True),
        }
        for report in given.reports
    ]
    found = {
        "id": given.id,
        "stage": given.stage,
        "resolution_due": given.resolution_due,
        "issued": given.issued.model_dump(mode="json", exclude_none=True),
        "attachments": [item.model_dump(mode="json") for item in given.attachments],
        "requests": [
            {"number": item.number, "question": item.question,
             "answer": item.answer.answer if item.answer else None}
            for item in given.requests
        ],
        "recalled": given.recalled.reason if given.recalled else None,
        "reports": reports,
        "handler": _agency().store.rows(
            "SELECT hook, attempts, next_at, done_at, result, error FROM works"
            " WHERE assignment_id = ? ORDER BY n", given.id
        ),
    }  # fmt: skip
    _print(json.dumps(found, ensure_ascii=False, indent=2, default=str))
    return 0


def _parked(_args: argparse.Namespace) -> int:
    """Print what can't be read, what the handler gave up, and what was refused; 1 if any is."""
    store = _agency().store
    unreadable = store.rows(
        "SELECT 'unreadable' AS what, message_id, reason, error, body, came_at FROM unreadable"
    )
    given_up = store.rows(
        "SELECT 'gave_up' AS what, assignment_id, hook, attempts, error, done_at FROM works"
        " WHERE result = 'gave_up'"
    )
    refused = store.rows(
        "SELECT 'refused' AS what, assignment_id, sequence, id, refused AS error FROM reports"
        " WHERE refused IS NOT NULL"
    )
    found: list[Mapping[str, Any]] = [*unreadable, *given_up, *refused]
    for row in found:
        _print(json.dumps(row, ensure_ascii=False, default=_text))
    return 1 if found else 0


def _retry(args: argparse.Namespace) -> int:
    if works.again(_agency().store, args.assignment):
        _print(f"{args.assignment}: 将重新办理 / will be handled again")
        return 0
    raise SettingsError(f"{args.assignment}: no handler has given it up")


def _dry_run(args: argparse.Namespace) -> int:
    from fuyuan_contracts.agency.dry_run import dry_run  # noqa: PLC0415 -- only here

    found = dry_run(loading.load(args.program), args.sample)
    for report in found.reports:
        _print(json.dumps(report, ensure_ascii=False))
    if found.error:
        sys.stderr.write(f"{found.error}\n")
    return 1 if found.error else 0


def _self_test(_args: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 -- only here

    from fuyuan_contracts.agency.self_test import self_test  # noqa: PLC0415 -- needs the extra

    checks = asyncio.run(self_test(_agency().settings))
    for check in checks:
        _print(f"{VERDICTS_ZH[check.verdict]} {check.verdict:4} {check.name}: {check.text}")
    return 1 if any(check.verdict == "fail" for check in checks) else 0


def _agency() -> Agency:
    return Agency.from_env()


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
