"""How loaded each crew and place is in one run, beside what queueing theory says of it.

Little's law holds for every place, whatever happens there: mean persons = persons a hour x mean hours.  Erlang C
(with Allen and Cunneen's correction for the spread) holds for a crew in a steady state; where arrivals swing
over the day or the load is near one the run waits longer, and the table shows by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cauce.model.clock import TICKS_PER_HOUR
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles
from cauce.model.network import Assembled
from cauce.model.simulate import Run

BEYOND = 1.0  # [1] load from which a crew has no steady state, so Erlang C says nothing


@dataclass(frozen=True)
class Crew:
    """A pool of servers: parties served, load a server, hours waited, and Erlang C's hours (None: no steady state)."""

    name: str
    parties: int
    servers: float
    load: float
    wait_hours: float
    erlang_hours: float | None


@dataclass(frozen=True)
class Place:
    """Places with a custody clock: mean persons counted each hour, and Little's persons from every stay.

    A count by the hour is off by less than an hour a stay (whoever leaves on the hour is still counted), so the
    two are less than `bound` persons apart.
    """

    name: str
    persons: float
    little_persons: float
    bound: float


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c: A. K. Erlang, 1917.

    >>> round(erlang_c(3, 2.0), 4)
    0.4444
    """
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def crews(case: Assembled, run: Run) -> tuple[Crew, ...]:
    """Load and waits of each pool over the run."""
    network, calendar, hours = case.network, case.calendar, case.clock.hours
    found = []
    for number, name in enumerate(case.layout.pools):
        mine = np.flatnonzero(network.pool == number)
        started = run.out.started[mine]
        if started.sum() == 0:
            continue
        means, squares = _service(case, run, mine)
        offered = float((started * means).sum()) / (hours * TICKS_PER_HOUR)
        mean = float((started * means).sum() / started.sum())
        spread = float((started * squares).sum() / started.sum()) / mean**2 - 1
        changes = calendar.what == k.SHIFT
        rows = changes & (calendar.a == number)
        ticks = np.append(calendar.tick[rows], case.clock.horizon)
        before = np.append(network.pool_servers[number], calendar.b[rows])
        servers = float((np.diff(np.append(0, ticks)) * before).sum()) / case.clock.horizon
        erlang = None
        if offered < BEYOND * round(servers):
            wait = erlang_c(round(servers), offered) * mean / (round(servers) - offered) * (1 + spread) / 2
            erlang = wait / TICKS_PER_HOUR
        waited = float(run.out.waited[mine].sum() / started.sum()) / TICKS_PER_HOUR
        found.append(Crew(name, int(started.sum()), servers, offered / servers, waited, erlang))
    return tuple(found)


def _service(case: Assembled, run: Run, stations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square of the service of a party at each station [tick], by the classes that came."""
    persons = run.out.entries[stations].sum(axis=1)
    size = persons.sum(axis=1) / np.maximum(run.out.started[stations], 1)
    means, squares = np.zeros(stations.size), np.zeros(stations.size)
    for row, station in enumerate(stations):
        for cls, weight in enumerate(persons[row] / max(persons[row].sum(), 1)):
            table = case.network.service[station, cls]
            if table < 0 or weight == 0:
                continue
            spread = case.tables.body[table], case.tables.tail[table]
            more = 1 + case.network.per_member[station] / 1024 * max(size[row] - 1, 0)
            means[row] += weight * quantiles.mean(spread) * more
            squares[row] += weight * (quantiles.variance(spread) + quantiles.mean(spread) ** 2) * more**2
    return means, squares


def places(case: Assembled, run: Run, parties: k.Parties) -> tuple[Place, ...]:
    """Mean persons under the custody clock, counted by the hour and by Little's law from every stay."""
    clocked = np.flatnonzero(case.network.site_clock == 1)
    if clocked.size == 0:
        return ()
    counted = float(run.counts.sites[clocked, 1:].sum()) / case.clock.hours
    before = np.where((parties.held > 0) & (run.out.custody_ticks > 0), parties.held, 0)  # not in these counts
    persons_ticks = float(((run.out.custody_ticks - before) * parties.size).sum())
    stays = int(run.out.custody_hours.sum()) + int(run.counts.sites[clocked, -1].sum())
    name = ", ".join(case.layout.sites[i] for i in clocked)
    return (Place(name, counted, persons_ticks / case.clock.horizon, stays / case.clock.hours),)
