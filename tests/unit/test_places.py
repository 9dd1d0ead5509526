"""Whole or not at all: a failure on the way leaves what stood there, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cauce.errors import OutputError
from cauce.places import put, put_folder


def test_that_a_file_that_cannot_take_its_place_leaves_no_part(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").write_text("kept")
    with pytest.raises(OutputError, match="cannot be written") as told:
        put(tmp_path / "taken", b"new", mend="name another")
    assert told.value.mend == "name another"
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_that_a_file_replaces_the_old_one(tmp_path: Path):
    path = tmp_path / "deep" / "file"
    put(path, b"one")
    assert put(path, b"two").read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_that_a_folder_that_fails_half_way_is_as_it_was(tmp_path: Path):
    folder = tmp_path / "set"
    put_folder(folder, lambda new: (new / "a").write_text("old") and None, what="the set")

    def breaks(new: Path) -> None:
        (new / "a").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="the set cannot be written there"):
        put_folder(folder, breaks, what="the set")
    assert (folder / "a").read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["set"]


def test_that_a_folder_keeps_what_else_stood_there(tmp_path: Path):
    folder = tmp_path / "set"
    put_folder(folder, lambda new: (new / "a").write_text("one") and None, what="the set")
    (folder / "mine").write_text("kept")
    put_folder(folder, lambda new: (new / "a").write_text("two") and None, what="the set")
    assert {p.name: p.read_text() for p in folder.iterdir()} == {"a": "two", "mine": "kept"}
