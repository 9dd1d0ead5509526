"""What the verbs of official files tell in a terminal, in both languages, in one table."""

from __future__ import annotations

from functools import partial

from cauce.border import Named
from cauce.terms import Language, Words, name_of, spoken

WORDS: Words = {
    # list
    "source": (
        "{id}: {name}. {publisher}; {days} day(s) after the period; {address}",
        "{id}: {name}. {publisher}; {days} día(s) después del periodo; {address}",
    ),
    "unanswered": ("{address} (address unverified)", "{address} (dirección sin verificar)"),
    "answered": ("{address} (answered {day})", "{address} (respondió el {day})"),
    "vintage": ("  {file}, {size:,} bytes{fault}", "  {file}, {size:,} bytes{fault}"),
    "not_whole": (
        ", NOT the bytes that were fetched: fetch it again",
        "; NO son los bytes que se descargaron: descárguelo de nuevo",
    ),
    # fetch
    "kept": (
        "{publication}: {size:,} bytes{span}, kept as {path}.",
        "{publication}: {size:,} bytes{span}, guardado como {path}.",
    ),
    "kept_before": (
        "{publication}: {size:,} bytes{span}, the same as before, nothing stored twice: {path}.",
        "{publication}: {size:,} bytes{span}, lo mismo que antes, nada se guarda dos veces: {path}.",
    ),
    "span": (", {first} to {last}", ", de {first} a {last}"),
    # check
    "report": ("{file}: {name} ({table}), {publisher}", "{file}: {name} ({table}), {publisher}"),
    "rows": ("{rows:,} rows{span}", "{rows:,} filas{span}"),
    "total": ("{column}: {total:,} in all", "{column}: {total:,} en total"),
    "columns": ("columns: {names}", "columnas: {names}"),
    "gap": ("No row for {named}{more}.", "No hay fila de {named}{more}."),
    "more": (" and {count} more", " y {count} más"),
    "blank": ("{column} is blank in {count} of {rows} rows.", "{column} está en blanco en {count} de {rows} filas."),
    # revisions
    "periods": (
        "{revised} of {both} periods in both were revised",
        "se revisaron {revised} de {both} periodos que están en ambas",
    ),
    "revised": (
        "{column}: {numbers:,} numbers revised; {net:+,.12g} net, {absolute:,.12g} in absolute",
        "{column}: {numbers:,} números revisados; {net:+,.12g} neto, {absolute:,.12g} en valor absoluto",
    ),
    "revised_period": (
        "  {period} {column}: {numbers:,} numbers, {net:+,.12g} net, {absolute:,.12g} in absolute",
        "  {period} {column}: {numbers:,} números, {net:+,.12g} neto, {absolute:,.12g} en valor absoluto",
    ),
    "further": ("  and {count} more", "  y {count} más"),
    "only_new": ("only in the new vintage: {span}", "solo en la edición nueva: {span}"),
    "only_old": ("only in the old vintage: {span}", "solo en la edición anterior: {span}"),
    "from_to": ("{first} to {last} ({count})", "de {first} a {last} ({count})"),
}

NAMES: Words = {
    "unverified": ("unverified", "sin verificar"),
    "in the column url": ("in the column url", "en la columna url"),
    "many; each row names its own": ("many; each row names its own", "varios; cada fila nombra el suyo"),
    "compiled by hand from public maps": (
        "compiled by hand from public maps",
        "compilado a mano a partir de mapas públicos",
    ),
}
"""What a card says where it has no publisher's name and no address."""

say = partial(spoken, WORDS)
"""A sentence in a language, its fields filled in."""

called = partial(name_of, NAMES)
"""A publisher or an address in a language; a name of its own stays what it is."""


def named(word: str, **fields: object) -> Named:
    """A sentence in both languages, for a report that keeps it until somebody reads."""
    return Named(en=say(word, Language.ENGLISH, **fields), es=say(word, Language.SPANISH, **fields))
