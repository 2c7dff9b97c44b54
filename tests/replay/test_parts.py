"""The parts of a replay: the index, what offices keep and say, how figures are compared."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fuyuan_contracts.ids import event_id
from services.record.format import CutError, ManifestMismatchError, ManifestMissingError
from services.replay.asking import ReplayError
from services.replay.comparing import differences
from services.replay.index import IndexError_, open_index
from services.replay.journal import Journal
from services.replay.keeping import Given, Keeping, Looking, Numbers, Saying
from services.replay.run import is_clean, prepare
from services.replay.scenario import FILED
from services.replay.speaking import say
from tests.replay.made import write

NOW = datetime(2024, 1, 8, 7, tzinfo=UTC)
CASE = "c" + "a" * 24


def quiet(_text: str) -> None:
    pass


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return write(tmp_path / "record.jsonl", 60, 3)


def test_every_case_is_found_and_every_stage_known(record: Path, tmp_path: Path) -> None:
    index = prepare(record, tmp_path / "replay", quiet).index
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    for line in lines:
        place = index.find(line["filer"], line["filing"]["reference"])
        assert place
        assert index.line(place) == line
    assert index.find("court.410500", "另一件") is None
    assert sum(effect.filed for _, effect in index.stages()) == 60
    days = {stage[0] for stage, _ in index.stages() if stage[1] == FILED}
    assert sum(len(list(index.filings(day))) for day in days) == 60


def test_the_same_reference_twice_is_refused(record: Path, tmp_path: Path) -> None:
    first = record.read_text().splitlines()[0]
    record.write_text(f"{first}\n{first}\n")
    with pytest.raises(IndexError_, match=r"line 2: .* has filed this reference before"):
        open_index(tmp_path / "index", record, "0")
    assert not list(tmp_path.glob("index*"))


def test_a_record_that_is_not_whole_is_refused_before_anything_is_there(
    record: Path, tmp_path: Path
) -> None:
    whole, directory = record.read_bytes(), tmp_path / "replay"
    record.write_bytes(whole[:-40])
    with pytest.raises(CutError):
        prepare(record, directory, quiet)
    record.write_bytes(whole.replace("测试".encode(), "试测".encode(), 1))
    with pytest.raises(ManifestMismatchError):
        prepare(record, directory, quiet)
    (tmp_path / "record.jsonl.manifest.json").unlink()
    with pytest.raises(ManifestMissingError):
        prepare(record, directory, quiet)
    assert not directory.exists()


def test_a_manifest_that_promises_another_number_of_ends_is_refused(
    record: Path, tmp_path: Path
) -> None:
    file = tmp_path / "record.jsonl.manifest.json"
    said = json.loads(file.read_text())
    file.write_text(json.dumps(said | {"closed": said["closed"] + 1}))
    with pytest.raises(ReplayError, match="its manifest says 60 and"):
        prepare(record, tmp_path / "replay", quiet)


def test_a_directory_holds_the_replay_of_one_record(record: Path, tmp_path: Path) -> None:
    prepare(record, tmp_path / "replay", quiet)
    prepare(record, tmp_path / "replay", quiet)
    write(record, 61, 3)
    with pytest.raises(ReplayError, match="another record"):
        prepare(record, tmp_path / "replay", quiet)


def test_what_an_office_is_given_is_kept_once_and_what_it_says_until_it_is_sent(
    tmp_path: Path,
) -> None:
    looking = Looking(tmp_path / "keep")
    assert looking.numbers() == Numbers()
    keep = Keeping(tmp_path / "keep")
    given = Given(
        f"{CASE}.tax_clearance.1", "tax.410526", "tax_clearance", 1, (0, 9), next="2024-01-09"
    )
    with keep:
        keep.say([say(given, {"act": "deliver"}, NOW)])
        assert keep.add(given)
        assert not keep.add(given)
    assert looking.numbers() == Numbers(stored=1, said=1, unsent=1)
    assert keep.due("2024-01-08", 9) == []
    assert keep.due("2024-01-09", 9) == [given]
    ((n, saying),) = keep.unsent(9)
    with keep:
        keep.sent([n])
        keep.hear("supplied", "a 1")
        keep.hear("supplied", "a 1")
        keep.hear("refused", "m1", "why")
    assert looking.numbers() == Numbers(stored=1, supplied=1, wrong=1, said=1)
    assert looking.wrong() == ["refused m1 why"]
    assert saying.id == event_id("/offices/tax.410526", given.id, 1)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    keep = Keeping(tmp_path / "keep")
    with pytest.raises(sqlite3.Error), keep:
        keep.say([Saying("tax.410526", "m1", b"1"), Saying("tax.410526", None, b"2")])  # type: ignore[arg-type]
    assert Looking(tmp_path / "keep").numbers() == Numbers()


def test_an_office_numbers_what_it_says_about_an_assignment() -> None:
    given = Given(f"{CASE}.find_person.1", "public_security.410502", "find_person", 1, None, said=1)
    outcome = {"task": "find_person", "concluded_on": "2024-01-08", "found": True}
    acts: list[dict[str, Any]] = [
        {"act": "receive"},
        {"act": "progress"},
        {"act": "resolve", "outcome": outcome},
    ]
    envelopes = [json.loads(say(given, {**act, "on": "2024-01-08"}, NOW).body) for act in acts]
    assert [item["sequence"] for item in envelopes] == [2, 3, 4]
    assert {item["source"] for item in envelopes} == {"/offices/public_security.410502"}
    assert {item["subject"] for item in envelopes} == {given.id}
    assert given.ended == "resolved"


def test_the_journal_remembers(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.do("filed 1", 500)
    journal.do("filed 1", 500)
    again = Journal(tmp_path / "journal")
    assert again.is_done("filed 1")
    assert not again.is_done("filed 2")
    assert again.cases() == 500


def bulletin(**figures: Any) -> dict[str, Any]:
    listed = [{"id": name.replace("__", "."), **said} for name, said in figures.items()]
    return {"sections": [{"id": "all", "figures": listed}]}


def test_figures_are_compared_exactly() -> None:
    asked = []

    def ask(period: str, division: str) -> dict[str, Any]:
        asked.append((period, division))
        return bulletin(
            a={"value": 266, "exact": "266/1", "cases": 266},
            b={"exact": "41/266", "value": 0.154},
            n={"cases": 0},
        )

    def promise(id_: str, **said: Any) -> dict[str, Any]:
        return {"id": id_, "period": "2024-01..2024-06", "division": "410500", **said}

    right = [promise("a", value=266), promise("a", exact="532/2", cases=266)]
    right += [promise("b", exact="41/266", value=0), promise("n", value=None)]
    assert differences(right, ask) == []
    assert asked == [("2024-01..2024-06", "410500")]
    wrong = [promise("a", value=265), promise("a", value=266, cases=1), promise("c", value=1),
             promise("b", exact="42/266"), promise("n", value=1)]  # fmt: skip
    assert [item["figure"] for item in differences(wrong, ask)] == ["a", "a", "c", "b", "n"]


def test_only_a_clean_result_is_one() -> None:
    clean = {"parked": 0, "lost": 0, "duplicates": 0, "unsent": 0, "differences": [], "why": []}
    assert is_clean(clean)
    assert not any(is_clean(clean | {name: 1}) for name in ("parked", "lost", "duplicates"))
