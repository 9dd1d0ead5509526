"""The models of the scoreboard on a record by week: the same laws, and the published yardstick."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from cauce.arrivals import backtest
from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.walks import YEAR, Bounds, DampedLogWalk, LogWalk, Model, SeasonalNaive, WalkPool
from cauce.border import Border
from cauce.data import observe
from cauce.errors import RequestError

BORDER = Border.open()
PRIORS = Priors.read(BORDER.root / "arrivals.yaml")
BOUNDS = Bounds.of(PRIORS)
WEEKS = 52
PANEL = Panel.of_weeks(observe.read_reference(BORDER.reference("weekly_nationwide.csv")))
FIRST = PANEL.months.index(date(2021, 3, 1)) + 1
MODELS: tuple[Model, ...] = (
    LogWalk(BOUNDS),
    DampedLogWalk(BOUNDS, 0.95, year=WEEKS),
    SeasonalNaive(BOUNDS, year=WEEKS),
    WalkPool(PRIORS, year=WEEKS),
)
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)


def test_that_the_record_by_week_begins_with_fiscal_year_2010():
    assert PANEL.counts.shape == (730, 1) and PANEL.months[0] == date(2009, 9, 28)


@EACH
def test_that_nothing_after_the_cutoff_changes_a_bit(model: Model):
    """The poisoned future, by week."""
    poisoned = Panel(PANEL.months, PANEL.corridors, PANEL.counts.copy())
    poisoned.counts[FIRST:] = 987_654
    honest = model.fit(PANEL.before(FIRST)).draw(8, 60, key=1)
    assert honest.std() > 0 and np.array_equal(model.fit(poisoned.before(FIRST)).draw(8, 60, key=1), honest)


def test_that_the_walk_errs_as_published():
    """Root mean square log error of the last value at 1, 2, 4, 8 weeks from March 2021: .12, .18, .25, .30.

    The tolerance is half of the last published digit and what 100 draws add to the error of a median.
    """
    draws, model = 100, LogWalk(BOUNDS)
    cutoffs = tuple(range(FIRST, len(PANEL.months)))
    blocks = [backtest.score(model, PANEL, c, draws=draws, seed=1, horizons=backtest.WEEKS) for c in cutoffs]
    board = backtest.Scoreboard(
        (model.name,), (model.name,), PANEL, cutoffs, np.stack(blocks)[None], backtest.WEEKS, "week"
    )
    step = np.diff(np.log1p(PANEL.counts[:, 0])).std()
    for line, published in zip(board.lines(), (0.12, 0.18, 0.25, 0.30), strict=True):
        median_noise = (np.pi / 2 * step**2 * line.horizon / draws) ** 0.5
        assert abs(line.total_rms_log - published) < 0.005 + (published**2 + median_noise**2) ** 0.5 - published


def test_that_the_speeds_of_the_pool_are_those_of_its_months():
    """What is left of a distance to the mean after a year is the same by week as by month."""
    by_week = WalkPool(PRIORS, year=WEEKS).fit(PANEL.before(FIRST)).walks
    left = {round(float(walk.kept[0]) ** WEEKS, 9) for walk in by_week}
    assert left == {round(kept**YEAR, 9) for kept in PRIORS.grid("kept_large")}
    assert all(walk.season.size == WEEKS for walk in by_week)


def test_that_a_whole_that_is_one_corridor_may_pass_its_past():
    ceiling = WalkPool(PRIORS, year=WEEKS).fit(PANEL.before(FIRST)).walks[0].ceiling
    assert ceiling == BOUNDS.times * PANEL.counts[:FIRST].max()


def test_that_a_week_left_out_or_doubled_is_told():
    weeks = [date(2022, 1, 3) + timedelta(weeks=w) for w in range(4)]
    for wrong in ([0, 1, 3], [0, 1, 1, 2]):
        table = pl.DataFrame({"week": [weeks[w] for w in wrong], "encounters": [5] * len(wrong)})
        with pytest.raises(RequestError, match="the weekly table goes from 2022-01-10"):
            Panel.of_weeks(table)
    with pytest.raises(RequestError, match="no column 'week'"):
        Panel.of_weeks(pl.DataFrame({"month": weeks, "encounters": [1] * 4}))
