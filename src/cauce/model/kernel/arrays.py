"""The kernel's arrays: what it reads, what it writes, and the few numbers it knows by name.

Axes: S stations, C classes, N sites, R regimes, Q pools, K quotas, W rows of shares, T tables, P parties,
M calendar rows, F fleets, D days, H hours, G stages, X groups (demographics), L limits, B hour bins.
Times are ticks of 1/1024 s in int64; people are counted in persons unless a comment says parties.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt32 = NDArray[np.uint32]
UInt64 = NDArray[np.uint64]

TICKS_PER_HOUR = 3600 * 1024
MOST_FLEETS = 1 << 8
MOST_PARTIES = (1 << 24) - 2 * MOST_FLEETS  # a number takes 24 bits of an event's key; fleets have the last ones
MOST_TICKS = 1 << 39  # and its tick the high 39: 17 years
PRIORITIES = 4
HOUR_BINS = 337  # two weeks of hours and one bin for all that is longer
TRACE_ROWS = 512

DELAY, DESK, BATCH, QUOTA, SINK = 0, 1, 2, 3, 4  # kinds of station
SHIFT, REGIME, CAPACITY = DESK, 5, 6  # kinds of calendar row; for departures BATCH, for resets of a cap QUOTA
KEEP, NONE = -1, -2  # sites: stay where you are, leave every site
HOLD, DIVERT = 0, 1  # rules of a full site
ENTERED, SERVED, AT_DOOR, LEFT, GAVE_UP = 0, 1, 2, 3, 4  # kinds of trace row
DONE, ENDLESS = 0, 1  # status of a run; ENDLESS: people went round in circles within one instant


class Fleet(NamedTuple):
    """Vehicles that leave by a rule and come back, sorted by station.

    One leaves when as many wait as it has seats, or `hold` after `least` persons wait, if one is there.
    full: least = seats.  Saturated for t: least below seats, hold = t.  First boarded for t: least = 1, hold = t.
    """

    station: Int16  # (F,) a departure station
    to: Int16  # (F,)
    seats: Int32  # (F,) [person]
    least: Int32  # (F,) [person]
    hold: Int64  # (F,) [tick]
    vehicles: Int32  # (F,)
    away: Int64  # (F,) until it is back and may leave again [tick]


class Network(NamedTuple):
    """Stations and how people move between them."""

    kind: Int8  # (S,)
    site: Int16  # (S,) site entered with the station, KEEP or NONE
    stage: Int16  # (S,) census stage
    pool: Int16  # (S,) crew of a desk, else -1
    service: Int32  # (S, C) table of the service time, -1 for none
    per_member: Int32  # (S,) added share of the time for each further member [1/1024]
    priority: Int8  # (S, C) 0 is first
    route_row: Int32  # (R, 2, S, C) row of shares, by regime and pressure
    row_start: Int32  # (W + 1,) first share of each row
    row_cum: UInt32  # cumulative share, the last of a row is 2^32 - 1
    row_to: Int16  # target station of each share
    press_site: Int16  # (S,) site whose pressure changes the routing, else -1
    press_at: Int32  # (S,) pressed from this many persons on
    attempt: Int8  # (S,) 1 where a new attempt begins
    luck: UInt64  # (S,) key of the draws made there, the same whatever other stations there are
    patience: Int32  # (S, C) table of how long somebody stands in line, -1 for ever
    gives_up: Int16  # (S,) station gone to when patience ends, else -1
    quota: Int16  # (S,) cap of a quota station, else -1
    quota_else: Int16  # (S,) station of the denied, -1 to wait in line
    site_capacity: Int32  # (N,) at the start
    site_rule: Int8  # (N,) HOLD or DIVERT
    site_else: Int16  # (N,) station entered instead of a full site
    site_clock: Int8  # (N,) 1 where time counts as custody
    door_stage: Int16  # (N,) census stage of those at the door
    pool_servers: Int32  # (Q,) at the start
    group: Int8  # (C,) demographic of the class
    fleet: Fleet


class Calendar(NamedTuple):
    """What happens at set times, sorted by tick.

    SHIFT pool a has b servers; BATCH up to b persons go from station a to station d unless fewer than c
    wait; QUOTA a has b places (plus what was left over if c); REGIME a begins; CAPACITY site a has b.
    """

    tick: Int64  # (M,)
    what: Int8  # (M,)
    a: Int32  # (M,)
    b: Int32
    c: Int32
    d: Int32


class Tables(NamedTuple):
    """Quantiles of service times at 1024 equal steps, the last step again at 1024."""

    body: Int64  # (T, 1025)
    tail: Int64  # (T, 1025)


class Parties(NamedTuple):
    """Who enters, sorted by tick."""

    tick: Int64  # (P,)
    station: Int16  # (P,) station entered first
    cls: Int16  # (P,)
    size: Int16  # (P,) persons
    key: UInt64  # (P,) identity, the same under every policy
    held: Int64  # (P,) ticks already in custody for those inside at the start, -1 for newcomers


class Outputs(NamedTuple):
    """What a run writes; allocate with `outputs`."""

    entries: Int32  # (S, D, C) persons entering
    stage_census: Int32  # (G, H + 1, X) differences
    site_census: Int32  # (N, H + 1, X) differences
    over: Int32  # (L, H + 1, X) differences, persons in custody longer than the limit
    custody_hours: Int64  # (X, B) persons by completed hours in custody
    boarded: Int32  # (M,) persons who left with the row
    diverted: Int32  # (N, D) persons turned to another station by a full site
    held_at_door: Int32  # (N, D) persons who had to wait at a door
    trips: Int32  # (F, D) vehicles that left by a rule
    carried: Int32  # (F, D) persons who left with them
    waited: Int64  # (S,) ticks parties waited for a service that began
    started: Int64  # (S,) services begun [party]
    totals: Int64  # (4,) arrived, warm, exited, inside
    exit_tick: Int64  # (P,) or (0,)
    custody_ticks: Int64  # (P,) or (0,)
    last_station: Int16  # (P,) or (0,)
    attempts: Int8  # (P,) or (0,)
    trace: Int64  # (rows, 4) tick, what, station, 2 x regime + pressed


def outputs(
    network: Network,
    calendar: Calendar,
    parties: Parties,
    *,
    days: int,
    hours: int,
    limits: int,
    groups: int,
    person_table: bool = False,
    trace: bool = False,
) -> Outputs:
    """Zeroed outputs for a run of so many days and hours."""
    stations, sites = network.kind.size, network.site_capacity.size
    stages = 1 + int(max(network.stage.max(), network.door_stage.max(initial=0)))
    people = parties.tick.size if person_table else 0
    return Outputs(
        entries=np.zeros((stations, days, network.group.size), np.int32),
        stage_census=np.zeros((stages, hours + 1, groups), np.int32),
        site_census=np.zeros((sites, hours + 1, groups), np.int32),
        over=np.zeros((limits, hours + 1, groups), np.int32),
        custody_hours=np.zeros((groups, HOUR_BINS), np.int64),
        boarded=np.zeros(calendar.tick.size, np.int32),
        diverted=np.zeros((sites, days), np.int32),
        held_at_door=np.zeros((sites, days), np.int32),
        trips=np.zeros((network.fleet.station.size, days), np.int32),
        carried=np.zeros((network.fleet.station.size, days), np.int32),
        waited=np.zeros(stations, np.int64),
        started=np.zeros(stations, np.int64),
        totals=np.zeros(4, np.int64),
        exit_tick=np.full(people, -1, np.int64),
        custody_ticks=np.zeros(people, np.int64),
        last_station=np.full(people, -1, np.int16),
        attempts=np.zeros(people, np.int8),
        trace=np.full((TRACE_ROWS if trace else 0, 4), -1, np.int64),
    )


def no_fleet() -> Fleet:
    """No vehicle leaves by a rule."""
    short, number, ticks = np.zeros(0, np.int16), np.zeros(0, np.int32), np.zeros(0, np.int64)
    return Fleet(short, short, number, number, ticks, number, ticks)
