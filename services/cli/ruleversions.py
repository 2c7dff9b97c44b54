"""`fuyuan rules show|versions|rehearse|set|restore`: the rules in force, and changing them."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.common import Json, Lang, console_for_tables, failing, show, stack
from services.cli.ruletables import changes_text, moves_table, versions_table
from services.cli.tables import moment
from services.client import ClientError
from services.routing.files import plain
from services.routing.loading import RulebookError, read_rules

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
        client, items, before = stack(), [], None
        while True:
            page = client.get("routing", "/v1/rules/versions", before=before)
            items += page["versions"]
            before = page["next"]
            if before is None:
                break
    if as_json:
        show({"versions": items})
    else:
        console_for_tables().print(versions_table(items))


def rehearse(
    rules: RulesFile,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many cases.")] = 1000,
    since: Annotated[str | None, typer.Option(help="Filed on this day or later.")] = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Try draft rules on the cases there are, and show what would move. Nothing is changed."""
    body: dict[str, Any] = {"limit": limit}
    with failing(ClientError, RulebookError, OSError, ValueError):
        if since:
            body["since"] = date.fromisoformat(since).isoformat()
        body |= _written(rules)
        found = stack().post("routing", "/v1/rules/rehearse", body)
        if as_json:
            show(found)
        else:
            console_for_tables().print(moves_table(found, lang))


def set_(rules: RulesFile, why: Why, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Put rules in force, at once and without a restart. Bad rules change nothing."""
    with failing(ClientError, RulebookError, OSError):
        client = stack()
        base = client.get("routing", "/v1/rules")["version"]
        body = {**_written(rules), "why": why, "base_version": base}
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
