"""Events as data: their figures are those of the record, and nothing known later is seen."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cauce.arrivals import events
from cauce.arrivals.priors import Priors
from cauce.border import Border
from cauce.data.observe import read_reference
from cauce.errors import DocumentError

BORDER = Border.open()
EVENTS = events.read(BORDER)
TINY = Path(__file__).parents[2] / "tiny"
LIKE_A_RECORD = [
    (event, fall)
    for event in EVENTS
    for fall in event.falls
    if fall.before is not None and fall.source.startswith("computed")
]


@pytest.mark.parametrize(("event", "fall"), LIKE_A_RECORD, ids=lambda x: getattr(x, "id", ""))
def test_that_a_fall_is_the_records(event: events.Event, fall: events.Fall):
    """By hand from the table, Border Patrol alone; the log ratio is written to two digits."""
    table = read_reference(BORDER.reference("swb_encounters.csv")).filter(
        pl.col("nationality").is_in(list(event.nationalities))
    )
    before, after = (table.filter(pl.col("month") == m)["encounters"].sum() for m in (fall.before, fall.after))
    assert fall.value == pytest.approx(np.log(before / after), abs=0.006)


@pytest.mark.parametrize(("event", "fall"), LIKE_A_RECORD, ids=lambda x: getattr(x, "id", ""))
def test_that_a_fall_is_known_when_its_month_was_out(event: events.Event, fall: events.Fall):
    after = fall.after
    assert after is not None
    table = pl.DataFrame({"month": [after]})
    from_card = pl.select(pl.lit(after).dt.month_end() + pl.duration(days=25)).item()
    assert table.height == 1 and fall.known == from_card


def test_that_the_newest_figure_known_is_taken():
    event = next(e for e in EVENTS if len(e.falls) > 1)
    first, second = sorted(event.falls, key=lambda f: f.known)
    assert event.fall(date(2000, 1, 1)) is None
    assert event.fall(first.known) == first
    assert event.fall(second.known) == second


def test_that_the_class_holds_only_what_was_known():
    for day in (date(2021, 8, 20), date(2022, 11, 30), date(2023, 1, 5)):
        members = events.reference_class(EVENTS, day)
        assert members and all(fall.known <= day for _, fall in members)


def test_that_events_for_everybody_count_only_where_no_other_is_known():
    assert [e.nationalities for e, _ in events.reference_class(EVENTS, date(2021, 1, 1))] == [()]
    assert all(e.nationalities for e, _ in events.reference_class(EVENTS, date(2022, 1, 1)))


def test_that_drawn_falls_stay_within_their_ranges():
    members = events.reference_class(EVENTS, date(2022, 11, 30))
    drawn = events.drawn_falls(members, 400, 3)
    assert drawn.min() >= min(f.low for _, f in members) and drawn.max() <= max(f.high for _, f in members)
    exact = [f.value for _, f in members if f.low == f.high]
    for value in exact:  # each of the class is taken about as often: within four sd of a binomial
        share = 1 / len(members)
        assert abs((drawn == value).sum() - 400 * share) < 4 * (400 * share * (1 - share)) ** 0.5


def test_that_a_fall_of_nothing_changes_no_bit():
    months = (date(2023, 1, 1), date(2023, 2, 1))
    assert (events.fallen(np.zeros(3), date(2023, 1, 6), months) == 1.0).all()


def test_that_nothing_falls_before_the_event():
    months = (date(2022, 12, 1), date(2023, 1, 1), date(2023, 2, 1))
    found = events.fallen(np.array([2.0]), date(2023, 1, 6), months)[0]
    assert found[0] == 1.0 and np.exp(-2) < found[1] < 1 and found[2] == pytest.approx(np.exp(-2))


def test_that_a_prior_without_an_event_stands_instead():
    priors = Priors.read(BORDER.root / "arrivals.yaml")
    event = next(e for e in EVENTS if e.without_it)
    name, instead = event.without_it[0]
    without = events.Without(priors, event.without_it)
    assert without[name] == instead != priors[name]
    assert without.grid("season") == priors.grid("season")
    assert without["lane_effect"] == priors["lane_effect"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("id: other", "stands in a file of another name"),
        ("nationalities: [XXX]", "'XXX' is not in nationalities.csv"),
        ("begins: 1999-01-01", "before it is announced"),
    ],
)
def test_that_an_unsound_event_is_refused(tmp_path: Path, wrong: str, told: str):
    root = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (root / "events").mkdir()
    field = wrong.split(":")[0]
    lines = [
        "id: gate-shut", "name: {en: A gate is shut, es: Se cierra una puerta}", "kind: entry-requirement",
        "announced: 2021-01-01", "begins: 2021-01-10", "nationalities: []", "source: invented",
        "falls: [{value: 1, low: 1, high: 1, known: 2021-03-01, source: invented}]",
    ]  # fmt: skip
    path = root / "events" / "gate-shut.yaml"
    path.write_text("\n".join(lines))
    assert len(events.read(Border.open(root))) == 1
    path.write_text("\n".join(wrong if line.startswith(f"{field}:") else line for line in lines))
    with pytest.raises(DocumentError, match=told):
        events.read(Border.open(root))


def test_that_a_border_need_not_have_events():
    assert events.read(Border.open(TINY)) == ()
