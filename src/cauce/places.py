"""A file or a folder takes its place whole or not at all: the one way in which anything is written.

What is new is made beside its place and moved there in one step; a run that is killed leaves the old one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cauce.errors import OutputError

WRITABLE = "name a folder you may write with --out"


def put(path: Path, content: bytes, *, mend: str = WRITABLE) -> Path:
    """Write a file; its folder is made where it is missing.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror})", mend=mend, file=path) from None
    return path


def put_folder(folder: Path, fill: Callable[[Path], None], *, what: str) -> Path:
    """Write a folder: `fill` makes the new files in a folder beside it; what else stood there is kept.

    Raises
    ------
    OutputError
        It cannot be written there; the old folder is as it was.
    """
    try:
        place = folder.resolve()  # through a link, to where the files are
        beside = _beside(place)
        shutil.rmtree(beside, ignore_errors=True)  # left by a run that was killed
        beside.mkdir(parents=True)
        try:
            fill(beside)
            _take_place(beside, place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        cause = f"{what} cannot be written there ({error.strerror})"
        raise OutputError(cause, mend=WRITABLE, file=folder) from None
    return folder


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _take_place(new: Path, folder: Path) -> None:
    """Put `new` where `folder` is, with what else was there; on any failure the old folder is back."""
    if not folder.is_dir():
        new.rename(folder)
        return
    old = new.with_name(f"{new.name}-old")
    folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    for kept in sorted(old.iterdir()):
        if not (folder / kept.name).exists():
            kept.rename(folder / kept.name)
    shutil.rmtree(old, ignore_errors=True)
