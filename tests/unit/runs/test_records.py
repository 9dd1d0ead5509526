"""The long checks: shares that drift are forecast as such, from the learnt year alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cauce.runs import records


def odds(cells: int, months: int, drift: float, noise: float) -> np.ndarray:
    rng = np.random.default_rng(7)
    level = np.cumsum(rng.normal(0, drift, (cells, months)), axis=1)
    return level + rng.normal(0, noise, (cells, months))


def covered(drift: float, noise: float) -> float:
    """Of a local level that nobody here fits but `forecast`: twelve months seen, twelve to come."""
    all_of = odds(400, 24, drift, noise)
    low, _, high = records.forecast(all_of[:, :12], np.array(["one"] * 400), 12)
    truth = 1 / (1 + np.exp(-all_of[:, 12:]))
    return float(((low <= truth) & (truth <= high)).mean())


@pytest.mark.parametrize(("drift", "noise"), [(0.4, 0.2), (0.4, 0.0), (0.05, 0.4)])
def test_that_drifting_shares_are_covered_as_often_as_is_said(drift: float, noise: float):
    # 400 cells whose twelve months go together: binomial of 400 is the widest, three standard errors of it, and
    # two points for a drift that is itself an estimate
    assert abs(covered(drift, noise) - 0.8) < 3 * (0.8 * 0.2 / 400) ** 0.5 + 0.02


def test_that_a_drift_widens_with_the_months_and_noise_alone_does_not():
    def widths(drift: float, noise: float) -> np.ndarray:
        low, _, high = records.forecast(odds(400, 12, drift, noise), np.array(["one"] * 400), 12)
        logit = np.log(high / (1 - high)) - np.log(low / (1 - low))
        return logit.mean(axis=0)

    drifting, noisy = widths(0.4, 0.1), widths(0.0, 0.4)
    # a walk's spread after twelve months is at most the root of twelve times that after one: just that where no
    # noise is found, but for the last bit
    assert 2.5 < drifting[-1] / drifting[0] <= 12**0.5 * (1 + 1e-12)
    assert noisy[-1] / noisy[0] < 1.5


def test_that_the_growth_of_differences_is_read_as_numpy_fits_it():
    seen = odds(30, 9, 0.4, 0.2)
    lag = np.arange(1, 9)
    apart = [np.mean((seen[:, h:] - seen[:, :-h]) ** 2) for h in lag]
    slope, nugget = np.polyfit(lag, apart, 1, w=np.sqrt(9 - lag))
    assert (slope > 0) & (nugget > 0)
    np.testing.assert_allclose(records._grown(seen), (slope, nugget), rtol=1e-9)
    assert records._grown(np.full((3, 6), 0.5)) == (0.0, 0.0)


def table(later: float) -> pl.DataFrame:
    """Two outcomes of two citizenships over two fiscal years; in the second the first outcome has a share `later`."""
    rng = np.random.default_rng(2)
    rows = []
    for n in range(24):
        month = date(2021 + (9 + n) // 12, (9 + n) % 12 + 1, 1)
        for group in ("AAA", "BBB"):
            share = 0.5 + 0.1 * rng.standard_normal() if n < 12 else later
            first = round(np.clip(share, 0.05, 0.95) * 1000)
            rows += [(month, group, "out", first), (month, group, "in", 1000 - first), (month, group, "all", 1000)]
    return pl.DataFrame(rows, schema=["month", "group", "series", "count"], orient="row")


def test_that_the_tested_year_moves_no_interval():
    near, far = (records.dispositions(table(later)) for later in (0.5, 0.99))
    assert near.learnt == far.learnt
    assert near.width == pytest.approx(far.width, abs=0)
    assert near.coverage == 1.0
    assert far.coverage == 0.0
    assert far.cells == 48


def test_that_five_points_off_are_within_five_points():
    def said(inside: int) -> str:
        return records.Dispositions(648, inside, 0.2, 0.1, 0.1, (), (10, 8)).text()

    assert "within -5%" in said(486)
    assert "MISSED" in said(485)
