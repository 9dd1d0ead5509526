"""The two pages of a negotiation: findings first, the clauses, who watches them, people, and what would break the deal.

`sheets` turns a Negotiation into a sheet and its appendix, in both languages; nothing here is computed that the negotiation does
not offer, but means, intervals and words.
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

from cauce.border import Named
from cauce.decisions import appendix, conclusions
from cauce.decisions.negotiation import Negotiation
from cauce.decisions.phrases import amount, both, count, million, span
from cauce.runs.sheets import Cell, Grid, Sheet

OWN = 2  # notes of the negotiation itself
WEEK = 7  # [d] over which a day of a defection is averaged


def sheets(found: Negotiation) -> tuple[Sheet, Sheet]:
    """The two pages for the table, and the appendix behind them; both in both languages."""
    table = found.table
    every = (_clauses(found), _watched(found), _people(found), _conditions(found), _stops(found))
    pages = tuple(grid for grid in every if grid.rows)  # a package of which nothing is asked has no conditions
    hashes = (("table", table.sha256()), *sorted(found.payoffs.study.hashes().items()))
    notes, name = _notes(found), both(f"{table.name.en}: appendix", f"{table.name.es}: apéndice")
    # what the network doubts stands behind: it is the same for every result
    own = (*notes[:OWN], *found.payoffs.study.scenario.later)
    first = Sheet(table.id, table.name, table.question, conclusions.findings(found), pages, own, hashes)
    return first, Sheet(
        f"{table.id}-appendix", name, table.question, (conclusions.waited(found),), appendix.grids(found), notes, hashes
    )


def _clauses(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    names = {p.id: p.name for p in found.table.parties}
    within, traded = found.packages[found.offered], found.offer
    for n, lever in enumerate(found.table.levers):
        levels = lever.levels
        chosen = levels[traded.levels[n]]
        paid = found.payoffs.direct(lever, chosen).mean(axis=1)
        payer = [p.name for p, d in zip(found.table.parties, paid, strict=True) if d < 0] or [names[lever.party]]
        shown = (levels[0], levels[-1], levels[within.levels[n]], chosen)
        rows.append(
            (
                both(f"{lever.name.en}, {lever.unit.en}", f"{lever.name.es}, {lever.unit.es}"),
                *(amount(level.amount) for level in shown),
                count(chosen.amount * lever.per_day) if lever.per_day else "–",
                count(abs(paid[paid < 0].sum())),
                both(", ".join(p.en for p in payer), ", ".join(p.es for p in payer)),
            )
        )
    head = (
        both("Clause", "Cláusula"), both("Today", "Hoy"), both("Most asked", "Lo más pedido"), both("Offer", "Oferta"),
        both("Exchange", "Intercambio"), both("People a day", "Personas al día"), both("USD a day", "USD al día"),
        both("Who pays", "Quién paga"),
    )  # fmt: skip
    name = both(
        "The clauses: offer within the floors, exchange without them",
        "Las cláusulas: oferta dentro de los pisos, intercambio sin ellos",
    )
    return Grid(name, head, tuple(rows))


def _watched(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    snap = found.table.snap_back_days
    for lever in found.table.levers:
        risks = [r for r in found.table.ratification if r.lever == lever.id]
        veto = both(*(
            "; ".join(f"{getattr(r.name, x)}: {r.block.value:.0%} ({r.block.low:.0%}–{r.block.high:.0%}), {r.delay_days} d" for r in risks) or "–"
            for x in ("en", "es")
        ))  # fmt: skip
        back = both(
            f"in {snap} d, after notice",
            f"en {snap} d, tras aviso",
        )
        rows.append((lever.name, lever.indicator, lever.trigger, back, veto))
    head = (
        both("Clause", "Cláusula"), both("Indicator", "Indicador"), both("Trigger", "Disparador"),
        both("Snap-back", "Reversión"), both("Veto risk", "Riesgo de veto"),
    )  # fmt: skip
    return Grid(both("How each clause is watched", "Cómo se vigila cada cláusula"), head, tuple(rows))


def _people(found: Negotiation) -> Grid:
    people, payoffs = found.table.people, found.payoffs
    within = found.packages[found.offered]
    without, first, second = (found.totals(p) for p in (None, within, found.offer))
    floors = {f.outcome: n for n, f in enumerate(people.floors)}
    held = [payoffs.floors(p, found.draws) for p in (within, found.offer)]
    rows: list[tuple[Cell, ...]] = []
    for name in dict.fromkeys((*people.watch, *floors)):
        o, n = payoffs.outcomes[name], floors.get(name)
        floor = "–" if n is None else f"≤ {people.floors[n].at_most.value:.2f} ×"
        kept = ["–" if n is None else f"{h[n]:.2f}" for h in held]
        rows.append(
            (payoffs.study.outcomes[o].name, *(count(t[:, o].mean()) for t in (without, first, second)), floor, *kept)
        )
    head = (
        both("A day", "Al día"), both("No deal", "Sin acuerdo"), both("Offer", "Oferta"),
        both("Exchange", "Intercambio"), both("Floor", "Piso"), both("Offer holds", "Oferta cumple"),
        both("It holds", "Cumple"),
    )  # fmt: skip
    return Grid(people.name, head, tuple(rows), protection=True)


def _conditions(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for lever, change in found.relaxed():
        asked = max((c for c in found.table.conditions if c.requires == lever), key=lambda c: c.at_least)
        x = found.table.lever(lever)
        rows.append((x.name, f"≥ {asked.at_least:,.0f}", *(span(c) for c in change)))
    head = (
        both("Condition dropped", "Condición retirada"),
        both("Asked at least", "Mínimo pedido"),
        *(p.name for p in found.table.parties),
    )
    return Grid(
        both(
            "What relaxing a condition is worth, million dollars",
            "Cuánto vale relajar una condición, millones de dólares",
        ),
        head,
        tuple(rows),
    )


def _stops(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    begin, days = found.table.defection_day, found.followed.days
    moments = [d for d in (1, 30, 90) if begin + d + WEEK <= days]
    for party in found.table.parties:
        change = found.defection()[party.id][0].mean(axis=1)
        for p, other in enumerate(found.table.parties):
            cells = [f"{change[p, begin + d - 1 : begin + d - 1 + WEEK].mean():+,.0f}" for d in moments]
            rows.append((party.name, other.name, *cells, million(change[p].sum())))
    late = [both(f"Day {d} after", f"Día {d} después") for d in moments]
    head = (
        both("Who stops", "Quién se detiene"), both("Dollars a day for", "Dólares al día para"), *late,
        both(f"To day {days} of the deal, million dollars", f"Hasta el día {days} del acuerdo, millones de dólares"),
    )  # fmt: skip
    return Grid(both("If one side stops", "Si un lado se detiene"), head, tuple(rows))


def _notes(found: Negotiation) -> tuple[Named, ...]:
    study = found.payoffs.study
    return (
        both(
            f"{found.draws} draws on common random numbers, seed {study.seed}; weights in {found.payoffs.weights.shape[1]} samples; gains over {found.payoffs.days} days from {found.table.begins}, against no deal.",
            f"{found.draws} sorteos con números aleatorios comunes, semilla {study.seed}; pesos en {found.payoffs.weights.shape[1]} muestras; ganancias en {found.payoffs.days} días desde {found.table.begins}, frente a ningún acuerdo.",
        ),
        conclusions.weights(found),
        both(
            "Conditions stand at what the asking side would settle for, most likely; what it stated is higher.",
            "Las condiciones están en lo que quien pide aceptaría, lo más probable; lo declarado es más.",
        ),
        *study.scenario.later,
        *study.layout.process.doubtful,
    )  # fmt: skip
