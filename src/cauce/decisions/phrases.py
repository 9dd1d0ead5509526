"""How a negotiation speaks: both languages at once, dollars in millions, numbers short enough for a column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named

Float = NDArray[np.float64]


def both(en: str, es: str) -> Named:
    """A text in both languages."""
    return Named(en=en, es=es)


def million(value: float) -> str:
    """Dollars in millions, with a sign."""
    return f"{value / 1e6:+,.1f}"


def span(values: Float) -> str:
    """Mean and 80% interval in millions."""
    low, _, high = np.percentile(values, (10, 50, 90))
    return f"{million(values.mean())} [{million(low)}, {million(high)}]"


def count(value: float) -> str:
    """A whole number, thousands apart."""
    return f"{value:,.0f}"


def amount(value: float) -> str:
    """Short enough for a column: thousands apart, millions as M."""
    return f"{value / 1e6:,.0f} M" if value >= 1e6 else count(value)
