"""Alternating offers from an opening: does the other side accept it, and where do the talks end?

play       a negotiation in, Talks out
Talks      what the opening is worth, what its answer would be, and where they settle
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.decisions import bargaining
from cauce.decisions.negotiation import Negotiation
from cauce.decisions.payoffs import SAMPLES
from cauce.decisions.table import Opening, Package, levels_of
from cauce.documents import Ranged
from cauce.keys import generator, triangulars
from cauce.keys import key as fold

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Talks:
    """What comes of an opening; samples are of what a refusal costs."""

    opening: Opening
    package: Package
    worth: Float
    """Mean gain of each from the opening, shape (party,) [usd]."""
    wanted: Float
    """What the other could wait for, so that it accepts nothing less, shape (sample,) [usd]."""
    accepted: float
    """Share of the samples in which it accepts."""
    settled: Float
    """Where the talks end, as gains when they end, shape (sample, party) [usd]."""
    near: Package
    """The package nearest to that; what lies between packages is a lottery of them."""


def play(found: Negotiation) -> Talks | None:
    """Alternating offers from the table's opening on the gains of its packages; None where it gives no opening."""
    opening = found.table.opening
    if opening is None:
        return None
    package = levels_of(found.table, opening.levels)
    worth = np.asarray(found.gains(package, package.waived).mean(axis=(1, 2)))
    opener = [p.id for p in found.table.parties].index(opening.party)
    other = 1 - opener
    wanted, settled = np.zeros(SAMPLES), np.zeros((SAMPLES, 2))
    points = np.vstack([found.means, worth])
    for n, kept in enumerate(_kept(found, opening)):
        answer = bargaining.alternating_offers(points, (float(kept[0]), float(kept[1])))[other]
        wanted[n] = kept[other] * answer[other]
        # nobody accepts what is worse than no deal, whatever waiting is worth
        settled[n] = worth if worth[other] >= max(wanted[n], 0) else answer
    accepted = worth[other] >= np.maximum(wanted, 0)
    middle = settled.mean(axis=0)
    scale = np.maximum(np.abs(points).max(axis=0), 1e-9)
    near = found.packages[int((np.abs(found.means - middle) / scale).max(axis=1).argmin())]
    return Talks(opening, package, worth, wanted, float(accepted.mean()), settled, near)


def _kept(found: Negotiation, opening: Opening) -> Float:
    """What each party keeps of a gain that comes a round later, shape (sample, party)."""

    def drawn(name: str, held: Ranged) -> Float:
        uniforms = generator("offers", fold(found.payoffs.study.seed, "offers"), name).random(SAMPLES)
        return triangulars(held.low, held.value, held.high, uniforms)

    days, ends = drawn("round_days", opening.round_days), drawn("breakdown", opening.breakdown)
    kept = np.zeros((SAMPLES, len(found.table.parties)))
    for p, party in enumerate(found.table.parties):
        loss = dict(opening.impatience).get(party.id)
        own = np.zeros(SAMPLES) if loss is None else drawn(f"impatience/{party.id}", loss)
        kept[:, p] = (1 - ends) * (1 - own) * np.maximum(1 - days / found.payoffs.days, 0)
    return np.clip(kept, 0, 1 - 1e-6)
