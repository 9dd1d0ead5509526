"""What is done stays done: one file a draw, under the hash of everything that made it.

A block is written beside its place and moved there in one step, so a killed run leaves whole blocks or
none; the next run with the same inputs finds them and goes on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.errors import OutputError


@dataclass(frozen=True)
class Store:
    """Blocks of one run, by draw number."""

    folder: Path

    @classmethod
    def open(cls, root: Path, key: str) -> Store:
        """Open (or make) the store of a run.

        Raises
        ------
        OutputError
            The folder cannot be made or written.
        """
        folder = root / key[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OutputError(
                f"results cannot be written there ({error.strerror or error})",
                mend="name a folder you may write with --out",
                file=root,
            ) from None
        return cls(folder)

    def _path(self, draw: int) -> Path:
        return self.folder / f"draw-{draw:06d}.npy"

    def read(self, draw: int) -> NDArray[np.float64] | None:
        """The block of a draw, or None when it is not there (or was cut short by a full disk)."""
        try:
            return np.asarray(np.load(self._path(draw), allow_pickle=False), dtype=np.float64)
        except (FileNotFoundError, ValueError, EOFError):
            return None

    def write(self, draw: int, block: NDArray[np.float64]) -> None:
        """Put a block in its place, whole or not at all."""
        path = self._path(draw)
        beside = path.with_suffix(f".{os.getpid()}.part")
        try:
            with beside.open("wb") as file:
                np.save(file, block, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise OutputError(
                f"a finished draw cannot be kept ({error.strerror})",
                mend="free space or name another folder with --out",
                file=path,
            ) from None
