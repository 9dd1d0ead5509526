"""Deals of the record, each played on the ground of its own day: were they inside our zone, and near the front?

Weights are those that explain only what had been decided before, so that no deal explains itself.

    replay    the tables that a table names, played
    sheet     what came of them, as one sheet
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

from cauce.border import Border, Named
from cauce.decisions import bargaining, conclusions
from cauce.decisions.negotiation import Asked, Negotiation, negotiate
from cauce.decisions.phrases import both, span
from cauce.decisions.table import Table
from cauce.errors import RequestError
from cauce.runs.sheets import Cell, Grid, Sheet


def replay(table: Table, border: Border, asked: Asked) -> tuple[Negotiation, ...]:
    """Play the tables that a table names as its replays.

    Raises
    ------
    RequestError
        It names none.
    """
    if not table.replays:
        raise RequestError(f"the table {table.id!r} names no replays", mend="name tables of struck deals in `replays`")
    return tuple(negotiate(Table.read(border, name), border, asked, score=False) for name in table.replays)


def sheet(table: Table, every: tuple[Negotiation, ...]) -> Sheet:
    """The replays of a table as one sheet."""
    return Sheet(
        f"{table.id}-replay",
        both(f"{table.name.en}: deals of the record", f"{table.name.es}: acuerdos del registro"),
        both(
            "Are the deals that were struck inside our zone of agreement, and near the front, on what was known on their eve?",
            "¿Están los acuerdos alcanzados dentro de nuestra zona de acuerdo, y cerca de la frontera, según lo sabido en su víspera?",
        ),
        tuple(
            said
            for found in every
            for said in (*conclusions.checked(found, conclusions.struck), *found.payoffs.study.scenario.later)
        ),
        tuple(_beside(found) for found in every),
        tuple(note for found in every for note in _notes(found)),
        tuple((f"table {found.table.id}", found.table.sha256()) for found in every),
    )


def _beside(found: Negotiation) -> Grid:
    """The deal, and the packages of the solution concepts beside it."""
    best, even = bargaining.best_package(found.means), bargaining.equal_share_package(found.means)
    likely = int(found.zone.argmax())
    rows: list[tuple[Cell, ...]] = [
        (both("struck", "alcanzado"), deal.package.says(), f"{deal.chance:.2f}", *(span(g) for g in deal.gains))
        for deal in found.struck()
    ]
    for name, place in (("Nash", best), ("Kalai–Smorodinsky", even), (both("likeliest", "más probable"), likely)):
        if place is not None:
            says = found.packages[place].says()
            rows.append((name, says, f"{found.zone[place]:.2f}", *(span(g) for g in found.spread[place])))
    head = (
        both("Deal", "Acuerdo"), both("Package", "Paquete"), both("Both gain", "Ambos ganan"),
        *(p.name for p in found.table.parties),
    )  # fmt: skip
    return Grid(
        both(f"{found.table.name.en}, million dollars", f"{found.table.name.es}, millones de dólares"),
        head,
        tuple(rows),
    )


def _notes(found: Negotiation) -> list[Named]:
    study, table = found.payoffs.study, found.table
    told = [
        both(
            f"{table.name.en}: {found.tried} packages, {found.draws} draws, seed {study.seed}; gains over {found.payoffs.days} days from {table.begins}, data as published by {study.scenario.as_of}. {conclusions.weights(found).en}",
            f"{table.name.es}: {found.tried} paquetes, {found.draws} sorteos, semilla {study.seed}; ganancias en {found.payoffs.days} días desde {table.begins}, datos publicados al {study.scenario.as_of}. {conclusions.weights(found).es}",
        )
    ]
    if table.no_deal.priors_of is not None:
        told.append(both(
            f"{table.name.en}: how people answer rules is what was held by {table.no_deal.priors_of}, which nobody knew on the day: what is asked is whether our zone holds the deal, not whether the governments could have computed it.",
            f"{table.name.es}: cómo responde la gente a las reglas es lo que se sostenía en {table.no_deal.priors_of}, que nadie sabía ese día: se pregunta si nuestra zona contiene el acuerdo, no si los gobiernos podían calcularlo.",
        ))  # fmt: skip
    return told
