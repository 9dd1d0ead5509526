"""What a user reads when something is wrong, in Spanish: put into words at the one door by which mistakes leave.

Code says what is wrong in English, with what it is about in its place; `mistakes.csv` has each such sentence
with `{}` for what stands there, and the same in Spanish.  What has no words there stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, zip_longest
from pathlib import Path

from cauce.border import read_rows
from cauce.errors import CauceError
from cauce.terms import Language

TABLE = Path(__file__).with_name("mistakes.csv")
LETTER = re.compile(r"[^\W\d_]")


def asked_for(words: Sequence[str]) -> Language:
    """The language that the words of a command ask for; English where they ask for none that is spoken."""
    said = [w.partition("=")[2] for w in words if w.startswith("--lang=")]
    said += [following for word, following in pairwise(words) if word == "--lang"]
    return Language.SPANISH if Language.SPANISH.value in said else Language.ENGLISH


def told(error: CauceError, language: Language) -> str:
    """The sentence of a mistake in a language."""
    if language is not Language.SPANISH:
        return str(error)
    return error.sentence(in_spanish(error.cause), in_spanish(error.mend), "línea")


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of what is said, those that say most in words of their own first, and the Spanish of each."""
    rows = sorted(read_rows(TABLE, ("en", "es")), key=lambda row: -len(row["en"].replace("{}", "")))
    return tuple((re.compile("(.*?)".join(map(re.escape, row["en"].split("{}")))), row["es"]) for row in rows)


def in_spanish(text: str) -> str:
    """A cause or a mend in Spanish; what it is about is put into words too where it is a phrase itself.

    >>> in_spanish("cannot be read (Is a directory)")
    'no se puede leer (es una carpeta)'
    """
    text = " ".join(text.split())
    for pattern, spanish in _sentences():
        found = pattern.fullmatch(text)
        if found:
            parts = [in_spanish(part) if LETTER.search(part) else part for part in found.groups()]
            return "".join(word for pair in zip_longest(spanish.split("{}"), parts, fillvalue="") for word in pair)
    return text
