"""Every sentence of the brief, in both languages, in one table."""

from __future__ import annotations

from cauce.terms import Language

WORDS: dict[str, tuple[str, str]] = {
    "answer": ("What the simulation says", "Lo que dice la simulación"),
    "median80": (
        "Median and 80% interval over {draws} draws",
        "Mediana e intervalo del 80% en {draws} sorteos",
    ),
    "crossed": ("The cases side by side", "Los casos lado a lado"),
    "protection": ("Protection", "Protección"),
    "efficiency": ("Operation", "Operación"),
    "sides": ("What each side gives and gets", "Lo que cada parte da y recibe"),
    "sides_note": (
        "Against the case “{base}”, on the same draws.",
        "Frente al caso «{base}», en los mismos sorteos.",
    ),
    "gives": ("gives", "da"),
    "gets": ("gets", "recibe"),
    "charts": ("Day by day", "Día a día"),
    "table": ("The same as a table", "Lo mismo en tabla"),
    "depends": ("What this depends on", "De qué depende"),
    "provenance": ("Where it comes from", "De dónde viene"),
    "not_for": ("What it must not be used for", "Para qué no debe usarse"),
    "not_for_text": (
        "Not for scoring, selecting, denying, detaining or tracking anybody. The people in it are synthetic. "
        "It is support for a decision within a wider view, not the decision.",
        "No sirve para calificar, seleccionar, rechazar, detener ni rastrear a nadie. Las personas son sintéticas. "
        "Apoya una decisión dentro de una visión más amplia; no la sustituye.",
    ),
    "skip": ("Skip to the answer", "Ir a la respuesta"),
    "other": ("Español", "English"),
    "case": ("Case", "Caso"),
    "outcome": ("Outcome", "Resultado"),
    "total": ("total", "total"),
    "highest": ("highest morning", "mañana más alta"),
    "seed": ("Seed", "Semilla"),
    "hash": ("Result", "Resultado"),
    "data": ("Newest month of data", "Mes más reciente de datos"),
    "version": ("Version", "Versión"),
    "range": ("from {low} to {high}", "de {low} a {high}"),
    "finding_range": (
        "{name} ({what}): lowest under “{low_case}”, {low}; highest under “{high_case}”, {high}.",
        "{name} ({what}): lo más bajo con «{low_case}», {low}; lo más alto con «{high_case}», {high}.",
    ),
    "finding_same": (
        "{name} ({what}): much the same in all cases, about {low}.",
        "{name} ({what}): casi igual en todos los casos, cerca de {low}.",
    ),
    "day": ("Day", "Día"),
    "message": (
        "{name}. {findings} Not for decisions about individuals.",
        "{name}. {findings} No sirve para decidir sobre personas.",
    ),
}


def say(word: str, language: Language, **fields: object) -> str:
    """A sentence in a language, its fields filled in."""
    return WORDS[word][language is Language.SPANISH].format(**fields)
