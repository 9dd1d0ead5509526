"""What a border's documents say of lines, courts and fleets reaches the kernel; mistakes are told with their line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from cauce.border import Border
from cauce.errors import CauceError
from cauce.model.clock import TICKS_PER_HOUR
from cauce.runs.study import Study

TINY = Path(__file__).parents[2] / "tiny"
FLEETS = (
    "fleet,name_en,name_es,station,to,mode,rule,seats,seats_low,seats_high,"
    "least,hold_hours,vehicles,away_hours,source\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def change(root: Path, old: str, new: str) -> None:
    path = root / "network.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def study(root: Path) -> Study:
    border = Border.open(root)
    return Study.of(border, "spring")


def test_that_a_court_hears_its_docket_on_working_days_and_no_more(root: Path):
    heard = "  heard: {value: 21.7, low: 21.7, high: 21.7, unit: person, source: invented}\n"  # one a working day
    change(root, "parameters:\n", f"parameters:\n{heard}")
    change(root, "  - {id: gone, kind: exit}", "  - {id: gone, kind: court, docket: heard, to: free}")
    made = study(root)
    here = made.layout.index["gone"]
    run, crews = made.run(0, 0, person_table=True), made.drawn(0).crews
    hearings = crews.tick[crews.args[:, 0] == here]
    weekdays = {made.clock.dates[t // TICKS_PER_HOUR // 24].weekday() for t in hearings}
    assert weekdays and max(weekdays) < 5
    assert (crews.args[crews.args[:, 0] == here, 1] == 1).all()
    size = made.prepare(made.decided(0, 0), 0, made.crowd(0), made.drawn(0)).parties.size
    waiting = size[(run.out.last_station == here) & (run.out.exit_tick < 0)].sum()
    heard = run.counts.entries[here].sum() - waiting
    assert 0 < heard <= len(hearings)
    assert waiting > 0, "the docket never bound, so the test shows nothing"


def test_that_a_fleet_leaves_by_its_rule_and_is_counted(root: Path):
    (root / "routes.csv").write_text((root / "routes.csv").read_text().splitlines()[0] + "\n")
    (root / "fleets.csv").write_text(FLEETS + "van,Van,Furgoneta,bridge,returned,bridge,full,7,7,7,0,0,2,1,invented\n")
    made = study(root)
    run = made.run(0, 0)
    assert run.out.trips.sum() > 0
    assert run.out.carried.sum() == run.counts.entries[made.layout.index["returned"]].sum()
    assert run.out.carried.sum() <= 7 * run.out.trips.sum()


def test_that_some_classes_go_ahead_and_some_give_up(root: Path):
    change(
        root,
        "minutes: paper, to: bed,",
        "minutes: paper, ahead: [{demographics: [unaccompanied-child]}, {demographics: [family]}], "
        "patience: {lasts: {mean: hours, cv: cv}, to: gone}, to: bed,",
    )
    made = study(root)
    network = made.prepare(made.decided(0, 0), 0, made.crowd(0), made.drawn(0)).assembled.network
    here = made.layout.index["process-paper"]
    levels = {d.value: int(network.priority[here, c]) for c, (_, d) in enumerate(made.layout.classes)}
    assert levels == {"unaccompanied-child": 0, "family": 1, "single-adult": 2}
    assert (network.patience[here] >= 0).all() and (np.delete(network.patience, here, axis=0) < 0).all()
    assert network.gives_up[here] == made.layout.index["gone"]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("kind: beds, site: hostel,", "kind: beds, site: hostel, patience: {lasts: {mean: hours, cv: cv}, to: free},",
         "nobody stands in line"),
        ("  - {id: gone, kind: exit}", "  - {id: gone, kind: court, to: free}", "a court has a docket"),
        ("  - {id: gone, kind: exit}", "  - {id: gone, kind: court, docket: nothing, to: free}", "does not exist"),
        ("minutes: paper, to: bed,", "minutes: paper, patience: {lasts: {mean: hours, cv: cv}, to: nowhere}, to: bed,",
         "not a station"),
        ("minutes: paper, to: bed,", "minutes: paper, ahead: [{}, {}, {}, {}], to: bed,", "at most 3 classes"),
    ],
)  # fmt: skip
def test_that_mistakes_are_told(root: Path, old: str, new: str, cause: str):
    change(root, old, new)
    with pytest.raises(CauceError, match=cause) as told:
        study(root).layout.stations  # noqa: B018
    assert told.value.file is not None and told.value.line


def test_that_an_unknown_rule_of_a_fleet_is_told(root: Path):
    (root / "fleets.csv").write_text(FLEETS + "van,Van,Furgoneta,bridge,returned,bridge,often,7,7,7,0,0,2,1,invented\n")
    with pytest.raises(CauceError, match="rule 'often' is unknown"):
        study(root).run(0, 0)
