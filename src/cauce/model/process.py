"""The process network as a document: `network.yaml` of a border, read, checked, frozen.

A *station* is a step, a *site* is a place with room for so many people, a *pool* a crew shared by several
steps.  Numbers are named parameters with a range and a source.  The document knows names; `network.py`
turns it into arrays.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, model_validator

from cauce.border import Border, Named
from cauce.documents import Document, Pairs, Ranged, read_yaml, validate
from cauce.errors import DocumentError
from cauce.keys import key as fold
from cauce.keys import triangular, uniforms
from cauce.terms import Demographic

REST = "rest"
KINDS = ("delay", "desk", "slots", "departure", "beds", "quota", "court", "exit")
LINES = ("desk", "slots", "departure", "quota", "court")  # kinds where people stand in line
LEVELS = 4  # of priority, as the kernel has them


class Spread(Document):
    """A lognormal time: names of the parameters that give its mean and its coefficient of variation."""

    mean: str
    cv: str


def _shares(value: Any) -> Any:
    return {value: REST} if isinstance(value, str) else value


class Classes(Document):
    """Some classes of people: of these nationalities and demographics, or of all."""

    nationalities: tuple[str, ...] = ()
    demographics: tuple[Demographic, ...] = ()

    def takes(self, nationality: str, demographic: Demographic) -> bool:
        return (not self.nationalities or nationality in self.nationalities) and (
            not self.demographics or demographic in self.demographics
        )


class Branch(Classes):
    """Where people of some classes go on: targets with the name of the share, or `rest`."""

    to: Annotated[Pairs[str], BeforeValidator(_shares)]


class Patience(Document):
    """How long people stand in a line, and where they go when they give up."""

    lasts: Spread
    to: str


def _branches(value: Any) -> Any:
    if value is None:
        return ()
    return [{"to": value}] if isinstance(value, str | dict) else value


class Diversion(Document):
    """Under pressure a share of the people bound for some pathways takes another way."""

    share: str
    to: str
    pathways: tuple[str, ...]
    demographics: tuple[Demographic, ...]


class Pressure(Document):
    """Routing changes while a site holds at least `at` persons: a share is diverted, or all go elsewhere."""

    site: str
    at: str
    divert: Diversion | None = None
    to: Annotated[tuple[Branch, ...], BeforeValidator(_branches)] = ()


class Station(Document):
    """One step of the process."""

    id: str
    kind: Literal["delay", "desk", "slots", "departure", "beds", "quota", "court", "exit"]
    stage: str = "other"
    site: str | None = None
    time: Spread | None = None
    minutes: str | None = None
    pool: str | None = None
    added_member: str | None = None
    first: bool = False
    ahead: tuple[Classes, ...] = ()
    """Classes served or boarded before the others, in this order."""
    patience: Patience | None = None
    docket: str | None = None
    """For a court: parameter with its hearings a month, spread over working days."""
    new_attempt: bool = False
    to: Annotated[tuple[Branch, ...], BeforeValidator(_branches)] = ()
    pathways: Pairs[str] = ()
    without: tuple[str, ...] = ()
    pressed: Pressure | None = None
    quota: Literal["return-agreements", "programmes"] | None = None
    denied: str | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """Every station that can follow by routing."""
        names = [target for branch in self.to for target, _ in branch.to]
        names += [target for _, target in self.pathways]
        if self.pressed is not None:
            names += [target for branch in self.pressed.to for target, _ in branch.to]
            names += [self.pressed.divert.to] if self.pressed.divert is not None else []
        if self.denied is not None:
            names.append(self.denied)
        if self.patience is not None:
            names.append(self.patience.to)
        return tuple(dict.fromkeys(names))

    def priority(self, nationality: str, demographic: Demographic) -> int:
        """Level of a class in line, 0 first."""
        if self.first:
            return 0
        ahead = (number for number, classes in enumerate(self.ahead) if classes.takes(nationality, demographic))
        return next(ahead, max(len(self.ahead), 1))


class Shift(Document):
    """From this local hour on, so many servers (name of a parameter)."""

    from_: int
    count: str

    @model_validator(mode="before")
    @classmethod
    def _reserved_word(cls, value: Any) -> Any:
        if isinstance(value, dict) and "from" in value:
            return {**{k: v for k, v in value.items() if k != "from"}, "from_": value["from"]}
        return value


class Pool(Document):
    servers: tuple[Shift, ...]


class Weighted(Document):
    """A weighted sum: names of parameters by station entered, and by site for person-days."""

    entries: Pairs[str] = ()
    days: Pairs[str] = ()


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Realised(Document):
    """What came of something announced: the outcome that tells, and the one both are shares of."""

    by: str
    of: str


class Measured(Document):
    """One outcome: what the simulator reports, and from what it is counted."""

    id: str
    name: Named
    unit: Literal["person", "night", "flight", "usd"]
    kind: Literal["flow", "stock"]
    group: str
    protection: bool = False
    gives: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    demographics: tuple[Demographic, ...] = ()
    entries: tuple[str, ...] = ()
    first_attempt: bool = False
    site: Annotated[tuple[str, ...], BeforeValidator(_one_or_many)] = ()
    station: str | None = None
    door: str | None = None
    over_hours: int | None = None
    nights: str | None = None
    cold: bool = False
    boarded: str | None = None
    departures: str | None = None
    mode: str | None = None
    weighted: Weighted | None = None
    realised: Realised | None = None
    """Given where people are counted by the share of them that the rules announce to return."""


class ColdMonths(Document):
    months: tuple[int, ...]
    source: str


class Process(Document):
    """The whole document."""

    id: str
    encounter: str
    custody: str
    lane: str | None = None
    clock_hours: tuple[int, ...]
    minutes_cv: str = "usual_cv"
    parameters: Pairs[Ranged]
    pools: Pairs[Pool]
    stations: tuple[Station, ...]
    outcomes: tuple[Measured, ...]
    cold_months: ColdMonths
    sides: Pairs[Named] = ()
    doubtful: tuple[Named, ...] = ()

    @classmethod
    def read(cls, border: Border) -> Process:
        """Read and check a border's network.

        Raises
        ------
        DocumentError
            A name that nobody defined, a cycle without a new attempt, a station without a way on.
        """
        source = read_yaml(border.network)
        process = validate(cls, source)
        sites = {row["site"] for row in border.sites}
        for problem, location in _mistakes(process, sites):
            raise DocumentError(
                problem,
                mend="correct the name or define it",
                file=source.path,
                line=source.line(location),
            )
        return process

    @cached_property
    def _by_id(self) -> dict[str, Station]:
        return {s.id: s for s in self.stations}

    def station(self, name: str) -> Station:
        """The station of a name."""
        return self._by_id[name]

    def quantity(self, name: str) -> Ranged:
        """The parameter of a name."""
        return dict(self.parameters)[name]

    def drawn(self, key: int | None) -> dict[str, float]:
        """Every parameter's value: drawn by `key`, or the stated one when there is no key."""
        if key is None:
            return {name: quantity.value for name, quantity in self.parameters}
        seeds = [fold(key, name) for name, _ in self.parameters]
        u = uniforms(np.array(seeds, dtype=np.uint64), "parameter")
        return {
            name: triangular(q.low, q.value, q.high, float(x)) for (name, q), x in zip(self.parameters, u, strict=True)
        }


def _mistakes(process: Process, sites: set[str]) -> list[tuple[str, tuple[int | str, ...]]]:
    """What is wrong with the names, each with its place in the file."""
    found: list[tuple[str, tuple[int | str, ...]]] = []
    names = [s.id for s in process.stations]
    parameters = {name for name, _ in process.parameters}
    pools = {name for name, _ in process.pools}
    for number, s in enumerate(process.stations):
        here = ("stations", number)
        if names.count(s.id) > 1:
            found.append((f"station {s.id!r} stands twice", here))
        for target in s.targets:
            if target not in names:
                found.append((f"station {s.id!r} leads to {target!r}, which is not a station", here))
        if s.site not in (None, "keep", *sites):
            found.append((f"station {s.id!r} is at {s.site!r}, which is not in sites.csv", here))
        if s.pool is not None and s.pool not in pools:
            found.append((f"station {s.id!r} uses pool {s.pool!r}, which does not exist", here))
        if (s.kind == "desk") != (s.pool is not None):
            found.append((f"station {s.id!r}: a desk has a pool, nothing else has", here))
        if (s.kind in ("exit", "slots", "departure")) == bool(s.targets):
            found.append((f"station {s.id!r} of kind {s.kind} has the wrong ways on", here))
        if (s.kind == "court") != (s.docket is not None) or (s.kind == "court" and len(s.targets) != 1):
            found.append((f"station {s.id!r}: a court has a docket and one way on, nothing else has a docket", here))
        if s.patience is not None and s.kind not in LINES:
            found.append((f"station {s.id!r}: nobody stands in line at a step of kind {s.kind}", here))
        if len(s.ahead) >= LEVELS:
            found.append((f"station {s.id!r}: at most {LEVELS - 1} classes go ahead of the others", here))
        if (s.kind == "quota") != (s.denied is not None):
            found.append((f"station {s.id!r}: a quota says where the denied go, nothing else does", here))
        for name in _parameter_names(s):
            if name not in parameters:
                found.append((f"station {s.id!r} uses parameter {name!r}, which does not exist", here))
    for label in (process.encounter, process.lane):
        if label is not None and label not in names:
            found.append((f"{label!r} is not a station", ("encounter",)))
    for number, outcome in enumerate(process.outcomes):
        for step in (*outcome.entries, outcome.station, outcome.boarded, outcome.departures):
            if step is not None and step not in names:
                place = ("outcomes", number)
                found.append((f"outcome {outcome.id!r} counts at {step!r}, which is not a station", place))
        for name in () if outcome.realised is None else (outcome.realised.by, outcome.realised.of):
            if name not in {o.id for o in process.outcomes}:
                found.append((f"outcome {outcome.id!r} is compared with {name!r}, which is none", ("outcomes", number)))
        for place_name in (*outcome.site, outcome.nights, outcome.door):
            if place_name is not None and place_name not in sites:
                place = ("outcomes", number)
                found.append((f"outcome {outcome.id!r} counts at {place_name!r}, which is not in sites.csv", place))
    return found or _endless(process)


def _parameter_names(s: Station) -> list[str]:
    names = [n for n in (s.added_member,) if n is not None]
    if s.time is not None:
        names += [s.time.mean, s.time.cv]
    if s.patience is not None:
        names += [s.patience.lasts.mean, s.patience.lasts.cv]
    if s.docket is not None:
        names.append(s.docket)
    if s.pressed is not None:
        names += [s.pressed.at] + ([s.pressed.divert.share] if s.pressed.divert is not None else [])
    for branch in (*s.to, *(s.pressed.to if s.pressed is not None else ())):
        names += [share for _, share in branch.to if share != REST]
    return names


def _endless(process: Process) -> list[tuple[str, tuple[int | str, ...]]]:
    """A cycle in which no new attempt begins would repeat its draws for ever."""
    onward = {s.id: set(s.targets) for s in process.stations if not s.new_attempt}
    state: dict[str, int] = {}

    def visit(name: str) -> bool:
        state[name] = 1
        for target in sorted(onward.get(name, ())):
            if target in onward and (state.get(target) == 1 or (target not in state and visit(target))):
                return True
        state[name] = 2
        return False

    for number, s in enumerate(process.stations):
        if s.id in onward and s.id not in state and visit(s.id):
            return [(f"station {s.id!r} lies on a cycle without a new attempt", ("stations", number))]
    return []
