"""Every chart is sound, fits a telephone, and has a sentence and a table in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pytest
from invented import FEW, OUTCOMES, SMALL, invent

from cauce.reports import figures, svg, tables
from cauce.reports.findings import finding, leading, leading_outcomes, title
from cauce.runs.results import Result
from cauce.terms import Language, figured

SHAPES = [(), (5,), (3, 3), (2, 2, 2)]


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def result(request: pytest.FixtureRequest) -> Result:
    return invent(*request.param, draws=5, days=30, outcomes=OUTCOMES if request.param == (3, 3) else FEW)


@pytest.fixture(scope="module")
def nine() -> Result:
    return invent(3, 3)


def test_that_every_chart_is_valid_vega_lite(result: Result):
    for chart in {chart.form: chart for chart in figures.charts(result)}.values():  # one of each form
        told = figures.spec(result, chart, Language.ENGLISH)
        alt.Chart.from_dict({**told, "data": {"values": told["data"]["values"][:2]}}, validate=True)


@pytest.mark.parametrize("language", list(Language))
def test_that_every_chart_has_a_sentence_and_a_table(result: Result, language: Language):
    charts = figures.charts(result)
    assert len({chart.id for chart in charts}) == len(charts) > 0
    for chart in charts:
        assert title(result, chart, language).endswith(".")
        twin = tables.twin(result, chart.form, chart.outcomes, language)
        assert twin.caption and twin.rows and all(len(row) == len(twin.head) for row in twin.rows)


def test_that_every_picture_fits_a_telephone(result: Result):
    for chart in figures.charts(result):
        picture = svg.render(figures.spec(result, chart, Language.SPANISH), chart.id, Language.SPANISH)
        root = ElementTree.fromstring(picture)
        wide = float(root.attrib["viewBox"].split()[2])
        assert wide <= 1.25 * figures.WIDTH, f"{chart.id} is {wide} px wide: its labels shrink below 8 px at 320"
        assert "width" not in root.attrib
        assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_that_the_fan_draws_the_quantiles(nine: Result):
    chart = next(c for c in figures.charts(nine) if c.id == "fan-custody")
    rows = figures.spec(nine, chart, Language.ENGLISH)["data"]["values"]
    of_case = [row for row in rows if row["row"] == "answer 0.1" and row["column"].replace("\n", " ") == "answer 1.2"]
    drawn = nine.daily[5, :, [o.id for o in nine.outcomes].index("custody")]
    for row in of_case:
        day = [d.isoformat() for d in nine.days].index(row["day"])
        low, middle, high = np.percentile(drawn[:, day], (10, 50, 90))
        assert (row["low"], row["median"], row["high"]) == pytest.approx((low, middle, high), abs=0.05)  # one decimal
        assert (row["rated"], row["surge"]) == (1_000.0, 3_000.0)
    assert len(of_case) == figures.POINTS


def test_that_small_counts_have_no_chart_by_day(nine: Result):
    assert not [c for c in figures.charts(nine) if c.form == "fan" and c.outcomes[0].id == SMALL]
    table = next(c for c in figures.charts(nine) if c.form == "protection")
    rows = figures.spec(nine, table, Language.ENGLISH)["data"]["values"]
    hidden = [row for row in rows if row["y"].replace("\n", " ") == "Children over 72h"]
    assert {row["text"] for row in hidden} == {"<20"} and {row["shade"] for row in hidden} == {0.0}


def test_that_a_group_without_outcomes_has_no_chart():
    custody = tuple(o for o in OUTCOMES if o.group == "custody")
    found = {o.group for c in figures.charts(invent(3, 3, outcomes=custody)) for o in c.outcomes}
    assert found == {"custody"}


def test_that_the_charts_cover_every_group_and_side(nine: Result):
    charts = figures.charts(nine)
    assert {o.group for c in charts for o in c.outcomes} >= {o.group for o in nine.outcomes if o.kind == "flow"}
    exchanged = {c.outcomes[0].id for c in charts if c.form == "changes"}
    told = {o.id for o in nine.outcomes if o.gives or o.gets}
    assert exchanged <= told and exchanged
    indicators = next(c for c in charts if c.form == "protection").outcomes
    assert indicators == tuple(o for o in nine.outcomes if o.protection)


def test_that_the_axis_that_decides_is_named(nine: Result):
    """In the invented result the first axis moves everything and the second nothing."""
    sentence = finding(nine, OUTCOMES[0], Language.ENGLISH)
    assert "“answer 0.0”" in sentence and "“answer 0.2”" in sentence
    assert "“Question 1” changes it little" in sentence
    assert "in 100% of draws" in sentence


def test_that_both_axes_are_named_where_both_decide(nine: Result):
    daily = nine.daily * (1 + 0.5 * (np.arange(9) % 3))[:, None, None, None]
    sentence = finding(replace(nine, daily=daily), OUTCOMES[0], Language.SPANISH)
    assert "«answer 0.0, answer 1.0 (es)»" in sentence and "«answer 0.2, answer 1.2 (es)»" in sentence


def test_that_cases_that_do_not_differ_are_called_the_same(nine: Result):
    same = replace(nine, daily=np.broadcast_to(nine.daily[:1], nine.daily.shape))
    assert "much the same in every case" in finding(same, OUTCOMES[0], Language.ENGLISH)
    assert not [c for c in figures.charts(same) if c.form == "changes"]


def test_that_the_share_above_capacity_is_counted(nine: Result):
    custody = next(o for o in nine.outcomes if o.id == "custody")
    daily = nine.daily.copy()
    number = nine.outcomes.index(custody)
    daily[:, :, number] = 100.0
    daily[0, :4, number, 7] = 3_001.0  # 4 of 20 draws of one case, one morning
    sentence = finding(replace(nine, daily=daily), custody, Language.ENGLISH)
    assert "Above the surge capacity of 3,000 in 0 to 20% of draws, by case." in sentence


@pytest.mark.parametrize("language", list(Language))
def test_that_three_to_five_findings_lead(result: Result, language: Language):
    chosen = leading_outcomes(result)
    assert 3 <= len(leading(result, language)) == len(chosen) <= 5
    assert sum(o.protection for o in chosen) >= 2
    assert chosen[0].id == "custody", "the place with a capacity comes first"


def test_that_texts_in_a_picture_are_not_altered():
    spec = {"mark": "text", "data": {"values": [{"t": "1.25 of 3.00"}]}, "encoding": {"text": {"field": "t"}}}
    assert re.search(">1.25 of 3.00<", svg.render(spec, "x", Language.ENGLISH))


@pytest.mark.parametrize("language", list(Language))
def test_that_a_picture_writes_figures_as_a_table_does(language: Language):
    spec = {"mark": "text", "data": {"values": [{"n": 1234.5}]}, "encoding": {"text": {"field": "n", "format": ",.1f"}}}
    assert f">{figured('1,234.5', language)}<" in svg.render(spec, "x", language)
