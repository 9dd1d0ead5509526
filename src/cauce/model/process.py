"""The process network as a document: `network.yaml` of a border, read, checked, frozen.

A *station* is a step, a *site* is a place with room for so many people, a *pool* a crew shared by several
steps.  Numbers are named parameters with a range and a source.  The document knows names; `network.py`
turns it into arrays.

A further document may say `extends: network.yaml`: what it says under a name already given stands instead,
the rest is added, and a `template` is written once for many sectors.  `within` is the border as such a
document sees it, with the further places and routes that it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from cauce.border import Border, Named, Row, read_rows
from cauce.documents import Document, Pairs, Ranged, Source, read_yaml, validate
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
    choice: str | None = None
    """Name of a choice of pathway that several stations ask for: one answer in an attempt, kept at all of them."""
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


def _in_order(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, dict) else value


class Process(Document):
    """The whole document."""

    id: str
    encounter: str
    """Where people enter; with several such stations the first, whose retries stand for all."""
    gates: tuple[tuple[str, str], ...] = ()
    """Sector -> station where its people enter, when `encounter` is given as a map."""
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

    @model_validator(mode="before")
    @classmethod
    def _several_gates(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("encounter"), dict) and value["encounter"]:
            gates = _in_order(value["encounter"])
            return {**value, "encounter": gates[0][1], "gates": gates}
        return value

    @classmethod
    def read(cls, border: Border) -> Process:
        """Read and check a border's network.

        Raises
        ------
        DocumentError
            A name that nobody defined, a cycle without a new attempt, a station without a way on.
        """
        source = read_yaml(border.network)
        extends = isinstance(source.value, dict) and "extends" in source.value
        process, places = _extended(source) if extends else (validate(cls, source), {})
        sites = {row["site"] for row in border.sites}
        for problem, location in _mistakes(process, sites):
            written, at = places.get(location, (source, location))
            raise DocumentError(problem, mend="correct the name or define it", file=written.path, line=written.line(at))
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


Where = tuple[int | str, ...]
Place = tuple[Source, Where]
Item = TypeVar("Item", Station, Measured)
Items = list[tuple[Any, Place]]
"""Stations or outcomes, and where each is written."""


class Template(Document):
    """Stations and outcomes written once: `{sector}` is each one's code, `{name}` in an outcome its name."""

    for_: str = Field(alias="for")
    in_: Pairs[Named] = Field(alias="in", min_length=1)
    stations: tuple[Station, ...] = ()
    outcomes: tuple[Measured, ...] = ()

    def filled(self, written: Item, code: str, name: Named) -> Item:
        """One of them for one sector."""
        text = written.model_dump_json(by_alias=True).replace("{" + self.for_ + "}", code)
        told = type(written).model_validate_json(text)
        if isinstance(told, Measured):
            names = {k: v.replace("{name}", getattr(name, k)) for k, v in told.name}
            return told.with_changes(name=Named(**names))
        return told


class Extension(Document):
    """A document that goes on from another; `sites` and `routes` name tables of further rows."""

    id: str
    extends: str
    sites: str | None = None
    routes: str | None = None
    encounter: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_in_order)] = ()
    parameters: Pairs[Ranged] = ()
    pools: Pairs[Pool] = ()
    stations: tuple[Station, ...] = ()
    outcomes: tuple[Measured, ...] = ()
    doubtful: tuple[Named, ...] = ()
    """When given, stands instead of what the other document doubts."""
    template: Template | None = None


@dataclass(frozen=True)
class Wider(Border):
    """A border as one of its further network documents sees it."""

    document: str = "network.yaml"

    @cached_property
    def network(self) -> Path:
        return self.root / self.document

    @cached_property
    def sites(self) -> tuple[Row, ...]:
        rows = super().sites
        return rows + self._further("sites", rows)

    @cached_property
    def routes(self) -> tuple[Row, ...]:
        rows = super().routes
        return rows + self._further("routes", rows)

    def _further(self, table: str, before: tuple[Row, ...]) -> tuple[Row, ...]:
        """Rows of the document's own table, whose columns are those of the border's."""
        source = read_yaml(self.network)
        name = source.value.get(table) if isinstance(source.value, dict) else None
        return () if name is None else read_rows(self.root / str(name), tuple(before[0]) if before else ())


def within(border: Border, document: str) -> Border:
    """The border as a network document of its folder sees it."""
    return border if document == border.network.name else Wider(border.root, document)


def _extended(source: Source) -> tuple[Process, dict[Where, Place]]:
    """The document that an extension makes of another, and where each station and outcome is written."""
    more = validate(Extension, source)
    before = read_yaml(source.path.parent / more.extends)
    if isinstance(before.value, dict) and "extends" in before.value:
        raise DocumentError(
            f"{more.extends!r} itself extends another document",
            mend="extend the first one",
            file=source.path,
            line=source.line(("extends",)),
        )
    base, form = validate(Process, before), more.template
    merged: dict[str, Items] = {}
    for part in ("stations", "outcomes"):
        mine = _listed(source, getattr(more, part), part)
        if form is not None:
            for item, place in _listed(source, getattr(form, part), "template", part):
                mine += [(form.filled(item, code, name), place) for code, name in form.in_]
        merged[part] = _merged(_listed(before, getattr(base, part), part), mine)
    process = base.with_changes(
        id=more.id,
        encounter=dict(more.encounter) or base.encounter,
        parameters={**dict(base.parameters), **dict(more.parameters)},
        pools={**dict(base.pools), **dict(more.pools)},
        doubtful=more.doubtful or base.doubtful,
        **{part: tuple(item for item, _ in items) for part, items in merged.items()},
    )
    places: dict[Where, Place] = {
        (part, n): place for part, items in merged.items() for n, (_, place) in enumerate(items)
    }
    places["encounter",] = (source if more.encounter else before), ("encounter",)
    return process, places


def _listed(source: Source, items: tuple[Any, ...], *at: str) -> Items:
    return [(item, (source, (*at, n))) for n, item in enumerate(items)]


def _merged(base: Items, more: Items) -> Items:
    """Those of the other document, each replaced by the one of the same id, then the rest."""
    ids, instead, added = {item.id for item, _ in base}, {}, []
    for item, place in more:
        if item.id in ids and item.id not in instead:
            instead[item.id] = item, place
        else:  # new, or a second one of a name, which is told as a mistake
            added.append((item, place))
    return [instead.get(item.id, (item, place)) for item, place in base] + added


def _mistakes(process: Process, sites: set[str]) -> list[tuple[str, Where]]:
    """What is wrong with the names, each with its place in the file."""
    found: list[tuple[str, Where]] = []
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
        if (s.kind in ("exit", "slots", "departure")) == bool(s.to or s.pathways):  # who gives up is another thing
            found.append((f"station {s.id!r} of kind {s.kind} has the wrong ways on", here))
        if s.choice is not None and not s.pathways:
            found.append((f"station {s.id!r} names a choice of pathway and has no pathways", here))
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
    for label in (process.encounter, process.lane, *(station for _, station in process.gates)):
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


def _endless(process: Process) -> list[tuple[str, Where]]:
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
