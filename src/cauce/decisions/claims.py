"""What somebody says that a decision did, beside the series that count it: a number, an interval, and a verdict.

A claim is judged by the series that count what it speaks of; of those that count something near it the numbers and
intervals are told, and no verdict.  What was to be expected is the count model's, and of counts on the way, which that
model does not know, the structural series'.

    answer       what a series says of a claim
    concluded    the verdict of the claim
    answered     both in a sentence; `grid` and `cited` have the rest
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from cauce.border import Named
from cauce.decisions.designs import Claim, Series
from cauce.decisions.evaluation import QUANTILES, Record
from cauce.decisions.verdicts import BACK, ends, margin
from cauce.errors import RequestError
from cauce.runs.sheets import Cell, Grid
from cauce.terms import Language, Words, spoken

Ends = tuple[float, float]

UNHELD = Named(en="not supported by any series held", es="ninguna serie disponible lo respalda")
SUPPORTED = Named(en="supported", es="respaldado")
NOT_SUPPORTED = Named(en="not supported", es="no respaldado")
UNTOLD = Named(en="seen, but not told apart from usual swings", es="visto, sin distinguirse de los vaivenes usuales")
BESIDE = Named(en="beside the claim", es="junto a la afirmación")

WORDS: Words = {
    "until": (", until {month}", ", hasta {month}"),
    "near": ("near it: ", "cerca: "),
    "across": ("near it, from {low} to {high} across series: ", "cerca, de {low} a {high} según la serie: "),
    "against": (" against what was to be expected", " ante lo que cabía esperar"),
    "each": (", each against what was to be expected", ", cada una ante lo que cabía esperar"),
}


@dataclass(frozen=True)
class Answer:
    """A series beside a claim."""

    series: Series
    before: float
    after: float
    interval: Ends | None
    """90% of the log ratio of the count to what was to be expected; None where too few months come before."""
    until: date | None
    """First month in which the count was back; None if never in the record."""
    says: Named

    @property
    def change(self) -> float:
        """As a share of the month before."""
        return self.after / max(self.before, 1.0) - 1

    def as_json(self) -> dict[str, Any]:
        """As plain numbers."""
        return {
            "series": self.series.name.model_dump(),
            "direct": self.series.direct,
            "months": [f"{self.series.before:%Y-%m}", f"{self.series.after:%Y-%m}"],
            "counted": [self.before, self.after],
            "change": self.change,
            "interval": self.interval,
            "until": None if self.until is None else f"{self.until:%Y-%m}",
            "verdict": self.says.model_dump(),
        }


Answered = tuple[Claim, tuple[Answer, ...]]


def answer(claim: Claim, series: Series, record: Record) -> Answer:
    """What a series says of a claim.

    Raises
    ------
    RequestError
        The table has no such months, or no row that fits the series.
    """
    seen = record.counts(series.table)
    last, then, now = (seen.row(month, series.table) for month in (series.last, series.before, series.after))
    columns = seen.columns(series)
    if not columns:
        cause = f"claim {claim.id!r}: no row of {series.table} fits the series {series.name.en!r}"
        raise RequestError(cause, mend="correct its parts or nationalities")
    counts = seen.counts[:, columns].sum(axis=1)
    interval = _against(series.table, columns, record, last + 1, now)
    back = [m for m, c in zip(seen.months[now:], counts[now:], strict=True) if c >= BACK * counts[then]]
    until = back[0] if back and claim.direction == "fall" and counts[now] < BACK * counts[then] else None
    found = Answer(series, float(counts[then]), float(counts[now]), interval, until, BESIDE)
    if not series.direct:
        return found
    clear = 0.0 if interval is None else margin(*interval, record.draws)
    return replace(found, says=judged(claim, found.change, interval, clear))


def _against(table: str, columns: list[int], record: Record, known: int, now: int) -> Ends | None:
    """90% interval of the log ratio of what was seen in a month to what was to be expected."""
    seen = record.counts(table)
    if seen.passing:
        series = record.onward(table, columns, known, now - known + 1)
        if series is None:
            return None
        low, _, high = series.span(range(now - known, now - known + 1))
        return low, high
    paths = record.expected(table, known)[:, now - known, columns].sum(axis=1)
    effect = np.log1p(seen.counts[now, columns].sum()) - np.log1p(paths)
    low, high = np.quantile(effect, (QUANTILES[0], QUANTILES[-1]))
    return float(low), float(high)


def judged(claim: Claim, change: float, interval: Ends | None, clear: float = 0.0) -> Named:
    """The verdict of one series: large enough, and told apart from what would have come anyhow."""
    fall = claim.direction == "fall"
    if (-change if fall else change) < claim.by:
        return NOT_SUPPORTED
    if interval is None:
        return UNTOLD
    return SUPPORTED if (interval[1] < -clear if fall else interval[0] > clear) else UNTOLD


def concluded(answers: Sequence[Answer]) -> Named:
    """The verdict of a claim: that of the series that count what it speaks of, or that none does."""
    direct = [a.says for a in answers if a.series.direct]
    if not direct:
        return UNHELD
    order = [NOT_SUPPORTED, UNTOLD, SUPPORTED]
    return order[min(order.index(says) for says in direct)]


def answered(claim: Claim, answers: Sequence[Answer]) -> Named:
    """A claim's verdict in a sentence: with the first of its own series, or with those near it."""
    en, es = (_sentence(claim, answers, language) for language in Language)
    return Named(en=en, es=es)


def _sentence(claim: Claim, answers: Sequence[Answer], language: Language) -> str:
    direct = [a for a in answers if a.series.direct][:1]
    told = direct or answers
    until = f"{direct[0].until:%Y-%m}" if direct and direct[0].until else ""
    changes = [f"{change:+.0%}" for change in sorted(a.change for a in told)]
    near = "" if direct else "near" if len(told) == 1 else "across"
    against = "" if all(a.interval is None for a in told) else "against" if len(told) == 1 else "each"
    return "".join((
        f"“{claim.says.text(language)}”: {concluded(answers).text(language)}",
        spoken(WORDS, "until", language, month=until) if until else "",
        "; ",
        spoken(WORDS, near, language, low=changes[0], high=changes[-1]) if near else "",
        "; ".join(f"{a.series.name.text(language)} {_counted(a)}" for a in told),
        spoken(WORDS, against, language) if against else "",
        ".",
    ))  # fmt: skip


def _counted(answer: Answer) -> str:
    return _change(answer) if answer.interval is None else f"{_change(answer)}, {_interval(answer)}"


def _change(answer: Answer) -> str:
    return f"{answer.before:,.0f} → {answer.after:,.0f} ({answer.change:+.0%})"


def _interval(answer: Answer) -> str:
    return "–" if answer.interval is None else ends(*answer.interval)


def grid(found: Sequence[Answered]) -> Grid:
    """Every series beside its claim."""
    rows: list[tuple[Cell, ...]] = []
    for number, (_, answers) in enumerate(found, 1):
        for a in answers:
            months = f"{a.series.before:%Y-%m} → {a.series.after:%Y-%m}"
            until = "–" if a.until is None else f"{a.until:%Y-%m}"
            name = Named(en=f"{number}. {a.series.name.en}", es=f"{number}. {a.series.name.es}")
            rows.append((name, months, _change(a), _interval(a), until, a.says))
    return Grid(
        Named(en="Claims by number, and the series near them", es="Afirmaciones por número, y las series cercanas"),
        tuple(Named(en=en, es=es) for en, es in HEAD), tuple(rows),
    )  # fmt: skip


HEAD = (
    ("series", "serie"),
    ("months", "meses"),
    ("counted", "contado"),
    ("against expected, 90%", "ante lo esperado, 90%"),
    ("until", "hasta"),
    ("verdict", "veredicto"),
)


def cited(found: Sequence[Answered]) -> tuple[Named, ...]:
    """Where the series come from; sources are cited as the document has them."""
    by_source: dict[str, list[Named]] = {}
    for _, answers in found:
        for a in answers:
            by_source.setdefault(a.series.source, []).append(a.series.name)
    return tuple(
        Named(en=f"{', '.join(n.en for n in names)}: {source}.", es=f"{', '.join(n.es for n in names)}: {source}.")
        for source, names in by_source.items()
    )


def as_json(found: Sequence[Answered]) -> list[dict[str, Any]]:
    """Every claim, its verdict and its series as plain numbers."""
    return [
        {"claim": claim.id, "verdict": concluded(of).model_dump(), "series": [a.as_json() for a in of]}
        for claim, of in found
    ]
