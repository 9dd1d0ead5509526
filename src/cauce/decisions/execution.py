"""A plan in the simulator, and the simulator's word to the plan.

`Executed` is a study under a way of moving people, in one place or between sectors: the border with the plan's
timetable and places, the network with its shares and crews; nothing of the model is touched.  `study_from` is a look
from the morning of a plan, `inside` who is there then, `instance` what the programme of transfers knows, from pilot
runs in which nobody is moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.border import Border, Row
from cauce.decisions import names as names_room
from cauce.decisions.lines import Shares, Steps, nobody, sending
from cauce.decisions.solver import Floats
from cauce.decisions.stays import FOLLOWED, LIMIT_DAYS, still
from cauce.decisions.transfers import STREAMS, Instance, Vehicle
from cauce.errors import RequestError
from cauce.model.clock import TICKS_PER_HOUR
from cauce.model.network import HOURS_PER, Layout, agent_minutes
from cauce.model.process import Process
from cauce.model.simulate import Run, simulate
from cauce.policy.plan import Numbers, Plan
from cauce.policy.scenario import LONGEST, Scenario
from cauce.runs import crowd
from cauce.runs.study import Study
from cauce.terms import Demographic

HOURS_A_BAND = 12  # [h] how finely a morning keeps the time held, as the shipped census does
FAMILY = crowd.FAMILY_SIZE


@dataclass(frozen=True)
class Way:
    """A way of moving people: a plan, or a baseline that changes less."""

    id: str
    plan: Plan | None = None
    shares: Shares | None = None
    """Who is sent to the lines; None: as the plan says, or else the network."""
    moves: bool = True
    """Whether the timetable's vehicles leave."""
    by_rule: bool = False
    """Whether each leaves when enough people wait (who are sent there when the place is over capacity)."""
    sooner: float = 0.0
    """Hours by which the other agency takes people sooner."""
    places: float = 0.0
    """Places a day that it has more."""
    without: tuple[tuple[str, date], ...] = ()
    """Routes, and days on which the timetable's vehicles do not leave: cancelled, or their place refuses."""


@dataclass(frozen=True)
class Moved(Border):
    """A border whose vehicles go another way."""

    way: Way = Way("")
    lines: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """Where people wait for another agency's places."""
    before: Border | None = None
    """The border as it is; its tables are read there, once."""

    @cached_property
    def _plain(self) -> Border:
        return Border(self.root) if self.before is None else self.before

    @cached_property
    def network(self) -> Path:
        return self._plain.network

    @cached_property
    def routes(self) -> tuple[Row, ...]:
        rows = self._plain.routes
        if self.way.places:
            rows = tuple(_widened(row, self.way.places) if row["station"] in self.elsewhere else row for row in rows)
        if self.way.plan is not None:
            return self.way.plan.routes(rows, self.lines)
        kept: list[Row] = []
        for row in rows:
            leaves = (self.way.moves and not self.way.by_rule) or row["route"] in self._gone
            if row["station"] not in self.lines:
                kept.append(row)
            elif leaves:
                kept += _without(row, self._gone.get(row["route"], ()))
        return tuple(kept)

    @cached_property
    def _gone(self) -> dict[str, list[date]]:
        """Days on which each of some routes does not leave."""
        return {name: sorted(day for route, day in self.way.without if route == name) for name, _ in self.way.without}

    @cached_property
    def sites(self) -> tuple[Row, ...]:
        rows = self._plain.sites
        return rows if self.way.plan is None else self.way.plan.sites(rows)

    @cached_property
    def fleets(self) -> tuple[Row, ...]:
        """By rule: each of the timetable's vehicles leaves an hour after its least load waits, once a day; a route that
        does not leave on some day keeps its hours, as no rule knows a date."""
        rows = self._plain.fleets
        if not self.way.by_rule:
            return rows
        more = [
            Row({**row, "fleet": row["route"], "rule": "saturated", "hold_hours": "1", "least": row["minimum_load"],
                 "vehicles": f"{len(row['times'].split(';'))}", "away_hours": "24"}, row.file, row.line)
            for row in self._plain.routes if row["station"] in self.lines and row["route"] not in self._gone
        ]  # fmt: skip
        return (*rows, *more)


@dataclass(frozen=True)
class Executed(Study):
    """A study under a way of moving people."""

    way: Way = Way("")

    @classmethod
    def under(cls, study: Study, way: Way) -> Executed:
        """The same people, rules and luck; another way of moving them."""
        process, numbers = study.layout.process, Numbers.read(study.border)
        all_steps = Steps.all(process)
        elsewhere = tuple(_elsewhere(process, _detained(all_steps[0], process, numbers))) if way.places else ()
        border = Moved(study.border.root, way, tuple(steps.line for steps in all_steps), elsewhere, study.border)
        return cls(border=border, way=way, **parts(study))

    @cached_property
    def layout(self) -> Layout:
        plain: Layout = super().layout
        process, plan, numbers = plain.process, self.way.plan, Numbers.read(self.border)
        shares = plan.shares if self.way.shares is None and plan is not None else self.way.shares
        if shares is not None:
            process = sending(process, numbers, shares)
        if plan is not None and plan.agents:
            process = _staffed(process, dict(plan.agents))
        if self.way.sooner:
            process = _hastened(process, numbers.detained_wait[0], self.way.sooner)
        return plain if process is plain.process else replace(plain, process=process)


def parts(study: Study) -> dict[str, Any]:
    """What a study under another way has of the one without it."""
    names = ("scenario", "seed", "book", "history", "priors", "warm", "sectors", "effects")
    return {name: getattr(study, name) for name in names}


def _widened(row: Row, places: float) -> Row:
    """A row of the timetable with so many more seats a day."""
    more = places / len(row["times"].split(";"))
    cells = {name: f"{row.number(name) + more:g}" for name in ("seats", "seats_low", "seats_high")}
    return Row({**row, **cells}, row.file, row.line)


def _without(row: Row, days: Iterable[date]) -> list[Row]:
    """A row of the timetable as rows that leave out some days, in their order."""
    opens, rows = row["opens"], []
    for day in days:
        if (opens or f"{date.min}") <= f"{day}" < (row["closes"] or f"{date.max}"):
            rows.append(Row({**row, "opens": opens, "closes": f"{day}"}, row.file, row.line))
            opens = f"{day + timedelta(days=1)}"
    return [*rows, Row({**row, "opens": opens}, row.file, row.line)]


def _elsewhere(process: Process, steps: tuple[str, ...]) -> list[str]:
    """The steps with places a day to which those detained come."""
    found, ahead, known = [], list(steps), set(steps)
    while ahead:
        step = process.station(ahead.pop())
        found += [step.id] if step.kind == "slots" else []
        new = [target for target in step.targets if target not in known]
        known.update(new)
        ahead += new
    return found


def _hastened(process: Process, name: str, hours: float) -> Process:
    """The network with a wait that is so many hours shorter in its mean."""
    wait = process.quantity(name)
    less = hours / HOURS_PER[wait.unit]
    eased = wait.with_changes(value=wait.value - less, low=wait.low - less, high=wait.high - less)
    return process.with_changes(parameters=tuple(sorted({**dict(process.parameters), name: eased}.items())))


def _staffed(process: Process, crews: dict[str, float]) -> Process:
    """The network with other crews."""
    parameters = {
        name: q if name not in crews else q.with_changes(
            value=q.value * crews[name], low=q.low * crews[name], high=q.high * crews[name])
        for name, q in process.parameters
    }  # fmt: skip
    return process.with_changes(parameters=tuple(sorted(parameters.items())))


def _detained(steps: Steps, process: Process, numbers: Numbers) -> tuple[str, ...]:
    """The desks from which people go on to wait for another agency."""
    return steps.desks(process, dict(numbers.streams)["detained"])


def study_from(
    border: Border, start: date, days: int, census: Path | None, seed: int, scenario: str | None = None,
    effects: Path | None = None,
) -> Study:  # fmt: skip
    """A look from a morning: a census given, or who would be inside after the days since the shipped one; on the
    network of the border's own scenario or of another.  Measured effects, as known on the morning, are taken up for
    who comes from then on."""
    shipped = Scenario.read(border, scenario or border.card.scenario)
    begin = datetime.fromisoformat(shipped.start)
    told = border.root / "scenarios" / shipped.census if census is None else census
    gap = (start - begin.date()).days
    if census is None and gap < 0:
        raise RequestError(f"nobody was counted before {begin:%Y-%m-%d}", mend="give a census with --census")
    if census is None and gap > LONGEST:
        cause = f"{start} is {gap} days after the last count of {begin:%Y-%m-%d}"
        raise RequestError(cause, mend="give a census with --census")
    same = {name: getattr(shipped, name) for name in ("observed", "network", "encounters", "sectors")}

    def look(morning: str, length: int) -> Study:
        plain = Study.from_census(border, told, days=length, start=morning, seed=seed)
        return Study.make(border, plain.scenario.with_changes(**same), plain.warm, seed)

    study = look(f"{start}T{begin:%H:%M}", days)
    study = study if effects is None else study.taking_up(effects)
    if census is not None or gap == 0:
        return study
    return replace(study, warm=crowd.Census(inside(look(shipped.start, gap), told)))


def inside(study: Study, told: Path) -> tuple[Row, ...]:
    """Who is inside at the end of a study's first draw, as rows of a census; computed, not observed."""
    people, drawn = study.crowd(0), study.drawn(0)
    ready = study.prepare(study.decided(0, 0), 0, people, drawn)
    run = simulate(ready.assembled, ready.parties, study.people_key(0), person_table=True)
    there = (run.out.exit_tick < 0) & (run.out.last_station >= 0)
    station, cls = run.out.last_station[there], ready.parties.cls[there]
    band = run.out.custody_ticks[there] // (HOURS_A_BAND * TICKS_PER_HOUR) * HOURS_A_BAND
    watched = {row["site"] for row in study.border.sites if row["clocked"] == "true"}
    clocked = np.array([s.site in watched for s in study.layout.documents])[station]
    frame = pl.DataFrame({
        "station": [study.layout.stations[s] for s in station],
        "nationality": [study.layout.classes[c][0] for c in cls],
        "demographic": [study.layout.classes[c][1].value for c in cls],
        "hours_held": np.where(clocked, band, 0),
        "persons": ready.parties.size[there],
    })  # fmt: skip
    by = ["station", "nationality", "demographic", "hours_held"]
    counted = frame.group_by(by).agg(pl.col("persons").cast(pl.Int64).sum()).sort(by)
    return tuple(Row({k: str(v) for k, v in row.items()}, told, 1) for row in counted.iter_rows(named=True))


@dataclass(frozen=True)
class Pilot:
    """What happens where nobody is moved: one draw."""

    run: Run
    parameters: dict[str, float]
    agent_minutes: dict[str, float]


def calm(study: Study) -> Executed:
    """A study in which no vehicle leaves and nobody is sent to a line."""
    process, numbers = study.layout.process, Numbers.read(study.border)
    return Executed.under(study, Way("calm", shares=nobody(process, numbers), moves=False))


def pilots(quiet: Executed, draws: range) -> list[Pilot]:
    """Runs of a study in which nobody is moved."""
    found = []
    for draw in draws:
        drawn = quiet.drawn(draw)
        minutes = agent_minutes(quiet.layout, quiet.decided(0, draw), quiet.clock, drawn.key)
        found.append(Pilot(quiet.run(0, draw), dict(drawn.parameters), minutes))
    return found


def movable(quiet: Executed, runs: Sequence[Run], groups: tuple[Demographic, ...], usual: bool = False) -> Floats:
    """Who comes to the steps that could send them to a line, by sector and stream of `Numbers`, (S, T, N, K, G);
    `usual`: of them, whom the network itself would send."""
    layout, numbers = quiet.layout, Numbers.read(quiet.border)
    all_steps, kept = Steps.all(layout.process), dict(numbers.kept)
    found = np.zeros((len(runs), quiet.clock.days, len(all_steps), len(numbers.streams), len(groups)))
    for n, steps in enumerate(all_steps):
        for k, (_, pathways) in enumerate(numbers.streams):
            for pathway in pathways:
                if usual and pathway not in steps.divert.pathways:
                    continue
                at, stay = layout.index[steps.sends(pathway)], kept.get(pathway, ())
                for g, group in enumerate(groups):
                    mine = [i for i, (who, d) in enumerate(layout.classes) if d == group and who not in stay]
                    for s, run in enumerate(runs):
                        found[s, :, n, k, g] += run.counts.entries[at][:, mine].sum(axis=1)
    return found


def instance(study: Study, draws: range) -> Instance:
    """What the programme knows: pilot runs by path, and the border's numbers as stated."""
    numbers = Numbers.read(study.border)
    names_room.check_numbers(study, numbers)
    quiet, process = calm(study), study.layout.process
    steps = Steps.all(process)[0]
    told = pilots(quiet, draws)
    days, groups, names = study.clock.days, steps.divert.demographics, [name for name, _ in numbers.streams]
    order = [names.index(name) for name in STREAMS]
    columns = [[i for i, (_, d) in enumerate(quiet.layout.classes) if d == g] for g in groups]

    def entered(run: Run, stations: tuple[str, ...]) -> Floats:
        there = run.counts.entries[[quiet.layout.index[s] for s in stations]].sum(axis=0)
        return np.stack([there[:, c].sum(axis=1) for c in columns], axis=1).astype(float)

    desks = steps.desks(process, dict(numbers.streams)["released"])
    released = np.stack([entered(p.run, desks) for p in told])
    let_go = np.stack([entered(p.run, (numbers.released,)) for p in told])
    before = next(s.id for s in process.stations if s.id != steps.line and numbers.released in _ends(study, s.id))
    waiting = _counted(study, (*desks, before), groups)
    came, sent = (movable(quiet, [p.run for p in told], groups, usual)[:, :, 0, order] for usual in (False, True))
    mix = sent.sum(axis=(0, 1)) / np.maximum(sent.sum(axis=(0, 1, 2)), 1.0)
    line = _counted(study, steps.between, groups) * mix
    diverted = sent.sum(axis=(0, 1, 3)) / np.maximum(came.sum(axis=(0, 1, 3)), 1.0)
    left = np.maximum(waiting + np.cumsum(released - let_go, axis=1), 0).sum(axis=2)
    outcomes = [o.id for o in study.outcomes]
    daily = {name: np.stack([p.run.daily[outcomes.index(dict(numbers.outcomes)[name])] for p in told])
             for name in ("custody", "over")}  # fmt: skip
    stuck = np.where(np.arange(days) >= LIMIT_DAYS, line.sum(), 0.0)
    mean, others = _minutes(quiet, told, desks, groups)
    return Instance(
        days=study.clock.dates, groups=groups, vehicles=_vehicles(study, steps.line), released=released, came=came,
        diverted=diverted, minutes=mean, other_minutes=others,
        other_custody=np.maximum(daily["custody"] - left - line.sum(), 0),
        other_over=np.maximum(daily["over"] - stuck, 0), waiting=waiting, line=line,
        detained=np.stack([_stay(process, numbers.detained_wait, p.parameters, days) for p in told]),
        elsewhere=_taken(process, numbers, days, "value"), longest=_taken(process, numbers, days, "high"),
        numbers=numbers,
        lead={mode: math.ceil(hours.value / 24) for mode, hours in numbers.lead_hours},
        **_places(study, numbers, steps.line),
    )  # fmt: skip


def _ends(study: Study, station: str) -> set[str]:
    return {row["to"] for row in study.border.routes if row["station"] == station}


def _counted(study: Study, stations: tuple[str, ...], groups: tuple[Demographic, ...]) -> NDArray[np.float64]:
    """Persons of the census at some stations, by group."""
    totals = dict.fromkeys(groups, 0.0)
    for row in study.warm.rows:
        if row["station"] in stations and Demographic(row["demographic"]) in totals:
            totals[Demographic(row["demographic"])] += row.number("persons")
    return np.array([totals[g] for g in groups])


def _stay(process: Process, names: tuple[str, str], drawn: dict[str, float], days: int) -> Floats:
    """Share still there on the mornings after coming, (D,), of a wait whose mean and spread were drawn."""
    return still(drawn[names[0]] * HOURS_PER[process.quantity(names[0]).unit], drawn[names[1]], days + FOLLOWED)


def _taken(process: Process, numbers: Numbers, days: int, which: Literal["value", "high"]) -> Floats:
    """Share of each stream still where they were taken on that morning and later ones, (2, D)."""
    told, cv = dict(numbers.elsewhere_hours), process.quantity(numbers.elsewhere_cv).value
    hours = [getattr(told[stream], which) * HOURS_PER[told[stream].unit] for stream in STREAMS]
    return np.stack([still(mean, cv, days + FOLLOWED) for mean in hours])


def _minutes(
    study: Study, told: list[Pilot], mine: tuple[str, ...], groups: tuple[Demographic, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Agent-minutes of one of those to be released, by group, and of all others by (path, day)."""
    layout, pool = study.layout, Numbers.read(study.border).agents
    others = np.zeros((len(told), study.clock.days))
    spent, heads = np.zeros(len(groups)), np.zeros(len(groups))
    for path, pilot in enumerate(told):
        for number, station in enumerate(layout.documents):
            if station.pool != pool or station.minutes is None:
                continue
            added = pilot.parameters[station.added_member] if station.added_member else 1.0
            together = (1 + added * (FAMILY - 1)) / FAMILY  # minutes a head of a family, of those of one alone
            for group in Demographic:
                columns = [i for i, (_, d) in enumerate(layout.classes) if d == group]
                came = pilot.run.counts.entries[number][:, columns].sum(axis=1)
                each = pilot.agent_minutes[station.minutes] * (together if group == Demographic.FAMILY else 1.0)
                if station.id in mine and group in groups:
                    spent[groups.index(group)] += each * came.sum()
                    heads[groups.index(group)] += came.sum()
                else:
                    others[path] += each * came
    return spent / np.maximum(heads, 1), others


def _vehicles(study: Study, line: str) -> tuple[Vehicle, ...]:
    rows = [row for row in study.border.routes if row["station"] == line]
    numbers = Numbers.read(study.border)
    names_room.check_modes(rows, numbers)
    sure = {mode: 1 - cancelled.value for mode, cancelled in numbers.cancelled}
    sites = sorted({study.layout.process.station(row["to"]).site or "" for row in rows})
    return tuple(
        Vehicle(row["route"], row["mode"], row["to"], tuple(row["times"].split(";")), round(row.number("seats")),
                1 - row.number("cancelled"), row.number("cost_usd"),
                sites.index(study.layout.process.station(row["to"]).site or ""), round(row.number("minimum_load")),
                sure[row["mode"]])
        for row in rows
    )  # fmt: skip


def capacity(row: Row) -> float:
    """Persons whom a place holds; a blank cell has no limit."""
    return row.number("capacity") if row["capacity"] else math.inf


def _places(study: Study, numbers: Numbers, line: str) -> dict[str, Any]:
    """Crews, places and beds of the border, as stated."""
    process = study.layout.process
    sites = {row["site"]: row for row in study.border.sites}
    crew, hours, bounds = 0.0, 0.0, []
    shifts = dict(process.pools)[numbers.agents].servers
    for shift, following in zip(shifts, (*shifts[1:], shifts[0]), strict=True):
        lasts = (following.from_ - shift.from_) % 24 or 24
        quantity = process.quantity(shift.count)
        hours += quantity.value * lasts
        if quantity.value:  # a shift of nobody stays so, whatever the others do
            bounds.append(quantity.high / quantity.value)
    crew = hours * 60 * numbers.agents_used.value
    shelters = [sites[name] for name in numbers.sheltered]
    beds = [sum(capacity(s) for s in shelters if not s["opens"] or s["opens"] <= str(day)) for day in study.clock.dates]
    later = sum(s.number("capacity") for s in shelters if s["opens"] > str(study.clock.dates[0]))
    out = [row for row in study.border.routes if row["to"] == numbers.released]
    releases = sum(row.number("seats") * len(row["times"].split(";")) for row in out)
    stay = process.quantity(numbers.shelter_stay)
    stations = {s.id for s in process.stations if s.site in numbers.sheltered}
    custody = sites[process.custody]
    receivers = []
    for site in sorted({process.station(r["to"]).site or "" for r in study.border.routes if r["station"] == line}):
        step = next(s for s in process.stations if s.site == site)
        assert step.time is not None
        beds_a_day = capacity(sites[site]) / (process.quantity(step.time.mean).value / 24)
        worked = numbers.receiver_agents.value * 24 * 60 * numbers.agents_used.value / numbers.receiver_minutes.value
        receivers.append((site, min(beds_a_day, worked)))
    return {
        "crew_minutes": crew, "crew_hours": hours,
        "crew": (1.0, min(bounds, default=1.0)), "releases": releases, "beds": np.array(beds),
        "more_beds": later, "sheltered": float(_counted(study, tuple(stations), tuple(Demographic)).sum()),
        "to_shelter": 1 - process.quantity(numbers.direct).value, "stay_on": math.exp(-24 / stay.value),
        "rated": custody.number("rated"), "ceiling": capacity(custody), "receivers": tuple(receivers),
    }  # fmt: skip
