"""What the kernel remembers while it runs: one record a party inside, a station, a site, a crew, a line.

A party's record fills less than a cache line and exists only while the party is inside: whoever exits hands
it on to a newcomer, so memory follows the people inside and not all who ever come.  Lines are linked lists
through these records: a party stands in at most one line at a time.  Line numbers: desks pool x 4 +
priority, then departures station x 4 + priority, then caps, then doors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cauce.model.kernel.arrays import (
    BATCH,
    CAPACITY,
    DELAY,
    DESK,
    KEEP,
    NONE,
    PRIORITIES,
    QUOTA,
    SINK,
    Calendar,
    Fleet,
    Network,
)
from cauce.model.kernel.compiled import part
from cauce.model.kernel.heap import NEVER

NOWHERE, STAY = np.uint16(0xFFFF), np.uint16(0xFFFE)  # no site, stage or station; the site one is at
NOBODY = np.uint32(0xFFFFFFFF)
SLOTS = 4096  # records at first; doubled whenever they are all in use
NO_LIMIT = 2**31 - 1  # room of a site that lets everybody in

PARTY = np.dtype(
    [
        ("identity", np.uint64),  # party's key mixed with the draw's
        ("began", np.int64),  # tick at which custody began
        ("since", np.int64),  # tick at which the station was entered
        ("after", np.uint32),  # slot of the next in line
        ("number", np.uint32),  # party
        ("at", np.uint16),  # station, or the one waited for at a door; NOWHERE when the slot is free
        ("place", np.uint16),  # site
        ("stage", np.uint16),  # census stage
        ("cls", np.uint16),
        ("group", np.uint16),
        ("size", np.int16),
        ("attempt", np.int16),
        ("opening", np.uint8),  # 1 when inside from the start and not yet placed
        ("custody", np.int64),  # ticks of the stays that have ended
        ("pad", np.uint64),
    ],
    align=True,
)
STATION = np.dtype(
    [
        ("per_member", np.int32),
        ("press_at", np.int32),
        ("waiting", np.int32),  # persons in line for a departure
        ("kind", np.uint16),
        ("site", np.uint16),
        ("stage", np.uint16),
        ("pool", np.uint16),
        ("press_site", np.uint16),
        ("quota", np.uint16),
        ("denied", np.uint16),
        ("attempt", np.int16),
        ("fleet", np.uint16),  # first of its fleets
        ("fleets", np.uint16),
        ("luck", np.uint64),  # key of its draws
    ],
    align=True,
)
WAIT = np.dtype(  # of a party's record, kept only where patience ends
    [
        ("until", np.int64),  # tick at which it gives up its place in line, 0 when it does not
        ("pending", np.int64),  # tick of its event in the heap, 0 for none
        ("before", np.uint32),  # slot of the one before it in line
        ("pad", np.uint32),
    ],
    align=True,
)
FLEET = np.dtype(
    [
        ("hold", np.int64),
        ("away", np.int64),
        ("due", np.int64),  # tick until which it waits, 0 when it does not
        ("pending", np.int64),  # tick of its event in the heap, 0 for none
        ("seats", np.int32),
        ("least", np.int32),
        ("ready", np.int32),  # vehicles that are there
        ("station", np.uint16),
        ("to", np.uint16),
    ],
    align=True,
)
STEP = np.dtype(
    [
        ("table", np.int32),  # service time, -1 for none
        ("line", np.uint32),  # where a party of the class waits
        ("exit", np.uint16),  # the exit that surely follows, whatever the rules, else NOWHERE
        ("pad", np.int32),
    ],
    align=True,
)
SITE = np.dtype(
    [
        ("persons", np.int32),
        ("capacity", np.int32),
        ("door", np.uint32),  # line
        ("otherwise", np.uint16),
        ("door_stage", np.uint16),
        ("rule", np.uint8),
        ("clock", np.uint8),
        ("unwatched", np.uint8),  # 1 when nothing ever asks how many persons are there
        ("freed", np.uint8),  # 1 while on the stack of sites whose door is to be served
    ],
    align=True,
)
POOL = np.dtype([("servers", np.int32), ("busy", np.int32), ("waiting", np.int32), ("pad", np.int32)], align=True)
LINE = np.dtype([("head", np.uint32), ("tail", np.uint32)], align=True)
SHARE = np.dtype([("cum", np.uint32), ("to", np.uint16)], align=True)
MOVE = np.dtype([("slot", np.uint32), ("to", np.uint16), ("free", np.uint16)], align=True)
NOW = np.dtype(
    [
        ("tick", np.int64),
        ("hour_ends", np.int64),  # first tick of the next hour
        ("horizon", np.int64),
        ("budget", np.int64),  # moves left in this instant
        ("events", np.uint64),  # in the heap
        ("draw_key", np.uint64),
        ("hour", np.uint32),
        ("day", np.uint32),
        ("first", np.uint32),  # of the ring of moves
        ("last", np.uint32),
        ("spare", np.uint32),  # free slots
        ("freed", np.uint32),  # sites whose door is to be served
        ("newcomer", np.uint32),
        ("row", np.uint32),
        ("regime", np.uint32),
        ("traced", np.uint32),
        ("hole", np.uint32),  # 1 when the first event has been taken and its place not yet filled
    ],
    align=True,
)


class State(NamedTuple):
    """Working arrays."""

    now: NDArray[Any]  # (1,) NOW
    station: NDArray[Any]  # (S,) STATION
    step: NDArray[Any]  # (S, C) STEP
    go: NDArray[np.int32]  # (R, 2, S, C) first share, or the only target's complement
    share: NDArray[Any]  # SHARE
    site: NDArray[Any]  # (N,) SITE
    pool: NDArray[Any]  # (Q,) POOL
    line: NDArray[Any]  # LINE
    left: NDArray[np.int64]  # (K,) places left of each cap
    freed: NDArray[np.uint16]  # (N,) stack of sites
    slot: NDArray[np.uint32]  # (P,) record of each party inside
    fleet: NDArray[Any]  # (F,) FLEET
    patience: NDArray[np.int32]  # (S, C) table, -1 for none
    gives_up: NDArray[np.uint16]  # (S,)
    party: NDArray[Any]  # (slots,) PARTY
    spare: NDArray[np.uint32]  # (slots,) stack of free records
    move: NDArray[Any]  # (slots + 1,) MOVE, a ring
    heap: NDArray[np.uint64]  # (events + 5,) NEVER beyond the last event
    wait: NDArray[Any]  # (slots,) WAIT, or (0,) when nobody ever gives up


def prepare(network: Network, calendar: Calendar, parties: int, horizon: int, draw_key: int, traced: int) -> State:
    """Everything as it is at tick 0, with nobody anywhere."""
    stations, sites, pools = network.kind.size, network.site_capacity.size, network.pool_servers.size
    quotas = int(network.quota.max(initial=-1)) + 1
    others = 5 + network.fleet.station.size + int(network.fleet.vehicles.sum())
    departures = pools * PRIORITIES
    caps = departures + stations * PRIORITIES
    doors = caps + quotas
    now = np.zeros(1, NOW)
    now["horizon"], now["draw_key"], now["traced"] = horizon, draw_key, NOBODY if traced < 0 else traced
    line = np.full(doors + sites, np.array((NOBODY, NOBODY), LINE))
    go, share = _ways(network)
    state = State(
        now,
        _stations(network),
        _steps(network, departures, caps),
        go,
        share,
        _sites(network, calendar, doors),
        np.zeros(pools, POOL),
        line,
        np.zeros(quotas, np.int64),
        np.zeros(sites, np.uint16),
        np.zeros(parties, np.uint32),
        _fleets(network.fleet),
        network.patience,
        _coded(network.gives_up, none=-1),
        *_slots(0, SLOTS, others, bool((network.patience >= 0).any())),
    )
    state.pool["servers"] = network.pool_servers
    now["spare"] = SLOTS
    return state


def grown(state: State) -> State:
    """The same with twice as many records."""
    had, more = state.party.size, 2 if state.wait.size else 1
    party, spare, move, heap, wait = _slots(had, 2 * had, state.heap.size - more * had, more == 2)
    party[:had] = state.party
    heap[: state.heap.size] = state.heap
    wait[: state.wait.size] = state.wait
    state.now["first"] = state.now["last"] = 0  # nobody moves while memory grows
    state.now["spare"] = had
    return state._replace(party=party, spare=spare, move=move, heap=heap, wait=wait)


def _slots(had: int, slots: int, others: int, patience: bool) -> tuple[NDArray[Any], ...]:
    """(party, spare, move, heap, wait); the records from `had` on are free.

    A party has at most one event of each kind in the heap; `others` are the places for those of fleets, and
    for four that are compared beyond the last one.
    """
    party = np.zeros(slots, PARTY)
    party["at"] = NOWHERE
    spare = np.zeros(slots, np.uint32)
    spare[: slots - had] = np.arange(slots - 1, had - 1, -1)
    events = slots * (2 if patience else 1)
    wait = np.zeros(slots if patience else 0, WAIT)
    return party, spare, np.zeros(slots + 1, MOVE), np.full(events + others, NEVER), wait


def _fleets(given: Fleet) -> NDArray[Any]:
    fleet = np.zeros(given.station.size, FLEET)
    for name in ("hold", "away", "seats", "least", "station", "to"):
        fleet[name] = getattr(given, name)
    fleet["ready"] = given.vehicles
    return fleet


def _stations(network: Network) -> NDArray[Any]:
    station = np.zeros(network.kind.size, STATION)
    for name in ("per_member", "press_at", "kind", "stage", "pool", "quota", "attempt", "luck"):
        station[name] = getattr(network, name)
    station["site"] = _coded(np.where(network.kind == SINK, NONE, network.site))
    station["press_site"] = _coded(network.press_site, none=-1)
    station["denied"] = _coded(network.quota_else, none=-1)
    numbers = np.arange(network.kind.size)
    station["fleet"] = np.searchsorted(network.fleet.station, numbers)
    station["fleets"] = np.searchsorted(network.fleet.station, numbers, side="right") - station["fleet"]
    return station


def _coded(values: NDArray[Any], none: int = NONE) -> NDArray[np.uint16]:
    """Sites (or stations) as unsigned numbers, so that an index needs no test for its sign."""
    kept = np.where(values == KEEP, STAY, values.astype(np.uint16))
    return np.where(values == none, NOWHERE, kept).astype(np.uint16)


def _steps(network: Network, departures: int, caps: int) -> NDArray[Any]:
    numbers, kind = np.arange(network.kind.size)[:, None], network.kind[:, None]
    step = np.zeros(network.service.shape, STEP)
    step["table"] = network.service
    step["line"] = np.select(
        [kind == DESK, kind == BATCH, kind == QUOTA],
        [
            network.pool[:, None] * PRIORITIES + network.priority,
            departures + numbers * PRIORITIES + network.priority,
            caps + network.quota[:, None],
        ],
    )
    step["exit"] = _sure_exits(network)
    return step


def _sure_exits(network: Network) -> NDArray[np.uint16]:
    """(S, C) exit that follows a delay whatever the rules and the pressure, else NOWHERE."""
    to = _only_targets(network)
    same = (to == to[0, 0]).all(axis=(0, 1)) & (to[0, 0] >= 0)
    sure = same & (network.kind[to[0, 0]] == SINK) & (network.kind[:, None] == DELAY)
    return np.where(sure, to[0, 0], NOWHERE).astype(np.uint16)


def _ways(network: Network) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Where each row of shares begins; a row of one share is its target's complement."""
    share = np.zeros(network.row_to.size, SHARE)
    share["cum"], share["to"] = network.row_cum, network.row_to
    only = _only_targets(network)
    return np.where(only >= 0, ~only, network.row_start[network.route_row]).astype(np.int32), share


def _only_targets(network: Network) -> NDArray[np.int32]:
    """(R, 2, S, C) target of the rows that have one only, else -1."""
    rows, to = network.route_row, np.append(network.row_to, 0).astype(np.int32)
    single = (rows >= 0) & (np.append(np.diff(network.row_start), 0)[rows] == 1)
    return np.where(single, to[network.row_start[rows]], -1)


def _sites(network: Network, calendar: Calendar, doors: int) -> NDArray[Any]:
    site = np.zeros(network.site_capacity.size, SITE)
    site["capacity"], site["rule"], site["clock"] = (
        network.site_capacity,
        network.site_rule,
        network.site_clock,
    )
    site["otherwise"], site["door_stage"] = network.site_else.astype(np.uint16), network.door_stage
    site["door"] = doors + np.arange(site.size)
    asked = np.concatenate([network.press_site, calendar.a[calendar.what == CAPACITY]])
    site["unwatched"] = (network.site_capacity == NO_LIMIT) & ~np.isin(np.arange(site.size), asked)
    return site


@part
def join(state, number, i):
    """Stand at the end of a line.

    state   State  line, party, wait WRITTEN
    number  int    line
    i       int    slot
    """
    line = state.line[number]
    state.party[i].after = NOBODY
    if state.wait.size > 0:
        state.wait[i].before = line.tail
    if line.head == NOBODY:
        line.head = i
    else:
        state.party[line.tail].after = i
    line.tail = i


@part
def leave(state, number):
    """Take the first of a line, which must not be empty: its slot.

    state   State  line WRITTEN
    number  int    line
    """
    line = state.line[number]
    i = line.head
    line.head = state.party[i].after
    return i


@part
def send(state, now, i, to, free):
    """Let a party move at this instant, after those who move already.

    state  State   move WRITTEN
    now    record  last WRITTEN
    i      int     slot
    to     int     station
    free   int     1 when room has been seen to
    """
    move = state.move[now.last]
    move.slot, move.to, move.free = i, to, free
    now.last = now.last + 1 if now.last + 1 < state.move.size else 0


@part
def open_door(state, now, n):
    """Have the door of a site served, after the parties that move.

    state  State   freed, site WRITTEN
    now    record  freed WRITTEN
    n      int     site
    """
    if state.site[n].freed == 0:
        state.site[n].freed = 1
        state.freed[now.freed] = n
        now.freed += 1
