"""Shared fixtures: the real records, where they are; drawn examples are the same in every run and bound by no clock."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

RECORDS = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def records() -> Path:
    """Folder of the real records; a clone without it skips, by name; under CI its absence is a failure."""
    if not RECORDS.is_dir():
        if os.environ.get("CI"):
            pytest.fail("the real records are missing: ../shared/data")
        pytest.skip("needs the real records in ../shared/data")
    return RECORDS
