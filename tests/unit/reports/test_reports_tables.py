"""Numbers in print: rounded, hidden when small, and the same in every table."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import OUTCOMES, SMALL, invent

from cauce.reports import tables
from cauce.reports.tables import difference, number
from cauce.runs.results import Outcome
from cauce.terms import ROUNDED, Language

ENCOUNTERS = OUTCOMES[0]
DOLLARS = next(o for o in OUTCOMES if o.unit == "usd")
FLIGHTS = next(o for o in OUTCOMES if o.unit == "flight")
CHILDREN = next(o for o in OUTCOMES if o.id == SMALL)


def _read(text: str) -> int:
    return int(re.sub(r"[,\u202f]", "", text).replace("−", "-").replace("+", ""))


@given(st.floats(0, 1e7), st.sampled_from(list(Language)), st.sampled_from([ENCOUNTERS, CHILDREN]))
def test_that_people_are_rounded_or_hidden(value: float, language: Language, outcome: Outcome):
    shown = number(value, outcome, language)
    if 0 < value < outcome.small_cell:
        assert shown == f"<{outcome.small_cell}"
    else:
        assert _read(shown) % ROUNDED == 0
        assert abs(_read(shown) - value) <= ROUNDED / 2


@given(st.floats(-1e6, 1e6), st.sampled_from(list(Language)))
def test_that_a_difference_has_its_sign_or_is_hidden(value: float, language: Language):
    shown = difference(value, ENCOUNTERS, language)
    if value == 0:
        assert shown == "0"
    elif abs(value) < ENCOUNTERS.small_cell:
        assert shown == f"<{ENCOUNTERS.small_cell}"
    else:
        assert shown[0] == ("+" if value > 0 else "−")
        assert abs(_read(shown) - value) <= ROUNDED / 2


@pytest.mark.parametrize(
    ("value", "outcome", "english", "spanish"),
    [
        (1_234.0, ENCOUNTERS, "1,235", "1\u202f235"),
        (0.0, ENCOUNTERS, "0", "0"),
        (3.0, FLIGHTS, "3", "3"),
        (1_204.4, FLIGHTS, "1,204", "1\u202f204"),
        (42_160_000.0, DOLLARS, "US$42.2 million", "US$42.2 millones"),
        (1_346_000_000.0, DOLLARS, "US$1,346 million", "US$1\u202f346 millones"),
    ],
)
def test_that_figures_are_written_as_each_language_writes_them(
    value: float, outcome: Outcome, english: str, spanish: str
):
    assert number(value, outcome, Language.ENGLISH) == english
    assert number(value, outcome, Language.SPANISH) == spanish


def test_that_the_crossed_table_holds_median_and_interval():
    result = invent(3, 3)
    table = tables.crossed(result, ENCOUNTERS, Language.ENGLISH)
    assert len(table.rows) == 3 and len(table.head) == 4
    low, middle, high = np.percentile(result.total("encounters")[5], (10, 50, 90))
    shown, both = table.rows[1][3].split("\n")  # second row, third column: case 5
    assert abs(_read(shown) - middle) <= ROUNDED / 2
    assert [abs(_read(x) - y) <= ROUNDED / 2 for x, y in zip(both.split(" – "), (low, high), strict=True)] == [
        True,
        True,
    ]


def test_that_protection_stands_beside_operation():
    result = invent(3, 3)
    shown = tables.keys(result)
    assert {o for o in result.outcomes if o.protection} <= set(shown)
    assert {o.group for o in shown} == {o.group for o in result.outcomes}
    groups = [o.group for o in shown]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index), "a group is torn apart"


@pytest.mark.parametrize("counts", [(), (2,), (3, 3), (2, 2, 2)])
def test_that_every_table_is_square(counts: tuple[int, ...]):
    result = invent(*counts, draws=3, days=20)
    for language in Language:
        made = [tables.everything(result, result.outcomes, language), *tables.halves(result, result.outcomes, language)]
        for outcome in result.outcomes:
            made += [f(result, outcome, language) for f in (tables.crossed, tables.changes, tables.by_day)]
        for table in made:
            assert {len(row) for row in table.rows} <= {len(table.head)}
            assert sum(span for _, span in table.over) in (0, len(table.head) - 1)


def test_that_an_interval_of_one_figure_is_written_once():
    flat = replace(invent(2), daily=np.full_like(invent(2).daily, 20.0))
    cell = tables.crossed(flat, ENCOUNTERS, Language.ENGLISH).rows[0][1]
    assert cell == "2,400\n2,400"  # 120 days of 20
