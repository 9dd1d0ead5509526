"""A plan of one place or of a whole border: its pages and its document."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from cauce.border import Border, Named
from cauce.decisions import border_sheet, borderwide, orders, transport
from cauce.errors import RequestError, nearest
from cauce.policy.plan import Plan, Whole
from cauce.policy.scenario import Scenario
from cauce.runs.sheets import Sheet


def make(
    border: Border, place: str, start: str | None, days: int, *, census: Path | None = None, draws: int = 50,
    seed: int = 1, cancel: tuple[str, ...] = (), most_inside: int | None = None, time_limit: float = 60.0,
    effects: Path | None = None,
) -> tuple[tuple[Sheet, ...], Plan]:  # fmt: skip
    """Plan the next days of a place, or of all sectors where the place is `border`.

    Raises
    ------
    RequestError
        An unknown place, a day that does not exist, numbers of days or draws below one, people inside below
        zero, a time limit that is no time, or no plan at all.
    DataError
        Effects that look ahead of the first day, or are not right.
    """
    if place not in (borderwide.PLACE, border.card.focus_sector):
        mend = f"{nearest(place, (border.card.focus_sector, borderwide.PLACE))}; {borderwide.PLACE} is all sectors"
        raise RequestError(f"there is no place {place!r} to plan for", mend=mend)
    for name, number in (("days", days), ("draws", draws)):
        if number < 1:
            raise RequestError(f"{name} is {number}", mend="give a whole number from 1 up")
    if not (math.isfinite(time_limit) and time_limit > 0):
        raise RequestError(f"the time limit is {time_limit:g}", mend="give seconds above 0, such as 60")
    if most_inside is not None and most_inside < 0:
        raise RequestError(f"the most inside is {most_inside}", mend="give a whole number from 0 up")
    pages: tuple[Sheet, ...]
    plan: Plan
    asked: dict[str, Any] = {
        "census": census, "draws": draws, "seed": seed, "cancel": cancel, "most_inside": most_inside,
        "effects": effects,
    }  # fmt: skip
    if place == borderwide.PLACE:
        whole = borderwide.make(border, start, days, time_limit=time_limit, **asked)
        pages, plan = border_sheet.sheets(whole), whole.plan
    else:
        one = transport.make(border, start, days, time_limit=time_limit, **asked)
        pages, plan = orders.sheets(one), one.plan
    if census is None:
        scenario = Whole.read(border).scenario if place == borderwide.PLACE else border.card.scenario
        said = uncounted(plan.start, date.fromisoformat(Scenario.read(border, scenario).start[:10]))
        pages = (replace(pages[0], findings=(said, *pages[0].findings)), *pages[1:])
    return pages, plan


def uncounted(start: date, begin: date) -> Named:
    """That nobody counted the morning on which a plan begins."""
    days = (start - begin).days
    en, es = f", {days} days earlier" * bool(days), f", {days} días antes" * bool(days)
    return Named(
        en=f"Warning: nobody was counted. The model computes who is inside on {start} from the shipped census of "
           f"{begin}{en}, and may be far off: give today's count.",
        es=f"Aviso: no se contó a nadie. El modelo calcula quién está adentro el {start} con el censo del {begin}"
           f"{es}, y puede errar mucho: dé el de hoy.",
    )  # fmt: skip
