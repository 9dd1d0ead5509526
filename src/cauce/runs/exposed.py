"""What people face day by day under a book, for every class: the join of rulebook and response."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from cauce.arrivals.effects import Bundle, Effects, Faced
from cauce.arrivals.response import Exposures
from cauce.policy.exposure import exposure
from cauce.policy.rulebook import Rulebook
from cauce.terms import Demographic


def exposures(classes: Sequence[tuple[str, Demographic]], book: Rulebook, days: Sequence[datetime]) -> Exposures:
    """Exposures of every class on every day, shape (class, day); days under one rule share the work."""
    bounds = book.change_points(min(days), max(days))
    rule = np.array([sum(b <= day for b in bounds) for day in days])
    found = np.empty((2, len(classes), len(days)))
    for number in np.unique(rule):
        when = days[int(np.flatnonzero(rule == number)[0])]
        faced = [exposure(book, when, n, d) for n, d in classes]
        found[0, :, rule == number] = [e.return_share for e in faced]
        found[1, :, rule == number] = [e.lawful_places_per_day for e in faced]
    return Exposures(found[0], found[1])


def faced(
    classes: Sequence[tuple[str, Demographic]], book: Rulebook, days: Sequence[datetime], effects: Effects
) -> Faced:
    """The same, apart from the measures whose effect was measured: the priors answer for the rest alone."""
    whole = exposures(classes, book, days)
    if not effects.measured:
        return Faced(whole, ())
    rest, each = effects.without(book)
    others = exposures(classes, rest, days)
    mine = np.array([n in effects.nationalities for n, _ in classes])[:, None]
    apart = Exposures(np.where(mine, others.returned, whole.returned), np.where(mine, others.places, whole.places))
    bundles = []
    for measured, without in zip(effects.measured, each, strict=True):
        names = set(measured.measures)
        in_force = np.array([names <= {m.id for m in book.at(day)} for day in days], dtype=np.float64)
        bundles.append(Bundle(whole, exposures(classes, without, days), in_force))
    return Faced(apart, tuple(bundles))
