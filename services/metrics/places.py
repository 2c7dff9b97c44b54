"""Divisions, agencies and offices by name, as the deployment's file says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.metrics.catalogue.figure import Words


@dataclass(frozen=True, slots=True)
class Places:
    """What there is; an office that joined later is named by its agency and division."""

    divisions: Mapping[str, Words]
    agencies: Mapping[str, Words]
    offices: Mapping[str, Words]

    def office(self, id_: str) -> Words:
        """Name an office."""
        agency, _, division = id_.partition(".")
        if id_ in self.offices:
            return self.offices[id_]
        if not self.has(id_):
            return Words(id_, id_)
        of, in_ = self.agencies[agency], self.divisions[division]
        return Words(f"{in_.zh}{of.zh}", f"{in_.en} {of.en}")

    def has(self, id_: str) -> bool:
        """Tell whether an office is of an agency and a division there are."""
        agency, _, division = id_.partition(".")
        return agency in self.agencies and division in self.divisions

    def division(self, code: str) -> Words:
        """Name a division."""
        return self.divisions.get(code, Words(code, code))

    def agency(self, id_: str) -> Words:
        """Name an agency."""
        return self.agencies.get(id_, Words(id_, id_))

    @property
    def city(self) -> str:
        """Give the code of the city: the first division whose code ends in 00."""
        return next((code for code in self.divisions if code.endswith("00")), "")


def places(loaded: Mapping[str, Any]) -> Places:
    """Read what `offices.yaml` holds. Raises ValueError for one without a city's division."""
    found = Places(
        {str(item["code"]): Words(item["zh"], item["en"]) for item in loaded.get("divisions", ())},
        {item["id"]: Words(item["zh"], item["en"]) for item in loaded.get("agencies", ())},
        {
            item["id"]: Words(item["zh"], item.get("en") or item["zh"])
            for item in loaded.get("offices", ())
            if item.get("zh")
        },
    )
    if not found.city:
        raise ValueError("names no division of a city (a code that ends in 00)")
    return found
