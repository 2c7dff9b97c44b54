"""deploy/samples/README.md lists the samples there are."""

import json
import re
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples"


def test_every_sample_is_listed_in_its_place() -> None:
    page = (SAMPLES / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| (\d+) \| `(\w+)` \| (.+?) \|", page, re.MULTILINE)
    lines = (SAMPLES / "report-cases.jsonl").read_text("utf-8").splitlines()
    filings = [json.loads(line)["filing"] for line in lines]
    assert listed == [
        (str(number), filing["details"]["kind"], filing["title"])
        for number, filing in enumerate(filings, 1)
    ]


def test_what_a_line_may_have_is_said() -> None:
    text = (SAMPLES / "README.md").read_text("utf-8")
    lines = (SAMPLES / "report-cases.jsonl").read_text("utf-8").splitlines()
    assert [name for line in lines for name in json.loads(line) if f"`{name}`" not in text] == []
