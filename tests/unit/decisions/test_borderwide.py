"""The plan of the whole border: a toy of two sectors worked by hand, people balanced, and other programmes' optima."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cauce.border import Border
from cauce.decisions import movements
from cauce.decisions.movements import Leg, Sectors
from cauce.decisions.transfers import NOTHING
from cauce.policy.plan import Numbers

START = date(2030, 1, 7)


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open("us_mexico")


def toy(border: Border, *, seats: int = 10, days: int = 5, vehicles_a_day: float = 1) -> Sectors:
    """A is ten over its rated hundred because ten came on the first day, who stay; B has fifty empty places, and who
    lands there is let go within a day.  One bus a day for 100 dollars."""
    told = Numbers.read(border)
    most = tuple((mode, quantity.with_changes(value=vehicles_a_day, low=0)) for mode, quantity in told.most_a_day)
    one = told.most_per_departure  # two at one hour: the kind binds, not the route
    everybody = told.bookable_share.with_changes(value=1, high=1)
    came = np.zeros((1, days, 2, 1))
    came[0, 0, 0, 0] = 10.0
    stays = np.zeros((1, 2, 1, 2, days + 1))
    stays[:, 0, ..., :-1] = 1.0
    stays[:, 1, :, :, 0] = 1.0
    over = np.where(np.arange(days) >= 3, 10.0, 0.0)
    return Sectors(
        days=tuple(START + timedelta(days=d) for d in range(days)), names=("a", "b"), streams=("released",),
        vehicles=(Leg("bus-a-b", "bus", "received-b", ("10",), seats, 1.0, 100.0, 1, 0, origin=0),),
        came=came, line=np.zeros((2, 1)), calm=np.broadcast_to([110.0, 0.0], (1, days, 2)).copy(),
        calm_over=over[None, :], now=np.array([100.0, 0.0]), stays=stays, crowded=np.zeros((1, days, 2), np.bool_),
        rated=np.array([100.0, 50.0]), ceiling=np.array([200.0, 50.0]), usual_share=np.array([0.2, 0.2]),
        receivers=(("custody-a", 500.0), ("custody-b", 500.0)), lead={"bus": 1, "flight": 2},
        numbers=told.with_changes(most_a_day=most, most_per_departure=one, bookable_share=everybody),
    )  # fmt: skip


def test_that_two_sectors_are_planned_as_worked_by_hand(border: Border):
    # nobody moved: ten past 72 h on two mornings (480 h), ten over on five (5 x 24 x 10 x 0.2 = 240), fifty idle in B
    # on five (5 x 24 x 50 x 0.02 = 120): 840.  One bus on the second day, the first that can be ordered: no hours past
    # 72 (-480), over on one morning only (-192), ten fewer idle on one morning (-4.8), half a unit for it and for the
    # bus of the first day, which is booked already and empty: 164.2
    given = toy(border)
    nobody = np.zeros((1, 5, 1, 1))
    none = movements.consequences(given, nobody, np.zeros((5, 1), np.int64))
    assert none.weighed[0] == pytest.approx(840.0)
    programme, v = movements.formulate(given, NOTHING)
    found = programme.solve()
    assert found is not None
    moved = found.values[v.moved]
    assert moved[0, :, 0, 0] == pytest.approx([0, 10, 0, 0, 0])
    assert found.values[v.shared[:2, 0]] == pytest.approx([1, 1])
    done = movements.consequences(given, moved, np.array([[1], [1], [0], [0], [0]]))
    assert done.weighed[0] == pytest.approx(164.2)
    assert found.objective + movements.standing(given) == pytest.approx(164.2)
    assert done.stock[0, :, 0] == pytest.approx([110, 100, 100, 100, 100])
    assert done.stock[0, :, 1] == pytest.approx([0, 10, 0, 0, 0])


def test_that_one_more_vehicle_is_worth_what_the_hand_says(border: Border):
    # four seats: each of ten saves 48 + 4 x 24 x 0.2 + 24 x 0.02 = 67.68; a second bus would take four more, for 0.5
    programme, _ = movements.formulate(toy(border, seats=4), NOTHING)
    found = programme.solve(relaxed=True)
    assert found is not None
    assert -found.duals["fleet:bus:shared"].sum() == pytest.approx(4 * 67.68 - 0.5)
