"""Waiting until something holds."""

import time
from collections.abc import Callable
from typing import Any

import pytest


def holds_within(holds: Callable[[], Any], seconds: float) -> bool:
    """Look again and again; tell whether it holds in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def wait_for(holds: Callable[[], Any], seconds: float) -> None:
    """Look again and again; the test fails when it doesn't hold in time."""
    if not holds_within(holds, seconds):
        pytest.fail(f"did not hold within {seconds} s")
