"""`fuyuan`: run the system, file cases, see where they are, mend what is parked."""

import typer

from services.cli import (
    agencies,
    attach,
    audit,
    backup,
    budget,
    bulletin,
    cases,
    desk,
    directory,
    instruct,
    links,
    local,
    meeting,
    offices,
    operate,
    parked,
    rebuild,
    reconcile,
    replay,
    rulefiles,
    ruleversions,
    sample,
    scorecard,
    search,
    suspending,
    tokens,
    ways,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Fuyuan 府院联动: cases between courts and offices, routed, handled in time, counted.",
)
app.command("up")(local.up)
app.command("demo")(local.demo)
app.command("replay")(replay.replay)
app.command("file")(cases.file)
app.command("status")(cases.status)
app.command("search")(search.search)
app.command("withdraw")(ways.withdraw)
app.command("conclude")(ways.conclude)
app.command("questions")(ways.questions)
app.command("supply")(ways.supply)
app.command("attach")(attach.attach)
app.command("attachments")(attach.attachments)
app.command("offices")(cases.offices)
app.command("scorecard")(scorecard.scorecard)
app.command("route")(rulefiles.route)
app.command("hand-out")(operate.hand_out_keys)
app.command("provision")(operate.provision)
app.command("run")(operate.run)
app.command("services")(operate.services)
app.command("operator-key")(operate.operator_key)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("rebuild")(rebuild.rebuild)
app.command("reconcile")(reconcile.reconcile)
rulefiles.app.command("show")(ruleversions.show_)
rulefiles.app.command("versions")(ruleversions.versions)
rulefiles.app.command("rehearse")(ruleversions.rehearse)
rulefiles.app.command("activate")(ruleversions.activate)
rulefiles.app.command("restore")(ruleversions.restore)
app.add_typer(bulletin.app, name="bulletin")
app.add_typer(rulefiles.app, name="rules")
agencies.app.command("check")(offices.check)
agencies.app.command("rotate")(offices.rotate)
agencies.app.command("suspend")(suspending.suspend)
agencies.app.command("remove")(offices.remove)
app.add_typer(agencies.app, name="agency")
app.add_typer(sample.app, name="sample")
app.add_typer(desk.app, name="desk")
app.add_typer(instruct.app, name="instruct")
app.add_typer(meeting.app, name="meeting")
app.add_typer(directory.app, name="directory")
app.add_typer(budget.app, name="budget")
app.add_typer(links.app, name="links")
app.add_typer(tokens.app, name="token")
app.add_typer(audit.app, name="audit")
app.add_typer(parked.app, name="parked")


def main() -> None:
    """Run the command line."""
    app()
