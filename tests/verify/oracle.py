"""The kernel's contract once more, slowly and readably: heapq, lists and dicts, nothing compiled.

It shares with the kernel the arrays (inputs, outputs, constants) and nothing else.  Where both agree party
by party on networks drawn at random, an error would have to be made twice, in two styles.

One instant after another: parties that must move now (first come, first moved); then doors (the site left
last first); then the next instant, where a calendar row goes before parties and parties go by number.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from cauce.model.kernel import arrays as k

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15
ASIDE = 2**24  # numbers of events that are no party's step: patience of a party, then fleets
NOWHERE = -2


def mix(z: int) -> int:
    """SplitMix64's finaliser on Python's integers."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % WORD
    return z ^ (z >> 31)


@dataclass
class Person:
    """A party; one name for it that is not the kernel's."""

    number: int
    cls: int
    size: int
    group: int
    key: int
    held: int
    station: int | None = None
    site: int = NOWHERE
    stage: int | None = None
    attempt: int = 0
    began: int = 0
    since: int = 0
    custody: int = 0
    until: int | None = None  # when it gives up its place in line
    gone: int | None = None
    opening: bool = False  # inside from the start and not yet placed: counted from hour 0 on


@dataclass
class Oracle:
    """One run.  `run` fills and returns the outputs."""

    case: Any
    out: k.Outputs
    traced: int = -1
    moves: deque[tuple[Person, int, bool]] = field(default_factory=deque)
    doors_to_serve: list[int] = field(default_factory=list)
    future: list[tuple[int, int]] = field(default_factory=list)
    now: int = 0
    regime: int = 0
    noted: int = 0

    def __post_init__(self) -> None:
        net = self.case.network
        self.net = net
        self.stations = len(net.kind)
        self.people = [
            Person(
                i,
                int(c),
                int(s),
                int(net.group[c]),
                mix(int(key) ^ self.case.draw_key),
                int(h),
                opening=h >= 0,
            )
            for i, (c, s, key, h) in enumerate(zip(*(self.case.parties[x] for x in (2, 3, 4, 5)), strict=True))
        ]
        self.room = [int(x) for x in net.site_capacity]
        self.inside = [0] * len(self.room)
        self.door: list[deque[tuple[Person, int]]] = [deque() for _ in self.room]
        self.servers = [int(x) for x in net.pool_servers]
        self.busy = [0] * len(self.servers)
        self.queue: list[list[deque[Person]]] = [[deque() for _ in range(4)] for _ in self.servers]
        self.waiting: list[list[list[Person]]] = [[[] for _ in range(4)] for _ in range(self.stations)]
        quotas = int(net.quota.max(initial=-1)) + 1
        self.left = [0] * quotas
        self.line: list[deque[Person]] = [deque() for _ in range(quotas)]
        self.ready = [int(x) for x in net.fleet.vehicles]
        self.due: list[int | None] = [None] * len(self.ready)

    # ---- the order of things

    def run(self) -> k.Outputs:
        """Everything until the horizon."""
        parties, calendar = self.case.parties, self.case.calendar
        arrivals = deque((int(t), i) for i, t in enumerate(parties.tick))
        rows = deque((int(t), i) for i, t in enumerate(calendar.tick))
        while True:
            self._settle()
            candidates = [(*queue[0], name) for queue, name in ((arrivals, "new"), (self.future, "done")) if queue]
            upcoming = min(candidates, default=None)
            if rows and (upcoming is None or rows[0][0] <= upcoming[0]):
                self.now, row = rows.popleft()
                if self.now >= self.case.horizon:
                    break
                self._calendar_row(row)
                continue
            if upcoming is None or upcoming[0] >= self.case.horizon:
                break
            self.now, number, what = upcoming
            if number >= ASIDE:
                heapq.heappop(self.future)
                self._aside(number - ASIDE)
                continue
            person = self.people[number]
            if what == "new":
                arrivals.popleft()
                warm = person.held >= 0
                self.out.totals[1 if warm else 0] += person.size
                self.moves.append((person, int(parties.station[number]), warm))
            else:
                heapq.heappop(self.future)
                self._finished(person)
        self._close()
        return self.out

    def _settle(self) -> None:
        while self.moves or self.doors_to_serve:
            if self.moves:
                self._enter(*self.moves.popleft())
                continue
            site = self.doors_to_serve[-1]
            door = self.door[site]
            if door and self.inside[site] + door[0][0].size <= self.room[site]:
                person, station = door.popleft()
                self.moves.append((person, station, True))
            else:
                self.doors_to_serve.pop()

    def _finished(self, person: Person) -> None:
        station = person.station
        assert station is not None
        if self.net.kind[station] == k.DESK:
            pool = self.net.pool[station]
            self.busy[pool] -= 1
            self._call(pool)
        self.moves.append((person, self._way(person), False))

    def _aside(self, number: int) -> None:
        fleet = number - k.MOST_PARTIES
        if fleet >= k.MOST_FLEETS:
            self.ready[fleet - k.MOST_FLEETS] += 1
            self._leave_by_rule(fleet - k.MOST_FLEETS, over=False)
        elif fleet >= 0:
            if self.due[fleet] == self.now:
                self.due[fleet] = None
                self._leave_by_rule(fleet, over=True)
        elif self.people[number].until == self.now:
            self._give_up(self.people[number])

    def _hope(self, person: Person) -> None:
        """Somebody stands in line, as long as patience lasts."""
        person.until = None
        table = int(self.net.patience[person.station, person.cls])
        if table >= 0:
            person.until = self.now + max(self._quantile(table, self._draw(person, 2)), 1)
            heapq.heappush(self.future, (person.until, ASIDE + person.number))

    def _give_up(self, person: Person) -> None:
        station = person.station
        assert station is not None
        person.until = None
        priority = self.net.priority[station, person.cls]
        lines: dict[int, Any] = {
            k.DESK: lambda: self.queue[self.net.pool[station]][priority],
            k.BATCH: lambda: self.waiting[station][priority],
            k.QUOTA: lambda: self.line[self.net.quota[station]],
        }
        lines[int(self.net.kind[station])]().remove(person)
        self._note(person, k.GAVE_UP, station)
        self.moves.append((person, int(self.net.gives_up[station]), False))

    def _leave_by_rule(self, fleet: int, *, over: bool) -> None:
        station, to, seats, least, hold, _, away = (int(column[fleet]) for column in self.net.fleet)
        while self.ready[fleet] > 0:
            waiting = sum(p.size for line in self.waiting[station] for p in line)
            if waiting < least:
                return
            if waiting < seats and hold > 0 and not over:
                if self.due[fleet] is None:
                    self._look_again(fleet, self.now + hold)
                return
            over, self.due[fleet] = False, None
            boarded = self._depart(station, seats, least, to)
            if boarded == 0:
                self._look_again(fleet, self.now + k.TICKS_PER_HOUR)
                return
            self.ready[fleet] -= 1
            self.out.trips[fleet, self._day()] += 1
            self.out.carried[fleet, self._day()] += boarded
            heapq.heappush(self.future, (self.now + away, ASIDE + k.MOST_PARTIES + k.MOST_FLEETS + fleet))

    def _look_again(self, fleet: int, due: int) -> None:
        self.due[fleet] = due
        heapq.heappush(self.future, (due, ASIDE + k.MOST_PARTIES + fleet))

    def _calendar_row(self, row: int) -> None:
        what, a, b, c, d = (int(self.case.calendar[i][row]) for i in range(1, 6))
        if what == k.SHIFT:
            self.servers[a] = b
            self._call(a)
        elif what == k.BATCH:
            self.out.boarded[row] = self._depart(a, b, c, d)
        elif what == k.QUOTA:
            self.left[a] = b + (self.left[a] if c == 1 else 0)
            while self.line[a] and self.line[a][0].size <= self.left[a]:
                person = self.line[a].popleft()
                person.until = None
                self.left[a] -= person.size
                self.moves.append((person, self._way(person), False))
        elif what == k.REGIME:
            self.regime = a
        elif what == k.CAPACITY:
            self.room[a] = b
            self._serve_door(a)

    # ---- stations

    def _enter(self, person: Person, station: int, free: bool) -> None:
        """Move a person through `station` and on through all that takes no time."""
        while True:
            admitted = self._admit(person, station, free)
            if admitted is not None and admitted != station:
                station = admitted  # turned away to the next choice
                continue
            if admitted is None:
                return
            free = False
            person.station, person.since = station, self.now
            person.attempt += int(self.net.attempt[station])
            self.out.entries[station, self._day(), person.cls] += person.size
            self._note(person, k.ENTERED, station)
            kind = self.net.kind[station]
            self._show(person, None if kind == k.SINK else int(self.net.stage[station]))
            person.opening = False
            if kind == k.SINK:
                self.out.totals[2] += person.size
                person.gone = self.now
                return
            if kind == k.DESK:
                pool = self.net.pool[station]
                self.queue[pool][self.net.priority[station, person.cls]].append(person)
                self._call(pool)
                if person in self.queue[pool][self.net.priority[station, person.cls]]:
                    self._hope(person)
                return
            if kind == k.BATCH:
                self.waiting[station][self.net.priority[station, person.cls]].append(person)
                self._hope(person)
                for fleet in range(len(self.ready)):
                    if self.net.fleet.station[fleet] == station:
                        self._leave_by_rule(fleet, over=False)
                return
            if kind == k.DELAY:
                ticks = self._service(person)
                if ticks > 0:
                    heapq.heappush(self.future, (self.now + ticks, person.number))
                    return
            if kind == k.QUOTA:
                cap, denied = self.net.quota[station], int(self.net.quota_else[station])
                if not self.line[cap] and self.left[cap] >= person.size:
                    self.left[cap] -= person.size
                elif denied >= 0:
                    station = denied
                    continue
                else:
                    self.line[cap].append(person)
                    self._hope(person)
                    return
            station = self._way(person)

    def _admit(self, person: Person, station: int, free: bool) -> int | None:
        """The station itself when admitted, another one when diverted, None when held at the door."""
        net = self.net
        site = NOWHERE if net.kind[station] == k.SINK else int(net.site[station])
        if site == k.KEEP or site == person.site:
            return station
        if site >= 0 and not free:
            full = self.inside[site] + person.size > self.room[site]
            if full and net.site_rule[site] == k.DIVERT:
                self.out.diverted[site, self._day()] += person.size
                return int(net.site_else[site])
            if net.site_rule[site] == k.HOLD and (full or self.door[site]):
                self.out.held_at_door[site, self._day()] += person.size
                self.door[site].append((person, station))
                self._note(person, k.AT_DOOR, station)
                person.station = station
                self._show(person, int(net.door_stage[site]))
                return None
        left, was = person.site, self._clocked(person.site)
        bin_ = self._bin(person)
        if left >= 0:
            self.inside[left] -= person.size
            self.out.site_census[left, bin_, person.group] -= person.size
        if site >= 0:
            self.inside[site] += person.size
            self.out.site_census[site, bin_, person.group] += person.size
        person.site = site
        if self._clocked(site) and not was:
            person.began = -person.held if person.opening else self.now
        if was and not self._clocked(site):
            self._stay_ends(person)
        if left >= 0 and self.door[left]:
            self._serve_door(left)
        return station

    def _depart(self, station: int, seats: int, least: int, to: int) -> int:
        goal = int(self.net.site[to])
        if goal >= 0 and goal != self.net.site[station]:
            seats = min(seats, self.room[goal] - self.inside[goal])
        lines = self.waiting[station]
        waiting = sum(p.size for line in lines for p in line)
        if waiting < least:
            return 0
        boarded = 0
        for line in lines:
            for person in list(line):
                if boarded + person.size <= seats:
                    boarded += person.size
                    line.remove(person)
                    person.until = None
                    self.moves.append((person, to, True))
        return boarded

    def _call(self, pool: int) -> None:
        """Free servers take the next: lowest priority number first, then who came first."""
        while self.busy[pool] < self.servers[pool]:
            line = next((line for line in self.queue[pool] if line), None)
            if line is None:
                return
            person = line.popleft()
            person.until = None
            self.busy[pool] += 1
            self._note(person, k.SERVED, int(person.station))
            self.out.waited[person.station] += self.now - person.since
            self.out.started[person.station] += 1
            heapq.heappush(self.future, (self.now + self._service(person), person.number))

    def _serve_door(self, site: int) -> None:
        if site not in self.doors_to_serve:
            self.doors_to_serve.append(site)

    # ---- luck

    def _draw(self, person: Person, which: int) -> int:
        assert person.station is not None
        luck = int(self.net.luck[person.station])
        return mix(((person.key ^ luck) + (4 * person.attempt + which + 1) * GOLDEN) % WORD)

    def _service(self, person: Person) -> int:
        table = int(self.net.service[person.station, person.cls])
        if table < 0:
            return 0
        ticks = self._quantile(table, self._draw(person, 0))
        return ticks * (1024 + int(self.net.per_member[person.station]) * (person.size - 1)) // 1024

    def _quantile(self, table: int, u: int) -> int:
        step, knots, fraction = u >> 54, self.case.tables.body[table], (u >> 22) % 2**22
        if step == 1023:
            step, knots = (u >> 44) % 1024, self.case.tables.tail[table]
        low, high = int(knots[step]), int(knots[step + 1])
        return low + (high - low) * fraction // 2**22

    def _way(self, person: Person) -> int:
        net, station = self.net, person.station
        watched = net.press_site[station]
        pressed = int(watched >= 0 and self.inside[watched] >= net.press_at[station])
        self._note(person, k.LEFT, int(station), pressed)
        row = net.route_row[self.regime, pressed, station, person.cls]
        ways = range(int(net.row_start[row]), int(net.row_start[row + 1]))
        u = self._draw(person, 1) >> 32
        return next(int(net.row_to[way]) for way in ways if u <= net.row_cum[way])

    # ---- counting

    def _note(self, person: Person, what: int, station: int, pressed: int = 0) -> None:
        if person.number == self.traced and self.noted < len(self.out.trace):
            self.out.trace[self.noted] = self.now, what, station, 2 * self.regime + pressed
            self.noted += 1

    def _day(self) -> int:
        return int(self.case.day_of_hour[self.now // k.TICKS_PER_HOUR])

    def _bin(self, person: Person) -> int:
        return 0 if person.opening else self._hour_after(self.now)

    @staticmethod
    def _hour_after(tick: int) -> int:
        return 0 if tick < 0 else tick // k.TICKS_PER_HOUR + 1

    def _clocked(self, site: int) -> bool:
        return site >= 0 and self.net.site_clock[site] == 1

    def _show(self, person: Person, stage: int | None) -> None:
        """Count somebody in another stage (None: in none)."""
        bin_ = self._bin(person)
        if person.stage is not None:
            self.out.stage_census[person.stage, bin_, person.group] -= person.size
        if stage is not None:
            self.out.stage_census[stage, bin_, person.group] += person.size
        person.stage = stage

    def _stay_ends(self, person: Person) -> None:
        hours = (self.now - person.began) // k.TICKS_PER_HOUR
        self.out.custody_hours[person.group, min(hours, k.HOUR_BINS - 1)] += person.size
        person.custody += self.now - person.began
        self._over(person, self.now)

    def _over(self, person: Person, until: int | None) -> None:
        end = self.case.horizon if until is None else until
        for number, limit in enumerate(self.case.limits):
            passed = person.began + int(limit)
            if end > passed:
                self.out.over[number, self._hour_after(passed), person.group] += person.size
                if until is not None:
                    self.out.over[number, self._hour_after(until), person.group] -= person.size

    def _close(self) -> None:
        out = self.out
        for person in self.people:
            if person.station is None:
                continue
            if person.gone is None:
                out.totals[3] += person.size
                if self._clocked(person.site):
                    self._over(person, None)
                    person.custody += self.case.horizon - person.began
            if len(out.exit_tick):
                out.exit_tick[person.number] = -1 if person.gone is None else person.gone
                out.custody_ticks[person.number] = person.custody
                out.last_station[person.number] = person.station
                out.attempts[person.number] = min(person.attempt, 127)
