"""A record is written whole or not at all, the same bytes for the same seed."""

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.record.figures import Sums
from services.record.format import RecordError, manifest_of
from services.record.plan import Plan
from services.record.reading import open_record
from services.record.writing import check, text_of, write_record

SMALL = Plan(Fraction(1, 1000), 7)
OF_A_PERIOD = "2021-07..2024-06"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "record.jsonl"
    write_record(path, SMALL)
    return path


def figure(manifest: dict[str, Any], name: str, period: str = OF_A_PERIOD) -> Any:
    return next(
        item for item in manifest["figures"] if (item["id"], item["period"]) == (name, period)
    )


def test_the_reader_takes_what_was_written(small: Path) -> None:
    record = open_record(small)
    kinds = Counter(line.kind for line in record.lines())
    manifest = record.manifest
    assert kinds["case"] == manifest.cases == manifest.closed + manifest.open
    assert kinds.total() == manifest.lines == manifest.cases + manifest.calls
    assert (manifest.scale, manifest.seed) == ("0.001", 7)
    assert manifest.end.isoformat() == "2024-07-01"


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones(
    small: Path, tmp_path: Path
) -> None:
    again, other = tmp_path / "record.jsonl", tmp_path / "other.jsonl"
    write_record(again, SMALL)
    write_record(other, Plan(SMALL.scale, 8))
    assert again.read_bytes() == small.read_bytes()
    assert manifest_of(again).read_bytes() == manifest_of(small).read_bytes()
    assert other.read_bytes() != small.read_bytes()


def test_a_manifest_says_both_values_of_a_figure_and_where_it_is_printed(small: Path) -> None:
    manifest = json.loads(manifest_of(small).read_text("utf-8"))
    limits = figure(manifest, "credit.consumption_limits")
    assert (limits["value"], limits["exact"], limits["cases"]) == (107, "107/1", 107)
    assert (limits["published"], limits["said"]) == (106_593, "全市累计限制高消费106593人")
    filed = figure(manifest, "lawsuits.filed", "2024-01..2024-06")
    assert (filed["value"], filed["published"], filed["date"]) == (1, 266, "filed_on")
    assert figure(manifest, "lawsuits.filed")["published"] is None
    rate = figure(manifest, "mediation.rate")
    assert (rate["value"], rate["exact"]) == (None, "12/19")
    yearly = figure(manifest, "reconsideration.city_yearly")
    assert (yearly["value"], yearly["exact"], yearly["printed"]) == (None, "3/3", 1)
    stall = figure(manifest, "projects.longest_stall")
    assert (stall["value"], stall["scaled"]) == (10, False)
    assert {item["id"] for item in manifest["also"]} >= {"directory.members", "budget.yearly_fen"}


def test_yearly_means_are_of_whole_years_only(small: Path) -> None:
    manifest = json.loads(manifest_of(small).read_text("utf-8"))
    periods = [item["period"] for item in manifest["figures"] if item["id"].endswith("_yearly")]
    assert set(periods) == {OF_A_PERIOD}


def test_what_breaks_off_leaves_nothing_and_spoils_nothing(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"

    def full(number: int) -> None:
        if number == 100:
            raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        write_record(path, SMALL, full)
    assert not list(tmp_path.iterdir())
    write_record(path, SMALL)
    with pytest.raises(OSError, match="no space"):
        write_record(path, Plan(Fraction(1, 100), 1), full)
    assert path.read_bytes() == small.read_bytes()
    assert len(list(tmp_path.iterdir())) == 2
    open_record(path)


def test_lines_that_miss_the_figures_are_no_record() -> None:
    with pytest.raises(RecordError, match=r"meetings\.liaison: the lines come to 0"):
        check(Sums(), SMALL.counts)


@pytest.mark.parametrize(
    ("scale", "text"),
    [(Fraction(1), "1"), (Fraction(1, 100), "0.01"), (Fraction(1, 3), "1/3")],
)
def test_a_scale_is_written_exactly(scale: Fraction, text: str) -> None:
    assert text_of(scale) == text
    assert Fraction(text) == scale


def run(*args: str) -> Any:
    return CliRunner().invoke(app, ["sample", "record", *args])


def test_the_command_writes_it_and_shows_both_values(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    done = run("--scale", "0.001", "--seed", "7", "--out", str(path))
    assert done.exit_code == 0
    assert "106,593" in done.stdout
    assert open_record(path).manifest.seed == 7


def test_the_command_prints_the_manifest_as_json(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    done = run("--scale", "0.001", "--out", str(path), "--json")
    assert json.loads(done.stdout) == json.loads(manifest_of(path).read_text("utf-8"))


def test_the_command_writes_over_nothing_unless_it_is_told_to(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text("mine", encoding="utf-8")
    refused = run("--scale", "0.001", "--seed", "7", "--out", str(path))
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert path.read_text("utf-8") == "mine"
    assert run("--scale", "0.001", "--seed", "7", "--out", str(path), "--force").exit_code == 0
    assert path.read_bytes() == small.read_bytes()


@pytest.mark.parametrize("scale", ["0", "-0.1", "1.01", "much", "1/0", "nan"])
def test_a_scale_that_is_none_is_refused(tmp_path: Path, scale: str) -> None:
    refused = run("--scale", scale, "--out", str(tmp_path / "record.jsonl"))
    assert refused.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    refused = run("--scale", "0.001", "--out", str(tmp_path / "none" / "record.jsonl"))
    assert refused.exit_code == 1
    assert "No such file" in refused.stderr
