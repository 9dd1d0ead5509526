"""The rulebook: what was in force, for whom, where, on any day, and why.

`Rulebook.read(border)` takes every file of the border's `book/`.  A book never changes: `amend` gives a new
one, `known_on` one with only what was known by a day, `resolve` one in which the courts have decided.
Conditions ("if, and only if") are worked out for the instant asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import PrivateAttr

from cauce.border import Border, read_rows
from cauce.documents import Document, Source, read_yaml, validate
from cauce.errors import DocumentError
from cauce.keys import key as fold
from cauce.policy.measure import Known, Measure, Span, Value
from cauce.terms import Demographic

UTC = ZoneInfo("UTC")


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


class Rulebook(Document):
    """Measures, in the order of their names.  All instants are aware; the law's dates are in `zone`."""

    zone: str
    measures: tuple[Measure, ...]
    _memo: dict[Any, Any] = PrivateAttr(default_factory=dict)

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
            _check_nationalities(measure, source, border)
            measures.append(measure)
            places[measure.id] = source
        book = cls(zone=border.card.law_timezone, measures=tuple(measures))
        _check_conditions(book, places)
        return book

    @cached_property
    def law(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

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
        return when.astimezone(self.law).replace(tzinfo=None)

    def at(self, when: date | datetime) -> tuple[Measure, ...]:
        """Measures in force, conditions resolved."""
        now = self.local(when)
        if now not in self._memo:
            self._memo[now] = tuple(m for m in self.measures if self.is_in_force(m, now))
        found: tuple[Measure, ...] = self._memo[now]
        return found

    def is_in_force(self, measure: Measure, now: datetime) -> bool:
        """Whether a measure bites at a local instant, its conditions met (or lapsed within the notice)."""
        if not any(_covers(span, now) for span in measure.in_force):
            return False
        if measure.unless is not None and self.is_in_force(self.measure(measure.unless), now):
            return False
        if measure.condition is None:
            return True
        notice = timedelta(days=measure.condition.notice_days)
        return not self.unmet(measure, now) or (
            notice > timedelta(0)
            and any(_covers(span, now - notice) for span in measure.in_force)
            and not self.unmet(measure, now - notice)
        )

    def unmet(self, measure: Measure, now: datetime) -> tuple[str, ...]:
        """The conditions of a measure that are not met at a local instant: those that bind."""
        if measure.condition is None:
            return ()
        return tuple(name for name in measure.condition.requires if not self._met(self.measure(name), now))

    def _met(self, lever: Measure, now: datetime) -> bool:
        if not self.is_in_force(lever, now):
            return False
        level, stated = lever.value("level", now), lever.value("stated", now)
        return level is None or stated is None or level.value >= stated.value

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
        return Rulebook(zone=self.zone, measures=tuple(changed.values()))

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
            values = tuple(
                (name, tuple(v for v in given if v.known_by is None or v.known_by <= f"{day:%Y-%m}"))
                for name, given in measure.values
            )
            kept.append(measure.with_changes(history=versions, values=values))
        names = {m.id for m in kept}
        kept = [m for m in kept if m.condition is None or set(m.condition.requires) <= names]
        return Rulebook(zone=self.zone, measures=tuple(kept))

    def resolve(self, key: int) -> Rulebook:
        """The book in which every uncertain end has been drawn, by `key` and the measure's name."""
        changed = []
        for measure in self.measures:
            spans = tuple(_decided(s, fold(key, "branch", measure.id, s.from_)) for s in measure.in_force)
            if spans != measure.in_force:
                last = Known(known=measure.history[-1].known, in_force=spans)
                measure = measure.with_changes(history=(*measure.history[:-1], last))
            changed.append(measure)
        return Rulebook(zone=self.zone, measures=tuple(changed))

    def change_points(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Instants (UTC, ascending) from `start` to `end` at which a span, a value or a notice changes."""
        moments: set[datetime] = set()
        for measure in self.measures:
            own = {m for s in measure.in_force for m in (s.from_, s.until) if m is not None}
            own |= {v.from_ for _, given in measure.values for v in given}
            moments |= {datetime.fromisoformat(m) for m in own}
            if measure.condition is not None and measure.condition.notice_days:
                notice = timedelta(days=measure.condition.notice_days)
                for name in measure.condition.requires:
                    ends = [s.until for s in self.measure(name).in_force if s.until is not None]
                    moments |= {datetime.fromisoformat(m) + notice for m in ends}
        aware = (m.replace(tzinfo=self.law).astimezone(UTC) for m in moments if m.year > 1900)
        return tuple(sorted(m for m in aware if start <= m <= end))

    def capped(self, kind: str, when: datetime) -> tuple[Cap, ...]:
        """Caps of the measures of a kind that are in force."""
        caps = (self.cap(m.id, when) for m in self.at(when) if m.kind == kind)
        return tuple(cap for cap in caps if cap is not None)

    def cap(self, name: str, when: datetime) -> Cap | None:
        """The cap of a measure at an instant, less what its book says is used; None when it has none."""
        measure = self._by_id.get(name)
        if measure is None or measure not in self.at(when):
            return None
        amount, used = (measure.value(value, self.local(when)) for value in ("cap", "used"))
        if amount is None:
            return None
        return Cap(measure, max(amount.value - (0 if used is None else used.value), 0), self.law)


def _covers(span: Span, now: datetime) -> bool:
    if span.status != "active" or now < datetime.fromisoformat(span.from_):
        return False
    return span.until is None or now < datetime.fromisoformat(span.until)


def _decided(span: Span, key: int) -> Span:
    """An uncertain span with one of its branches taken."""
    if not span.branches:
        return span
    uniform, total = key / 2**64, 0.0
    for branch in span.branches:
        total += branch.probability
        if uniform < total:
            break
    return Span(from_=span.from_, until=branch.until, status=span.status)


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
                rows += _table_values(entry, border)
            else:
                rows.append(entry)
        values[name] = rows
    return {**value, "values": values}


def _table_values(entry: dict[str, Any], border: Border) -> list[dict[str, Any]]:
    given = {k: v for k, v in entry.items() if k not in ("table", "column", "where")}
    found = []
    for row in read_rows(border.reference(entry["table"]), ("nationality", "demographic", entry["column"])):
        if all(row[column] == wanted for column, wanted in entry.get("where", {}).items()):
            number = row.number(entry["column"])
            found.append(
                {
                    **given,
                    "value": number,
                    "low": row.number("low"),
                    "high": row.number("high"),
                    "nationalities": [row["nationality"]],
                    "demographics": [row["demographic"]],
                }
            )
    return found


def _check_nationalities(measure: Measure, source: Source, border: Border) -> None:
    named = set(measure.applies_to.nationalities)
    named |= {n for _, given in measure.values for v in given for n in v.nationalities}
    for code in sorted(named - set(border.nationalities)):
        raise DocumentError(
            f"nationality {code!r} is not in nationalities.csv",
            mend="use one of its codes",
            file=source.path,
            line=source.line(("applies_to", "nationalities")),
        )


def _check_conditions(book: Rulebook, places: dict[str, Source]) -> None:
    names = {m.id for m in book.measures}
    needs = {m.id: m.condition.requires for m in book.measures if m.condition is not None}
    for m in book.measures:
        if m.unless is not None and (m.unless not in names or book.measure(m.unless).unless is not None):
            raise DocumentError(
                f"it gives way to {m.unless!r}, which is not a measure that stands by itself",
                mend="name a measure that gives way to nothing",
                file=places[m.id].path,
                line=places[m.id].line(("unless",)),
            )
    for name, requires in needs.items():
        for wanted in requires:
            if wanted not in names:
                raise DocumentError(
                    f"the condition asks for {wanted!r}, which is not a measure",
                    mend="correct the name or add the measure",
                    file=places[name].path,
                    line=places[name].line(("condition", "requires")),
                )
        cycle = _cycle(name, needs, ())
        if cycle:
            raise DocumentError(
                f"the conditions go in a circle: {' needs '.join(cycle)}",
                mend="remove one of these conditions",
                file=places[name].path,
                line=places[name].line(("condition",)),
            )


def _cycle(name: str, needs: dict[str, tuple[str, ...]], path: tuple[str, ...]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    for wanted in needs.get(name, ()):
        found = _cycle(wanted, needs, (*path, name))
        if found:
            return found
    return ()


def pathway_shares(
    book: Rulebook, when: datetime, nationality: str, demographic: Demographic
) -> tuple[tuple[str, float], ...]:
    """What happens after triage: (pathway, share), summing to one.

    Expulsions take their shares first, in the book's order and only where somebody accepts the person; the
    rest is divided over the processing pathways in proportion to their weights for the class.
    """
    now, left, shares = book.local(when), 1.0, []
    for pathway, share in _expelled(book, when, nationality, demographic):
        shares.append((pathway, share * left))
        left *= 1 - share
    weights = []
    for measure in book.at(when):
        if measure.kind == "processing-pathway" and measure.applies_to.concerns(nationality, demographic):
            weight = measure.value("weight", now, nationality, demographic)
            if weight is not None and weight.value > 0:
                weights.append((measure.pathway or "", weight.value))
    total = sum(w for _, w in weights)
    if left > 0 and total == 0:
        raise DocumentError(
            f"on {now:%Y-%m-%d} no processing pathway takes {demographic} of {nationality}",
            mend="give one a weight for this class in the book",
        )
    return (*shares, *((pathway, left * w / total) for pathway, w in weights if left > 0))


def _expelled(book: Rulebook, when: datetime, nationality: str, demographic: Demographic) -> list[tuple[str, float]]:
    now, found = book.local(when), []
    agreement = accepting(book, when, nationality, demographic)
    for measure in book.at(when):
        if measure.kind != "expulsion" or not measure.applies_to.concerns(nationality, demographic):
            continue
        if measure.needs_agreement and agreement is None:
            continue
        share: Value | None = measure.value("share", now, nationality, demographic)
        if measure.needs_agreement and agreement is not None:
            own = agreement.value(f"share:{measure.id}", now, nationality, demographic)
            share = own if own is not None else share
        if share is not None and share.value > 0:
            found.append((measure.pathway or "", share.value))
    return found


def accepting(book: Rulebook, when: datetime, nationality: str, demographic: Demographic) -> Measure | None:
    """The return agreement in force that accepts a class, or None."""
    for measure in book.at(when):
        if measure.kind == "return-agreement" and measure.applies_to.concerns(nationality, demographic):
            return measure
    return None


@dataclass(frozen=True)
class Exposure:
    """The facts, known beforehand, that people of a class can react to."""

    return_share: float
    """Probability of being returned over the border when met between ports."""
    lawful_places_per_day: float
    """People of the nationality's programmes who can be authorised a day (shared with others)."""
    entry_required: bool
    """Whether a country on the way asks for a visa."""
    days_to_deadline: float
    """Days until an expulsion rule is announced to end; infinite when no end is announced."""


def exposure(book: Rulebook, when: datetime, nationality: str, demographic: Demographic) -> Exposure:
    """Exposure of a class at an instant; arrivals read it, the simulator prints the realised share beside it."""
    now, left = book.local(when), 1.0
    for _, share in _expelled(book, when, nationality, demographic):
        left *= 1 - share
    places, required, deadline = 0.0, False, float("inf")
    for measure in book.at(when):
        if not measure.applies_to.concerns(nationality, demographic):
            continue
        if measure.kind == "programme":
            supply = measure.value("supply_per_day", now, nationality)
            places += 0.0 if supply is None else supply.value
        required |= measure.kind == "entry-requirement"
        if measure.kind == "expulsion":
            ends = [datetime.fromisoformat(s.until) for s in measure.in_force if s.until and _covers(s, now)]
            deadline = min([deadline, *((end - now) / timedelta(days=1) for end in ends)])
    return Exposure(1 - left, places, required, deadline)
