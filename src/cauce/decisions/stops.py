"""What ends when a party stops: its amendment holds until a day, and from then on what would be there without a deal.

ended    an amendment that ends on a day
dated    whether an amendment can end at all
"""

from __future__ import annotations

from collections.abc import Iterable

from cauce.policy.measure import Measure, Moment, Span, Value, instant
from cauce.policy.rulebook import Amendment


def ended(amendment: Amendment, given: Measure, ground: Measure, end: Moment, *, bare: bool = False) -> Amendment:
    """The amendment until a moment, and from then on the spans and values of the ground.

    Parameters
    ----------
    given, ground : Measure
        The amended measure, and the measure as it is without a deal.
    bare
        Whether the ground's spans do not count, as a condition holds it back there.
    """
    fields = dict(amendment.set_)
    after = () if bare else _after(ground.in_force, end)
    # of what is no longer in force no value is asked
    back = bool(after) or "in_force" not in fields
    if "in_force" in fields and (bare or given.in_force != ground.in_force):
        fields["in_force"] = [*_before(given.in_force, end), *after]
    if "values" in fields and back:
        held = dict(ground.values)
        fields["values"] = {
            name: _restored(values, held[name], end) if name in held else values
            for name, values in given.values if name in fields["values"]
        }  # fmt: skip
    return Amendment.of(amendment.measure, amendment.source, **fields)


def dated(amendment: Amendment, ground: Measure) -> bool:
    """Whether what an amendment does can end: spans can, and values that the measure has without it.

    A condition ends with what it is set on.
    """
    fields, held = dict(amendment.set_), dict(ground.values)
    values = fields.get("values", {})
    undated = fields.keys() - {"in_force", "values", "condition"} or values.keys() - held.keys()
    return "in_force" in fields or not undated


def _before(spans: Iterable[Span], end: Moment) -> list[Span]:
    """What of the spans lies before a moment."""
    return [
        span if span.until is not None and instant(span.until) <= instant(end) else span.with_changes(until=end)
        for span in spans if instant(span.from_) < instant(end)
    ]  # fmt: skip


def _after(spans: Iterable[Span], end: Moment) -> list[Span]:
    """What of the spans lies after a moment."""
    return [
        span if instant(span.from_) >= instant(end) else span.with_changes(from_=end)
        for span in spans if span.until is None or instant(span.until) > instant(end)
    ]  # fmt: skip


def _restored(given: tuple[Value, ...], ground: tuple[Value, ...], end: Moment) -> list[Value]:
    """Values as given until a moment, and as on the ground from then on, for whomever either speaks of."""
    found = [v for v in given if instant(v.from_) < instant(end)]
    known = [v for v in ground if instant(v.from_) <= instant(end)]
    for whom in dict.fromkeys((v.nationalities, v.demographics) for v in (*found, *known)):
        everybody = ((), ())
        held = [v for v in known if (v.nationalities, v.demographics) in (whom, everybody)]
        if held:
            nearest = max(held, key=lambda v: ((v.nationalities, v.demographics) == whom, instant(v.from_)))
            found.append(nearest.with_changes(from_=end, nationalities=whom[0], demographics=whom[1]))
    return [*found, *(v for v in ground if instant(v.from_) > instant(end))]
