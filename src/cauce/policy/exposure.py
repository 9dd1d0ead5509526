"""What the book does to a class of people on a day, in numbers.

`pathway_shares` is what happens after triage, `accepting` who takes them back, and `exposure` the facts that
people can know beforehand and react to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cauce.errors import DocumentError
from cauce.policy.measure import Measure, Value, covers, instant
from cauce.policy.rulebook import Rulebook
from cauce.terms import Demographic


def pathway_shares(
    book: Rulebook, when: datetime, nationality: str, demographic: Demographic
) -> tuple[tuple[str, float], ...]:
    """What happens after triage: (pathway, share), summing to one.

    Expulsions take their shares first, in the book's order and only where somebody accepts the person; the
    rest is divided over the processing pathways in proportion to their weights for the class.
    """
    now = book.local(when)
    answers, asked = book.regime(now).answers, (nationality, demographic)
    if asked not in answers:
        answers[asked] = _worked_out(book, now, nationality, demographic)
    return answers[asked]


def _worked_out(
    book: Rulebook, now: datetime, nationality: str, demographic: Demographic
) -> tuple[tuple[str, float], ...]:
    left, shares = 1.0, []
    for pathway, share in _expelled(book, now, nationality, demographic):
        shares.append((pathway, share * left))
        left *= 1 - share
    weights = []
    for measure in book.on(now)["processing-pathway"]:
        if measure.applies_to.concerns(nationality, demographic):
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


def _expelled(book: Rulebook, now: datetime, nationality: str, demographic: Demographic) -> list[tuple[str, float]]:
    found, agreement = [], _accepting(book, now, nationality, demographic)
    for measure in book.on(now)["expulsion"]:
        if not measure.applies_to.concerns(nationality, demographic):
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
    return _accepting(book, book.local(when), nationality, demographic)


def _accepting(book: Rulebook, now: datetime, nationality: str, demographic: Demographic) -> Measure | None:
    for measure in book.on(now)["return-agreement"]:
        if measure.applies_to.concerns(nationality, demographic):
            return measure
    return None


def return_share(book: Rulebook, when: datetime, nationality: str, demographic: Demographic) -> float:
    """Probability that the rules announce of being returned over the border when met between ports."""
    left = 1.0
    for _, share in _expelled(book, book.local(when), nationality, demographic):
        left *= 1 - share
    return 1 - left


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
    now = book.local(when)
    places, required, deadline = 0.0, False, float("inf")
    for measure in book.at(when):
        if not measure.applies_to.concerns(nationality, demographic):
            continue
        if measure.kind == "programme":
            supply, cap = measure.value("supply_per_day", now, nationality), book.cap(measure.id, when)
            places += 0.0 if supply is None or (cap is not None and cap.amount <= 0) else supply.value
        required |= measure.kind == "entry-requirement"
        if measure.kind == "expulsion":
            ends = [instant(s.until) for s in measure.in_force if s.until and covers(s, now)]
            deadline = min([deadline, *((end - now) / timedelta(days=1) for end in ends)])
    return Exposure(return_share(book, when, nationality, demographic), places, required, deadline)
