"""What a plan of the whole border knows: its sectors, from the border's documents and runs in which nobody is moved.

`known` runs the border with no vehicle and nobody in line, and reads off who comes, who is inside, and how long those
stay who are not moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cauce.border import Row
from cauce.decisions import execution
from cauce.decisions import names as names_room
from cauce.decisions.execution import capacity
from cauce.decisions.lines import Steps
from cauce.decisions.movements import Leg, Sectors
from cauce.decisions.solver import Floats
from cauce.decisions.stays import FOLLOWED, still
from cauce.model.network import HOURS_PER
from cauce.model.process import Process
from cauce.model.simulate import Run
from cauce.policy.plan import Numbers, Whole
from cauce.runs.executors import workers
from cauce.runs.study import Study
from cauce.terms import Demographic

WORKERS = 2  # threads: the same bits for any number


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
    quiet, groups = execution.calm(study), all_steps[0].divert.demographics
    runs = each(quiet, draws)
    drawn = [dict(quiet.drawn(draw).parameters) for draw in draws]
    came, sent = (execution.movable(quiet, runs, groups, usual) for usual in (False, True))
    days, streams = study.clock.days, tuple(name for name, _ in numbers.streams)
    stock = np.stack([_stock(study, runs, steps.site) for steps in all_steps], axis=2)
    levels = np.array([[p[steps.level] for steps in all_steps] for p in drawn])
    now = _inside(study, all_steps)
    sites = {row["site"]: row for row in study.border.sites}
    rows = [sites[steps.site] for steps in all_steps]
    rated = [row.number("rated") if row["rated"] else process.quantity(steps.level).value
             for row, steps in zip(rows, all_steps, strict=True)]  # fmt: skip
    worked = numbers.receiver_agents.value * 24 * 60 * numbers.agents_used.value / numbers.receiver_minutes.value
    usual = sent.sum(axis=(0, 1, 4))
    mix = usual / np.maximum(usual.sum(axis=1, keepdims=True), 1.0)
    return Known(
        Sectors(
            days=study.clock.dates, names=tuple(steps.sector for steps in all_steps), streams=streams,
            vehicles=_legs(study, all_steps), came=came.sum(axis=4),
            line=_counted(study, all_steps)[:, None] * mix, calm=stock,
            calm_over=_daily(study, runs, dict(numbers.outcomes)["over"]), now=now,
            stays=_stays(process, whole, numbers, all_steps, drawn, streams, days),
            crowded=stock >= levels[:, None], crowded_now=now >= levels, rated=np.array(rated),
            ceiling=np.array([capacity(row) for row in rows]),
            diverted=usual / np.maximum(came.sum(axis=(0, 1, 4)), 1.0),
            usual_share=np.array([process.quantity(steps.divert.share).value for steps in all_steps]),
            receivers=tuple((steps.site, worked) for steps in all_steps),
            lead={mode: math.ceil(hours.value / 24) for mode, hours in numbers.lead_hours}, numbers=numbers,
        ),
        groups, came.sum(axis=(0, 1)) / np.maximum(came.sum(axis=(0, 1, 4)), 1.0)[:, :, None],
    )  # fmt: skip


def check_names(study: Study, whole: Whole, numbers: Numbers, all_steps: tuple[Steps, ...]) -> None:
    """Modes, streams, sectors and parameters that `plans/border.yaml` names exist.

    Raises
    ------
    DocumentError
        The first that does not, with its file and line.
    """
    modes, streams, gates = dict(numbers.lead_hours), dict(numbers.streams), [steps.sector for steps in all_steps]
    parameters = [name for name, _ in study.layout.process.parameters]
    told: list[names_room.Named] = [("mode", mode, modes, ("most_a_day", mode)) for mode, _ in whole.most_a_day]
    for number, stay in enumerate(whole.stays):
        here = ("stays", number)
        told += [("stream", stay.stream, streams, here), *(("sector", name, gates, here) for name in stay.sectors)]
        told += [("parameter", name, parameters, here) for name in (*(stay.usual or ()), *(stay.crowded or ()))]
    plans, outcomes, named = study.border.root / "plans", [o.id for o in study.outcomes], dict(numbers.outcomes)
    names_room.check(plans / "border.yaml", told)
    spoken = [("outcome", named.get(of, of), outcomes, ("outcomes", of)) for of in ("over", "children")]
    names_room.check(plans / "plan.yaml", [*names_room.streamed(study, numbers), *spoken])


def each(study: Study, draws: range) -> list[Run]:
    """One run a draw, in their order."""
    found = dict(workers(WORKERS).map(lambda draw: study.run(0, draw), list(draws)))
    return [found[draw] for draw in draws]


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
    process, line = study.layout.process, {steps.line: n for n, steps in enumerate(all_steps)}
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
    found = np.zeros((len(drawn), len(all_steps), len(streams), 2, days + FOLLOWED))
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
                            done[names] = still(hours, parameters[names[1]], days + FOLLOWED)
                        found[s, n, k, crowded] = done[names]
    return found
