"""Conditions between measures: what is not sound in them, and when they can change.

A measure may wait for others (`condition`) or give way to another (`unless`).  Both must name measures of the
book, and must not lead back to themselves: what is in force is then a plain recursion that ends.

What a party asks of a lever has two levels.  `stated` is what it said; `reservation` is what it would settle
for, which nobody knows and which is therefore a range.  A book asks for what was stated, unless it was resolved
at reservations: then each lever carries what was drawn for it as `asked`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cauce.keys import key as fold
from cauce.keys import triangular
from cauce.policy.measure import ALWAYS, Measure, Value, instant


class UnsoundError(ValueError):
    """Conditions that cannot be worked out: of which measure, in which field, and the mend."""

    def __init__(self, measure: str, field: tuple[str, ...], cause: str, mend: str) -> None:
        super().__init__(f"{measure}: {cause}")
        self.measure, self.field, self.cause, self.mend = measure, field, cause, mend


@dataclass(frozen=True)
class Term:
    """One condition at an instant: what the party asks of the lever, and what there is."""

    lever: Measure
    in_force: bool
    level: Value | None
    asked: Value | None

    @property
    def met(self) -> bool:
        """A lever without a level is met by being in force."""
        if not self.in_force or self.level is None or self.asked is None:
            return self.in_force
        return self.level.value >= self.asked.value

    @property
    def binds(self) -> bool:
        return not self.met


def term(lever: Measure, in_force: bool, now: datetime) -> Term:
    """The condition on a lever at a local instant."""
    drawn = lever.value("asked", now)
    asked = drawn if drawn is not None else lever.value("stated", now)
    return Term(lever, in_force, lever.value("level", now), asked)


def at_reservation(lever: Measure, key: int | None) -> Measure:
    """The lever as asked for by a party that settles for its reservation; as it was when it has none.

    The draw is triangular over the range, by `key` and the lever's name: two books with one key ask the same.
    Without a key the party settles for the most likely.
    """
    reservations = dict(lever.values).get("reservation", ())
    if not reservations:
        return lever
    uniform = None if key is None else fold(key, "reservation", lever.id) / 2**64
    asked = []
    for held in reservations:
        level = held.value if uniform is None else triangular(held.low, held.value, held.high, uniform)
        source = f"drawn from the reservation ({held.source})"
        asked.append(held.with_changes(value=level, low=level, high=level, source=source))
    return lever.with_changes(values={**dict(lever.values), "asked": tuple(asked)})


def needs(measure: Measure) -> tuple[str, ...]:
    """Names of the measures on which this one depends."""
    required = () if measure.condition is None else measure.condition.requires
    return (*required, *(() if measure.unless is None else (measure.unless,)))


def check(measures: Iterable[Measure]) -> None:
    """Refuse conditions on what does not exist, and circles.

    Raises
    ------
    UnsoundError
        The first mistake found.
    """
    by_id = {m.id: m for m in measures}
    for m in by_id.values():
        field = ("unless",) if m.condition is None else ("condition", "requires")
        for wanted in needs(m):
            if wanted not in by_id:
                cause = f"the condition asks for {wanted!r}, which is not a measure"
                raise UnsoundError(m.id, field, cause, "correct the name or add the measure")
        circle = _circle(m.id, by_id, ())
        if circle:
            cause = f"the conditions go in a circle: {' needs '.join(circle)}"
            raise UnsoundError(m.id, field, cause, "remove one of these conditions")


def _circle(name: str, by_id: Mapping[str, Measure], path: tuple[str, ...]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    for wanted in needs(by_id[name]) if name in by_id else ():
        found = _circle(wanted, by_id, (*path, name))
        if found:
            return found
    return ()


def touched(measures: Iterable[Measure], changed: Iterable[str]) -> set[str]:
    """Names of the changed measures and of all that depend on them, directly or through others."""
    found, listed = set(changed), tuple(measures)
    while True:
        more = {m.id for m in listed if m.id not in found and found.intersection(needs(m))}
        if not more:
            return found
        found |= more


def moments(measures: Iterable[Measure]) -> dict[str, frozenset[datetime]]:
    """For each measure, every local instant at which its being in force or a value may change.

    Between two of them nothing about it changes.  Where something that a condition waits for may end, the
    cooperation may end too, once the notice has run out.
    """
    by_id = {m.id: m for m in measures}
    found: dict[str, tuple[frozenset[datetime], frozenset[datetime]]] = {}

    def of(name: str) -> tuple[frozenset[datetime], frozenset[datetime]]:
        """(all instants, those at which it may end)."""
        if name not in found:
            measure = by_id[name]
            ends = {instant(span.until) for span in measure.in_force if span.until is not None}
            ends |= {instant(v.from_) for _, given in measure.values for v in given if v.from_ != ALWAYS}
            changes = ends | {instant(span.from_) for span in measure.in_force}
            if measure.unless is not None:
                changes |= of(measure.unless)[0]
                ends |= of(measure.unless)[0]
            if measure.condition is not None:
                notice = timedelta(days=measure.condition.notice_days)
                for wanted in measure.condition.requires:
                    late = {end + notice for end in of(wanted)[1]}
                    changes |= of(wanted)[0] | late
                    ends |= late
            found[name] = frozenset(changes), frozenset(ends)
        return found[name]

    return {name: of(name)[0] for name in by_id}
