"""Conditions between measures: what is not sound in them, and when they can change.

A measure may wait for others (`condition`) or give way to another (`unless`).  Both must name measures of the
book, and must not lead back to themselves: what is in force is then a plain recursion that ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cauce.policy.measure import ALWAYS, Measure, instant


class UnsoundError(ValueError):
    """Conditions that cannot be worked out: of which measure, in which field, and the mend."""

    def __init__(self, measure: str, field: tuple[str, ...], cause: str, mend: str) -> None:
        super().__init__(f"{measure}: {cause}")
        self.measure, self.field, self.cause, self.mend = measure, field, cause, mend


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
