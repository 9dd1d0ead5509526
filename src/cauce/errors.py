"""What cauce says when something is wrong: one sentence with place, cause and mend.

Every error a user can cause is a `CauceError`; the command line prints it on one line and leaves with
exit code 2.  Anything else that escapes is a defect of ours and keeps its traceback.

    CauceError
    |- DataError        a table or an official file
    |- DocumentError    a YAML document (rule, network, scenario)
    |- RequestError     what was asked for on the command line or in a call
    |- OutputError      a place where results should be written
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path


class CauceError(Exception):
    """A mistake that its maker can mend.

    Parameters
    ----------
    cause : str
        What is wrong, as a clause without a final stop.
    mend : str
        What to do about it, as a clause without a final stop.
    file : path or str, optional
        Where the mistake stands.
    line : int, optional
        Line in that file, from 1.

    Examples
    --------
    >>> print(DataError("count -3 is negative", mend="correct the row", file="jan.csv", line=7))
    jan.csv, line 7: count -3 is negative; correct the row.
    """

    def __init__(self, cause: str, *, mend: str, file: str | Path | None = None, line: int | None = None) -> None:
        self.cause, self.mend, self.file, self.line = cause, mend, file, line
        super().__init__(str(self))

    def __str__(self) -> str:
        return self.sentence(self.cause, self.mend)

    def sentence(self, cause: str, mend: str, line: str = "line") -> str:
        """Place, cause and mend as one sentence, in the words given."""
        place = "" if self.file is None else str(self.file)
        if self.line is not None:
            place = f"{place}, {line} {self.line}" if place else f"{line} {self.line}"
        sentence = re.sub(r"[ \t\r\n]+", " ", f"{cause}; {mend}.")  # a thin space between digits stays
        return f"{place}: {sentence}" if place else sentence


class DataError(CauceError):
    """A table or an official file does not say what its contract asks for."""


class DocumentError(CauceError):
    """A YAML document is not a document of its kind."""


class RequestError(CauceError):
    """What was asked for does not exist or makes no sense."""


class OutputError(CauceError):
    """Results cannot be written where they should go."""


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """How to mend a name that there is not: the one most like it, or else a word of advice, or all there are.

    >>> nearest("elpaso", ["el-paso", "yuma"]), nearest("x", ["el-paso", "yuma"])
    ("did you mean 'el-paso'", 'use one of el-paso, yuma')
    """
    names = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower().replace(" ", "-"), names, 1)
    if near:
        return f"did you mean {names[near[0]]!r}"
    return otherwise or f"use one of {', '.join(names.values()) or '(there is none)'}"
