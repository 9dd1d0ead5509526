"""The shared words: dimensions, demographics, languages.  The field's own terms (see the glossary)."""

from __future__ import annotations

import re
from enum import StrEnum


class Demographic(StrEnum):
    """Who travels together, as the processing rules distinguish it."""

    SINGLE_ADULT = "single-adult"
    FAMILY = "family"
    UNACCOMPANIED_CHILD = "unaccompanied-child"


class Authority(StrEnum):
    """Title of the US Code under which an encounter is processed."""

    TITLE_8 = "title-8"
    TITLE_42 = "title-42"


class Language(StrEnum):
    """Languages of every text that a reader sees; Spanish is not a translation afterthought."""

    ENGLISH = "en"
    SPANISH = "es"


THIN_SPACE = "\u202f"
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def figured(text: str, language: Language) -> str:
    """A text whose figures are as a language writes them: in Spanish groups of three digits stand apart, unmarked.

    The decimal point is that of both languages (Ortografía de la lengua española, 2010, recommends it).

    >>> figured("1,234.5 of 80,892,000", Language.SPANISH).replace(THIN_SPACE, "_")
    '1_234.5 of 80_892_000'
    """
    return _GROUPS.sub(THIN_SPACE, text) if language is Language.SPANISH else text


Words = dict[str, tuple[str, str]]
"""Sentences by name, each in English and in Spanish."""


def spoken(words: Words, word: str, language: Language, /, **fields: object) -> str:
    """A sentence of a table in a language, its fields filled in."""
    return figured(words[word][language is Language.SPANISH].format(**fields), language)


def name_of(names: Words, thing: str, language: Language, /) -> str:
    """The name of a thing; what nobody has words for stays what it is."""
    return spoken(names, thing, language) if thing in names else thing


DEMOGRAPHIC_NAMES: dict[Demographic, dict[Language, str]] = {
    Demographic.SINGLE_ADULT: {Language.ENGLISH: "single adults", Language.SPANISH: "adultos solos"},
    Demographic.FAMILY: {Language.ENGLISH: "families", Language.SPANISH: "familias"},
    Demographic.UNACCOMPANIED_CHILD: {
        Language.ENGLISH: "unaccompanied children",
        Language.SPANISH: "niñas, niños y adolescentes no acompañados",
    },
}

UNITS: Words = {
    "person": ("person", "persona"),
    "flight": ("flight", "vuelo"),
    "day": ("day", "día"),
    "agent": ("agent", "agentes"),
    "place": ("place", "lugares"),
    "d": ("d", "días"),
    "month": ("month", "meses"),
}
"""What figures are counted in, and rates made of, as a reader meets it."""


def unit_name(unit: str, language: Language) -> str:
    """A unit, or a rate such as person/day; what nobody has words for stays what it is.

    >>> unit_name("person/day", Language.SPANISH)
    'persona/día'
    """
    return "/".join(name_of(UNITS, part, language) for part in unit.split("/"))


SMALL_CELL, SMALL_CELL_OF_CHILDREN = 10, 20  # [person] judgement: smaller counts of people are not published
ROUNDED = 5  # [person] judgement: published counts are rounded to this
