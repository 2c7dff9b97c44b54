"""A small record for tests of the replay: many ways a case can go, mostly listings."""

import hashlib
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.record.format import FORMAT
from services.replay.scenario import case_of

Json = dict[str, Any]
COURTS = tuple(
    f"court.{code}" for code in ("410500", "410502", "410503", "410505", "410522", "410526")
)
FIRST = date(2023, 3, 6)


def write(file: Path, cases: int, days: int = 3, *, figures: list[Json] | None = None) -> Path:
    """Write a record of some cases over some Mondays, and its manifest."""
    calendar = [FIRST + timedelta(days=7 * n) for n in range(days)]
    end = calendar[-1] + timedelta(days=7)
    lines = sorted((_case(n, calendar) for n in range(cases)), key=lambda line: line["day"])
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    file.write_bytes(text)
    closed = sum(case_of(line).closed is not None for line in lines)
    manifest = {
        "format": FORMAT, "scale": "test", "seed": 1, "cases": cases, "closed": closed,
        "open": cases - closed, "calls": 0, "days": sorted({line["day"] for line in lines}),
        "end": end.isoformat(), "figures": figures or [],
        "record": {"name": file.name, "lines": cases, "bytes": len(text),
                   "sha256": hashlib.sha256(text).hexdigest()},
    }  # fmt: skip
    file.with_name(f"{file.name}.manifest.json").write_text(
        json.dumps(manifest, ensure_ascii=False)
    )
    return file


def _case(n: int, calendar: list[date]) -> Json:
    day = calendar[n % len(calendar)]
    later = calendar[min(n % len(calendar) + 1, len(calendar) - 1)]
    make = (_mediation, _enforcement, _returned, _asked, _withdrawn, _silent)
    made = make[n % 24](n, day, later) if n % 24 < len(make) else _listing(n, day)
    details, more = made
    filer = COURTS[n % len(COURTS)]
    filing = {
        "reference": f"测-{n:06}", "title": f"测试案件{n}", "division": filer.partition(".")[2],
        "filed_on": (day - timedelta(days=n % 5)).isoformat(), "details": details,
        "synthetic": ["title", "reference", "details"],
    }  # fmt: skip
    return {"line": "case", "day": day.isoformat(), "filer": filer, "filing": filing, **more}


def _party(n: int) -> Json:
    return {"type": "person", "name": f"测试当事人{n}"}


def _act(on: date, act: str, **more: Any) -> Json:
    return {"on": on.isoformat(), "act": act, **more}


def _resolve(on: date, task: str, **more: Any) -> Json:
    return _act(on, "resolve", outcome={"task": task, "concluded_on": on.isoformat(), **more})


def _listing(n: int, day: date) -> tuple[Json, Json]:
    limit = n % 5 < 3
    task = "consumption_watch" if limit else "credit_publication"
    details = {
        "kind": "credit_discipline", "list": "consumption_limit" if limit else "dishonest_debtor",
        "action": "impose", "subject": _party(n), "basis": f"测执{n}号",
        "effective_on": day.isoformat(), "needs": [task],
    }  # fmt: skip
    more = {"watched": True} if limit else {"published_on": day.isoformat()}
    return details, {"acts": {task: [[_resolve(day, task, **more)]]}}


def _mediation(n: int, day: date, later: date) -> tuple[Json, Json]:
    task = "administrative_mediation"
    acts = [_act(day, "receive"), _act(later, "accept"), _resolve(later, task, ended="settled")]
    return _dispute(n), {"acts": {task: [acts]}}


def _dispute(n: int) -> Json:
    return {
        "kind": "administrative_dispute", "cause": "expropriation", "phase": "before",
        "respondent": "housing.410502", "action": f"测决{n}号",
    }  # fmt: skip


def _enforcement(n: int, day: date, later: date) -> tuple[Json, Json]:
    details = {
        "kind": "judgment_enforcement", "basis": f"测执{n}号", "debtor": _party(n),
        "debtor_role": "individual", "measures": ["find_person", "detention_assist"],
    }  # fmt: skip
    acts = {
        "find_person": [[_act(day, "receive"), _resolve(day, "find_person", found=True)]],
        "detention_assist": [[_resolve(later, "detention_assist", detained=False)]],
    }
    said = {"kind": "judgment_enforcement", "concluded_on": later.isoformat(),
            "ended": "performed", "recovered_fen": 1000 + n}  # fmt: skip
    return details, {"acts": acts, "then": [{"on": later.isoformat(), "conclude": said}]}


def _returned(n: int, day: date, later: date) -> tuple[Json, Json]:
    task = "administrative_mediation"
    back = _act(day, "return", reason="不属本单位", better_office="justice.410527")
    return _dispute(n), {"acts": {task: [[back], [_resolve(later, task, ended="failed")]]}}


def _asked(n: int, day: date, later: date) -> tuple[Json, Json]:
    task = "administrative_mediation"
    asked = _act(day, "information", question="请补充决定书")
    answer = {"task": task, "round": 1, "request": 1, "answer": "已补充"}
    acts = [asked, *([_resolve(later, task, ended="settled")] if later > day else [])]
    return _dispute(n), {
        "acts": {task: [acts]},
        "then": [{"on": day.isoformat(), "answer": answer}],
    }


def _withdrawn(n: int, _day: date, later: date) -> tuple[Json, Json]:
    then = [{"on": later.isoformat(), "withdraw": {"reason": "申请人撤回"}}]
    return _dispute(n), {"acts": {"administrative_mediation": [[]]}, "then": then}


def _silent(n: int, _day: date, _later: date) -> tuple[Json, Json]:
    return _dispute(n), {"acts": {"administrative_mediation": [[]]}}


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
