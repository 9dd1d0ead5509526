"""A border, the sample files on disk, and a way to write one more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from data_samples import SAMPLES

from cauce.border import Border


@pytest.fixture(scope="session")
def border() -> Border:
    return Border.open("us_mexico")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all sample files."""
    folder = tmp_path_factory.mktemp("shelf")
    for name, text in SAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file and get its path."""

    def write_one(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_one
