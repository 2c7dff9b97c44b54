"""A next version of the rulebook: checked, compared with the one before, stored once.

A version's number is its `_id`: of two who change the same version, one is told of the other.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.routing import rehearsal
from services.routing.as_rule import AsRule, before_others, rule_for
from services.routing.checks import Problem as Found
from services.routing.checks import check
from services.routing.current import FROM_API, Current, Version, document
from services.routing.drafts import Json, diff, differs, position, receiving, with_rule
from services.routing.files import Offices, Rules, plain
from services.routing.loading import digest
from services.routing.matching import explain
from services.routing.rulebook import Filing
from services.routing.store import Rulebooks, Store
from services.routing.surveying import RoutingEngine, open_at
from services.runtime.auth import Caller, Role
from services.runtime.domain import RefusedError
from services.runtime.http import FieldError, Problem, UnavailableError
from services.runtime.mongo import Database

TRIES = 5
_FILE = re.compile(r"^[a-z]+\.yaml:?")
_ID = re.compile(r"^(rules\.\d+|offices\.\d+) \([^()]*\)")

Draft = Callable[[Version], tuple[Rules, Offices]]
"""Makes the next rules and offices out of the newest; raises Problem for what can't be."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who changes something, why, and on which version (None: whichever is the newest)."""

    caller: Caller
    why: str
    base: int | None = None
    dry_run: bool = False
    force: bool = False
    """Also when an office that has open assignments gets no new ones."""
    more: Json = field(default_factory=dict)
    """What else the version keeps."""
    tried: bool = False
    """It has to have been rehearsed on the version that it replaces."""

    @property
    def by(self) -> str:
        """Name the caller: the name in the token, else the key."""
        return self.caller.name or self.caller.key_id


class Changes:
    """Makes versions. Every copy of the service may; the database tells who was first."""

    def __init__(self, engine: RoutingEngine, db: Database, current: Current) -> None:
        """Change what `current` holds; nothing connects yet."""
        self._engine, self._db, self._current = engine, db, current
        self._stored, self._cases = Rulebooks(db), Store(db)

    async def make(self, said: Said, draft: Draft, field_of: Callable[[str], str] = str) -> Json:
        """Store the next version, or say what it would be; one that changes nothing isn't stored.

        `field_of` turns a path in the rulebook into the field of the request. Raises Problem: 403,
        409 for another newest version or an office with open work, 422 for errors of the check.
        """
        may_change(said.caller)
        for _ in range(TRIES):
            newest = await self._current.catch_up(self._db)
            if said.base not in (None, newest.number):
                return await self._repeated(said, draft, newest)
            rules, offices = draft(newest)
            warnings = checked(rules, offices, newest, field_of)
            was, now = both(newest.rules, newest.offices), both(rules, offices)
            changes = diff(was, now)
            if differs(changes):
                await self._let_go(said, receiving(newest.offices) - receiving(offices))
                if not said.dry_run:
                    tried = await self._tried(newest, rules, offices) if said.tried else {}
                    made = await self._store(said, newest, rules, offices, tried)
                    if made is None:
                        continue  # another was first: look again
                    newest = made
            return {
                **shown(newest),
                "stored": differs(changes) and not said.dry_run,
                "dry_run": said.dry_run,
                "changes": changes,
                "warnings": warnings,
            }
        raise UnavailableError

    async def _store(
        self, said: Said, before: Version, rules: Rules, offices: Offices, tried: Json
    ) -> Version | None:
        """Store what was made from `before` under the next number; None: that is taken."""
        by: Json = {"source": FROM_API, "by": said.by, "key": said.caller.key_id, "why": said.why}
        by |= {"base": before.number, **said.more, **tried}
        known = {"_id": before.number, "receivers": before.receivers}
        made = document(known, rules, offices, by, self._engine.now())
        if not await self._stored.add(made):
            return None
        await self._current.catch_up(self._db)
        return self._current.read(await self._stored.get(made["_id"]) or made)

    async def _tried(self, before: Version, rules: Rules, offices: Offices) -> Json:
        """Give what the version keeps of its rehearsal. Raises Problem (409) without one."""
        found = await self._stored.tried(rehearsal.named(before.number, digest(rules, offices)))
        if found is None:
            text = f"not rehearsed on version {before.number}: rehearse it (fuyuan rules rehearse)"
            raise Problem(409, "rehearse the draft first", [FieldError("rules", text)])
        return {"rehearsal": found}

    async def _repeated(self, said: Said, draft: Draft, newest: Version) -> Json:
        """Answer a request whose first answer was lost as it was; any other gets the 409."""
        made = await self._stored.get(newest.number) or {}
        base = await self._stored.get(said.base or 0)
        mine = made.get("key") == said.caller.key_id and made.get("base") == said.base
        if base is None or not mine or made.get("why") != said.why or said.dry_run:
            raise _outdated(said, newest)
        was = self._current.read(base)
        if both(*draft(was)) != both(newest.rules, newest.offices):
            raise _outdated(said, newest)
        changes = diff(both(was.rules, was.offices), both(newest.rules, newest.offices))
        answer = {"stored": True, "dry_run": False, "changes": changes, "warnings": []}
        return {**shown(newest), **answer}

    async def _let_go(self, said: Said, offices: Iterable[str]) -> None:
        """Refuse to take an office out of the routing while it has work, unless told to."""
        if said.force:
            return
        counts = {
            office: await open_at(self._engine, self._cases, office) for office in sorted(offices)
        }
        if busy := {office: count for office, count in counts.items() if count}:
            text = ", ".join(f"{office}: {count}" for office, count in busy.items())
            wrong = FieldError("force", f"open assignments: {text}; with force they go on there")
            raise Problem(409, "an office with open assignments would get no new ones", [wrong])

    async def from_desk(
        self, said: Said, filing: Filing, task: str, office: str, as_rule: AsRule
    ) -> Json:
        """Make a rule of what was decided by hand: `{rule, gives, version, ...}` (see `make`).

        `gives` is the office the next such case goes to: the agency's nearest one, which may be
        another than the chosen one. A dry run first tells whether it can be. Raises Problem, or
        RefusedError naming a field below `as_rule`.
        """
        found: Json = {}

        def draft(newest: Version) -> tuple[Rules, Offices]:
            chosen = newest.book.offices.get(office)
            if chosen is None:
                raise RefusedError(f"there is no office {office}", "office")
            rule = rule_for(filing, task, chosen, as_rule, said.why, newest.rules)
            others = before_others(newest.rules, rule) if as_rule.over else newest.rules
            rules = with_rule(others, rule, new=True)
            found["place"] = position(rules, rule.id)
            checked(rules, newest.offices, newest, field_of)
            decision = explain(self._current.draft(rules, newest.offices), filing)
            for still in decision.unrouted:
                if still.task == task:
                    text = f"it would still wait at the desk (over: true?): {still.reason}"
                    raise RefusedError(text, "as_rule")
            found["rule"] = plain(rule)
            gives = (item.office for item in decision.assigned if item.task == task)
            found["gives"] = next(gives, None)
            return rules, newest.offices

        def field_of(path: str) -> str:
            return path.replace(f"rules.{found['place']}", "as_rule")

        made = await self.make(said, draft, field_of)
        del found["place"]
        return made | found


def may_change(caller: Caller) -> None:
    """Raise Problem (403) for who may not change rules and offices: all but the city's."""
    city = caller.role is Role.LIAISON and (caller.division or "").endswith("00")
    if not city and caller.role is not Role.OPERATOR:
        raise Problem(403, "rules and offices are changed by the city's liaison office")


def checked(
    rules: Rules, offices: Offices, before: Version, field_of: Callable[[str], str] = str
) -> list[Json]:
    """Check a draft; gives the warnings, saying which are new. Raises Problem (422) for errors."""
    found = check(rules, offices)
    if errors := [item for item in found if item.severity == "error"]:
        raise refused(errors, field_of)
    known = {(item.where, item.message) for item in check(before.rules, before.offices)}
    return [
        {
            "field": field_of(path_of(item.where)),
            "message": item.message,
            "new": (item.where, item.message) not in known,
        }
        for item in found
    ]


def refused(problems: Sequence[Found], field_of: Callable[[str], str] = str) -> Problem:
    """Say in HTTP what is wrong with a draft."""
    wrong = [FieldError(field_of(path_of(item.where)), item.message) for item in problems]
    return Problem(422, "the rules can't be used", wrong)


def path_of(where: str) -> str:
    """Turn the place a check names (`routing.yaml:rules.3 (x).agency`) into `rules.3.agency`.

    What is about the rules as a whole, or about two of them, is `rules`.
    """
    path = _ID.sub(r"\1", _FILE.sub("", where))
    return path if path and " " not in path else "rules"


def both(rules: Rules, offices: Offices) -> Json:
    """Give a version's contents the way they are stored."""
    return {"rules": plain(rules), "offices": plain(offices)}


def shown(version: Version) -> Json:
    """Say which version it is."""
    return {
        "version": version.number,
        "at": version.at,
        "by": version.by,
        "why": version.why,
        "source": version.source,
    }


def _outdated(said: Said, newest: Version) -> Problem:
    text = f"the newest is {newest.number}, by {newest.by} at {newest.at.isoformat()}: {newest.why}"
    wrong = FieldError("base_version", text)
    return Problem(409, f"version {said.base} is not the newest", [wrong])
