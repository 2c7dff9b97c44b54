"""Whose case it is: every name a filing holds, and by what it is like another. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.routing.grams import fold
from services.routing.rulebook import Filing

Alike = Literal["party", "project", "action"]

ONE = ("debtor", "creditor", "developer", "penalised", "subject", "plaintiff", "applicant")
"""Fields of details that hold one party."""
MANY = ("parties", "participants")
SIDES = frozenset({"applicant", "other"})
"""Participants who are a party: an organ, a mediator or a court sits at many tables."""
ACTORS = ("respondent", "defendant")
"""Fields of details that name the office whose action it is about."""
MOST = 50
"""Likenesses of one case."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes cases alike: those with the same `key` are."""

    alike: Alike
    key: str
    what: str
    """The party's name, the project's, or the action, for people."""


def names(filing: Filing) -> tuple[str, ...]:
    """Give the names in a filing, each once: parties of all kinds, project, contact."""
    found = [party["name"] for party in _parties(filing.details)]
    others = (filing.details.get("project"), filing.extra.get("contact"))
    found += [part["name"] for part in others if part]
    return tuple(dict.fromkeys(found))


def likenesses(filing: Filing) -> tuple[Likeness, ...]:
    """Give what other cases may share with this one.

    A project is known by its division and name, as its id is (`ids.project_id`). An organisation is
    known by its credit code, else by its name; a person by the digest of the filing's contact if
    that is who it is, else by name. Keys are compared, never shown. The project and the action come
    first, and what is beyond `MOST` is left out.
    """
    found: list[Likeness] = []
    if project := filing.details.get("project"):
        key = f"project {project['division']} {project['name']}"
        found.append(Likeness("project", key, project["name"]))
    found += _same_action(filing.details)
    found += [_same_party(party, filing.extra.get("contact")) for party in _sides(filing.details)]
    return tuple({item.key: item for item in found}.values())[:MOST]


def _parties(details: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (details[field] for field in ONE if details.get(field))
    for field in MANY:
        yield from details.get(field) or ()


def _sides(details: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (party for party in _parties(details) if party.get("role", "other") in SIDES)


def _same_party(party: Mapping[str, Any], contact: Mapping[str, Any] | None) -> Likeness:
    name = party["name"]
    if code := party.get("credit_code"):
        return Likeness("party", f"party code {code}", name)
    is_contact = contact is not None and fold(contact["name"]) == fold(name)
    if is_contact and party.get("type") == "person" and contact and contact.get("digest"):
        return Likeness("party", f"party person {contact['digest']}", name)
    return Likeness("party", f"party name {fold(name)}", name)


def _same_action(details: Mapping[str, Any]) -> Iterator[Likeness]:
    action = details.get("action")
    for field in ACTORS:
        if action and (office := details.get(field)):
            yield Likeness("action", f"action {office} {fold(action)}", action)
