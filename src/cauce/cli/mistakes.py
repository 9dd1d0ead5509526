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
from cauce.terms import Language, figured

TABLE = Path(__file__).with_name("mistakes.csv")
LETTER = re.compile(r"[^\W\d_]")
QUOTED = re.compile(r"('[^']*'|\"[^\"]*\"|`[^`]*`)")
FEW = 5  # [letter] of its own that a sentence must have to be about anything


def asked_for(words: Sequence[str]) -> Language:
    """The language that the words of a command ask for; English where they ask for none that is spoken."""
    said = [w.partition("=")[2] for w in words if w.startswith("--lang=")]
    said += [following for word, following in pairwise(words) if word == "--lang"]
    return Language.SPANISH if Language.SPANISH.value in said else Language.ENGLISH


def told(error: CauceError, language: Language) -> str:
    """The sentence of a mistake in a language."""
    if language is not Language.SPANISH:
        return str(error)
    cause, mend = (_figured(in_spanish(text)) for text in (error.cause, error.mend))
    return error.sentence(cause, mend, "línea")


def _figured(text: str) -> str:
    """Figures as Spanish writes them, but for what is quoted: that stays as somebody typed it."""
    parts = QUOTED.split(text)
    return "".join(part if n % 2 else figured(part, Language.SPANISH) for n, part in enumerate(parts))


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of what is said, those that say most in words of their own first, and the Spanish of each."""
    rows = sorted(read_rows(TABLE, ("en", "es")), key=lambda row: -len(row["en"].replace("{}", "")))
    return tuple((_pattern(row["en"]), row["es"]) for row in rows)


def _pattern(english: str) -> re.Pattern[str]:
    """What a sentence matches; where it has hardly a word of its own, each thing named is one word or one name."""
    own = english.split("{}")
    named = len(LETTER.findall("".join(own))) >= FEW
    holes = ["(.*?)" if named or before.endswith((": ", ", ")) else r"('[^']*'|\S+)" for before in own[:-1]]
    return re.compile("".join(word for pair in zip_longest(map(re.escape, own), holes, fillvalue="") for word in pair))


def matched(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The Spanish of the sentence that a text is, and what the text has in its places; None where it is none."""
    for pattern, spanish in _sentences():
        found = pattern.fullmatch(text)
        if found:
            return spanish, found.groups()
    return None


def phrase(part: str) -> bool:
    """Is what a sentence is about in words of ours: neither a figure nor something quoted."""
    return LETTER.search(part) is not None and QUOTED.fullmatch(part) is None


def in_spanish(text: str) -> str:
    """A cause or a mend in Spanish; what it is about is put into words too where it is a phrase itself.

    >>> in_spanish("cannot be read (Is a directory)")
    'no se puede leer (es una carpeta)'
    """
    text = " ".join(text.split())
    found = matched(text)
    if found is None:
        return text
    spanish, holes = found
    parts = [in_spanish(part) if phrase(part) else part for part in holes]
    return "".join(word for pair in zip_longest(spanish.split("{}"), parts, fillvalue="") for word in pair)
