"""The rulebook: what was in force, for whom, where, on any day, and why.

`Rulebook.read(border)` takes every file of the border's `book/`.  A book never changes: `amend` gives a new
one, `known_on` one with only what was known by a day, `resolve` one in which the courts have decided.
Conditions ("if, and only if") are worked out for the instant asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import product
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import model_validator

from cauce.border import Border, read_rows
from cauce.documents import Document, Pairs, Source, read_yaml, validate
from cauce.errors import DocumentError, RequestError
from cauce.keys import key as fold
from cauce.policy import conditions
from cauce.policy.measure import Known, Measure, Span, covers
from cauce.terms import Demographic

UTC = ZoneInfo("UTC")
Level = Literal["stated", "reservation"]
"""What a party asks for: what it said, or what it would settle for."""


class Amendment(Document):
    """A diff over one measure: the fields given replace its own; `values` are merged by name."""

    measure: str
    set_: tuple[tuple[str, Any], ...]
    source: str

    @classmethod
    def of(cls, measure: str, source: str, **fields: Any) -> Amendment:
        return cls(measure=measure, source=source, set_=tuple(sorted(fields.items())))


@dataclass(frozen=True)
class Cap:
    """How many people a measure takes, per period."""

    measure: Measure
    amount: float
    zone: ZoneInfo

    @property
    def per(self) -> str:
        return self.measure.cap_per or "total"

    def period(self, when: datetime) -> tuple[int, ...]:
        """The counting period that an instant belongs to, in the law's zone."""
        day = when.astimezone(self.zone).date()
        fiscal = day.year + (day.month >= 10)
        periods = {"total": (), "month": (day.year, day.month), "fiscal-year": (fiscal,)}
        return periods.get(self.per, (day.toordinal(),))


RETURNS = ("expulsion", "return-agreement", "processing-pathway")
"""Kinds of the measures that say what happens after triage."""
MOST_REGIMES = 5_000  # kept in memory by a book and all its amendments; beyond that they are worked out again


@dataclass(frozen=True)
class Regime:
    """Measures of return and processing in force together, within one stretch of time of their values.

    answers : (nationality, demographic) -> (pathway, share), those that were asked for.
    """

    answers: dict[tuple[str, Demographic], tuple[tuple[str, float], ...]] = field(default_factory=dict)


class Rulebook(Document):
    """Measures, in the order of their names.  All instants are aware; the law's dates are in `zone`."""

    zone: str
    measures: tuple[Measure, ...]

    @classmethod
    def read(cls, border: Border) -> Rulebook:
        """Read a border's book, and refuse what is not sound.

        Raises
        ------
        DocumentError
            No source, overlapping spans, a value out of range, an unknown nationality, a key twice, a cap
            that cannot be counted, a condition on what does not exist or on itself.
        """
        measures = []
        places: dict[str, Source] = {}
        for path in border.book:
            source = read_yaml(path)
            value = _with_tables(source, border)
            measure = validate(Measure, source, value)
            if measure.id != path.stem:
                raise DocumentError(
                    f"measure {measure.id!r} stands in a file of another name",
                    mend=f"name the file {measure.id}.yaml",
                    file=path,
                    line=source.line(("id",)),
                )
            stranger = unknown_nationality(measure, border)
            if stranger is not None:
                raise DocumentError(
                    f"nationality {stranger!r} is not in nationalities.csv",
                    mend="use one of its codes",
                    file=path,
                    line=source.line(("applies_to", "nationalities")),
                )
            measures.append(measure)
            places[measure.id] = source
        try:
            conditions.check(measures)
        except conditions.UnsoundError as error:
            found = places[error.measure]
            raise DocumentError(error.cause, mend=error.mend, file=found.path, line=found.line(error.field)) from None
        return cls(zone=border.card.law_timezone, measures=tuple(measures))

    @model_validator(mode="after")
    def _sound(self) -> Self:
        conditions.check(self.measures)
        return self

    @cached_property
    def law(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _memo(self) -> dict[datetime, Mapping[str, tuple[Measure, ...]]]:
        """What is in force at the instants asked about so far."""
        return {}

    @cached_property
    def _standing(self) -> dict[str, dict[datetime, bool]]:
        """The same by measure; a book and its amendments share what the amendments do not touch."""
        return {}

    @cached_property
    def _regimes(self) -> dict[tuple[tuple[object, int], ...], Regime]:
        return {}

    def regime(self, now: datetime) -> Regime:
        """What the rules of return and processing are at a local instant: the same object whenever they are.

        A book and its amendments share their regimes, so that whoever works something out for one (such as the
        shares of the pathways) finds it again wherever an amendment changed nothing.
        """
        found = self._met_regimes.get(now)
        if found is None:
            key = tuple((m.token, m.turn(now)) for kind in RETURNS for m in self.on(now)[kind])
            if len(self._regimes) >= MOST_REGIMES:
                self._regimes.clear()
            found = self._met_regimes[now] = self._regimes.setdefault(key, Regime())
        return found

    @cached_property
    def _met_regimes(self) -> dict[datetime, Regime]:
        return {}

    @cached_property
    def _by_id(self) -> dict[str, Measure]:
        return {m.id: m for m in self.measures}

    def measure(self, name: str) -> Measure:
        """The measure of a name.

        Raises
        ------
        DocumentError
            There is none.
        """
        try:
            return self._by_id[name]
        except KeyError:
            known = ", ".join(self._by_id)
            raise DocumentError(f"there is no measure {name!r}", mend=f"use one of {known}") from None

    def local(self, when: date | datetime) -> datetime:
        """An instant (or the first minute of a date) as naive local time of the law."""
        if not isinstance(when, datetime):
            return datetime.combine(when, datetime.min.time())
        if when.tzinfo is None:
            raise RequestError(f"{when} does not say in which zone", mend="give an instant with its zone")
        return when.astimezone(self.law).replace(tzinfo=None)

    def at(self, when: date | datetime) -> tuple[Measure, ...]:
        """Measures in force, conditions resolved."""
        return self.on(self.local(when))[""]

    def on(self, now: datetime) -> Mapping[str, tuple[Measure, ...]]:
        """Measures in force at a local instant, by kind; all of them under the empty name."""
        known = self._memo.get(now)
        if known is None:
            found: dict[str, list[Measure]] = defaultdict(list)
            for measure in self.measures:
                if self.is_in_force(measure, now):
                    found[""].append(measure)
                    found[measure.kind].append(measure)
            known = self._memo[now] = defaultdict(tuple, {kind: tuple(given) for kind, given in found.items()})
        return known

    def is_in_force(self, measure: Measure, now: datetime) -> bool:
        """Whether a measure bites at a local instant, its conditions met (or lapsed within the notice)."""
        if measure is not self._by_id.get(measure.id):  # a stranger's answer is nobody else's
            return self._bites(measure, now)
        known = self._standing.setdefault(measure.id, {})
        if now not in known:
            known[now] = self._bites(measure, now)
        return known[now]

    def _bites(self, measure: Measure, now: datetime) -> bool:
        if not any(covers(span, now) for span in measure.in_force):
            return False
        if measure.unless is not None and self.is_in_force(self.measure(measure.unless), now):
            return False
        if measure.condition is None or not self.unmet(measure, now):
            return True
        return any(self._cooperated(measure, then) for then in self._within_notice(measure, now))

    def _within_notice(self, measure: Measure, now: datetime) -> list[datetime]:
        """Instants that tell whether the conditions were met at any time within the notice."""
        assert measure.condition is not None
        begun = now - timedelta(days=measure.condition.notice_days)
        return [begun, *(m for m in self._moments[measure.id] if begun < m < now)]

    def _cooperated(self, measure: Measure, then: datetime) -> bool:
        return any(covers(span, then) for span in measure.in_force) and not self.unmet(measure, then)

    @cached_property
    def _moments(self) -> dict[str, frozenset[datetime]]:
        return conditions.moments(self.measures)

    def terms(self, measure: Measure, now: datetime) -> tuple[conditions.Term, ...]:
        """The conditions of a measure at a local instant: what is asked, what there is, and whether it binds."""
        required = () if measure.condition is None else measure.condition.requires
        levers = (self.measure(name) for name in required)
        return tuple(conditions.term(lever, self.is_in_force(lever, now), now) for lever in levers)

    def unmet(self, measure: Measure, now: datetime) -> tuple[str, ...]:
        """The conditions of a measure that are not met at a local instant: those that bind."""
        return tuple(term.lever.id for term in self.terms(measure, now) if term.binds)

    def amend(self, *amendments: Amendment) -> Rulebook:
        """A new book with some measures changed; with no amendment the same book, to the bit."""
        if not amendments:
            return self
        changed = dict(self._by_id)
        for amendment in amendments:
            measure = changed.get(amendment.measure) or self.measure(amendment.measure)
            fields = dict(amendment.set_)
            if "in_force" in fields:
                known = {"known": measure.history[-1].known, "in_force": fields.pop("in_force")}
                fields["history"] = (*measure.history[:-1], known)
            if "values" in fields:
                fields["values"] = {**dict(measure.values), **dict(fields["values"])}
            changed[amendment.measure] = measure.with_changes(**fields)
        return self._with(changed.values())

    def _with(self, measures: Iterable[Measure]) -> Rulebook:
        """A book of these measures, which remembers what this one knows of those that did not change."""
        new = Rulebook(zone=self.zone, measures=tuple(measures))
        new.__dict__["_regimes"] = self._regimes
        changed = (m.id for m in new.measures if m is not self._by_id.get(m.id))
        stale = conditions.touched(new.measures, changed)
        for measure in new.measures:
            if measure.id not in stale:  # what is known of it stays true: both books write into one memory
                new._standing[measure.id] = self._standing.setdefault(measure.id, {})
        return new

    def known_on(self, day: date, offered: frozenset[str] = frozenset()) -> Rulebook:
        """The book as it stood on a day: measures announced by then, spans and values as then known.

        Measures in `offered` that were announced later are kept as ideas on a table: never in force, until
        an amendment says when.
        """
        kept = []
        for measure in self.measures:
            versions = tuple(k for k in measure.history if k.known <= day)
            if measure.announced > day or not versions:
                if measure.id in offered:
                    kept.append(measure.with_changes(history=(Known(known=day, in_force=()),)))
                continue
            known = {
                name: tuple(v for v in given if v.known_by is None or v.known_by <= f"{day:%Y-%m}")
                for name, given in measure.values
            }
            values = {name: given for name, given in known.items() if given}
            cap_per = measure.cap_per if "cap" in values else None
            kept.append(measure.with_changes(history=versions, values=values, cap_per=cap_per))
        while True:  # what waits for something unknown is unknown too
            names = {m.id for m in kept}
            left = [m for m in kept if m.condition is None or set(m.condition.requires) <= names]
            if len(left) == len(kept):
                break
            kept = left
        kept = [m if m.unless is None or m.unless in names else m.with_changes(unless=None) for m in kept]
        return Rulebook(zone=self.zone, measures=tuple(kept))

    def resolve(self, key: int, level: Level = "stated") -> Rulebook:
        """The book in which every uncertain end has been drawn, by `key` and the measure's name.

        With `level="reservation"` the parties also settle for what was drawn from their reservations.
        """
        decided = self._with_spans(
            {m.id: tuple(_decided(s, fold(key, "branch", m.id, s.from_)) for s in m.in_force) for m in self.measures}
        )
        return decided if level == "stated" else decided.at_reservation(key)

    def at_reservation(self, key: int | None = None) -> Rulebook:
        """The book in which conditions ask for reservation levels: drawn by `key`, or the most likely without one."""
        return self._with(conditions.at_reservation(m, key) for m in self.measures)

    def branches(self) -> tuple[tuple[float, Rulebook], ...]:
        """Every way the uncertain ends may go, with its probability; they add up to one.

        The ends of different measures are taken as independent of one another.
        """
        open_ended = [m for m in self.measures if any(s.branches for s in m.in_force)]
        ways = [tuple(product(*(_ways(span) for span in m.in_force))) for m in open_ended]
        found = []
        for taken in product(*ways):
            probability, spans = 1.0, {}
            for measure, way in zip(open_ended, taken, strict=True):
                spans[measure.id] = tuple(span for _, span in way)
                for chance, _ in way:
                    probability *= chance
            found.append((probability, self._with_spans(spans)))
        return tuple(found)

    def _with_spans(self, spans: dict[str, tuple[Span, ...]]) -> Rulebook:
        changed = []
        for measure in self.measures:
            if spans.get(measure.id, measure.in_force) != measure.in_force:
                last = Known(known=measure.history[-1].known, in_force=spans[measure.id])
                measure = measure.with_changes(history=(*measure.history[:-1], last))
            changed.append(measure)
        return self._with(changed)

    def change_points(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Instants (UTC, ascending) from `start` to `end` at which a span, a value or a notice changes."""
        moments = frozenset().union(*self._moments.values())
        aware = (m.replace(tzinfo=self.law).astimezone(UTC) for m in moments)
        return tuple(sorted(m for m in aware if start <= m <= end))

    def capped(self, kind: str, when: datetime) -> tuple[Cap, ...]:
        """Caps of the measures of a kind that are in force."""
        caps = (self.cap(m.id, when) for m in self.at(when) if m.kind == kind)
        return tuple(cap for cap in caps if cap is not None)

    def cap(self, name: str, when: datetime) -> Cap | None:
        """The cap of a measure at an instant, less what its book says is used; None when it has none."""
        measure = self._by_id.get(name)
        if measure is None or all(m is not measure for m in self.at(when)):
            return None
        amount, used = (measure.value(value, self.local(when)) for value in ("cap", "used"))
        if amount is None:
            return None
        return Cap(measure, max(amount.value - (0 if used is None else used.value), 0), self.law)


def _ways(span: Span) -> tuple[tuple[float, Span], ...]:
    """(probability, decided span) of each branch; a certain span is its only way."""
    if not span.branches:
        return ((1.0, span),)
    return tuple((b.probability, Span(from_=span.from_, until=b.until, status=span.status)) for b in span.branches)


def _decided(span: Span, key: int) -> Span:
    """A span with one of its branches taken."""
    ways, uniform, total = _ways(span), key / 2**64, 0.0
    for probability, decided in ways:
        total += probability
        if uniform < total:
            return decided
    return ways[-1][1]


class Lookup(Document):
    """Values that stand in a reference table, one a class of people."""

    table: str
    column: str
    where: Pairs[str] = ()
    known_by: str | None = None
    source: str


def _with_tables(source: Source, border: Border) -> Any:
    """The file's value, with `{table: ..., column: ...}` turned into one value a class."""
    value = source.value
    if not isinstance(value, dict) or not isinstance(value.get("values"), dict):
        return value
    values = {}
    for name, given in value["values"].items():
        rows: list[Any] = []
        for entry in given if isinstance(given, list) else [given]:
            if isinstance(entry, dict) and "table" in entry:
                lookup = validate(Lookup, source, entry, ("values", name))
                if not (border.root / "reference" / lookup.table).is_file():
                    raise DocumentError(
                        f"there is no reference table {lookup.table!r}",
                        mend="check the name",
                        file=source.path,
                        line=source.line(("values", name)),
                    )
                rows += _table_values(lookup, border)
            else:
                rows.append(entry)
        values[name] = rows
    return {**value, "values": values}


def _table_values(lookup: Lookup, border: Border) -> list[dict[str, Any]]:
    columns = ("nationality", "demographic", lookup.column, "low", "high", *(name for name, _ in lookup.where))
    return [
        {
            "value": row.number(lookup.column),
            "low": row.number("low"),
            "high": row.number("high"),
            "nationalities": [row["nationality"]],
            "demographics": [row["demographic"]],
            "known_by": lookup.known_by,
            "source": lookup.source,
        }
        for row in read_rows(border.reference(lookup.table), columns)
        if all(row[column] == wanted for column, wanted in lookup.where)
    ]


def unknown_nationality(measure: Measure, border: Border) -> str | None:
    """A nationality that a measure names and the border does not list."""
    named = set(measure.applies_to.nationalities)
    named |= {n for _, given in measure.values for v in given for n in v.nationalities}
    return min(named - set(border.nationalities), default=None)
