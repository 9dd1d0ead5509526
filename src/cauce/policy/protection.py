"""What the book allows and the law forbids: found, said, and never hidden.

A `protection` is a measure like any other: in force on some days, for some people, against some measures.
Where a measure of those reaches the people all the same, there is a flag.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import product

from cauce.border import Named
from cauce.policy.measure import Measure, Reach
from cauce.policy.rulebook import Rulebook
from cauce.terms import Demographic


@dataclass(frozen=True)
class Flag:
    """A measure that does what a protection forbids, and from when."""

    measure: Measure
    protection: Measure
    since: datetime

    def says(self) -> Named:
        """One sentence in both languages, with the citation."""
        protects = self.protection.protects
        assert protects is not None  # only protections make flags
        name, says = self.measure.name, protects.says
        day, source = f"{self.since:%Y-%m-%d}", self.protection.source
        return Named(
            en=f"Against the law as the book has it: {name.en}, from {day}. {says.en} ({source}).",
            es=f"Contra la ley según el libro: {name.es}, desde {day}. {says.es} ({source}).",
        )


def flags(book: Rulebook, start: datetime, end: datetime) -> tuple[Flag, ...]:
    """Every breach of a protection between two instants, each once, with the first instant at which it is seen."""
    found: dict[tuple[str, str], Flag] = {}
    for when in (start, *book.change_points(start, end)):
        in_force = {m.id: m for m in book.at(when)}
        for protection in in_force.values():
            protects = protection.protects
            if protects is None or protects.unless in in_force:
                continue
            for measure in in_force.values():
                forbidden = measure.kind in protects.against or measure.id in protects.against
                forbidden |= _beyond(measure, protection, book.local(when))
                if forbidden and _meet(measure.applies_to, protection.applies_to):
                    found.setdefault((measure.id, protection.id), Flag(measure, protection, when))
    return tuple(found.values())


def _beyond(measure: Measure, protection: Measure, now: datetime) -> bool:
    """Whether a measure gives the protected people more of something than the law allows."""
    assert protection.protects is not None
    nationalities: tuple[str | None, ...] = protection.applies_to.nationalities or (None,)
    demographics: tuple[Demographic | None, ...] = protection.applies_to.demographics or (None,)
    for name, limit in protection.protects.limits:
        for nationality, demographic in product(nationalities, demographics):
            given = measure.value(name, now, nationality, demographic)
            if given is not None and given.value > limit:
                return True
    return False


def _meet(one: Reach, other: Reach) -> bool:
    """Whether there is anybody whom both concern."""
    return all(
        not a or not b or set(a) & set(b)
        for a, b in ((one.nationalities, other.nationalities), (one.demographics, other.demographics))
    )
