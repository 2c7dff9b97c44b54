"""`fuyuan sample`: the report's own cases filed; the city's published record as synthetic cases."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from services.cli.common import Json, Lang, acting, console_for_tables, failing, show, stack
from services.client import Client, ClientError
from services.record.format import RecordError, manifest_of
from services.record.plan import Plan
from services.record.published import PUBLISHED
from services.record.writing import write_record
from services.stack.daemons import StackError
from services.stack.samples import SAMPLES, read_samples

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Made-up data, marked so, to try things on."
)
STEP = 500
"""The bar moves after so many lines."""


def _scale(text: str) -> Fraction:
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise typer.BadParameter(f"expected a number such as 0.01, not {text!r}") from error
    if not 0 < scale <= 1:
        raise typer.BadParameter(f"expected more than 0 and at most 1, not {text}")
    return scale


@app.command("file")
def file(
    samples: Annotated[
        Path, typer.Option(help="JSON Lines of {filer, filing}, as the report's cases.")
    ] = SAMPLES,
    as_json: Json = False,
) -> None:
    """File the cases of the city's report on a running stack, each as its own filer.

    Again is fine: the same number is the same case. Needs an operator's key.
    """
    with failing(ClientError, StackError, OSError, ValueError):
        operator = stack()
        filers: dict[str, Client] = {}
        filed = []
        for item in read_samples(samples):
            if item.filer not in filers:
                filers[item.filer] = acting(operator, "filer", office=item.filer)
            receipt = filers[item.filer].post("intake", "/v1/cases", item.filing)
            filed.append({"case_id": receipt["case_id"], "reference": item.number})
            if not as_json:
                typer.echo(f"{receipt['case_id']}  {item.number}")
    if as_json:
        show(filed)
    else:
        typer.echo(f"{len(filed)} cases filed")


@app.command("record")
def record(
    out: Annotated[Path, typer.Option("--out", help="The file; its manifest comes beside it.")],
    scale: Annotated[
        Fraction, typer.Option(parser=_scale, metavar="S", help="How much of it: above 0, up to 1.")
    ] = Fraction(1, 100),
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Write over a file there is.")] = False,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Write the city's published record as synthetic cases, with a manifest of its figures.

    At scale 1 every figure is the published one; at others rounded, at least 1. Some 240,000 cases
    and 170 MB at scale 1. What `fuyuan replay` files.
    """
    with failing(RecordError, OSError):
        there = [str(path) for path in (out, manifest_of(out)) if path.exists()]
        if there and not force:
            raise RecordError(f"{there[0]} is there already: --force writes over it")
        manifest = _write(out, Plan(scale, seed), lang)
    if as_json:
        show(manifest)
    else:
        console_for_tables().print(_table(manifest, lang))


def _write(out: Path, plan: Plan, lang: str) -> dict[str, Any]:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("{task.description}", *columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("生成" if lang == "zh" else "making", total=plan.cases)

        def told(number: int) -> None:
            if number % STEP == 0:
                bar.update(task, completed=min(number, plan.cases))

        manifest = write_record(out, plan, told)
        bar.update(task, completed=plan.cases)
    return manifest


def _table(manifest: dict[str, Any], lang: str) -> Table:
    file = manifest["record"]
    title = f"{file['name']}: {manifest['cases']} cases, {file['bytes']} bytes, {file['sha256']}"
    table = Table(title=title, caption=manifest["note"][lang], title_justify="left")
    for name in ("figure", "", "period", "published", "here"):
        table.add_column(name, justify="right" if name in ("published", "here") else "left")
    for item in manifest["figures"]:
        if item["id"] in PUBLISHED and item["published"] is not None:
            table.add_row(
                item["id"], item[lang], item["period"], f"{item['published']:,}",
                f"{item['value']:,}",
            )  # fmt: skip
    return table
