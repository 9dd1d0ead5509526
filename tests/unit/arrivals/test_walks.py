"""Every model of the scoreboard keeps the laws of a count forecast."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.walks import Bounds, DampedLogWalk, LogWalk, Model, Pool, SeasonalNaive, WalkPool
from cauce.border import Border
from cauce.data import observe
from cauce.errors import RequestError

BORDER = Border.open()
PRIORS = Priors.read(BORDER.root / "arrivals.yaml")
BOUNDS = Bounds.of(PRIORS)
MODELS: tuple[Model, ...] = (
    LogWalk(BOUNDS),
    DampedLogWalk(BOUNDS, PRIORS["kept_per_month"].value),
    SeasonalNaive(BOUNDS),
    WalkPool(PRIORS),
)
PANEL = Panel.of(observe.read_reference(BORDER.reference("sector_encounters.csv")), least=2000)
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)


def test_that_the_panel_has_the_records_corridors():
    """110 corridors of Border Patrol sector and nationality passed 2,000 encounters to September 2023."""
    assert PANEL.counts.shape == (48, 110)
    assert PANEL.months[0] == date(2019, 10, 1) and PANEL.months[-1] == date(2023, 9, 1)


def test_that_a_missing_row_is_a_zero():
    table = pl.DataFrame(
        {"month": [date(2020, 1, 1), date(2020, 3, 1)], "sector": ["a", "a"], "nationality": ["X", "X"],
         "encounters": [5, 7]}
    )  # fmt: skip
    assert Panel.of(table).counts.ravel().tolist() == [5.0, 0.0, 7.0]


def test_that_a_table_without_sectors_is_told():
    with pytest.raises(RequestError, match="no column 'sector'"):
        Panel.of(pl.DataFrame({"month": [date(2020, 1, 1)], "nationality": ["X"], "encounters": [1]}))


@EACH
def test_that_paths_are_whole_and_never_negative(model: Model):
    paths = model.fit(PANEL.before(30)).draw(12, 50, key=1)
    assert paths.shape == (50, 12, 110) and paths.dtype == np.int64 and paths.min() >= 0


@EACH
def test_that_a_draw_is_the_same_whatever_their_number(model: Model):
    fitted = model.fit(PANEL.before(30))
    assert np.array_equal(fitted.draw(3, 60, key=1)[:9], fitted.draw(3, 9, key=1))


@EACH
def test_that_nothing_after_the_cutoff_changes_a_bit(model: Model):
    """The poisoned future: a panel whose later months are garbage gives the same draws."""
    poisoned = Panel(PANEL.months, PANEL.corridors, PANEL.counts.copy())
    poisoned.counts[30:] = 987_654
    honest = model.fit(PANEL.before(30)).draw(6, 20, key=1)
    assert np.array_equal(model.fit(poisoned.before(30)).draw(6, 20, key=1), honest)


def test_that_a_walk_without_noise_that_is_drawn_nowhere_stands_still():
    walk = LogWalk(BOUNDS).fit(PANEL.before(30)).walks[0]  # type: ignore[attr-defined]
    still = walk.paths(np.zeros((1, 4, 110)))
    np.testing.assert_allclose(still, np.broadcast_to(PANEL.counts[29], still.shape), atol=1e-6)


def test_that_references_stay_under_three_times_the_past():
    for model in MODELS[:3]:
        paths = model.fit(PANEL.before(40)).draw(12, 300, key=2)
        assert (paths.max(axis=(0, 1)) <= np.maximum(3 * PANEL.counts[:40].max(axis=0), 90) + 0.5).all()


def test_that_the_pool_grows_at_most_to_its_whole_route():
    past = PANEL.before(40)
    paths = WalkPool(PRIORS).fit(past).draw(12, 300, key=2)
    route = np.array([past.counts[:, past.routes == r].sum(axis=1).max() for r in past.routes])
    usual = np.quantile(past.counts.max(axis=0), PRIORS["route_floor"].value)
    assert (paths.max(axis=(0, 1)) <= np.maximum(route, usual) + 0.5).all()


def test_that_all_walks_of_the_pool_are_walked_alike():
    pool = WalkPool(PRIORS).fit(PANEL.before(30))
    assert isinstance(pool, Pool) and len(pool.walks) == 2 * 3 * 2 * 2 * 2
    assert 0 <= pool.shared < 1


def test_that_too_short_a_record_is_refused():
    with pytest.raises(ValueError, match="too few"):
        WalkPool(PRIORS).fit(PANEL.before(12))


def test_that_a_known_level_is_taken_in():
    pool = WalkPool(PRIORS).fit(PANEL.before(30))
    wanted = 1.2 * PANEL.counts[29].sum()
    first = np.array([pool.path(3, 5, d, (wanted, 0.05))[0].sum() for d in range(200)])
    # lognormal with sd .05 around the level; a few corridors meet their ceiling
    assert abs(np.median(first) / wanted - 1) < 4 * 1.2533 * 0.05 / np.sqrt(200)


def test_that_each_round_of_draws_walks_once_with_each():
    pool = WalkPool(PRIORS).fit(PANEL.before(30))
    still = Pool(pool.walks, pool.shared)
    object.__setattr__(still, "noise", lambda horizon, key, draw: np.zeros((horizon, 110)))
    ways = {still.path(12, 1, d).tobytes() for d in range(len(pool.walks))}
    # alike when there is no noise: the two spreads; and both means where nobody is drawn to them (kept = 1, 1)
    assert len(ways) == len(pool.walks) // len(PRIORS.grid("spread")) - len(PRIORS.grid("season"))
