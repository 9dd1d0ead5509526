"""Quantiles of Student's t, for means and forecasts of few draws or months."""

from __future__ import annotations

from statistics import NormalDist


def quantile(level: float, freedom: int) -> float:
    """Quantile by Fisher's expansion (Abramowitz and Stegun 1964, 26.7.5), right to three digits from three degrees on.

    >>> [round(quantile(0.95, n), 3) for n in (4, 10, 16)]
    [2.132, 1.812, 1.746]
    """
    z = NormalDist().inv_cdf(level)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom ** (power + 1) for power, term in enumerate(terms))
