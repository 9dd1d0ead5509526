"""The two pages of a negotiation: findings first, the clauses, who watches them, people, and what would break the deal.

`sheets` turns a Negotiation into a sheet and its appendix, in both languages; nothing here is computed that the negotiation does
not offer, but means, intervals and words.
"""
# ruff: noqa: E501  (sentences)

from __future__ import annotations

from cauce.border import Named
from cauce.decisions import appendix, conclusions
from cauce.decisions.negotiation import Negotiation
from cauce.decisions.phrases import amount, both, count, span
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
    waited = tuple(conclusions.checked(found, conclusions.waited))
    first = Sheet(table.id, table.name, table.question, conclusions.findings(found), pages, own, hashes)
    return first, Sheet(f"{table.id}-appendix", name, table.question, waited, appendix.grids(found), notes, hashes)


def _clauses(found: Negotiation) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    opening = found.table.opening
    asked = dict(opening.levels) if opening is not None else {}
    within, traded = found.packages[found.offered], found.offer
    for n, lever in enumerate(found.table.levers):
        levels = lever.levels
        chosen = levels[traded.levels[n]]
        payers = [p for p in found.table.parties if p.id in dict(chosen.pays)]
        most = found.table.level(lever.id, asked[lever.id]) if lever.id in asked else None
        rows.append(
            (
                both(f"{lever.name.en}, {lever.unit.en}", f"{lever.name.es}, {lever.unit.es}"),
                amount(levels[0].amount),
                "–" if most is None else amount(most.amount),
                *(amount(levels[package.levels[n]].amount) for package in (within, traded)),
                count(chosen.amount * lever.per_day) if lever.per_day else "–",
                count(sum(paid.value for _, paid in chosen.pays)) if payers else "–",
                both(", ".join(p.name.en for p in payers) or "–", ", ".join(p.name.es for p in payers) or "–"),
            )
        )
    head = (
        both("Clause", "Cláusula"), both("Today", "Hoy"), both("Asked", "Pedido"), both("Offer", "Oferta"),
        both("Exchange", "Intercambio"), both("People a day", "Personas al día"), both("USD a day", "USD al día"),
        both("Who pays", "Quién paga"),
    )  # fmt: skip
    name = both(
        "The clauses: what the opening asks, the offer, and the exchange with what it costs as its sources have it",
        "Las cláusulas: lo que pide la apertura, la oferta, y el intercambio con lo que cuesta según sus fuentes",
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
        notice = found.offer.notice(lever.party)
        late_en, late_es = (f", after {notice} d of notice", f", tras {notice} d de aviso") if notice else ("", "")
        rows.append(
            (lever.name, lever.indicator, lever.trigger, both(f"in {snap} d{late_en}", f"en {snap} d{late_es}"), veto)
        )
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
    held = [found.floors(p) for p in (within, found.offer)]
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
    day = found.looks[0]
    moments = [d for d in (1, 30, 90) if d - 1 + WEEK <= found.window]
    for party in found.table.parties:
        stop = found.stop(party.id, day)
        for p, other in enumerate(found.table.parties):
            weeks = [stop.by_day[p, day + d - 1 : day + d - 1 + WEEK].mean() for d in moments]
            cells = [f"{week:+,.0f}" for week in weeks]
            rows.append((party.name, other.name, count(stop.ends[other.id]), *cells, span(stop.total[p])))
    late = [both(f"Days {d} to {d + WEEK - 1}", f"Días {d} a {d + WEEK - 1}") for d in moments]
    head = (
        both("Who stops", "Quién se detiene"), both("Dollars a day for", "Dólares al día para"),
        both("Its levers end on day", "Sus palancas acaban el día"), *late,
        both(f"Over {found.window} days, million dollars", f"En {found.window} días, millones de dólares"),
    )  # fmt: skip
    name = both(
        f"If one side says on day {day} of the deal that it stops: means of a week, counted from the word",
        f"Si un lado dice el día {day} del acuerdo que se detiene: medias de una semana, desde la palabra",
    )
    return Grid(name, head, tuple(rows))


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
