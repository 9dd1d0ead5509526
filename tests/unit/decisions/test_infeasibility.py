"""Where no plan keeps every limit: which limit, how much is short, and the cheapest way out; a solver out of time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.decisions.invented_place import busy, slow, small

from cauce.border import Border
from cauce.decisions import fleet, transfers, transport
from cauce.decisions.transfers import Demands, Instance
from cauce.errors import RequestError
from cauce.policy.plan import Numbers


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open()


def roomier(given: Instance) -> Instance:
    """As many departures of an hour as somebody could want."""
    many = given.numbers.most_per_departure.with_changes(value=9, high=9)
    return replace(given, numbers=given.numbers.with_changes(most_per_departure=many))


def alone(given: Instance, waiting: float, crew_minutes: float) -> Instance:
    """Nobody in line; adults wait to be released, an hour each."""
    return replace(given, line=np.zeros((2, 2)), waiting=np.array([waiting, 0.0]), crew_minutes=crew_minutes)


@pytest.mark.parametrize("paths", [1, 5])
def test_that_an_impossible_demand_names_the_limit_the_day_and_the_way_out(border: Border, paths: int):
    # 140 in line and one flight of 130 seats: ten stay, or a second flight for 100 dollars
    given = small(border, paths=paths)
    cause = "people inside on 2030-01-07 is over by 10; ask for at most 10 inside"
    with pytest.raises(RequestError, match=f"{cause}, as nothing that can be had more of would do"):
        transport.solve(given, Demands(most_inside=0))
    way = "have more: the cheapest way out is 1 more vehicles of the kind 'flight' on 2030-01-07, about 100 dollars"
    with pytest.raises(RequestError, match=f"{cause}, or {way}"):
        transport.solve(roomier(given), Demands(most_inside=0))
    assert transport.solve(given, Demands(most_inside=10)).fixed.custody.max() <= 10 + 1e-6


@pytest.mark.parametrize("paths", [1, 5])
def test_that_agents_release_places_and_receivers_are_ways_out_too(border: Border, paths: int):
    def way_out(given: Instance, most: float) -> str:
        with pytest.raises(RequestError) as caught:
            transport.solve(given, Demands(most_inside=most))
        return caught.value.mend

    plain = small(border, paths=paths)
    n = plain.numbers
    # the usual crew of 600 minutes may grow by a fifth: twelve of twenty are let go, eight need an hour each
    mend = way_out(alone(plain, 20, 600), 0)
    assert f"8 more hours of agents on 2030-01-07, about {8 * n.agent_hour_usd.value:,.0f} dollars" in mend
    mend = way_out(replace(alone(plain, 20, 6000), releases=5.0), 0)
    assert f"15 more places to let people go on 2030-01-07, about {15 * n.release_usd.value:,.0f} dollars" in mend
    mend = way_out(replace(plain, receivers=(("receiver-a", 100.0),)), 10)
    usd = 30 * (n.receiver_minutes.value / 60 * n.agent_hour_usd.value + n.bed_night_usd.value)
    assert f"30 more places a day at 'receiver-a' on 2030-01-07, about {usd:,.0f} dollars" in mend


def test_that_what_is_short_on_many_days_is_told_of_all_of_them(border: Border):
    # each morning 60 come who are all quick to release, ten can be let go: fifty more on both days
    came = np.zeros((3, 2, 2))
    came[:, :, 0] = 60.0
    quick = Numbers.read(border).same_day_share.with_changes(value=1, high=1)
    plain = replace(alone(small(border, paths=3), 0, 60_000), released=came, releases=10.0)
    given = replace(plain, numbers=plain.numbers.with_changes(same_day_share=quick))
    with pytest.raises(
        RequestError, match=r"over by 100; .* 100 more places to let people go, 2030-01-07 to 2030-01-08, about"
    ):
        transport.solve(replace(given, vehicles=(replace(given.vehicles[0], seats=0),)), Demands(most_inside=0))


def test_that_a_promise_which_one_share_for_all_days_breaks_is_kept_as_nearly_as_can_be(border: Border):
    # fifty a day can be let go; of the first hundred fifty must fly on the second day, by the only flight. Who can
    # choose sends nobody to the line on the days after it, one share for all days leaves people there
    came = np.zeros((1, 4, 2))
    came[0, [0, 1, 3], 0] = 100.0
    either = np.stack([came, 0 * came], axis=2)
    plain = replace(alone(small(border, days=4), 0, 60_000), released=came, came=either, releases=50.0)
    at_once = plain.numbers.same_day_share.with_changes(value=1, high=1)
    given = replace(plain, numbers=plain.numbers.with_changes(same_day_share=at_once))
    asked = Demands(tuple(("flight-a", given.days[day]) for day in (0, 2, 3)), most_inside=50)
    found = transport.solve(given, asked)
    assert found.adaptive.custody.max() == pytest.approx(50)
    inside = found.fixed.custody.max()
    assert 50 < inside < 100
    assert found.warning is not None and f"knowing none, {inside:,.0f} are expected" in found.warning.en


def test_that_a_cancelled_vehicle_is_not_ordered_for_a_remainder(border: Border):
    # 9 can be had: 5 of 5.6 leave, and what remains would be a vehicle on the next day, on which it is cancelled
    plain = small(border)
    most = tuple((mode, quantity.with_changes(value=9, high=9)) for mode, quantity in plain.numbers.most_a_day)
    routes = tuple(replace(plain.vehicles[0], route=name) for name in ("a", "b", "c"))
    given = replace(plain, vehicles=routes, lead={"flight": 0}, numbers=plain.numbers.with_changes(most_a_day=most))
    wanted = np.array([[5.6, 1.6, 1.8], [0.0, 0.0, 0.0]])
    assert fleet.rounded(given, wanted, Demands())[1].tolist() == [1, 0, 0]
    assert fleet.rounded(given, wanted, Demands((("a", given.days[1]),)))[1].tolist() == [0, 0, 0]


def test_that_whole_vehicles_stand_where_only_the_prices_ran_out_of_time(
    border: Border, monkeypatch: pytest.MonkeyPatch
):
    usual = transport.solve(busy(border))
    slow(monkeypatch, whole=2, relaxed=0)
    found = transport.solve(busy(border))
    assert (found.vehicles == usual.vehicles).all() and (found.gap, found.worth) == (usual.gap, ())
    assert found.warning is not None and "prices" in found.warning.en and "precios" in found.warning.es


def test_that_vehicles_are_rounded_where_no_whole_solution_was_found(border: Border, monkeypatch: pytest.MonkeyPatch):
    usual = transport.solve(busy(border))
    slow(monkeypatch, whole=0, relaxed=1)
    found = transport.solve(busy(border))
    assert found.gap == 1 and found.worth == usual.worth
    assert found.warning is not None and "rounded" in found.warning.en and "redondearon" in found.warning.es
    assert (found.vehicles[0] == found.fixed.vehicles[0, 0]).all()
    assert found.vehicles.sum() > 0


def test_that_prices_are_told_only_where_they_are_proved(border: Border):
    programme, _ = transfers.formulate(busy(border))
    whole = programme.solve()
    assert whole is not None and whole.duals == {}
    relaxed = programme.solve(relaxed=True)
    assert relaxed is not None and set(relaxed.duals) == programme.limits
