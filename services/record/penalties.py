"""Penalties of city management that the circuit court of 文峰区 allows to be enforced (row 9)."""

from collections.abc import Iterator
from datetime import timedelta

from services.record.city import PENALTIES
from services.record.days import Round, later, within
from services.record.making import Json, case, filing, receive, resolve
from services.record.naming import person
from services.record.plan import SPANS, Plan

NAME = "penalties.allowed"
NUMBERS = 640_000
TASK = "penalty_enforcement"
CONDUCT = ("占道经营", "违法建设", "违规设置户外广告", "未按规定清运建筑垃圾")
STAGES = ("filed", "reviewed", "enforced", "closed")
"""快立、快审、快执、快结."""


def lines(plan: Plan, round_: Round) -> Iterator[Json]:
    """Give the penalties of a round: a third in the fast lane, the others stage by stage."""
    days = within(round_, SPANS[NAME])
    for index in plan.indexes(NAME, round_):
        chance = plan.dice(NAME, index)
        filed_on, fast = chance.choice(days), index % 3 == 0
        end = round_.thursday if fast else round_.friday
        reached = [later(filed_on, chance.randrange(2), end)]
        for most in (4, 6, 4):
            reached.append(later(reached[-1], chance.randrange(most), end))
        details = {
            "kind": "penalty_enforcement",
            "decision": f"合成城罚决字〔{filed_on.year}〕{index + 1}号",
            "decided_on": filed_on - timedelta(days=chance.randrange(100, 150)),
            "penalised": person(chance, NUMBERS + index),
            "penalty_fen": chance.randrange(200_00, 30_000_00, 100_00),
            "conduct": chance.choice(CONDUCT),
        }
        stages = dict(zip(STAGES, reached, strict=True))
        outcome = {f"{name}_on": day for name, day in stages.items()}
        steps: list[Json] = []
        if not fast:
            steps = [
                {"on": round_.thursday, "act": "progress", "note": "合成：阶段办理进展",
                 "step": {"step": "penalty_stage", "stage": name, "reached_on": day}}
                for name, day in stages.items() if day <= round_.thursday and name != "closed"
            ]  # fmt: skip
        done = resolve(end, TASK, reached[-1], allowed=True, **outcome)
        filed = filing(f"罚-{index + 1:04d}", "行政处罚申请强制执行", PENALTIES, filed_on, details)
        if fast:
            filed["lane"] = "green"
        acts = {TASK: [[receive(round_.monday), *steps, done]]}
        yield case(round_.monday, f"urban_management.{PENALTIES}", filed, acts)
