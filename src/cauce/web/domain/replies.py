"""The few words in which a shelter answers, read where they are plain and asked again where they are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

KINDS = ("any", "family", "women", "men")
"""Whom beds are for."""
MOST = 5000
"""No shelter has more beds (judgement: the largest in the record has 2,750)."""


@dataclass(frozen=True)
class Answer:
    """How many a shelter takes (None: all that were asked), for whom, and until which hour they may come.

    others : how many for each other kind, where it named more than one.
    """

    taken: int | None
    kind: str = "any"
    until: time | None = None
    others: tuple[tuple[str, int], ...] = ()

    def beds(self, asked: int) -> dict[str, int]:
        """Beds by kind.

        asked : how many it was asked for.
        """
        return {self.kind: asked if self.taken is None else self.taken, **dict(self.others)}


_YES = {"yes", "y", "si", "s", "ok", "okay", "wi", "sim"}
_NO = {"no", "none", "ninguno", "ninguna", "full", "lleno", "llenos", "non", "nao"}
_FOR = {
    "fam": "family", "fams": "family", "family": "family", "families": "family", "familia": "family",
    "familias": "family", "fanmi": "family", "fanm": "women", "gason": "men", "mulheres": "women", "homens": "men",
    "women": "women", "mujeres": "women", "muj": "women", "men": "men", "hombres": "men",
    "hom": "men",
}  # fmt: skip
_UNTIL = {"until", "till", "by", "hasta", "jiska", "ate", "las", "as"}
"""Words behind which a bare number is an hour as likely as people."""
_FILLING = _UNTIL | {
    "people", "persons", "personas", "beds", "camas", "only", "solo", "max", "a", "la", "de", "of", "in", "en", "we",
    "can", "take", "podemos", "recibir", "moun", "kabann", "pou", "pessoas", "para", "and", "y", "e", "ak",
}  # fmt: skip
_HOUR = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(h|hrs|hs|am|pm)?")


def read_answer(text: str) -> Answer | None:
    """What a text message says; None if it is not plain, so that somebody asks again instead of guessing.

    >>> read_answer("SI 50 fam, 20h")
    Answer(taken=50, kind='family', until=datetime.time(20, 0), others=())
    >>> read_answer("20 fam y 10 hombres").beds(80)
    {'family': 20, 'men': 10}
    >>> read_answer("no").taken, read_answer("maybe 30"), read_answer("yes until 8"), read_answer("no hombres")
    (0, None, None, None)
    """
    said: list[str] = []
    numbers: list[int] = []
    kinds: list[str] = []
    hours: list[time] = []
    waits = False  # for the hour, behind a word such as `until`
    for n, word in enumerate(_words(text)):
        if word.isascii() and word.isdigit() and len(word) <= 4:
            if waits:
                return None
            numbers.append(int(word))
            said.append("number")
        elif (hour := _hour(word)) is not None:
            hours.append(hour)
            waits = False
        elif word in _FOR:
            kinds.append(_FOR[word])
            said.append("kind")
        elif word in _NO or (word in _YES and not (n and word == "y")):
            said.append("no" if word in _NO else "yes")
        elif word in _FILLING:
            waits = waits or word in _UNTIL
        else:
            return None
    return None if len(hours) > 1 or waits else _joined(said, numbers, kinds, hours[0] if hours else None)


def _words(text: str) -> Iterator[str]:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return filter(None, (word.strip(".:!¡¿?") for word in re.split(r"[\s,;]+", plain)))


def _joined(said: list[str], numbers: list[int], kinds: list[str], until: time | None) -> Answer | None:
    """Yes, no, or numbers, each with whom it is for behind it where there are several."""
    shape = [word for word in said if word != "yes"]
    if shape == ["no"] or shape == ["no", "number"]:
        return None if any(numbers) or until or "yes" in said else Answer(0)
    if "no" in said or (not shape and "yes" not in said):
        return None
    if len(numbers) > 1:
        in_pairs = shape == ["number", "kind"] * len(numbers) and len(set(kinds)) == len(kinds)
        pairs = tuple(zip(kinds, numbers, strict=True)) if in_pairs else ()
        return Answer(numbers[0], kinds[0], until, pairs[1:]) if pairs else None
    if len(kinds) > 1 or not (numbers or "yes" in said):
        return None
    return Answer(numbers[0] if numbers else None, kinds[0] if kinds else "any", until)


def _hour(word: str) -> time | None:
    """An hour such as 20h, 20:30 or 8pm; a bare number is a number of people."""
    found = _HOUR.fullmatch(word)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
