"""The whole chain on an invented border: no code knows which border it is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cauce import api
from cauce.arrivals import attempts
from cauce.border import Border
from cauce.errors import OutputError, RequestError
from cauce.model.clock import TICKS_PER_HOUR
from cauce.model.simulate import simulate
from cauce.policy.exposure import exposure
from cauce.policy.rulebook import Amendment
from cauce.policy.scenario import Scenario
from cauce.runs import ensemble
from cauce.runs.crowd import Census
from cauce.runs.results import Result
from cauce.runs.store import Store
from cauce.runs.study import Study

TINY = Path(__file__).parents[2] / "tiny"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of(Border.open(TINY), "spring")


@pytest.fixture(scope="module")
def result(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return ensemble.run(study, draws=4, workers=1, store_root=tmp_path_factory.mktemp("store"))


def test_that_workers_change_no_bit(study: Study, result: Result, tmp_path: Path):
    assert ensemble.run(study, draws=4, workers=2, store_root=tmp_path).sha256() == result.sha256()


def test_that_a_draw_is_the_same_alone(study: Study, result: Result):
    assert np.array_equal(study.simulate(2), result.daily[:, 2])


def test_that_fewer_draws_are_the_first_of_more(study: Study, result: Result, tmp_path: Path):
    fewer = ensemble.run(study, draws=2, workers=1, store_root=tmp_path)
    assert np.array_equal(fewer.daily, result.daily[:, :2])


def test_that_another_seed_gives_other_bits(result: Result, tmp_path: Path):
    other = ensemble.run(Study.of(Border.open(TINY), "spring", seed=8), draws=4, workers=1, store_root=tmp_path)
    assert other.sha256() != result.sha256()


def test_that_a_lost_block_is_made_again(study: Study, result: Result, tmp_path: Path):
    ensemble.run(study, draws=4, workers=1, store_root=tmp_path)
    blocks = sorted(tmp_path.rglob("draw-*.npy"))
    blocks[1].unlink()
    blocks[2].write_bytes(blocks[2].read_bytes()[:40])  # cut short, as by a full disk
    assert ensemble.run(study, draws=4, workers=1, store_root=tmp_path).sha256() == result.sha256()


def test_that_people_are_conserved(study: Study):
    persons = study.run(1, 0).persons
    assert persons["arrived"] + persons["warm"] == persons["exited"] + persons["inside"]
    assert persons["warm"] == 9


def test_that_the_cap_of_the_lane_holds(study: Study, result: Result):
    admitted = result.total("admitted")
    assert (admitted[0] == 0).all()
    assert (admitted[1] == 50).all()  # 20 a day for 12 days against a cap of 50


def test_that_the_daily_cap_of_the_agreement_holds(study: Study):
    run = study.run(0, 0)
    accepted = study.layout.index["accepted@agreement"]
    passed = run.counts.entries[study.layout.index["bridge"]].sum(axis=1)
    asked = run.counts.entries[accepted].sum(axis=1)
    assert (asked > passed).any(), "the cap never bound, so the test shows nothing"
    # a report day runs from six to six and sees the places of two calendar days
    assert passed.sum() <= 10 * (study.clock.days + 1)


def test_that_an_amendment_that_changes_nothing_changes_no_bit(study: Study):
    people, drawn = study.crowd(0), study.drawn(0)
    plain = study.prepare(study.book.amend(), 0, people, drawn)
    again = study.prepare(study.book, 0, people, drawn)
    for one, two in zip(plain.parties, again.parties, strict=True):
        assert np.array_equal(one, two)


def test_that_nothing_known_later_changes_a_bit(tmp_path: Path):
    """The poisoned future: garbage in every later month, prior and measure of the shipped border."""
    honest = Border.open()
    root = tmp_path / "poisoned"
    shutil.copytree(honest.root, root)
    lines = honest.reference(honest.card.encounters).read_text().splitlines()
    poisoned = []
    for line in lines:
        month, _, rest = line.partition(",")
        if "2022-11" <= month[:7] <= "2023-12":
            line = f"{month},{rest.rpartition(',')[0]},987654"
        poisoned.append(line)
    assert sum(a != b for a, b in zip(lines, poisoned, strict=True)) > 100
    (root / "reference" / honest.card.encounters).write_text("\n".join(poisoned) + "\n")
    later = root / "book" / "mexico-accepts-four.yaml"
    later.write_text(later.read_text().replace("value: 0.6", "value: 0.5").replace("30000", "9"))
    priors = root / "arrivals.yaml"
    garbage = "  later: {value: 9, low: 9, high: 9, source: garbage, known_by: 2023-06}"
    priors.write_text(priors.read_text().replace("numbers:", f"numbers:\n{garbage}"))
    one = Study.of(honest, "december-2022")
    two = Study.of(Border.open(root), "december-2022")
    assert np.array_equal(one.simulate(0), two.simulate(0))
    assert one.newest == date(2022, 10, 1)


def test_that_a_result_is_read_as_written(result: Result, tmp_path: Path):
    folder = result.write(tmp_path / "spring")
    assert Result.read(folder).sha256() == result.sha256()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_that_a_changed_result_is_refused(result: Result, tmp_path: Path):
    folder = result.write(tmp_path / "spring")
    np.save(folder / "daily.npy", result.daily + 1)
    with pytest.raises(RequestError, match="changed after it was written"):
        Result.read(folder)


def test_that_a_place_that_is_a_file_is_told(tmp_path: Path):
    place = tmp_path / "file"
    place.write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        Store.open(place, "0" * 64)


@pytest.mark.parametrize("name", ["draws", "workers"])
def test_that_none_is_refused(study: Study, tmp_path: Path, name: str):
    with pytest.raises(RequestError, match=f"{name} is 0"):
        ensemble.run(study, **{"draws": 1, "workers": 1, name: 0}, store_root=tmp_path)


def test_that_a_killed_run_goes_on_to_the_same_hash(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "cauce",
        "run",
        "spring",
        "--border",
        str(TINY),
        "--draws",
        "300",
        "--out",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.rglob("draw-*.npy"))) < 5 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    killed = process.poll() is None
    os.kill(process.pid, signal.SIGKILL) if killed else None
    process.wait()
    kept = len(list(tmp_path.rglob("draw-*.npy")))
    assert killed and 5 <= kept < 300, f"the run was not killed in the middle ({kept} draws)"
    resumed, _ = api.run("spring", border=str(TINY), draws=300, out=tmp_path)
    fresh, _ = api.run("spring", border=str(TINY), draws=300, out=tmp_path / "fresh")
    assert resumed.sha256() == fresh.sha256()


def test_that_explain_tells_a_path_that_ends(result: Result, tmp_path: Path):
    folder = result.write(tmp_path / "spring")
    story = api.explain(folder, "closed/1/40", border=str(TINY))
    assert story.steps[0].what == "entered"
    assert [s.when for s in story.steps] == sorted(s.when for s in story.steps)
    with pytest.raises(RequestError, match="is not a party"):
        api.explain(folder, "nowhere/1/40", border=str(TINY))


def test_that_a_change_at_midnight_renews_a_daily_cap_once():
    """The law's midnight is two hours before El Paso's; a rule that changes then must not add a second day's places."""
    study = Study.of(Border.open(), "december-2022")
    lifts = next(i for i, case in enumerate(study.cases) if case.id == "lifts+refused")
    book = study.decided(lifts, 0)
    regimes, *_ = study._rules(book, book.sha256())
    number = [m for _, m in study.layout.capped].index("mexico-accepts-venezuelans")
    hours = [t / TICKS_PER_HOUR for t, _, (a, places, *_) in regimes.resets if a == number and places]
    assert len(hours) == study.clock.days + 1  # at the start, and at each midnight of the horizon
    steps = np.diff(hours[1:])
    assert set(steps.round().tolist()) <= {23.0, 24.0, 25.0}


def test_that_the_kernel_makes_the_repeats_that_were_taken_out():
    """Nine weeks under one rule: encounters a person as the closed form says, 1 / (1 - share expelled x retry)."""
    border = Border.open(TINY)
    short = Scenario.read(border, "spring")
    long = short.with_changes(days=70, axes=())
    study = Study.make(border, long, Census.read(border.root / "scenarios" / short.census, border), 3)
    room = Amendment.of("agreement", "test", values={"cap": [{"value": 1e6, "unit": "person/day", "source": "test"}]})
    ready = study.prepare(study.book.amend(room), 0, study.crowd(0), study.drawn(0))
    run = simulate(ready.assembled, ready.parties, 5)
    mine = [i for i, (nationality, _) in enumerate(study.layout.classes) if nationality == "AAA"]
    seen = slice(10, 70)  # the first days still fill the way back
    encounters = run.counts.entries[study.layout.index["encounter"], seen][:, mine].sum()
    persons = run.counts.first[seen][:, mine].sum()
    expected = 1 / (1 - 0.6 * ready.assembled.parameters["retry"])
    again = expected - 1
    # encounters a party are geometric with variance r (1 + r); families move as one, so parties count, not persons
    parties = persons / (ready.parties.size.astype(float) ** 2).mean() * ready.parties.size.mean()
    assert abs(encounters / persons - expected) < 4 * np.sqrt(again * (1 + again) / parties)
    closed_form = attempts.encounters(np.ones((40, 1)), np.full((40, 1), 0.6), np.array([0.4]), 0.9)
    assert closed_form[-1, 0] == pytest.approx(1 / (1 - 0.24))


def test_that_announced_returns_are_the_rules_share_of_those_met():
    """On each day: persons met of a class times the share that the rules of that noon announce for it."""
    study = Study.of(Border.open(), "december-2022")
    lifts = next(i for i, case in enumerate(study.cases) if case.id == "lifts+as-stated")
    run, book, layout = study.run(lifts, 0), study.decided(lifts, 0), study.layout
    met = run.counts.entries[layout.index["encounter"]]
    row = [o.id for o in study.outcomes].index("returns_announced")
    for day in (0, 19, 20, 60):
        noon = study.clock.at(study.clock.dates[day], 12)
        shares = [exposure(book, noon, n, d).return_share for n, d in layout.classes]
        assert run.daily[row, day] == pytest.approx(met[day] @ shares)
    assert run.daily[row].sum() > 0
