"""The projects for Prometheus: by stage, all stages always; no project is named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from prometheus_client.core import Metric

from services.runtime.looking import gauge
from services.tracker.parts import Funder, Stage


@dataclass(frozen=True, slots=True)
class InStage:
    """The projects of one stage, added up."""

    projects: int = 0
    disputes: int = 0
    since: date | None = None
    """Since when the first of them is in it."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All projects, added up."""

    stages: Mapping[str, InStage]
    at_risk: int
    funded_fen: Mapping[str, int]
    """By source."""


def families(found: Overview, today: date) -> Iterable[Metric]:
    """Give the families of metrics."""
    stages = {stage.value: found.stages.get(stage.value, InStage()) for stage in Stage}
    by_stage: list[tuple[str, str, dict[str, float]]] = [
        ("projects", "Projects", {name: item.projects for name, item in stages.items()}),
        ("project_disputes", "Disputes", {name: item.disputes for name, item in stages.items()}),
        (
            "project_longest_days",
            "Days since the first of those that are in the stage came to it",
            {name: (today - item.since).days for name, item in stages.items() if item.since},
        ),
    ]
    for name, text, values in by_stage:
        said = [((stage,), value) for stage, value in values.items()]
        yield gauge(f"fuyuan_{name}", text, said, ["stage"])
    risk = "Projects at risk of group litigation"
    yield gauge("fuyuan_projects_at_risk", risk, [((), found.at_risk)])
    funded = [((funder.value,), found.funded_fen.get(funder.value, 0)) for funder in Funder]
    yield gauge("fuyuan_project_funding_fen", "Money that came in", funded, ["source"])
