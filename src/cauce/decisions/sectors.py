"""What a plan of the whole border knows: its sectors, from the border's documents and runs in which nobody is moved.

`Sent` is a study under a way of moving people between sectors; `known` runs it with no vehicle and nobody in line,
and reads off who comes, who is inside, and how long those stay who are not moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cauce.border import Row
from cauce.decisions import names as names_room
from cauce.decisions.execution import Moved, Way, capacity, parts
from cauce.decisions.movements import Leg, Sectors
from cauce.decisions.solver import Floats
from cauce.documents import Ranged
from cauce.errors import DocumentError
from cauce.model.network import HOURS_PER, Layout
from cauce.model.process import REST, Branch, Diversion, Pressure, Process, Station
from cauce.model.simulate import Run
from cauce.policy.exposure import pathway_shares
from cauce.policy.plan import Numbers, Whole
from cauce.policy.rulebook import Rulebook
from cauce.runs.executors import workers
from cauce.runs.study import Study
from cauce.terms import Demographic

WORKERS = 2  # threads: the same bits for any number
LONGEST = 60  # [d] that a stay is followed: beyond it less than a hundredth of any is left
ALMOST_NONE = 0.005  # a smaller share still there counts as none, so that the programme stays sparse
NONE = "sent-nobody"  # the parameter of a share that is none
NOON = 12  # [h] whose rules hold for a day


@dataclass(frozen=True)
class Steps:
    """The steps of one sector that a plan speaks of."""

    sector: str
    booking: Station
    """The step whose pressure sends people to the line."""
    level: str
    """Parameter: persons inside from which it does."""
    divert: Diversion
    between: tuple[str, ...]
    """From the booking to the line, the last."""

    @property
    def site(self) -> str:
        """Where people of the sector are held."""
        return self.booking.site or ""

    @classmethod
    def all(cls, process: Process) -> tuple[Steps, ...]:
        """Those of every sector into which people come.

        Raises
        ------
        DocumentError
            A sector from which nobody can be sent to a line.
        """
        return tuple(cls._of(process, sector, gate) for sector, gate in process.gates)

    @classmethod
    def _of(cls, process: Process, sector: str, gate: str) -> Steps:
        station, seen = process.station(gate), {gate}
        while station.pressed is None or station.pressed.divert is None:
            ahead = [target for target in station.targets if target not in seen]
            if not ahead:
                raise DocumentError(f"nobody of {sector!r} is ever sent to a line", mend="give a step a `divert`")
            seen.add(ahead[0])
            station = process.station(ahead[0])
        between = [station.pressed.divert.to]
        while process.station(between[-1]).kind != "departure":
            between.append(process.station(between[-1]).targets[0])
        return cls(sector, station, station.pressed.at, station.pressed.divert, tuple(between))


Shares = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
"""Step that sends to the line -> stream -> share of those who may be moved."""


@dataclass(frozen=True)
class Sent(Study):
    """A study under a way of moving people between its sectors."""

    shares: Shares | None = None
    """Who is sent to the lines; None: as the network says."""

    @classmethod
    def under(cls, study: Study, way: Way, shares: Shares | None) -> Sent:
        """The same people, rules and luck; another way of moving them."""
        lines = tuple(steps.between[-1] for steps in Steps.all(study.layout.process))
        border = Moved(study.border.root, way, lines, (), study.border)
        return cls(border=border, shares=shares, **parts(study))

    @cached_property
    def layout(self) -> Layout:
        plain: Layout = super().layout
        if self.shares is None:
            return plain
        streams = Whole.read(plain.border).streams
        return replace(plain, process=_sending(plain.process, streams, {step: dict(to) for step, to in self.shares}))


def nobody(study: Study) -> Shares:
    """Nobody is sent to any line."""
    streams = tuple((name, 0.0) for name, _ in Whole.read(study.border).streams)
    return tuple((steps.booking.id, streams) for steps in Steps.all(study.layout.process))


def _sending(
    process: Process, streams: tuple[tuple[str, tuple[str, ...]], ...], shares: dict[str, dict[str, float]]
) -> Process:
    """The network in which a share of each stream is sent to its sector's line, and nobody by pressure."""
    none = Ranged(value=0, low=0, high=0, source="as the plan orders")
    parameters, stations = {**dict(process.parameters), NONE: none}, {s.id: s for s in process.stations}
    for steps in Steps.all(process):
        line, onward = steps.between[-1], dict(steps.booking.pathways)  # the plan has booked: nobody waits for it
        for stream, pathways in streams:
            share, name = shares[steps.booking.id][stream], f"sent-{steps.sector}-{stream}"
            parameters[name] = Ranged(value=share, low=share, high=share, source="as the plan orders")
            for pathway in pathways:
                target, choice = onward[pathway], f"sending-{steps.sector}-{pathway}"
                moved = Branch(demographics=steps.divert.demographics, to={line: name, target: REST})
                stations[choice] = Station(id=choice, kind="delay", site=steps.site, to=(moved, Branch(to=target)))
                onward[pathway] = choice
        for station in process.stations:
            if station.site == steps.site and station.pressed is not None:
                calm = {"pressed": _calm(station.pressed, steps.divert.to)}
                stations[station.id] = stations[station.id].model_copy(update=calm)
        booking = stations[steps.booking.id]
        stations[booking.id] = booking.model_copy(update={"pathways": tuple(sorted(onward.items()))})
    return process.with_changes(parameters=tuple(sorted(parameters.items())), stations=tuple(stations.values()))


def _calm(pressed: Pressure, line: str) -> Pressure:
    """A pressure that sends nobody to the line."""
    divert = None if pressed.divert is None else pressed.divert.with_changes(share=NONE)
    to = []
    for branch in pressed.to:
        shares = tuple((target, NONE if target == line else share) for target, share in branch.to)
        to.append(branch.model_copy(update={"to": shares}))
    return pressed.model_copy(update={"to": tuple(to), "divert": divert})


@dataclass(frozen=True)
class Known:
    """What a plan knows, and who the people are."""

    sectors: Sectors
    groups: tuple[Demographic, ...]
    by_group: Floats
    """(N, K, G) share of each group in a stream, mean over days and paths."""


def known(study: Study, draws: range) -> Known:
    """Runs in which no vehicle leaves and nobody stands in line, and the border's documents, as arrays.

    Raises
    ------
    DocumentError
        A name in `plans/border.yaml` that the border does not have.
    """
    whole, numbers = Whole.read(study.border), Numbers.read(study.border)
    numbers = numbers.with_changes(most_a_day=whole.most_a_day)
    process = study.layout.process
    all_steps = Steps.all(process)
    check_names(study, whole, numbers, all_steps)
    calm = Sent.under(study, Way("calm", moves=False), nobody(study))
    runs = each(calm, draws)
    drawn = [dict(calm.drawn(draw).parameters) for draw in draws]
    books = [study.decided(0, draw) for draw in draws]
    came = _came(study, whole, all_steps, runs, books)
    days, streams = study.clock.days, tuple(name for name, _ in whole.streams)
    stock = np.stack([_stock(study, runs, steps.site) for steps in all_steps], axis=2)
    levels = np.array([[p[steps.level] for steps in all_steps] for p in drawn])
    now = _inside(study, all_steps)
    sites = {row["site"]: row for row in study.border.sites}
    rows = [sites[steps.site] for steps in all_steps]
    rated = [row.number("rated") if row["rated"] else process.quantity(steps.level).value
             for row, steps in zip(rows, all_steps, strict=True)]  # fmt: skip
    worked = numbers.receiver_agents.value * 24 * 60 * numbers.agents_used.value / numbers.receiver_minutes.value
    mix = came.sum(axis=(0, 1, 4)) / np.maximum(came.sum(axis=(0, 1, 3, 4)), 1.0)[:, None]
    return Known(
        Sectors(
            days=study.clock.dates, names=tuple(steps.sector for steps in all_steps), streams=streams,
            vehicles=_legs(study, all_steps), came=came.sum(axis=4),
            line=_counted(study, all_steps)[:, None] * mix, calm=stock,
            calm_over=_daily(study, runs, dict(numbers.outcomes)["over"]), now=now,
            stays=_stays(process, whole, numbers, all_steps, drawn, streams, days),
            crowded=stock >= levels[:, None], crowded_now=now >= levels, rated=np.array(rated),
            ceiling=np.array([capacity(row) for row in rows]),
            usual_share=np.array([process.quantity(steps.divert.share).value for steps in all_steps]),
            receivers=tuple((steps.site, worked) for steps in all_steps),
            lead={mode: math.ceil(hours.value / 24) for mode, hours in numbers.lead_hours}, numbers=numbers,
        ),
        all_steps[0].divert.demographics, came.sum(axis=(0, 1)) / np.maximum(came.sum(axis=(0, 1, 4)), 1.0)[:, :, None],
    )  # fmt: skip


def check_names(study: Study, whole: Whole, numbers: Numbers, all_steps: tuple[Steps, ...]) -> None:
    """Modes, streams, pathways, sectors and parameters that `plans/border.yaml` names exist.

    Raises
    ------
    DocumentError
        The first that does not, with its file and line.
    """
    modes, streams, gates = dict(numbers.lead_hours), dict(whole.streams), [steps.sector for steps in all_steps]
    parameters = [name for name, _ in study.layout.process.parameters]
    pathways = sorted(set.intersection(*({name for name, _ in steps.booking.pathways} for steps in all_steps)))
    told: list[names_room.Named] = [("mode", mode, modes, ("most_a_day", mode)) for mode, _ in whole.most_a_day]
    told += [("pathway", name, pathways, ("streams", to)) for to, names in whole.streams for name in names]
    for number, stay in enumerate(whole.stays):
        here = ("stays", number)
        told += [("stream", stay.stream, streams, here), *(("sector", name, gates, here) for name in stay.sectors)]
        told += [("parameter", name, parameters, here) for name in (*(stay.usual or ()), *(stay.crowded or ()))]
    plans, outcomes, named = study.border.root / "plans", [o.id for o in study.outcomes], dict(numbers.outcomes)
    names_room.check(plans / "border.yaml", told)
    spoken = [("outcome", named.get(of, of), outcomes, ("outcomes", of)) for of in ("over", "children")]
    names_room.check(plans / "plan.yaml", spoken)


def each(study: Study, draws: range) -> list[Run]:
    """One run a draw, in their order."""
    found = dict(workers(WORKERS).map(lambda draw: study.run(0, draw), list(draws)))
    return [found[draw] for draw in draws]


def _came(study: Study, whole: Whole, all_steps: tuple[Steps, ...], runs: list[Run], books: list[Rulebook]) -> Floats:
    """Who comes to the step that could send them to a line, by the book's shares, (S, T, N, K, G)."""
    layout, groups, shares = study.layout, all_steps[0].divert.demographics, {}
    found = np.zeros((len(runs), study.clock.days, len(all_steps), len(whole.streams), len(groups)))
    columns = [[i for i, (_, d) in enumerate(layout.classes) if d == g] for g in groups]
    for s, (run, book) in enumerate(zip(runs, books, strict=True)):
        if book.sha256() not in shares:
            shares[book.sha256()] = _shares(study, book, whole.streams)
        by_class = shares[book.sha256()]  # (T, K, C)
        for n, steps in enumerate(all_steps):
            entered = run.counts.entries[layout.index[steps.booking.id]]
            for g, mine in enumerate(columns):
                found[s, :, n, :, g] = np.einsum("tc,tkc->tk", entered[:, mine], by_class[:, :, mine])
    return found


def _shares(study: Study, book: Rulebook, streams: tuple[tuple[str, tuple[str, ...]], ...]) -> Floats:
    """Share of each class that a day's rules send to each stream, (T, K, C)."""
    told = [[dict(pathway_shares(book, study.clock.at(day, NOON), nationality, demographic))
             for nationality, demographic in study.layout.classes] for day in study.clock.dates]  # fmt: skip
    return np.array([[[sum(by.get(p, 0.0) for p in pathways) for by in classes] for _, pathways in streams]
                     for classes in told])  # fmt: skip


def _daily(study: Study, runs: list[Run], outcome: str) -> Floats:
    """An outcome of the runs, shape (S, T)."""
    number = [o.id for o in study.outcomes].index(outcome)
    return np.stack([run.daily[number] for run in runs])


def stock_of(process: Process, site: str) -> tuple[str, ...]:
    """The outcomes that count who is inside a place, and who waits at its door."""
    return tuple(o.id for o in process.outcomes if o.kind == "stock" and (o.site == (site,) or o.door == site))


def _stock(study: Study, runs: list[Run], site: str) -> Floats:
    return np.sum([_daily(study, runs, name) for name in stock_of(study.layout.process, site)], axis=0)


def _counted(study: Study, all_steps: tuple[Steps, ...]) -> Floats:
    """Persons of the census in each sector's line, or on the way to it, who may be moved."""
    where = {name: n for n, steps in enumerate(all_steps) for name in steps.between}
    return _persons(study, where, all_steps[0].divert.demographics, len(all_steps))


def _inside(study: Study, all_steps: tuple[Steps, ...]) -> Floats:
    """Persons of the census in each sector."""
    place = {steps.site: n for n, steps in enumerate(all_steps)}
    where = {s.id: place[s.site] for s in study.layout.process.stations if s.site in place}
    return _persons(study, where, tuple(Demographic), len(all_steps))


def _persons(study: Study, where: dict[str, int], groups: tuple[Demographic, ...], sectors: int) -> Floats:
    totals = np.zeros(sectors)
    for row in study.warm.rows:
        if row["station"] in where and Demographic(row["demographic"]) in groups:
            totals[where[row["station"]]] += row.number("persons")
    return totals


def _legs(study: Study, all_steps: tuple[Steps, ...]) -> tuple[Leg, ...]:
    """The routes from a sector's line into another sector."""
    process, line = study.layout.process, {steps.between[-1]: n for n, steps in enumerate(all_steps)}
    place = {steps.site: n for n, steps in enumerate(all_steps)}

    def leg(row: Row) -> Leg:
        return Leg(
            row["route"], row["mode"], row["to"], tuple(row["times"].split(";")), round(row.number("seats")),
            1 - row.number("cancelled"), row.number("cost_usd"), place[process.station(row["to"]).site or ""],
            round(row.number("minimum_load")), sure[row["mode"]], line[row["station"]],
        )  # fmt: skip

    rows = [row for row in study.border.routes if row["station"] in line]
    numbers = Numbers.read(study.border)
    names_room.check_modes(rows, numbers)
    sure = {mode: 1 - cancelled.value for mode, cancelled in numbers.cancelled}
    return tuple(leg(row) for row in rows)


def _stays(
    process: Process, whole: Whole, numbers: Numbers, all_steps: tuple[Steps, ...], drawn: list[dict[str, float]],
    streams: tuple[str, ...], days: int,
) -> Floats:  # fmt: skip
    """Share still there on the mornings after coming, (S, N, streams, 2, D): a mean over the hours of coming."""
    found = np.zeros((len(drawn), len(all_steps), len(streams), 2, days + LONGEST))
    found[..., 0] = 1 - numbers.same_day_share.value  # where nothing else is said: out on the same day, or the next
    for s, parameters in enumerate(drawn):
        done: dict[tuple[str, str], Floats] = {}
        for n, steps in enumerate(all_steps):
            for k, stream in enumerate(streams):
                stay = whole.stay(stream, steps.sector)
                for crowded, names in enumerate((stay.usual, stay.crowded or stay.usual)):
                    if names is not None:
                        if names not in done:
                            hours = parameters[names[0]] * HOURS_PER[process.quantity(names[0]).unit]
                            done[names] = still(hours, parameters[names[1]], days + LONGEST)
                        found[s, n, k, crowded] = done[names]
    return found


def still(hours: float, cv: float, mornings: int) -> Floats:
    """Share of a day's people still there on its morning after and later ones, of a lognormal stay.

    Examples
    --------
    >>> still(36.0, 0.5, 4).round(2).tolist()
    [0.97, 0.41, 0.07, 0.01]
    """
    sigma = math.sqrt(math.log(1 + cv**2))
    middle = math.log(hours) - sigma**2 / 2
    age = np.arange(24 * mornings) + 0.5
    above = np.array([0.5 * math.erfc((math.log(a) - middle) / (sigma * math.sqrt(2))) for a in age])
    share = above.reshape(mornings, 24).mean(axis=1)
    return np.where(share < ALMOST_NONE, 0.0, share)
