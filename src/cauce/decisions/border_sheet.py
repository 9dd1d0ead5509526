"""The plan of a whole border in words: what to order, what it changes in each sector, and what one more is worth."""

from __future__ import annotations

import numpy as np

from cauce.border import Named, Row
from cauce.decisions.borderwide import Planned, fullest
from cauce.decisions.orders import (
    FEW,
    MODES,
    TODAY,
    WAYS,
    asked,
    interval,
    later,
    named,
    ordered,
    promised,
    slack,
    standing,
    weights,
    when,
)
from cauce.decisions.solver import Floats
from cauce.decisions.stays import HOURS
from cauce.policy.plan import Whole
from cauce.runs.results import INTERVAL
from cauce.runs.sheets import Cell, Grid, Sheet
from cauce.terms import SMALL_CELL, SMALL_CELL_OF_CHILDREN

TOP = 3  # places and routes whose dearest limit is told in words; the table has all


def sheets(planned: Planned) -> tuple[Sheet, ...]:
    """The order sheet, and behind it the census of every sector by morning and the worth of every limit by day."""
    first, days = planned.given.days[0], planned.plan.days
    hashes = (
        ("plan", planned.plan.sha256()), ("numbers", planned.given.numbers.sha256()),
        ("sectors", Whole.read(planned.study.border).sha256()),
        *sorted(planned.study.hashes().items()), ("border", planned.study.border.card.sha256()),
    )  # fmt: skip
    lead, new = planned.given.lead, [order for order in planned.plan.orders if not order.booked]
    today = [order for order in new if when(order, first, lead) is TODAY]
    name = Named(
        en=f"Plan of all sectors from {first}, {days} days", es=f"Plan de todos los sectores desde {first}, {days} días"
    )
    question = Named(
        en="Which vehicles between sectors should be ordered today, for whom, and what would one more be worth?",
        es="¿Qué vehículos entre sectores conviene pedir hoy, para quiénes, y cuánto valdría uno más?",
    )
    rows = list(_routes(planned).values())
    return (
        Sheet(
            id=planned.plan.id, name=name, question=question, findings=_findings(planned),
            grids=(
                ordered(today, rows, first, lead), later(planned.plan.orders, rows, first, lead), _protected(planned),
            ),
            notes=(_rule(planned), *planned.study.measured()), hashes=hashes,
        ),
        Sheet(
            id=f"{planned.plan.id}-sectors",
            name=Named(en=f"{name.en}: sector by sector", es=f"{name.es}: sector por sector"), question=question,
            findings=(),
            grids=(
                _sectors(planned), ordered(new, rows, first, lead), standing(planned.plan.orders, rows),
                *_fans(planned), _simulated(planned), _worth(planned), weights(planned.given.numbers),
            ),
            notes=(_proof(planned), *planned.study.layout.process.doubtful), hashes=hashes,
        ),
    )  # fmt: skip


def _places(planned: Planned) -> list[Row]:
    sites = {row["site"]: row for row in planned.study.border.sites}
    return [sites[site] for site, _ in planned.given.receivers]


def _named(row: Row) -> Named:
    return Named(en=row["name_en"], es=row["name_es"])


def _routes(planned: Planned) -> dict[str, Row]:
    """Each route with where it leaves and where it goes for a name."""
    places, known = _places(planned), {row["route"]: row for row in planned.study.border.routes}
    found = {}
    for leg in planned.given.vehicles:
        ends, row = (places[leg.origin], places[leg.receiver]), known[leg.route]
        names = {name: " → ".join(end[name] for end in ends) for name in ("name_en", "name_es")}
        found[leg.route] = Row({**row, **names}, row.file, row.line)
    return found


def _over(planned: Planned, way: str) -> Floats:
    """Person-hours past 72 h by unseen draw, of the days and, for who was moved, after them."""
    done = planned.scored.of(way)
    return np.asarray(HOURS * done.over.sum(axis=1) + done.after)


def _findings(planned: Planned) -> tuple[Named, ...]:
    mine, recorded, none = (_over(planned, way) for way in ("plan", "recorded", "none"))
    low, middle, high = np.percentile(mine - recorded, INTERVAL)
    usd = {way: float(done.usd.mean()) for way, done in planned.scored.ways}
    found = [
        asked(planned.plan, planned.given.lead, usd),
        Named(
            en=f"Person-hours past 72 h: {np.median(mine):,.0f} under this plan, {np.median(recorded):,.0f} under the "
               f"timetable as recorded (difference {middle:+,.0f}; 80%: {low:+,.0f} to {high:+,.0f}), "
               f"{np.median(none):,.0f} if nobody more is moved.",
            es=f"Horas-persona después de 72 h: {np.median(mine):,.0f} con este plan, {np.median(recorded):,.0f} con "
               f"el itinerario registrado (diferencia {middle:+,.0f}; 80%: {low:+,.0f} a {high:+,.0f}), "
               f"{np.median(none):,.0f} sin más traslados.",
        ),
        _regret(planned),
        _checked(planned),
        _fullest(planned),
        *_prices(planned),
        *_empty(planned),
        *promised(planned.most_inside, fullest(planned.scored.of("plan"))),
    ]  # fmt: skip
    if (warning := planned.solved.warning) is not None:
        found.append(Named(en=f"Warning: {warning.en}.", es=f"Aviso: {warning.es}."))
    return tuple(found)


def _or_dash(value: float, form: str) -> str:
    """A number that may be unknown, or without end."""
    return format(value, form) if np.isfinite(value) else "–"


def _regret(planned: Planned) -> Named:
    harm = {way: done.weighed.mean() for way, done in planned.scored.ways}
    found = planned.scored
    known = _or_dash(found.hindsight.mean(), ",.0f")
    share, again = (_or_dash(found.saves(x), ".0%") for x in (found.of("plan").weighed, found.rolling))
    return Named(
        en=f"All harms, weighed: {harm['plan']:,.0f} under this plan, {harm['recorded']:,.0f} as recorded, "
           f"{harm['full']:,.0f} flying when over capacity, {harm['none']:,.0f} if nobody more is moved; with the "
           f"arrivals known beforehand, {known}. Of what moving people could save the plan kept for all days saves "
           f"{share} ({planned.unseen} unseen draws), made anew each morning {again} ({found.rolling.size} of them).",
        es=f"Todos los daños, ponderados: {harm['plan']:,.0f} con este plan, {harm['recorded']:,.0f} según lo "
           f"registrado, {harm['full']:,.0f} volando al superar la capacidad, {harm['none']:,.0f} sin más traslados; "
           f"con las llegadas conocidas, {known}. De lo que los traslados podrían ahorrar, el plan, "
           f"mantenido todos los días, ahorra {share} ({planned.unseen} sorteos no vistos); rehecho cada "
           f"mañana, {again} ({found.rolling.size} de ellos).",
    )  # fmt: skip


def _checked(planned: Planned) -> Named:
    """What the simulator says of the same plan on the same draws, beside the plan's own count of the same days."""
    told = {way: HOURS * daily["over"].sum(axis=1) for way, daily in planned.simulated}
    draws, days = told["plan"].size, planned.given.shape[1]
    own = {way: HOURS * planned.scored.of(way).over[:draws].sum(axis=1) for way in told}
    differs = [float((by["plan"] - by[way]).mean()) for by in (told, own) for way in ("recorded", "none")]
    recorded, none, own_recorded, own_none = (f"{x:+,.0f}" for x in differs)
    return Named(
        en=f"The simulator, on {draws} of these draws and within the {days} days: {recorded} person-hours past 72 h "
           f"beside the timetable, {none} beside nobody moved; the plan's own count of these days says {own_recorded} "
           f"and {own_none}. What it saves after the last day the simulator does not follow.",
        es=f"El simulador, en {draws} de esos sorteos y dentro de los {days} días: {recorded} horas-persona después de "
           f"72 h frente al itinerario, {none} frente a nadie trasladado; la cuenta propia del plan para esos días da "
           f"{own_recorded} y {own_none}. Lo que ahorra después del último día el simulador no lo sigue.",
    )  # fmt: skip


def _fullest(planned: Planned) -> Named:
    """The sector that is over its rated places for most person-hours, with the plan and without it."""
    given = planned.given
    ways = [planned.scored.of(way).stock for way in ("plan", "none")]
    above = [HOURS * np.maximum(stock - given.rated, 0).sum(axis=1).mean(axis=0) for stock in ways]
    n = int(above[0].argmax())
    place = _named(_places(planned)[n])
    return Named(
        en=f"Fullest: {place.en}, {above[0][n]:,.0f} person-hours above its rated places on average under this plan, "
           f"{above[1][n]:,.0f} if nobody more is moved; all sectors {above[0].sum():,.0f} and {above[1].sum():,.0f}.",
        es=f"El más lleno: {place.es}, {above[0][n]:,.0f} horas-persona sobre su capacidad en promedio con este plan, "
           f"{above[1][n]:,.0f} sin más traslados; todos los sectores {above[0].sum():,.0f} y {above[1].sum():,.0f}.",
    )  # fmt: skip


def _one_more(name: str, planned: Planned) -> Named:
    """What one more of a limit is, in words."""
    kind, _, which = name.partition(":")
    if kind == "fleet":
        mode = MODES.get(which, Named(en=which, es=which))
        return Named(en=f"{mode.en} on any route", es=f"un {mode.es} en cualquier ruta")
    if kind == "route":
        route = planned.given.vehicles[int(which)].route
        row = _routes(planned)[route]
        return Named(en=f"vehicle on the route “{row['name_en']}”", es=f"un vehículo en la ruta “{row['name_es']}”")
    place = _named(_places(planned)[int(which)])
    minutes = planned.given.numbers.receiver_minutes.value
    return {
        "rated": Named(en=f"rated place at {place.en}", es=f"un lugar de capacidad en {place.es}"),
        "beds": Named(en=f"place under the ceiling of {place.en}", es=f"un lugar bajo el tope de {place.es}"),
        "minutes": Named(en=f"person a day whom {place.en} can process ({minutes:.0f} agent-minutes)",
                         es=f"una persona al día que {place.es} puede procesar ({minutes:.0f} minutos de agente)"),
    }[kind]  # fmt: skip


def _prices(planned: Planned) -> list[Named]:
    """Shadow prices in plain words: the dearest limits, and the kinds of limit that do not bind at all."""
    dearest = sorted(planned.solved.worth, key=lambda pair: -max(pair[1]))
    found: list[Named] = []
    told: set[str] = set()
    for name, by_day in dearest:
        day = int(np.argmax(by_day))
        where = name.partition(":")[2] if name.startswith(("rated", "beds", "minutes")) else name
        if by_day[day] < FEW or len(told) == TOP or where in told:
            continue
        told.add(where)
        one, when = _one_more(name, planned), planned.given.days[day]
        found.append(Named(
            en=f"One more {one.en} on {when} saves as much as {by_day[day]:,.1f} person-hours past 72 h.",
            es=f"Sumar {one.es} el {when} ahorra tanto como {by_day[day]:,.1f} horas-persona después de 72 h.",
        ))  # fmt: skip
    if not dearest:  # the programme had no time
        return found
    kinds = {
        "fleet": Named(en="vehicles of a kind that can be had in a day", es="vehículos de un tipo por día"),
        "route": Named(en="vehicles on a route", es="vehículos en una ruta"),
        "minutes": Named(en="agents' minutes of a receiving sector", es="minutos de agentes del sector que recibe"),
    }
    most = {kind: max((max(by) for name, by in dearest if name.startswith(kind)), default=0.0) for kind in kinds}
    return found + slack([name for kind, name in kinds.items() if most[kind] < FEW])


def _empty(planned: Planned) -> list[Named]:
    """Vehicles booked already that nobody is expected to board: the first thing to call off."""
    booked = [order for order in planned.plan.orders if order.booked]
    number, of = sum(o.vehicles for o in booked if not o.whom), sum(o.vehicles for o in booked)
    if not number:
        return []
    return [Named(
        en=f"Of {of} vehicles booked already, {number} are expected to leave with nobody: call them off.",
        es=f"De {of} vehículos ya reservados, se espera que {number} no lleven a nadie: cancélelos.",
    )]  # fmt: skip


def _sectors(planned: Planned) -> Grid:
    """Each sector now, on its fullest morning with the plan and without it, and hours over capacity."""
    given, plan, none = planned.given, planned.scored.of("plan"), planned.scored.of("none")
    rows: list[tuple[Cell, ...]] = []
    for n, place in enumerate(_places(planned)):
        above = [np.maximum(way.stock[:, :, n] - given.rated[n], 0).sum(axis=1) * HOURS for way in (plan, none)]
        rows.append((
            _named(place), f"{given.now[n]:,.0f}", f"{given.rated[n]:,.0f}", _or_dash(given.ceiling[n], ",.0f"),
            *(interval(way.stock[:, :, n].max(axis=1)) for way in (plan, none)),
            *(f"{np.median(hours):,.0f}" for hours in above),
        ))  # fmt: skip
    head = ("sector", "now", "rated", "ceiling", "fullest, this plan", "fullest, nobody moved",
            "person-hours over, this plan", "person-hours over, nobody moved")  # fmt: skip
    cabeza = ("sector", "ahora", "capacidad", "tope", "máximo, este plan", "máximo, sin traslados",
              "horas-persona de exceso, este plan", "horas-persona de exceso, sin traslados")  # fmt: skip
    title = Named(en="Sectors: persons at six, median (80%)", es="Sectores: personas a las seis, mediana (80%)")
    return Grid(title, named(head, cabeza), tuple(rows))


def _protected(planned: Planned) -> Grid:
    """What happens to people under each way."""
    ways = planned.scored.ways
    children = dict(planned.simulated)
    rows: list[tuple[Cell, ...]] = [
        (Named(en="Person-hours past 72 h", es="Horas-persona después de 72 h"),
         *(interval(_over(planned, way)) for way, _ in ways)),
        (Named(en="Persons past 72 h (highest)", es="Personas con más de 72 h (máximo)"),
         *(interval(done.over.max(axis=1), SMALL_CELL) for _, done in ways)),
        (Named(en="Unaccompanied children past 72 h (highest; simulator)",
               es="Menores no acompañados con más de 72 h (máximo; simulador)"),
         *(interval(children[way]["children"].max(axis=1), SMALL_CELL_OF_CHILDREN) if way in children else "–"
           for way, _ in ways)),
        (Named(en="Nights outdoors for want of a place", es="Noches a la intemperie por falta de lugar"),
         *(interval(done.outdoors.sum(axis=1), SMALL_CELL) for _, done in ways)),
        (Named(en="Moved a day", es="Trasladados por día"), *(interval(done.moved.mean(axis=1)) for _, done in ways)),
        (Named(en="Dollars for vehicles (mean)", es="Dólares en vehículos (media)"),
         *(f"{done.usd.mean():,.0f}" for _, done in ways)),
    ]  # fmt: skip
    head = (
        Named(en="over the days, median (80%)", es="en los días, mediana (80%)"),
        *(WAYS[way] for way, _ in ways),
    )
    return Grid(Named(en="What happens to people", es="Qué pasa con las personas"), head, tuple(rows), protection=True)


def _fans(planned: Planned) -> tuple[Grid, ...]:
    """For every sector who is inside by morning with the plan and without it."""
    ways, days = [planned.scored.of(way) for way in ("plan", "recorded", "none")], planned.given.days
    head = (Named(en="report day", es="día de reporte"), *(WAYS[way] for way in ("plan", "recorded", "none")))
    return tuple(
        Grid(
            Named(en=f"{_named(place).en}: at six, median (80%)", es=f"{_named(place).es}: a las seis, mediana (80%)"),
            head,
            tuple((f"{day}", *(interval(way.stock[:, t, n]) for way in ways)) for t, day in enumerate(days)),
        )
        for n, place in enumerate(_places(planned))
    )  # fmt: skip


def _simulated(planned: Planned) -> Grid:
    """The same ways in the simulator."""
    ways = planned.simulated
    rows: tuple[tuple[Cell, ...], ...] = (
        (Named(en="Person-hours past 72 h", es="Horas-persona después de 72 h"),
         *(interval(HOURS * told["over"].sum(axis=1)) for _, told in ways)),
        (Named(en="Inside on a mean morning, all sectors", es="Adentro en una mañana media, todos los sectores"),
         *(interval(told["inside"].mean(axis=1)) for _, told in ways)),
    )  # fmt: skip
    head = (Named(en="median (80%)", es="mediana (80%)"), *(WAYS[way] for way, _ in ways))
    title = Named(en="The same in the simulator", es="Lo mismo en el simulador")
    return Grid(title, head, rows, protection=True)


def _worth(planned: Planned) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for name, by_day in sorted(planned.solved.worth, key=lambda pair: -max(pair[1])):
        if max(by_day) >= FEW:
            one = _one_more(name, planned)
            rows.append((Named(en=f"one more {one.en}", es=one.es), *(f"{hours:,.1f}" for hours in by_day)))
    head = (Named(en="worth, in person-hours past 72 h", es="vale, en horas-persona después de 72 h"),
            *(Named(en=f"{d:%d %b}", es=f"{d:%d-%m}") for d in planned.given.days))  # fmt: skip
    title = Named(en="What one more would be worth, at the margin", es="Cuánto valdría uno más, en el margen")
    return Grid(title, head, tuple(rows))


def _rule(planned: Planned) -> Named:
    streams = len(planned.given.streams)
    return Named(
        en="A vehicle leaves only where, by the morning's count, that does less harm than staying: of the "
           f"{streams} groups by what people wait for, first the one whose wait is shortened most, others only to "
           "reach its least load. Families travel whole; unaccompanied children never. Days run from six to six: "
           "nobody is let go at night, and hours within a day are not planned.",
        es="Un vehículo sale solo donde, según el conteo de la mañana, causa menos daño que quedarse: de los "
           f"{streams} grupos según lo que se espera, primero aquel cuya espera más se acorta; los otros, solo para "
           "alcanzar la carga mínima. Las familias viajan completas; los menores no acompañados, nunca. Los días van "
           "de seis a seis: nadie es liberado de noche, y las horas dentro del día no se planifican.",
    )  # fmt: skip


def _proof(planned: Planned) -> Named:
    gap = planned.solved.gap
    whole = Named(en=f"optimal for the programme to {gap:.2%}", es=f"óptimos para el programa hasta {gap:.2%}")
    if gap >= 1:
        whole = Named(en="not proved to be the best", es="no probados como los mejores")
    return Named(
        en=f"Made on {planned.draws} sampled paths; shown on {planned.unseen} others, counted day by day with nothing "
           "known but the past; the simulator boards first come, first served. A person's pathway goes with them. "
           f"Today's whole vehicles, as the programme wants them, are {whole.en}; later ones are rounded, and of this "
           "and simpler proposals the least harmful is kept. Plan again each morning.",
        es=f"Hecho con {planned.draws} trayectorias; mostrado en otras {planned.unseen}, contadas día por día sin "
           "conocer más que el pasado; el simulador embarca por orden de llegada. La vía de una persona va con ella. "
           f"Los vehículos enteros de hoy, como los quiere el programa, son {whole.es}; los posteriores se redondean, "
           "y de esta y otras propuestas más simples queda la menos dañina. Replanifique cada mañana.",
    )  # fmt: skip
