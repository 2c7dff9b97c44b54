"""`fuyuan rules check` and `fuyuan route --explain`: no server is needed."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from fuyuan_contracts.cases import Details, asked
from services.cli.common import Json, Lang, console_for_tables, failing, show
from services.cli.tables import explained_table
from services.routing.checks import check
from services.routing.loading import RulebookError, build, read_offices, read_rules
from services.routing.rulebook import Filing
from services.routing.status import explained
from services.stack.local import ROOT

app = typer.Typer(
    no_args_is_help=True,
    help="Routing rules: looked at before they are in force, put in force, kept.",
)

RulesFile = Annotated[Path, typer.Option("--rules", help="Rules to look at.")]
OfficesFile = Annotated[Path, typer.Option("--offices", help="Offices to look at.")]
RULES = ROOT / "deploy" / "routing.yaml"
OFFICES = ROOT / "deploy" / "offices.yaml"


@app.command("check")
def check_(rules: RulesFile = RULES, offices: OfficesFile = OFFICES, as_json: Json = False) -> None:
    """Check rules and offices: names, needs nobody covers, tasks that agencies dispute.

    Ends with 1 when something is wrong.
    """
    with failing(RulebookError, OSError):
        problems = check(read_rules(rules), read_offices(offices))
    if as_json:
        show({"problems": [{"where": item.where, "message": item.message} for item in problems]})
    else:
        for item in problems:
            typer.echo(f"{item.where}: {item.message}", err=True)
        typer.echo(f"{len(problems)} problems in {rules.name} and {offices.name}")
    if problems:
        raise typer.Exit(1)


def route(
    filing: Annotated[Path, typer.Argument(help="A filing as JSON (`-`: standard input).")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what would be decided, and why (a dry run).")
    ] = False,
    rules: RulesFile = RULES,
    offices: OfficesFile = OFFICES,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Show which offices a filing would go to and why. Nothing is filed."""
    if not explain:
        raise typer.BadParameter("only --explain is there: routing itself happens on filing")
    with failing(RulebookError, OSError, ValidationError, ValueError):
        stdin = str(filing) == "-"
        text = typer.get_text_stream("stdin").read() if stdin else filing.read_text("utf-8")
        filing_ = _filing(text)
        found = explained(build(read_rules(rules), read_offices(offices), 0), filing_)
    if as_json:
        show(found)
    else:
        console_for_tables().print(explained_table(found, lang))


def _filing(text: str) -> Filing:
    """Take what routing looks at out of one filing. Raises ValueError that says what is wrong."""
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"expected one filing as JSON (of JSON Lines, one line): {error}"
        ) from error
    body = body.get("filing", body) if isinstance(body, dict) else {}
    if missing := [name for name in ("division", "details") if name not in body]:
        raise ValueError(f"the filing has no {' and no '.join(missing)}")
    details = TypeAdapter[Details](Details).validate_python(body["details"])
    plain = details.model_dump(mode="json", exclude_none=True)
    return Filing(
        plain["kind"],
        body["division"],
        body.get("lane", "ordinary"),
        asked(plain),
        plain,
    )
