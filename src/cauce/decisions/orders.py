"""A plan in words: findings, the order list, the census with and without it, what one more would be worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import numpy as np

from cauce.border import Named, Row
from cauce.decisions.solver import Floats
from cauce.decisions.transport import MORE, Planned, Regret
from cauce.places import put
from cauce.policy.plan import Numbers, Order, Orders
from cauce.runs.results import INTERVAL
from cauce.runs.sheets import Cell, Grid, Sheet
from cauce.terms import DEMOGRAPHIC_NAMES, Demographic, Language

WAYS = {
    "plan": Named(en="this plan", es="este plan"),
    "recorded": Named(en="the timetable as recorded", es="el itinerario registrado"),
    "none": Named(en="nobody moved beyond what is booked", es="sin más traslados que los ya reservados"),
    "full": Named(en="fly when over capacity", es="volar al superar la capacidad"),
}
MODES = {
    "flight": Named(en="flight", es="vuelo"),
    "bus": Named(en="bus", es="autobús"),
}


def sheet(planned: Planned) -> Sheet:
    """Everything a planner reads, in both languages."""
    place, first = planned.study.border.card, planned.given.days[0]
    return Sheet(
        id=planned.plan.id,
        name=Named(
            en=f"Plan from {first}, {planned.plan.days} days", es=f"Plan desde {first}, {planned.plan.days} días"
        ),
        question=Named(
            en="Which vehicles should be ordered today, for whom, and what would one more be worth?",
            es="¿Qué vehículos conviene pedir hoy, para quiénes, y cuánto valdría uno más?",
        ),
        findings=_findings(planned),
        grids=(
            ordered(planned.plan.orders, planned.study.border.routes, first, planned.given.lead), _census(planned),
            _protected(planned), _worth(planned), weights(planned.given.numbers),
        ),
        notes=(*_notes(planned), *planned.study.measured(), *planned.study.layout.process.doubtful),
        hashes=(("plan", planned.plan.sha256()), ("numbers", planned.given.numbers.sha256()),
                *sorted(planned.study.hashes().items()), ("border", place.sha256())),
    )  # fmt: skip


def write_plan(plan: Orders, folder: Path) -> Path:
    """Write the document `plan.json`, whole or not at all.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    return put(folder / "plan.json", (plan.model_dump_json(indent=1) + "\n").encode())


def _findings(planned: Planned) -> tuple[Named, ...]:
    mine, recorded = planned.over("plan"), planned.over("recorded")
    low, middle, high = np.percentile(mine - recorded, INTERVAL)
    inside = {way: np.median(dict(planned.ways)[way]["custody"].mean(axis=1)) for way in WAYS}
    found = [
        Named(
            en=f"Person-hours past 72 h in {planned.plan.days} days: {np.median(mine):,.0f} under this plan, "
               f"{np.median(recorded):,.0f} under the timetable as recorded (difference {middle:+,.0f}; 80%: "
               f"{low:+,.0f} to "
               f"{high:+,.0f}).",
            es=f"Horas-persona después de 72 h en {planned.plan.days} días: {np.median(mine):,.0f} con este plan, "
               f"{np.median(recorded):,.0f} con el itinerario registrado (diferencia {middle:+,.0f}; 80%: "
               f"{low:+,.0f} a "
               f"{high:+,.0f}).",
        ),
        Named(
            en=f"Inside on a mean morning: {inside['plan']:,.0f} under this plan, {inside['recorded']:,.0f} as "
               f"recorded, "
               f"{inside['none']:,.0f} if nobody more is moved; rated for {planned.given.rated:,.0f}.",
            es=f"Adentro en una mañana media: {inside['plan']:,.0f} con este plan, {inside['recorded']:,.0f} según lo "
               f"registrado, {inside['none']:,.0f} sin más traslados; la capacidad es de {planned.given.rated:,.0f}.",
        ),
        _regret(planned.regret),
        *_prices(planned),
        _agency(planned),
    ]  # fmt: skip
    found += _empty(planned)
    if (warning := planned.solved.warning) is not None:
        found.append(Named(en=f"Warning: {warning.en}.", es=f"Aviso: {warning.es}."))
    return tuple(found)


def _regret(regret: Regret) -> Named:
    """What not knowing costs, if the plan is kept and if it is made anew each morning."""
    known, mornings = regret.hindsight.mean(), regret.rolling.size
    en = (
        f"Who had known the arrivals would have lost {known:,.0f} (all harms that moves can change, in "
        f"person-hours past 72 h); this plan kept for all days loses {regret.share:.0%} more ({regret.plan.size} "
        "unseen draws)"
    )
    es = (
        f"Con las llegadas conocidas la pérdida sería de {known:,.0f} (los daños que los traslados pueden cambiar, en "
        f"horas-persona después de 72 h); este plan, mantenido todos los días, pierde {regret.share:.0%} más "
        f"({regret.plan.size} sorteos no vistos)"
    )
    if mornings:
        en += f", made anew each morning {regret.rolling_share:.0%} more ({mornings} of them)"
        es += f"; rehecho cada mañana, {regret.rolling_share:.0%} más ({mornings} de ellos)"
    return Named(en=en + ".", es=es + ".")


def _empty(planned: Planned) -> list[Named]:
    """Vehicles booked already that nobody is expected to need: the first thing to call off."""
    least = {vehicle.route: min(vehicle.least, vehicle.seats) for vehicle in planned.given.vehicles}
    booked = [order for order in planned.plan.orders if order.booked]
    empty = [order for order in booked if sum(n for _, n in order.whom) < least[order.route] * order.vehicles]
    if not empty:
        return []
    number, of = sum(o.vehicles for o in empty), sum(o.vehicles for o in booked)
    return [Named(
        en=f"Of {of} vehicles booked already, {number} are expected to have fewer people than their least load.",
        es=f"De {of} vehículos ya reservados, se espera que {number} tengan menos personas que su carga mínima.",
    )]  # fmt: skip


def _prices(planned: Planned) -> tuple[Named, ...]:
    """Shadow prices in plain words, the day on which each counts most."""
    found = []
    for name, by_day in planned.solved.worth:
        what = _one_more(name, planned)
        if name.startswith("receiver:") and max(by_day) < 1:
            continue
        day = int(np.argmax(by_day))
        hours, when = by_day[day], planned.given.days[day]
        if hours < 0.5:
            found.append(Named(en=f"One more {what.en} saves nothing: that limit does not bind.",
                               es=f"Sumar {what.es} no ahorra nada: ese límite no aprieta."))  # fmt: skip
        else:
            found.append(Named(
                en=f"One more {what.en} on {when} saves as much as {hours:,.0f} person-hours past 72 h.",
                es=f"Sumar {what.es} el {when} ahorra tanto como {hours:,.0f} horas-persona después de 72 h.",
            ))  # fmt: skip
    return tuple(found)


def _agency(planned: Planned) -> Named:
    """What the wait for another agency is worth: no vehicle's price, and often what binds."""
    sooner, places = (float(x.mean()) for x in (planned.elsewhere.sooner, planned.elsewhere.places / MORE))
    share = sooner / max(float(planned.over("plan").mean()), 1.0)
    return Named(
        en=f"If the agency that people wait for took each a day sooner, that would save {sooner:,.0f} person-hours "
           f"past 72 h ({share:.0%}); one more of its places a day saves {places:,.0f}. Vehicles cannot do that.",
        es=f"Si la agencia que las personas esperan recibiera a cada una un día antes, se ahorrarían {sooner:,.0f} "
           f"horas-persona después de 72 h ({share:.0%}); un lugar suyo más al día ahorra {places:,.0f}. Los vehículos "
           "no pueden lograrlo.",
    )  # fmt: skip


def _one_more(name: str, planned: Planned) -> Named:
    kind, _, which = name.partition(":")
    if kind == "vehicles":
        return Named(en=MODES[which].en, es=f"un {MODES[which].es}") if which in MODES else Named(en=which, es=which)
    if kind == "receiver":
        site = _sites(planned)[which]
        return Named(en=f"place a day at {site['name_en']}", es=f"un lugar al día en {site['name_es']}")
    return {
        "agents": Named(en="agent's shift of eight hours", es="un turno de agente de ocho horas"),
        "releases": Named(en="release place", es="un lugar de liberación"),
        "beds": Named(en="shelter bed", es="una cama de albergue"),
    }[kind]


def _sites(planned: Planned) -> Mapping[str, Row]:
    return {row["site"]: row for row in planned.study.border.sites}


def ordered(orders: Iterable[Order], routes: Iterable[Row], start: date, lead: Mapping[str, int]) -> Grid:
    """The order list: which vehicle leaves when, with whom, and when it is asked for."""
    head = ("day", "hour", "vehicle", "route", "number", "seats each", "for whom (expected)", "ordered")
    cabeza = ("día", "hora", "vehículo", "ruta", "número", "asientos", "para quiénes (esperado)", "pedido")
    known = {row["route"]: row for row in routes}
    rows = [_order(order, known[order.route], start, lead) for order in orders]
    if not rows:
        rows = [tuple(Named(en="none", es="ninguno") if i == 2 else "" for i in range(len(head)))]
    rows.sort(key=lambda row: (str(row[0]), float(str(row[1]) or 0)))
    return Grid(Named(en="Order list", es="Lista de pedidos"), named(head, cabeza), tuple(rows))


def _order(order: Order, row: Row, start: date, lead: Mapping[str, int]) -> tuple[Cell, ...]:
    today = not order.booked and (order.day - start).days == lead[order.mode]
    when = ("booked already", "ya reservado") if order.booked else ("today", "hoy") if today else ("later", "después")
    together = {Language.ENGLISH: "in ", Language.SPANISH: "en "}  # persons are counted, families travel whole
    whom = [", ".join(
        f"{number} {together[language] if group == Demographic.FAMILY else ''}{DEMOGRAPHIC_NAMES[group][language]}"
        for group, number in order.whom) or "–" for language in (Language.ENGLISH, Language.SPANISH)]  # fmt: skip
    return (
        f"{order.day}", order.hour, MODES.get(order.mode, Named(en=order.mode, es=order.mode)),
        Named(en=row["name_en"], es=row["name_es"]), f"{order.vehicles}", f"{order.seats}",
        Named(en=whom[0], es=whom[1]), Named(en=when[0], es=when[1]),
    )  # fmt: skip


def _census(planned: Planned) -> Grid:
    """Inside by morning with the plan and without it: median and 80%."""
    ways = dict(planned.ways)
    chosen = ("plan", "recorded", "none")
    rows: list[tuple[Cell, ...]] = [
        (f"{day}", *(interval(ways[way]["custody"][:, number]) for way in chosen))
        for number, day in enumerate(planned.given.days)
    ]
    head = (Named(en="report day", es="día de reporte"), *(WAYS[way] for way in chosen))
    return Grid(
        Named(en="In custody at six, median (80%)", es="Bajo custodia a las seis, mediana (80%)"), head, tuple(rows)
    )


def _protected(planned: Planned) -> Grid:
    """What happens to people under each way."""
    names = dict(planned.given.numbers.outcomes)
    outcomes = {o.id: o for o in planned.study.outcomes}
    rows: list[tuple[Cell, ...]] = [
        (Named(en="Person-hours past 72 h", es="Horas-persona después de 72 h"),
         *(interval(planned.over(way)) for way, _ in planned.ways)),
    ]  # fmt: skip
    for key in ("children", "street", "door", "moved", "money"):
        outcome = outcomes[names[key]]
        flow = outcome.kind == "flow"
        label = outcome.name if flow else Named(en=f"{outcome.name.en} (highest)", es=f"{outcome.name.es} (máximo)")
        totals = [daily[key].sum(axis=1) if flow else daily[key].max(axis=1) for _, daily in planned.ways]
        rows.append((label, *(interval(total, outcome.small_cell if outcome.protection else 0) for total in totals)))
    head = (
        Named(en="over the days, median (80%)", es="en los días, mediana (80%)"),
        *(WAYS[way] for way, _ in planned.ways),
    )
    return Grid(Named(en="What happens to people", es="Qué pasa con las personas"), head, tuple(rows), protection=True)


def _worth(planned: Planned) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for name, by_day in planned.solved.worth:
        one = _one_more(name, planned)
        label = Named(en=f"one more {one.en}", es=one.es)
        rows.append((label, *(f"{hours:,.0f}" for hours in by_day)))
    head = (Named(en="worth, in person-hours past 72 h", es="vale, en horas-persona después de 72 h"),
            *(Named(en=f"{d:%d %b}", es=f"{d:%d-%m}") for d in planned.given.days))  # fmt: skip
    return Grid(
        Named(en="What one more would be worth, at the margin", es="Cuánto valdría uno más, en el margen"),
        head,
        tuple(rows),
    )


def weights(numbers: Numbers) -> Grid:
    """What a plan weighs, with range and source."""
    rows = []
    for name, weight in numbers.weights:
        rows.append((name, f"{weight.value:g}", f"{weight.low:g}–{weight.high:g}", weight.unit, weight.source))
    head = ("weight", "value", "range", "unit", "source"), ("peso", "valor", "rango", "unidad", "fuente")
    return Grid(Named(en="What is weighed", es="Qué se pondera"), named(*head), tuple(rows))


def _notes(planned: Planned) -> tuple[Named, ...]:
    booking = planned.plan.booking
    ways = ", ".join(booking.pathways) or "–"
    crew = dict(planned.plan.agents)
    more = max(crew.values(), default=1.0)
    opens = ", ".join(f"{site}: {day}" for site, day in planned.plan.opens) or "–"
    moved = np.median(dict(planned.ways)["recorded"]["moved"].mean(axis=1))
    record = planned.given.numbers.recorded_moves
    return (
        Named(
            en=f"The record says {record.value:,.0f} moved a day; the timetable as recorded moves {moved:,.0f} here: "
            "the same vehicles, and fewer people over capacity in these paths than there were then.",
            es=f"El registro dice {record.value:,.0f} trasladados al día; el itinerario registrado traslada aquí "
            f"{moved:,.0f}: los mismos vehículos, y en estas trayectorias un exceso menor que entonces.",
        ),
        Named(
            en=f"Sent to the line for a vehicle: {booking.share:.0%} of adults and families bound for {ways}; "
               f"families stay "
               f"together; unaccompanied children never. Crew: {more:.2f} of the usual. Shelters opened: {opens}.",
            es=f"Enviados a la fila para un vehículo: {booking.share:.0%} de adultos y familias con destino "
               f"{ways}; las familias "
               f"van juntas; menores no acompañados nunca. Personal: {more:.2f} del usual. Albergues abiertos: "
               f"{opens}.",
        ),
        Named(
            en=f"Made on {planned.draws} sampled paths, simulated on others. Orders of later days are what the "
               f"paths want on "
               "average: plan again each morning. Nobody is released at night; what a moved person costs elsewhere is "
               "not counted beyond the seat.",
            es=f"Hecho con {planned.draws} trayectorias, simulado con otras. Los pedidos de días posteriores "
               f"son lo que las "
               "trayectorias piden en promedio: replanifique cada mañana. Nadie es liberado de noche; no se "
               "cuenta lo que "
               "cuesta en otro lugar una persona trasladada, salvo el asiento.",
        ),
    )  # fmt: skip


def interval(values: Floats, small: int = 0) -> str:
    """Median and 80%; a small count only says that it is small."""
    low, middle, high = np.percentile(values, INTERVAL)
    if 0 < high < small:
        return f"under {small}"
    return f"{middle:,.0f} ({low:,.0f}–{high:,.0f})"


def named(en: tuple[str, ...], es: tuple[str, ...]) -> tuple[Named, ...]:
    """Words in both languages."""
    return tuple(Named(en=a, es=b) for a, b in zip(en, es, strict=True))
