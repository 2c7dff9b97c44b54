"""Loads an office's program to look at it, without starting it."""

import importlib
import sys
from typing import Any

from fuyuan_contracts.agency.errors import SettingsError

_looking = False


def load(name: str) -> Any:  # noqa: ANN401 -- an Agency, which imports this
    """Import `module:variable` from the present folder. Raises SettingsError."""
    global _looking  # noqa: PLW0603 -- one program, one question: does it run or is it looked at
    module, _, variable = name.partition(":")
    sys.path.insert(0, "")
    _looking = True
    try:
        return getattr(importlib.import_module(module), variable or "agency")
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"can't load {name} (expected module:variable): {error}") from error
    finally:
        _looking = False


def refuse_to_run() -> None:
    """Keep a program that is only looked at from starting. Raises SettingsError."""
    if _looking:
        raise SettingsError('put `agency.run()` under `if __name__ == "__main__":`')
