"""Names in a plan's documents and tables, and numbers at their edges: nobody at work, places without a limit."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.unit.decisions.invented_place import small

from cauce.border import Border, Row
from cauce.decisions import execution, plans, transport
from cauce.decisions.lines import Steps
from cauce.errors import DataError, DocumentError
from cauce.policy.plan import Numbers


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open("us_mexico")


def changed(border: Border, folder: Path, file: str, right: str, wrong: str) -> tuple[Border, Path, int]:
    """A border with one thing written otherwise, the file, and its line."""
    shutil.copytree(border.root, folder / "us_mexico")
    path = folder / "us_mexico" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return Border.open(str(folder / "us_mexico")), path, 1 + text[: text.index(right)].count("\n")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("agents: agents ", "agents: agent "), ("detained: [er, er-cf", "detained: [er, er-fc"),
     ("kept: {er: ", "kept: {err: "),
     ("city-shelters]", "city-shelter]"),
     ("released: released", "released: relesed"), ("shelter_stay: shelter_hours", "shelter_stay: shelter_hour"),
     ("direct: direct_travel", "direct: dirct_travel"),
     ("[ice_wait_hours, long", "[ice_wait_hour, long"), ("over: over_72h", "over: over_27h"),
     ("  flight: {value: 5", "  fligt: {value: 5")],
)  # fmt: skip
def test_that_a_misspelt_name_in_the_numbers_of_a_plan_is_told(border: Border, tmp_path: Path, right: str, wrong: str):
    mistaken, path, line = changed(border, tmp_path, "plans/plan.yaml", right, wrong)
    with pytest.raises(DocumentError, match=r"there is no .*; did you mean") as told:
        transport.make(mistaken, "2022-12-12", 1, draws=1, unseen=1)
    assert (Path(str(told.value.file)), told.value.line) == (path, line)


def test_that_an_outcome_that_no_plan_has_is_told(border: Border, tmp_path: Path):
    mistaken, path, line = changed(border, tmp_path, "plans/plan.yaml", ", money: dollars", "")
    with pytest.raises(DocumentError, match=r"'outcomes.money' is missing; add it") as told:
        transport.make(mistaken, "2022-12-12", 1, draws=1, unseen=1)
    assert (Path(str(told.value.file)), told.value.line) == (path, line)


@pytest.mark.parametrize("place", ["el-paso", "border"])
def test_that_a_vehicle_without_a_lead_time_is_told(border: Border, tmp_path: Path, place: str):
    right = "Flight to San Diego,Vuelo a San Diego,lateral-wait,received-san-diego,flight"
    mistaken, path, line = changed(border, tmp_path, "routes.csv", right, right.replace(",flight", ",flihgt"))
    with pytest.raises(DataError, match=r"there is no mode 'flihgt'; did you mean 'flight'") as told:
        plans.make(mistaken, place, "2022-12-12", 1, draws=1)
    assert (Path(str(told.value.file)), told.value.line) == (path, line)


def test_that_nobody_at_work_at_night_and_places_without_a_limit_are_planned_with(border: Border, tmp_path: Path):
    study = execution.study_from(border, date(2022, 12, 12), 1, border.root / "scenarios" / "census-2022-12-01.csv", 1)
    process, numbers = study.layout.process, Numbers.read(border)
    line = Steps.all(process)[0].line
    night = dict(process.pools)[numbers.agents].servers[0].count
    nobody = {**dict(process.parameters), night: process.quantity(night).with_changes(value=0, low=0)}
    calm = process.with_changes(parameters=tuple(sorted(nobody.items())))
    rows = tuple(Row({**row, "capacity": ""}, row.file, row.line)
                 if row["site"] in ("receiver-laredo", process.custody) else row for row in border.sites)  # fmt: skip
    plain, bare = execution._places(study, numbers, line), Border.open("us_mexico")
    for owner, name, value in ((bare, "sites", rows), (study, "border", bare)):
        object.__setattr__(owner, name, value)
    object.__setattr__(study, "layout", replace(study.layout, process=calm))
    found = execution._places(study, numbers, line)
    assert 0 < found["crew_hours"] < plain["crew_hours"]
    assert 1 < found["crew"][1] < math.inf
    worked = numbers.receiver_agents.value * 24 * 60 * numbers.agents_used.value / numbers.receiver_minutes.value
    assert dict(found["receivers"])["receiver-laredo"] == worked
    assert found["ceiling"] == math.inf
    roomy = replace(small(border), ceiling=math.inf, receivers=(("receiver-a", math.inf),), beds=np.full(2, math.inf))
    assert transport.solve(roomy).vehicles[0].tolist() == [1]
