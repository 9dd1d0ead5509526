"""Loads and waits beside theory: Erlang C by its published values, Little's law within its bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from cauce.border import Border
from cauce.errors import RequestError
from cauce.model.steady import erlang_c
from cauce.runs.stations import check

TINY = Path(__file__).parents[2] / "tiny"


@pytest.mark.parametrize(
    ("servers", "load", "waits"),
    [(1, 0.5, 0.5), (2, 1.0, 1 / 3), (3, 2.0, 4 / 9), (5, 4.0, 0.5541)],  # worked by hand from Erlang's formula
)
def test_that_erlang_c_has_its_known_values(servers: int, load: float, waits: float):
    assert erlang_c(servers, load) == pytest.approx(waits, abs=5e-5)


@pytest.mark.parametrize("draw", [0, 1, 2])
def test_that_littles_law_holds_within_an_hour_a_stay(draw: int):
    (place,) = check(Border.open(TINY), "spring", draw=draw).places
    assert place.persons > 0
    assert abs(place.persons - place.little_persons) <= place.bound


def test_that_a_crew_is_as_loaded_as_its_work():
    """Work done is parties times minutes; the load is that over the hours of the servers."""
    (crew, *_) = check(Border.open(TINY), "spring").crews
    assert crew.parties > 0 and 0 < crew.load < 1
    assert crew.erlang_hours is not None and crew.wait_hours >= 0


def test_that_an_unknown_case_is_told():
    with pytest.raises(RequestError, match="there is no case 'x'"):
        check(Border.open(TINY), "spring", case="x")
