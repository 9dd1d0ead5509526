"""Whole vehicles: rounded by day and route, dealt over the hours of a route, booked already or ordered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.decisions import transfers
from cauce.decisions.solver import Floats
from cauce.decisions.transfers import Demands, Ordering, Vehicle


def rounded(given: Ordering, wanted: Floats, demands: Demands) -> NDArray[np.int64]:
    """Whole vehicles by day and route: a remainder is carried to the next day, kinds stay within what can be had, and
    what is cancelled is not ordered."""
    vehicles = np.zeros(wanted.shape, np.int64)
    most = dict(given.numbers.most_a_day)
    carried = np.zeros(wanted.shape[1])
    booked, there = given.booked(), ~transfers.refused(given, demands)
    for day, row in enumerate(wanted):
        carried += row
        vehicles[day] = np.floor(carried + 0.5) * there[day]
        for mode in most:
            mine = [r for r, vehicle in enumerate(given.vehicles) if vehicle.mode == mode]
            cap = max(round(most[mode].value), int(booked[day, mine].sum()))
            while vehicles[day, mine].sum() > cap:  # the least wanted goes
                least = min((r for r in mine if vehicles[day, r]), key=lambda r: (carried[r] - vehicles[day, r], r))
                vehicles[day, least] -= 1
        carried = np.clip(carried - vehicles[day], -0.5, 0.5)
    return vehicles


def dealt(count: int, hours: int) -> list[int]:
    """Vehicles over a route's hours, the first hours first."""
    return [count // hours + (1 if number < count % hours else 0) for number in range(hours)]


def ordered(given: Ordering, day: int, vehicle: Vehicle) -> dict[str, Any]:
    """Whether a vehicle was booked before the plan began; else what is the chance that it does not leave."""
    booked = day < given.lead[vehicle.mode]
    return {"booked": booked, "cancelled": None if booked else round(1 - vehicle.sure, 9)}
