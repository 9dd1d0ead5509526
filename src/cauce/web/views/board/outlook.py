"""The last outlook from this board, as a fan over the days and its table twin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language

from cauce import api
from cauce.errors import CauceError

WIDTH, HEIGHT = 640.0, 220.0
"""[px] of the drawing, whose frame scales."""


@dataclass(frozen=True)
class Day:
    """One morning: low, middle and high count of people, as written; small counts are not told apart."""

    on: date
    low: str
    middle: str
    high: str


@dataclass(frozen=True)
class Line:
    """A capacity across the drawing."""

    y: float
    persons: int


@dataclass(frozen=True)
class Fan:
    """An outlook of people in custody."""

    made_at: datetime
    name: str
    days: tuple[Day, ...]
    band: str
    middle: str
    rated: Line | None
    surge: Line | None
    passes_rated: date | None


def folder() -> Path:
    """Where `cauce outlook --from-board` leaves its result."""
    return Path(settings.HOME) / "results" / "outlook"


def last() -> Fan | None:
    """The last outlook, if there is one that can be read."""
    file = folder() / "result.json"
    try:
        return _read(folder(), file.stat().st_mtime_ns, get_language() or "en")
    except (OSError, CauceError):
        return None


@lru_cache(maxsize=8)
def _read(where: Path, changed_ns: int, language: str) -> Fan | None:
    result = api.show(where)
    stock = next((o for o in result.outcomes if o.kind == "stock" and o.rated is not None), None)
    if stock is None:
        return None
    low, middle, high = result.fan(stock.id, 0)
    most = max(float(high.max()), stock.surge or 0.0, stock.rated or 0.0, 1.0)
    step = WIDTH / max(len(result.days) - 1, 1)

    def points(values: list[float], *, back: bool = False) -> str:
        placed = [f"{n * step:.1f},{_y(value, most):.1f}" for n, value in enumerate(values)]
        return " ".join(placed[::-1] if back else placed)

    def line(persons: float | None) -> Line | None:
        return None if persons is None else Line(round(_y(persons, most), 1), round(persons))

    def told(value: float) -> str:
        return f"<{stock.small_cell}" if value < stock.small_cell else f"{value:,.0f}"

    passes = next((d for d, m in zip(result.days, middle, strict=True) if stock.rated and m > stock.rated), None)
    return Fan(
        made_at=datetime.fromtimestamp(changed_ns / 1e9, UTC) - settings.CLOCK_LAG,
        name=stock.name.es if language.startswith("es") else stock.name.en,
        days=tuple(Day(d, *map(told, v)) for d, *v in zip(result.days, low, middle, high, strict=True)),
        band=f"{points(list(high))} {points(list(low), back=True)}", middle=points(list(middle)),
        rated=line(stock.rated), surge=line(stock.surge), passes_rated=passes,
    )  # fmt: skip


def _y(value: float, most: float) -> float:
    return HEIGHT - HEIGHT * value / most
