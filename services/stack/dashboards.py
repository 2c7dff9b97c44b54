"""Grafana's dashboards, written from one compact description.

`python -m services.stack.dashboards` writes deploy/grafana/dashboards/*.json from boards.yaml;
with `--check` it writes nothing and ends with 1 when they differ. Grafana 11 and 12 read them.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from services.routing.loading import read_offices
from services.runtime.words import KINDS
from services.stack.local import ROOT

Json: TypeAlias = dict[str, Any]

GRAFANA = ROOT / "deploy" / "grafana"
OFFICES = GRAFANA.parent / "offices.yaml"
BOARDS, WRITTEN = GRAFANA / "boards.yaml", GRAFANA / "dashboards"
_ALONE = re.compile(r"{{(\w+)}}")
SCHEMA_VERSION = 39
"""Of Grafana 11; 12 reads it, and brings it up to its own."""
SOURCE = {"type": "prometheus", "uid": "prometheus"}
COLUMNS, WIDE = 24, 8
HEIGHTS = {"stat": 4, "bar": 7, "table": 9, "timeseries": 8}
TYPES = {"bar": "bargauge"}
OPTIONS: dict[str, Json] = {
    "stat": {
        "colorMode": "value",
        "graphMode": "area",
        "reduceOptions": {"calcs": ["lastNotNull"]},
    },
    "bar": {
        "displayMode": "gradient",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"]},
    },
    "table": {"showHeader": True},
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
}
MERGED = [
    {"id": "merge", "options": {}},
    {"id": "organize", "options": {"excludeByName": {"Time": True}}},
]


def boards() -> list[Json]:
    """Read the description."""
    described: list[Json] = _described()["boards"]
    return described


@cache
def words() -> dict[str, dict[str, str]]:
    """Give the words for labels' values: label → value → word."""
    found: dict[str, dict[str, str]] = _described()["words"]
    agencies = {item.id: item.zh for item in read_offices(OFFICES).agencies}
    kinds = {code: zh for code, (zh, _) in KINDS.items()}
    return {**found, "kind": found["kind"] | kinds, "agency": agencies}


@cache
def _described() -> Json:
    described: Json = yaml.safe_load(BOARDS.read_text(encoding="utf-8"))
    return described


def dashboard(board: Json) -> Json:
    """Make a dashboard as Grafana provisions it."""
    placed = zip(board["panels"], _places(board["panels"]), strict=True)
    return {
        "uid": board["uid"],
        "title": board["title"],
        "description": board["en"],
        "tags": ["fuyuan"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "Asia/Shanghai",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "annotations": {"list": []},
        "links": [_to_the_others()],
        "templating": {"list": [_variable(*item) for item in board.get("variables", ())]},
        "panels": [_panel(number, *item) for number, item in enumerate(placed, 1)],
    }


def text(board: Json) -> str:
    """Give a dashboard's file: a panel a line, so that what changed can be seen."""
    made = dashboard(board)
    panels = (json.dumps(panel, ensure_ascii=False) for panel in made.pop("panels"))
    rest = json.dumps(made, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{rest},\n "panels": [\n' + ",\n".join(panels) + "\n ]\n}\n"


def files() -> dict[Path, str]:
    """Give every dashboard's file with its text."""
    return {
        WRITTEN / f"{board['uid'].removeprefix('fuyuan-')}.json": text(board) for board in boards()
    }


def _places(panels: Iterable[Json]) -> Iterator[Json]:
    """Put panels side by side, and a row further down where one doesn't fit."""
    x = y = height = 0
    for panel in panels:
        wide, high = panel.get("wide", WIDE), HEIGHTS[_kind(panel)]
        if x + wide > COLUMNS:
            x, y, height = 0, y + height, 0
        yield {"h": high, "w": wide, "x": x, "y": y}
        x, height = x + wide, max(height, high)


def _kind(panel: Json) -> str:
    return str(panel.get("as", "timeseries"))


def _panel(number: int, panel: Json, place: Json) -> Json:
    kind = _kind(panel)
    steps: list[Json] = [{"color": "green", "value": None}]
    if "warn" in panel:
        steps.append({"color": "red", "value": panel["warn"]})
    defaults: Json = {
        "unit": panel.get("unit", "short"),
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if kind in {"stat", "bar"}:
        defaults |= {"noValue": "—", "min": 0}
    targets = [_target(kind, *item) for item in enumerate(panel["queries"])]
    found: Json = {
        "id": number,
        "type": TYPES.get(kind, kind),
        "title": panel["title"],
        "description": panel["en"],
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": list(_named(panel["queries"]))},
        "options": OPTIONS[kind],
        "targets": targets,
    }
    if kind == "table":
        named = zip(targets, panel["queries"], strict=True)
        names = {f"Value #{target['refId']}": query[1] for target, query in named}
        organized = {**MERGED[1]["options"], "renameByName": names}  # type: ignore[dict-item]
        found["transformations"] = [MERGED[0], {"id": "organize", "options": organized}]
    return found


def _named(queries: Iterable[Sequence[str]]) -> Iterator[Json]:
    """Name series by their label's value's word, where the legend is that label alone."""
    labels = {
        match[1] for _, *legend in queries for match in map(_ALONE.fullmatch, legend) if match
    }
    for label in sorted(labels & words().keys()):
        for value, word in words()[label].items():
            yield {
                "matcher": {"id": "byName", "options": value},
                "properties": [{"id": "displayName", "value": word}],
            }


def _target(kind: str, number: int, query: Sequence[str]) -> Json:
    legend = query[1] if len(query) > 1 else ""
    found: Json = {
        "refId": chr(ord("A") + number),
        "datasource": SOURCE,
        "expr": query[0],
        "legendFormat": legend or "__auto",
    }
    if kind in {"bar", "table"}:
        found |= {"instant": True, "range": False}
    if kind == "table":
        found["format"] = "table"
    return found


def _variable(name: str, label: str, query: str) -> Json:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
    }


def _to_the_others() -> Json:
    return {
        "type": "dashboards",
        "title": "府院联动",
        "tags": ["fuyuan"],
        "asDropdown": True,
        "includeVars": False,
        "keepTime": True,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when they differ")
    check = parser.parse_args(arguments).check
    wanted = files()
    there = {file: file.read_text(encoding="utf-8") for file in WRITTEN.glob("*.json")}
    if check:
        for file in sorted(file for file in wanted | there if wanted.get(file) != there.get(file)):
            sys.stderr.write(f"differs from boards.yaml: {file.name}\n")
        return int(wanted != there)
    WRITTEN.mkdir(exist_ok=True)
    for file in there.keys() - wanted.keys():
        file.unlink()
    for file, said in wanted.items():
        file.write_text(said, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
