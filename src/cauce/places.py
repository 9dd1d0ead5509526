"""A file or a folder takes its place whole or not at all: the one way in which anything is written.

What is new is made beside its place and moved there in one step; a run that is killed leaves the old one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cauce.errors import DataError, OutputError

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


def read_text(path: Path) -> str:
    """The text of a file that somebody wrote, without a mark of its encoding.

    Raises
    ------
    DataError
        All of `read_bytes` and `decoded`.
    """
    return decoded(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that somebody named.

    Raises
    ------
    DataError
        There is none, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError("there is no such file", mend="check the name", file=path) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"cannot be read ({reason})", mend="check the path and its rights", file=path) from None


def decoded(raw: bytes, path: Path) -> str:
    """The text of a file's bytes.

    Raises
    ------
    DataError
        They are a workbook, UTF-16, something else that is no text, or not in UTF-8.
    """
    if raw[:4] == b"PK\x03\x04":
        raise DataError("is a workbook or zip file", mend="save its sheet as CSV", file=path)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("is in UTF-16", mend="save it as UTF-8", file=path, line=1)
    if b"\x00" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\x00")) + 1
        raise DataError("is not a text file", mend="give the CSV file itself", file=path, line=line)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError("is not in UTF-8", mend="save it as UTF-8", file=path, line=line) from None


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
