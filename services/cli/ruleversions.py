"""`fuyuan rules show|versions|rehearse|activate|restore`: the rules in force, changing them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.common import Json, Lang, console_for_tables, failing, show, stack
from services.cli.ruletables import (
    cases_table,
    changes_text,
    moves_table,
    rehearsed_text,
    versions_table,
)
from services.cli.tables import moment
from services.client import ClientError
from services.metrics.periods import parse
from services.routing.files import plain
from services.routing.loading import RulebookError, read_rules
from services.runtime.domain import RefusedError

REHEARSAL_SECONDS = 3600
"""All cases of years may be tried."""

RulesFile = Annotated[Path, typer.Argument(help="Rules in the form of deploy/routing.yaml.")]
Why = Annotated[str, typer.Option(help="It is recorded with the new version.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]


def show_(as_json: Json = False) -> None:
    """Show the rules in force, who made this version, and why."""
    with failing(ClientError):
        found = stack().get("routing", "/v1/rules")
    if as_json:
        show(found)
        return
    typer.echo(f"version {found['version']}, {moment(found['at'])}, {found['by']}: {found['why']}")
    for rule in found["rules"]:
        typer.echo(f"{rule['id']:40} → {rule.get('agency') or rule.get('office_at')}")


def versions(as_json: Json = False) -> None:
    """List the versions of rules and offices: when, who, why."""
    with failing(ClientError):
        pages = stack().pages("routing", "/v1/rules/versions", "before")
        items = [item for page in pages for item in page["versions"]]
    if as_json:
        show({"versions": items})
    else:
        console_for_tables().print(versions_table(items))


def rehearse(
    rules: RulesFile,
    over: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="Cases filed in it, such as 2024-01..2024-06."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The newest so many; 1000 without a period.")
    ] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Try draft rules on the cases there are: which would move, find no office or too many.

    Nothing changes. `rules activate` needs a rehearsal of that draft on the version in force.
    """
    days = _days(over)
    with failing(ClientError, RulebookError, OSError):
        body = {**plain(read_rules(rules)), **days, "limit": limit}
        given = {name: value for name, value in body.items() if value is not None}
        found = stack().patient(REHEARSAL_SECONDS).post("routing", "/v1/rules/rehearse", given)
        if as_json:
            show(found)
            return
        console = console_for_tables()
        console.print(moves_table(found, lang))
        if found["examples"]:
            console.print(cases_table(found, lang))
        typer.echo(rehearsed_text(found, lang))


def _days(over: str | None) -> dict[str, str]:
    if over is None:
        return {}
    try:
        found = parse(over)
    except RefusedError as error:
        raise typer.BadParameter(str(error), param_hint="--over") from error
    return {"since": found.begin.isoformat(), "until": found.end.isoformat()}


def activate(rules: RulesFile, why: Why, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Put rehearsed rules in force, at once and without a restart. Bad rules change nothing."""
    with failing(ClientError, RulebookError, OSError):
        client = stack()
        base = client.get("routing", "/v1/rules")["version"]
        body = {**plain(read_rules(rules)), "why": why, "base_version": base}
        _said(client.put("routing", "/v1/rules", body, dry_run=dry_run or None), as_json)


def restore(
    version: Annotated[int, typer.Argument(min=1, help="From `rules versions`.")],
    why: Why,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put an old version of rules and offices in force again, as a new one."""
    with failing(ClientError):
        client = stack()
        base = client.get("routing", "/v1/rules")["version"]
        path = f"/v1/rules/versions/{version}/restore"
        body = {"why": why, "base_version": base}
        _said(client.post("routing", path, body, dry_run=dry_run or None), as_json)


def _said(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show(answer)
        return
    typer.echo(changes_text(answer["changes"]))
    for item in answer["warnings"]:
        typer.echo(f"warning: {item['field']}: {item['message']}", err=True)
    verb = "is in force" if answer["stored"] else "stays in force"
    typer.echo(f"version {answer['version']} {verb}")


def _written(rules: Path) -> dict[str, Any]:
    """Read a file of rules; its ladder is said as a whole, so that what it leaves out counts."""
    found = read_rules(rules)
    return {**plain(found), "ladder": found.ladder.model_dump()}
