"""Shared fixtures: the real records, where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

RECORDS = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def records() -> Path:
    """Folder of the real records; a clone without it skips, by name; under CI its absence is a failure."""
    if not RECORDS.is_dir():
        if os.environ.get("CI"):
            pytest.fail("the real records are missing: ../shared/data")
        pytest.skip("needs the real records in ../shared/data")
    return RECORDS
