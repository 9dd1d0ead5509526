"""Counts on the way lead arrivals only as far as they were out, and an absent one is dropped."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.transit import Transit, TransitPool
from cauce.arrivals.walks import WalkPool
from cauce.border import Border
from cauce.data import observe

BORDER = Border.open()
PRIORS = Priors.read(BORDER.root / "arrivals.yaml")
TABLE = observe.read_reference(BORDER.reference("transit_monthly.csv"))
LAGS = {"darien": 15, "honduras": 10, "mexico": 45}
TRANSIT = Transit(TABLE, LAGS, 25)
PANEL = Panel.of(observe.read_reference(BORDER.reference("sector_encounters.csv")), least=2000)
PAST = PANEL.before(38)  # to November 2022


def test_that_a_publication_is_known_when_its_lag_has_passed():
    """Arrivals of November came out on 25 December; Mexico's November on 14 January."""
    newest = {name: part["month"].max() for name, part in TRANSIT.known(date(2022, 11, 1)).items()}
    assert newest == {"darien": date(2022, 11, 1), "honduras": date(2022, 11, 1), "mexico": date(2022, 10, 1)}


def test_that_nothing_published_after_the_cutoff_changes_a_bit():
    """The poisoned future, of arrivals and of transit: what was not out is garbage."""
    arrivals = Panel(PANEL.months, PANEL.corridors, PANEL.counts.copy())
    arrivals.counts[38:] = 987_654
    late = (pl.col("month") > date(2022, 11, 1)) | (
        (pl.col("month") > date(2022, 10, 1)) & (pl.col("table") == "mexico")
    )
    garbage = TABLE.with_columns(persons=pl.when(late).then(987_654).otherwise("persons"))
    assert not garbage.equals(TABLE)
    honest = TransitPool(PRIORS, TRANSIT).fit(PAST).draw(3, 60, key=1)
    poisoned = TransitPool(PRIORS, Transit(garbage, LAGS, 25)).fit(arrivals.before(38)).draw(3, 60, key=1)
    assert np.array_equal(honest, poisoned)


def test_that_what_was_out_does_change_the_forecast():
    newest = pl.col("month") == date(2022, 11, 1)
    more = TABLE.with_columns(persons=pl.when(newest).then(pl.col("persons") * 9).otherwise("persons"))
    assert not np.array_equal(
        TransitPool(PRIORS, Transit(more, LAGS, 25)).drift(PAST), TransitPool(PRIORS, TRANSIT).drift(PAST)
    )


def test_that_an_absent_publication_is_dropped_and_none_leaves_the_plain_pool():
    one = TransitPool(PRIORS, Transit(TABLE.filter(pl.col("table") == "honduras"), LAGS, 25)).drift(PAST)
    assert np.isfinite(one).all() and one.any()
    none = TransitPool(PRIORS, Transit(TABLE.clear(), LAGS, 25)).fit(PAST).draw(3, 60, key=1)
    assert np.array_equal(none, WalkPool(PRIORS).fit(PAST).draw(3, 60, key=1))


def test_that_a_lead_of_a_month_is_found():
    """Arrivals that are last month's transit: the slope is one, less what the shrinkage takes."""
    rng = np.random.default_rng(5)
    months, names = PANEL.months, tuple(f"N{i}" for i in range(12))
    on_the_way = np.exp(9 + np.cumsum(rng.normal(0, 0.2, (len(months), len(names))), axis=0)).round()
    rows = [
        {"month": m, "table": "way", "nationality": n, "persons": int(on_the_way[i, j])}
        for i, m in enumerate(months)
        for j, n in enumerate(names)
    ]
    panel = Panel(months, tuple(("a", n) for n in names), np.vstack([on_the_way[:1], on_the_way[:-1]]))
    floor, shrinkage = PRIORS["transit_floor"].value, PRIORS["transit_shrinkage"].value
    found = TransitPool(PRIORS, Transit(pl.DataFrame(rows), {"way": 10}, 25)).drift(panel)
    step = np.diff(np.log(on_the_way[-2:] + floor), axis=0)[0]
    seen = (len(months) - 2) * len(names)
    np.testing.assert_allclose(found, step * seen / (seen + shrinkage), rtol=1e-6)
