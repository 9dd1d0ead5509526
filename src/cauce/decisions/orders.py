"""A plan in words: findings, the order list, the census with and without it, what one more would be worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from cauce.border import Named, Row
from cauce.decisions.hindsight import Regret
from cauce.decisions.solver import Floats
from cauce.decisions.transport import Planned
from cauce.decisions.trials import MORE, fullest
from cauce.places import put
from cauce.policy.plan import Numbers, Order, Plan
from cauce.runs.results import INTERVAL
from cauce.runs.sheets import Cell, Grid, Sheet
from cauce.terms import DEMOGRAPHIC_NAMES, Demographic, Language

WAYS = {
    "plan": Named(en="this plan", es="este plan"),
    "recorded": Named(en="the timetable as recorded", es="el itinerario registrado"),
    "none": Named(en="nobody moved beyond what is booked", es="sin más traslados que los ya reservados"),
    "full": Named(en="fly when over capacity", es="volar al superar la capacidad"),
}
TODAY = Named(en="today", es="hoy")
FEW = 0.5  # [person-hour past 72 h] below which one more is said to save nothing
_IN_FAMILIES = {Language.ENGLISH: "in families", Language.SPANISH: "en familias"}  # counted by the head, moved whole
MODES = {
    "flight": Named(en="flight", es="vuelo"),
    "bus": Named(en="bus", es="autobús"),
}


def sheets(planned: Planned) -> tuple[Sheet, ...]:
    """The order sheet; behind it who is inside by morning, all orders, the worth of every limit, what is weighed."""
    plan, lead, first = planned.plan, planned.given.lead, planned.given.days[0]
    name = Named(en=f"Plan from {first}, {plan.days} days", es=f"Plan desde {first}, {plan.days} días")
    question = Named(
        en="Which vehicles should be ordered today, for whom, and what would one more be worth?",
        es="¿Qué vehículos conviene pedir hoy, para quiénes, y cuánto valdría uno más?",
    )
    routes, doubtful = planned.study.border.routes, planned.study.layout.process.doubtful
    new = [order for order in plan.orders if not order.booked]
    today = [order for order in new if when(order, first, lead) is TODAY]
    hashes = (
        ("plan", plan.sha256()), ("numbers", planned.given.numbers.sha256()),
        *sorted(planned.study.hashes().items()), ("border", planned.study.border.card.sha256()),
    )  # fmt: skip
    return (
        Sheet(
            id=plan.id, name=name, question=question, findings=_findings(planned),
            grids=(ordered(today, routes, first, lead), later(plan.orders, routes, first, lead), _protected(planned)),
            notes=(*planned.study.measured(), *doubtful), hashes=hashes,
        ),
        Sheet(
            id=f"{plan.id}-behind",
            name=Named(en=f"{name.en}: what stands behind it", es=f"{name.es}: en qué se apoya"), question=question,
            findings=(_inside(planned), _regret(planned.regret)),
            grids=(
                _census(planned), ordered(new, routes, first, lead), standing(plan.orders, routes),
                _releases(planned), _worth(planned), weights(planned.given.numbers),
            ),
            notes=(*_notes(planned), *planned.study.measured(), *doubtful), hashes=hashes,
        ),
    )  # fmt: skip


def write_plan(plan: Plan, folder: Path) -> Path:
    """Write the document `plan.json`, whole or not at all.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    return put(folder / "plan.json", (plan.model_dump_json(indent=1) + "\n").encode())


def _findings(planned: Planned) -> tuple[Named, ...]:
    mine, recorded = planned.of("plan"), planned.of("recorded")
    low, middle, high = np.percentile(mine.over - recorded.over, INTERVAL)
    longest = np.median(mine.within + mine.longest - recorded.within - recorded.longest)
    here = np.median(mine.within), np.median(recorded.within)
    found = [
        asked(planned.plan, planned.given.lead, {way: float(done.usd.mean()) for way, done in planned.ways}),
        _staff(planned),
        Named(
            en=f"Person-hours past 72 h: {np.median(mine.over):,.0f} under this plan, {np.median(recorded.over):,.0f} "
               f"under the timetable as recorded (difference {middle:+,.0f}; 80%: {low:+,.0f} to {high:+,.0f}; "
               f"{longest:+,.0f} if those moved wait the longest of the range elsewhere), their stays followed to the "
               f"end; here within the {planned.plan.days} days {here[0]:,.0f} and {here[1]:,.0f}.",
            es=f"Horas-persona después de 72 h: {np.median(mine.over):,.0f} con este plan, "
               f"{np.median(recorded.over):,.0f} con el itinerario registrado (diferencia {middle:+,.0f}; 80%: "
               f"{low:+,.0f} a {high:+,.0f}; {longest:+,.0f} si los trasladados esperan lo más largo del rango en otro "
               f"lugar), siguiendo sus estancias hasta el final; aquí en los {planned.plan.days} días, "
               f"{here[0]:,.0f} y {here[1]:,.0f}.",
        ),
        *_prices(planned),
        _agency(planned),
    ]  # fmt: skip
    found += _empty(planned)
    found += promised(planned.most_inside, fullest(dict(planned.ways)["plan"]))
    if (warning := planned.solved.warning) is not None:
        found.append(Named(en=f"Warning: {warning.en}.", es=f"Aviso: {warning.es}."))
    return tuple(found)


def asked(plan: Plan, lead: Mapping[str, int], usd: Mapping[str, float]) -> Named:
    """How many vehicles are asked for today and expected later, and what the plan's and the timetable's cost."""
    new = [order for order in plan.orders if not order.booked]
    now = sum(order.vehicles for order in new if when(order, plan.start, lead) is TODAY)
    after = sum(order.vehicles for order in new) - now
    mine, recorded = (usd[way] / 1e6 for way in ("plan", "recorded"))
    return Named(
        en=f"Vehicles to order today: {now}; expected later in {plan.days} days: {after}. With those booked already "
           f"they cost {mine:,.2f} million dollars, the timetable as recorded {recorded:,.2f}.",
        es=f"Vehículos que pedir hoy: {now}; previstos después en {plan.days} días: {after}. Con los ya reservados "
           f"cuestan {mine:,.2f} millones de dólares, el itinerario registrado {recorded:,.2f}.",
    )  # fmt: skip


def _staff(planned: Planned) -> Named:
    """Agents by shift and shelters, as ordered."""
    process, plan = planned.study.layout.process, planned.plan
    factors, sites = dict(plan.agents), _sites(planned)
    told = [(round(process.quantity(shift.count).value * factors.get(shift.count, 1.0)), f"{shift.from_:02d}")
            for shift in dict(process.pools)[planned.given.numbers.agents].servers]  # fmt: skip
    more = max(factors.values(), default=1.0)
    english = ", ".join(f"{sites[site]['name_en']} on {day}" for site, day in plan.opens) or "none"
    spanish = ", ".join(f"{sites[site]['name_es']} el {day}" for site, day in plan.opens) or "ninguno"
    return Named(
        en=f"Agents: {', '.join(f'{number} from {hour} h' for number, hour in told)} ({more:.2f} of the usual). "
           f"Shelters to open: {english}.",
        es=f"Agentes: {', '.join(f'{number} desde las {hour} h' for number, hour in told)} ({more:.2f} de lo usual). "
           f"Albergues por abrir: {spanish}.",
    )  # fmt: skip


def _inside(planned: Planned) -> Named:
    inside = {way: np.median(done.daily["custody"].mean(axis=1)) for way, done in planned.ways}
    return Named(
        en=f"Inside on a mean morning: {inside['plan']:,.0f} under this plan, {inside['recorded']:,.0f} as recorded, "
           f"{inside['none']:,.0f} if nobody more is moved; rated for {planned.given.rated:,.0f}.",
        es=f"Adentro en una mañana media: {inside['plan']:,.0f} con este plan, {inside['recorded']:,.0f} según lo "
           f"registrado, {inside['none']:,.0f} sin más traslados; la capacidad es de {planned.given.rated:,.0f}.",
    )  # fmt: skip


def _regret(regret: Regret) -> Named:
    """What not knowing costs, if the plan is kept and if it is made anew each morning."""
    share, mornings = regret.saves(regret.plan), regret.rolling.size
    en = (
        "Of what orders could save beside nobody moved if the arrivals were known, this plan kept for all days saves "
        f"{share:.0%} ({regret.plan.size} unseen draws)"
    )
    es = (
        "De lo que los pedidos podrían ahorrar frente a nadie trasladado si se conocieran las llegadas, este plan, "
        f"mantenido todos los días, ahorra {share:.0%} ({regret.plan.size} sorteos no vistos)"
    )
    if mornings:
        en += f", made anew each morning {regret.saves(regret.rolling):.0%} ({mornings} of them)"
        es += f"; rehecho cada mañana, {regret.saves(regret.rolling):.0%} ({mornings} de ellos)"
    return Named(en=en + ".", es=es + ".")


def _empty(planned: Planned) -> list[Named]:
    """Vehicles booked already that few or nobody are expected to need: the first thing to call off."""
    least = {vehicle.route: min(vehicle.least, vehicle.seats) for vehicle in planned.given.vehicles}
    booked = [order for order in planned.plan.orders if order.booked]
    empty = [order for order in booked if sum(n for _, n in order.whom) < least[order.route] * order.vehicles]
    if not empty:
        return []
    number, of = sum(o.vehicles for o in empty), sum(o.vehicles for o in booked)
    nobody = sum(o.vehicles for o in empty if not o.whom)
    return [Named(
        en=f"Of {of} vehicles booked already, {number} are expected to have fewer people than the timetable's least "
           f"load, {nobody} of them nobody: the first to call off.",
        es=f"De {of} vehículos ya reservados, se espera que {number} tengan menos personas que la carga mínima del "
           f"itinerario, {nobody} de ellos a nadie: los primeros por cancelar.",
    )]  # fmt: skip


def _prices(planned: Planned) -> list[Named]:
    """Shadow prices in plain words, the day on which each counts most; what does not bind is told together."""
    found, free = [], []
    for name, by_day in planned.solved.worth:
        what = _one_more(name, planned)
        day = int(np.argmax(by_day))
        hours, on = by_day[day], planned.given.days[day]
        if hours >= FEW:
            found.append(Named(
                en=f"One more {what.en} on {on} saves as much as {hours:,.0f} person-hours past 72 h.",
                es=f"Sumar {what.es} el {on} ahorra tanto como {hours:,.0f} horas-persona después de 72 h.",
            ))  # fmt: skip
        elif not name.startswith("receiver:"):
            free.append(what)
    return [*found, *slack(free)]


def promised(most: float, expected: float) -> list[Named]:
    """Whether what was asked for is kept on the fullest morning of the mean of unseen draws; nothing if nothing was."""
    if most == np.inf:
        return []
    if expected <= most:
        return [Named(
            en=f"Asked for: at most {most:,.0f} inside on an average path; {expected:,.0f} on the fullest morning of "
               "the mean unseen draw.",
            es=f"Se pidió: a lo más {most:,.0f} adentro en una trayectoria media; {expected:,.0f} en la mañana más "
               "llena del promedio de los sorteos no vistos.",
        )]  # fmt: skip
    return [Named(
        en=f"Warning: at most {most:,.0f} inside on an average path was asked for, and {expected:,.0f} are expected on "
           "the fullest morning of the mean unseen draw: the promise is not kept.",
        es=f"Aviso: se pidió a lo más {most:,.0f} adentro en una trayectoria media, y se esperan {expected:,.0f} en la "
           "mañana más llena del promedio de los sorteos no vistos: no se cumple.",
    )]  # fmt: skip


def slack(limits: Sequence[Named]) -> list[Named]:
    """That some limits bind on no day, if there are any."""
    if not limits:
        return []
    return [Named(
        en=f"Not binding on any day: {', '.join(limit.en for limit in limits)}. One more saves nothing.",
        es=f"No aprietan ningún día: {', '.join(limit.es for limit in limits)}. Sumar uno no ahorra nada.",
    )]  # fmt: skip


def _agency(planned: Planned) -> Named:
    """What the wait for another agency is worth: no vehicle's price, and often what binds."""
    sooner, places = (float(x.mean()) for x in (planned.elsewhere.sooner, planned.elsewhere.places / MORE))
    share = sooner / max(float(planned.of("plan").within.mean()), 1.0)
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


def when(order: Order, start: date, lead: Mapping[str, int]) -> Named:
    """When a vehicle is asked for."""
    if order.booked:
        return Named(en="booked already", es="ya reservado")
    return TODAY if (order.day - start).days == lead[order.mode] else Named(en="later", es="después")


def ordered(orders: Iterable[Order], routes: Iterable[Row], start: date, lead: Mapping[str, int]) -> Grid:
    """The order list: which vehicles leave when, with whom, and when asked for; those of a route and day together."""
    head = ("day", "hours", "vehicle", "route", "number", "seats each", "for whom (expected)", "ordered")
    cabeza = ("día", "horas", "vehículo", "ruta", "número", "asientos", "para quiénes (esperado)", "pedido")
    known = {row["route"]: row for row in routes}
    together: dict[tuple[object, ...], list[Order]] = {}
    for order in sorted(orders, key=lambda order: (order.day, float(order.hour))):
        together.setdefault((order.day, order.route, order.seats, order.booked), []).append(order)
    rows = [_order(alike, known[alike[0].route], start, lead) for alike in together.values()]
    if not rows:
        rows = [tuple(Named(en="none", es="ninguno") if i == 2 else "" for i in range(len(head)))]
    return Grid(Named(en="Order list", es="Lista de pedidos"), named(head, cabeza), tuple(rows))


def _order(alike: Sequence[Order], row: Row, start: date, lead: Mapping[str, int]) -> tuple[Cell, ...]:
    persons = Counter[Demographic]()
    for order in alike:
        persons.update(dict(order.whom))
    whom = [", ".join(f"{_group(group, language)} {number}" for group, number in persons.items()) or "–"
            for language in Language]  # fmt: skip
    one = alike[0]
    return (
        f"{one.day}", ", ".join(order.hour for order in alike), MODES.get(one.mode, Named(en=one.mode, es=one.mode)),
        Named(en=row["name_en"], es=row["name_es"]), f"{sum(order.vehicles for order in alike)}", f"{one.seats}",
        Named(en=whom[0], es=whom[1]), when(one, start, lead),
    )  # fmt: skip


def _group(group: Demographic, language: Language) -> str:
    return _IN_FAMILIES[language] if group == Demographic.FAMILY else DEMOGRAPHIC_NAMES[group][language]


def later(orders: Iterable[Order], routes: Iterable[Row], start: date, lead: Mapping[str, int]) -> Grid:
    """What the paths will want on average, by route: not ordered yet."""
    waiting = [order for order in orders if (order.day - start).days > lead[order.mode]]
    rows: list[tuple[Cell, ...]] = []
    for row in routes:
        mine = [order for order in waiting if order.route == row["route"]]
        if mine:
            days = sorted({order.day for order in mine})
            persons = sum(number for order in mine for _, number in order.whom)
            span = Named(en=f"{days[0]:%d}–{days[-1]:%d %b}", es=f"{days[0]:%d-%m} a {days[-1]:%d-%m}")
            rows.append((
                Named(en=row["name_en"], es=row["name_es"]), span, f"{len(days)}",
                f"{sum(order.vehicles for order in mine)}", f"{persons}",
            ))  # fmt: skip
    head = ("route", "from, to", "on days", "vehicles", "people (expected)")
    cabeza = ("ruta", "desde, hasta", "en días", "vehículos", "personas (esperado)")
    return Grid(Named(en="Expected later", es="Previsto después"), named(head, cabeza), tuple(rows))


def standing(orders: Sequence[Order], routes: Iterable[Row]) -> Grid:
    """Vehicles that stand already, by route, and how many people are expected aboard."""
    booked = [order for order in orders if order.booked]
    rows: list[tuple[Cell, ...]] = []
    for row in routes:
        mine = [order for order in booked if order.route == row["route"]]
        if mine:
            aboard = sum(number for order in mine for _, number in order.whom)
            name = Named(en=row["name_en"], es=row["name_es"])
            rows.append((name, f"{sum(order.vehicles for order in mine)}", f"{aboard}"))
    head = ("route", "booked already", "people aboard (expected)"), ("ruta", "ya reservados", "personas (esperado)")
    return Grid(Named(en="Booked already", es="Ya reservados"), named(*head), tuple(rows))


def _census(planned: Planned) -> Grid:
    """Inside by morning with the plan and without it: median and 80%."""
    chosen = ("plan", "recorded", "none")
    rows: list[tuple[Cell, ...]] = [
        (f"{day}", *(interval(planned.of(way).daily["custody"][:, number]) for way in chosen))
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
        (Named(en="Person-hours past 72 h, to the end",
               es="Horas-persona tras 72 h, hasta el final"),
         *(interval(done.over) for _, done in planned.ways)),
        (Named(en="Of them here, within the days", es="De ellas aquí, en los días"),
         *(interval(done.within) for _, done in planned.ways)),
    ]  # fmt: skip
    for key in ("children", "street", "door", "moved", "money"):
        outcome = outcomes[names[key]]
        flow = outcome.kind == "flow"
        label = outcome.name if flow else Named(en=f"{outcome.name.en} (highest)", es=f"{outcome.name.es} (máximo)")
        totals = [done.daily[key].sum(axis=1) if flow else done.daily[key].max(axis=1) for _, done in planned.ways]
        small = outcome.small_cell if outcome.protection else 0
        rows.append((label, *(millions(t) if outcome.unit == "usd" else interval(t, small) for t in totals)))
    rows.append((
        Named(en="Dollars for vehicles (mean)", es="Dólares en vehículos (media)"),
        *(f"{done.usd.mean():,.0f}" for _, done in planned.ways),
    ))  # fmt: skip
    head = (
        Named(en="over the days, median (80%)", es="en los días, mediana (80%)"),
        *(WAYS[way] for way, _ in planned.ways),
    )
    return Grid(Named(en="What happens to people", es="Qué pasa con las personas"), head, tuple(rows), protection=True)


def _releases(planned: Planned) -> Grid:
    """Whom the plan lets go on each day, on average of its paths, and how many of them need a bed."""
    given, released = planned.given, planned.solved.fixed.released.mean(axis=0)
    rows: list[tuple[Cell, ...]] = [
        (f"{day}", *(f"{number:,.0f}" for number in groups), f"{given.to_shelter * groups.sum():,.0f}",
         f"{given.beds[number_]:,.0f}")
        for number_, (day, groups) in enumerate(zip(given.days, released, strict=True))
    ]  # fmt: skip
    groups = [Named(**{language.value: _group(group, language) for language in Language}) for group in given.groups]
    head = (
        Named(en="report day", es="día de reporte"), *groups, Named(en="in need of a bed", es="que necesitan cama"),
        Named(en="shelter beds", es="camas de albergue"),
    )  # fmt: skip
    title = Named(
        en="To release by day, mean of the plan's paths", es="Por liberar cada día, media de las trayectorias"
    )
    return Grid(title, head, tuple(rows), protection=True)


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
    ((_, shares),) = planned.plan.shares
    streams = [(dict(planned.given.numbers.streams)[stream], share) for stream, share in shares]
    sent = "; ".join(f"{share:.0%} ({', '.join(pathways)})" for pathways, share in streams)
    moved = np.median(planned.of("recorded").daily["moved"].mean(axis=1))
    record = planned.given.numbers.recorded_moves
    return (
        Named(
            en=f"The record says {record.value:,.0f} moved a day; the timetable as recorded moves {moved:,.0f} here: "
            "the same vehicles, and fewer people over capacity in these paths than there were then.",
            es=f"El registro dice {record.value:,.0f} trasladados al día; el itinerario registrado traslada aquí "
            f"{moved:,.0f}: los mismos vehículos, y en estas trayectorias un exceso menor que entonces.",
        ),
        Named(
            en=f"Sent to the line for a vehicle, of adults and families by the pathway they are bound for: {sent}; "
               "families stay together; unaccompanied children never. A vehicle leaves as ordered or booked.",
            es=f"Enviados a la fila para un vehículo, de adultos y familias según la vía que les toca: {sent}; las "
               "familias van juntas; menores no acompañados nunca. Un vehículo sale según lo pedido o reservado.",
        ),
        Named(
            en="Of what orders could save: vehicles, shares, crew and beds stand as ordered; who boards and is let go "
               "on which day is as good as can be on each path. Hours past 72 h after the last day and where people "
               "are taken are counted by mean waits, not simulated.",
            es="De lo que los pedidos podrían ahorrar: vehículos, partes, personal y camas quedan como se pidieron; "
               "qué día sube o es liberado cada uno es lo mejor posible en cada trayectoria. Las horas después de 72 h "
               "tras el último día y donde se lleva a las personas se cuentan con esperas medias, no se simulan.",
        ),
        Named(
            en=f"Made on {planned.draws} sampled paths, simulated on others. Orders of later days are what the "
               f"paths want on "
               "average: plan again each morning. Nobody is released at night; what a moved person costs elsewhere is "
               "not counted beyond the seat and the hours past 72 h.",
            es=f"Hecho con {planned.draws} trayectorias, simulado con otras. Los pedidos de días posteriores "
               f"son lo que las "
               "trayectorias piden en promedio: replanifique cada mañana. Nadie es liberado de noche; no se "
               "cuenta lo que cuesta en otro lugar una persona trasladada, salvo el asiento y las horas después de "
               "72 h.",
        ),
    )  # fmt: skip


def interval(values: Floats, small: int = 0) -> Cell:
    """Median and 80%; a small count only says that it is small."""
    low, middle, high = np.percentile(values, INTERVAL)
    if 0 < high < small:
        return Named(en=f"under {small}", es=f"menos de {small}")
    return f"{middle:,.0f} ({low:,.0f}–{high:,.0f})"


def millions(usd: Floats) -> Cell:
    """Median and 80% of money."""
    low, middle, high = np.percentile(usd, INTERVAL) / 1e6
    told = f"{middle:,.1f} ({low:,.1f}–{high:,.1f})"
    return Named(en=f"${told} M", es=f"USD {told} M")


def named(en: tuple[str, ...], es: tuple[str, ...]) -> tuple[Named, ...]:
    """Words in both languages."""
    return tuple(Named(en=a, es=b) for a, b in zip(en, es, strict=True))
