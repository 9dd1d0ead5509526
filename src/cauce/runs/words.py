"""Every sentence that a run tells in a terminal, in both languages, in one table."""

from __future__ import annotations

from functools import partial

from cauce.border import Named
from cauce.terms import Language, Words, spoken

WORDS: Words = {
    # of several verbs
    "hash": ("{name} sha256 {value}", "{name}, sha256 {value}"),
    "record": ("record", "registro"),
    "priors": ("priors", "valores a priori"),
    "program": ("program", "programa"),
    "effects": ("effects", "efectos"),
    # forecast
    "forecast_head": (
        "As of {day}, counts to {newest}: encounters between ports, {first} to {last}, {corridors} corridors, {draws} draws; median (80% interval) [persons]",
        "Al {day}, con conteos hasta {newest}: encuentros entre puertos de entrada, de {first} a {last}, {corridors} corredores, {draws} sorteos; mediana (intervalo del 80%) [personas]",
    ),
    "all": ("all", "todos"),
    "no_persons": (
        "persons: the record does not say who was expelled here",
        "personas: el registro no dice a quién se expulsó aquí",
    ),
    "warned": ("{corridor} {chance:.0%} (above {threshold:,.0f})", "{corridor} {chance:.0%} (más de {threshold:,.0f})"),
    "warning": (
        "early warning, chance that {month} exceeds nine tenths of the past: {warned}",
        "alerta temprana, probabilidad de que {month} supere a nueve de cada diez meses pasados: {warned}",
    ),
    "already": (
        "already above it in {month}: {count} of {corridors} corridors",
        "ya lo superaban en {month}: {count} de {corridors} corredores",
    ),
    "hindcast": (
        "a hindcast: the count model's own numbers were chosen later, on forecasts up to {month}",
        "un pronóstico retrospectivo: los números del modelo de conteos se eligieron después, con pronósticos hasta {month}",
    ),
}

say = partial(spoken, WORDS)
"""A sentence in a language, its fields filled in."""


def named(word: str, **fields: object) -> Named:
    """A sentence in both languages, for a result that keeps it until somebody reads."""
    return Named(en=say(word, Language.ENGLISH, **fields), es=say(word, Language.SPANISH, **fields))


def hashed(hashes: dict[str, str], language: Language) -> list[str]:
    """A line for each hash, shortened."""
    return [say("hash", language, name=say(name, language), value=value[:16]) for name, value in hashes.items()]
