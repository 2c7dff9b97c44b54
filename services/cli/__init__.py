"""`fuyuan`: run the system, file cases, see where they are, mend what is parked."""

import typer

from services.cli import cases, local, operate, parked, rebuild, rulefiles

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Fuyuan 府院联动: cases between courts and offices, routed, handled in time, counted.",
)
app.command("up")(local.up)
app.command("demo")(local.demo)
app.command("file")(cases.file)
app.command("status")(cases.status)
app.command("offices")(cases.offices)
app.command("route")(rulefiles.route)
app.command("provision")(operate.provision)
app.command("run")(operate.run)
app.command("services")(operate.services)
app.command("operator-key")(operate.operator_key)
app.command("rebuild")(rebuild.rebuild)
app.add_typer(rulefiles.app, name="rules")
app.add_typer(parked.app, name="parked")


def main() -> None:
    """Run the command line."""
    app()
