"""Waiting until something holds."""

import time
from collections.abc import Callable
from typing import Any

import pytest


def wait_for(holds: Callable[[], Any], seconds: float) -> None:
    """Look again and again; the test fails when it doesn't hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"did not hold within {seconds} s")
        time.sleep(0.1)
