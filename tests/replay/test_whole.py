"""A hundredth of the published record goes through the whole system, and every figure agrees.

Seed brief, all rows: the manifest holds the figures, the bulletin has to give them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIMIT_SECONDS = 900
SCALE, SEED = "0.01", "1"

pytestmark = pytest.mark.replay


def test_the_record_is_replayed_and_each_figure_is_that_of_the_manifest(tmp_path: Path) -> None:
    record, directory = tmp_path / "record.jsonl", tmp_path / "replay"
    _fuyuan("sample", "record", "--scale", SCALE, "--seed", SEED, "--out", str(record))
    _fuyuan("replay", str(record), "--directory", str(directory))
    result: dict[str, Any] = json.loads((tmp_path / "replay.json").read_text("utf-8"))
    manifest = json.loads(record.with_name("record.jsonl.manifest.json").read_text("utf-8"))
    assert result["filed"] == manifest["cases"] > 2000
    assert result["figures"] == len(manifest["figures"]) > 100
    wanted = {"parked": 0, "lost": 0, "duplicates": 0, "unsent": 0, "differences": [], "why": []}
    assert {name: result[name] for name in wanted} == wanted


def _fuyuan(*words: str) -> str:
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "services", *words],
        env=env, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
