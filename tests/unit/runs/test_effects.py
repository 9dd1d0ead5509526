"""Evaluation feeds the simulator: measured effects take the place of priors, never look ahead, and change nothing
where there are none."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cauce import api
from cauce.arrivals import effects as room
from cauce.arrivals.effects import Bundle, Curve, Effects, Faced, Ground, Measured
from cauce.arrivals.panel import Panel
from cauce.arrivals.priors import Priors
from cauce.arrivals.response import Exposures
from cauce.arrivals.walks import WalkPool
from cauce.border import Border
from cauce.data.contracts import Contract
from cauce.decisions import effects as leaving
from cauce.decisions import execution, orders, transport
from cauce.errors import DataError, RequestError
from cauce.policy.rulebook import Rulebook
from cauce.runs import ensemble, forecasts, story
from cauce.runs.study import Study

BORDER = Border.open("us_mexico")
BUNDLE = "mexico-accepts-venezuelans+venezuela-process"
SCENARIO = "december-2022"
ROW = {
    "measure": BUNDLE, "nationality": "VEN", "estimand": "own", "estimator": "mine", "lag_months": 0,
    "month": "2022-10-01", "log_low": "-1.2", "log_median": "-1.0", "log_high": "-0.8", "quantiles": "0.05 0.5 0.95",
    "draws": 0, "cutoff": "2022-10", "months_used": "2021-03 to 2022-09", "known_by": "2022-11-25",
    "verdict": "supported", "verdict_es": "respaldado", "ridge": "only the sum is seen",
}  # fmt: skip


def written(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "effects.csv"
    path.write_text(leaving.as_csv(list(rows)), encoding="utf-8")
    return path


def flat(**over: object) -> dict[str, object]:
    return {**ROW, **over}


@cache
def study() -> Study:
    return Study.of(BORDER, SCENARIO)


def ends(path: Path) -> Effects:
    return Effects.read(path, BORDER, study().book, study().newest, study().scenario.as_of)


def answers(of: Study, case: int, draw: int = 0) -> np.ndarray:
    """Multipliers of a case, shape (class, day)."""
    book = of.decided(case, draw)
    return of._answer(of._rules(book, book.sha256())[1], of.priors, draw)


def mine(of: Study, *codes: str) -> np.ndarray:
    return np.array([n in codes for n, _ in of.layout.classes])


def test_that_an_empty_file_changes_no_bit_and_is_named(tmp_path: Path):
    path = written(tmp_path)
    with_, plain = study().taking_up(path), study()
    np.testing.assert_array_equal(with_.simulate(0), plain.simulate(0))
    assert set(with_.hashes()) - set(plain.hashes()) == {"effects"}
    assert {k: v for k, v in with_.hashes().items() if k != "effects"} == plain.hashes()
    assert with_.sha256() != plain.sha256()  # the store keeps them apart


def test_that_what_an_evaluation_writes_changes_who_comes(tmp_path: Path):
    api.evaluate("venezuela-2022", draws=100, as_of=f"{study().scenario.as_of}", out=tmp_path)
    path = tmp_path / "venezuela-2022" / "effects.csv"
    taken = study().taking_up(path)
    assert {"VEN", "COL", "NIC"} <= taken.effects.nationalities
    assert all(month <= study().newest for _, month in taken.effects.used)
    lifts = [case.id for case in study().cases].index("lifts+refused")
    then, now = answers(study(), lifts), answers(taken, lifts)
    others = ~mine(study(), *taken.effects.nationalities)
    np.testing.assert_array_equal(now[others], then[others])
    assert (now[mine(study(), "VEN"), -1] != then[mine(study(), "VEN"), -1]).all()
    result = ensemble.run(taken, draws=2, workers=1, store_root=tmp_path / "store")
    plain = ensemble.run(study(), draws=2, workers=1, store_root=tmp_path / "store")
    assert result.provenance.hashes["effects"] == taken.effects.sha256
    assert not np.array_equal(result.daily, plain.daily)
    (note,) = set(result.notes) - set(plain.notes)
    assert leaving.EARLY.en in note.en
    assert leaving.EARLY.es in note.es
    assert "Venezuela" in note.es


def test_that_a_bundle_that_goes_on_as_it_was_moves_nobody(tmp_path: Path):
    taken = study().taking_up(written(tmp_path, flat(log_low="-3", log_median="-2", log_high="-1")))
    stays = [case.id for case in study().cases].index("stays+refused")
    now = answers(taken, stays)
    assert (now[mine(taken, "VEN")] == 1.0).all()


def test_that_the_end_of_what_lowered_arrivals_raises_them_by_as_much(tmp_path: Path):
    """Title 42's end takes the returns of the bundle away: at most the measured sum comes back, at least nothing."""
    taken = study().taking_up(written(tmp_path, flat(log_low="-1", log_median="-1", log_high="-1")))
    lifts = [case.id for case in study().cases].index("lifts+refused")
    last = answers(taken, lifts)[mine(taken, "VEN"), -1]
    assert (last >= 1.0).all()
    assert (last <= np.exp(1.0)).all()
    assert last.max() > 1.0


def test_that_an_effect_of_zero_moves_nobody(tmp_path: Path):
    taken = study().taking_up(written(tmp_path, flat(log_low="0", log_median="0", log_high="0")))
    for case in range(len(study().cases)):
        book = taken.decided(case, 0)
        faced = taken._rules(book, book.sha256())[1]
        month = np.array([day.year * 12 + day.month for day in taken._exposed])
        who = [n for n, _ in taken.layout.classes]
        found = room.multipliers(taken.effects, taken._ground, faced, who, month, taken.priors, 1)
        assert (found == 1.0).all()


def invented(*curve: float) -> tuple[Effects, Ground, Exposures, Exposures]:
    """One class; measures that add a return of .5, and an effect known to a point."""
    line = np.array(curve)
    curves = (Curve("mine", np.arange(line.size, dtype=float), np.array([0.05, 0.5, 0.95]), np.stack([line] * 3)),)
    effects = Effects((Measured(("m",), (("AAA", curves),), date(2022, 10, 1), ()),), frozenset(), "x")
    on, off = (Exposures(np.full((1, 1), r), np.zeros((1, 1))) for r in (0.5, 0.0))
    return effects, Ground((Bundle(on, off, np.ones(1)),), (Bundle(off, off, np.zeros(1)),)), on, off


def test_that_a_bundle_that_begins_is_felt_as_it_was_measured_month_by_month():
    effects, ground, _, off = invented(-0.5, -1.0, -0.25)
    month = np.repeat(np.arange(6), 30)
    returned = np.where(month >= 2, 0.5, 0.0)[None]
    case = Faced(off, (Bundle(Exposures(returned, 0 * returned), Exposures(0 * returned, 0 * returned),
                              (month >= 2).astype(float)),))  # fmt: skip
    priors = Priors.read(BORDER.root / "arrivals.yaml")
    found = room.multipliers(effects, ground, case, ["AAA"], month, priors, 5)
    expected = np.exp(np.array([0, 0, -0.5, -1.0, -0.25, -0.25]))[month]
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


def test_that_half_of_a_bundle_is_felt_by_half_where_only_one_lever_was_pulled():
    effects, ground, _, off = invented(-1.0)
    month = np.repeat(np.arange(3), 30)
    returned = np.where(month >= 1, 0.25, 0.0)[None]
    case = Faced(off, (Bundle(Exposures(returned, 0 * returned), Exposures(0 * returned, 0 * returned),
                              np.zeros(90)),))  # fmt: skip
    priors = Priors.read(BORDER.root / "arrivals.yaml")
    found = room.multipliers(effects, ground, case, ["AAA"], month, priors, 5)
    np.testing.assert_allclose(found[0, -1], np.exp(-0.5), rtol=1e-12)


def test_that_draws_have_the_quantiles_of_the_file_and_both_estimators(tmp_path: Path):
    low = flat(log_low="-3", log_median="-2.5", log_high="-2")
    high = flat(estimator="other", log_low="1", log_median="2", log_high="3")
    (measured,) = ends(written(tmp_path, low, high)).measured
    drawn = np.array([measured.drawn("VEN", np.zeros(1), key)[0] for key in range(4000)])
    below = drawn[drawn < 0]
    # binomial: three standard errors of a half of 4,000 draws, then of 5% and 50% of some 2,000
    assert abs(below.size / drawn.size - 0.5) < 3 * (0.25 / drawn.size) ** 0.5
    assert below.min() >= -3
    assert drawn.max() <= 3
    assert abs((below <= -2.5).mean() - 0.5) < 3 * (0.25 / below.size) ** 0.5
    assert abs((below <= -3).mean() - 0.05) < 3 * (0.05 * 0.95 / below.size) ** 0.5


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"cutoff": "2022-11"}, "the fit's cutoff is 2022-10"),
        ({"month": "2022-11-01"}, "the fit's cutoff is 2022-10"),
        ({"known_by": "2022-12-02"}, "the fit is made on 2022-12-01"),
        ({"measure": "no-such"}, "measure 'no-such' is not in the book"),
        ({"nationality": "XYZ"}, "nationality 'XYZ' is unknown"),
        ({"log_low": "", "log_high": ""}, "every interval of VEN is open"),
        ({"log_low": "2"}, "log_low 2 is above log_high -0.8"),
        ({"log_median": "much"}, "'log_median' is 'much', not a number"),
        ({"quantiles": "0.5 0.05 0.95"}, "not three rising probabilities"),
        ({"lag_months": "0.5"}, "not a whole number"),
        ({"month": "October"}, "'month' is 'October', which is not a date that exists"),
    ],
)
def test_that_a_wrong_row_is_refused_with_its_line(tmp_path: Path, over: dict[str, object], said: str):
    with pytest.raises(DataError) as caught:
        ends(written(tmp_path, flat(**over)))
    assert said in str(caught.value)
    assert ", line 2: " in str(caught.value)


def test_that_a_lag_told_twice_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="has lag 0 twice from 'mine'") as caught:
        ends(written(tmp_path, flat(), flat()))
    assert caught.value.line == 3


def test_that_an_open_interval_leaves_the_draws_to_the_other_estimators(tmp_path: Path):
    (measured,) = ends(written(tmp_path, flat(), flat(estimator="open", log_low=""))).measured
    assert [c.estimator for c in dict(measured.curves)["VEN"]] == ["mine"]


def test_that_columns_are_the_contracts(tmp_path: Path):
    header = written(tmp_path).read_text(encoding="utf-8").strip().split(",")
    assert header == [c.name for c in Contract.read("effects").columns] == list(ROW)


@pytest.mark.parametrize("verb", [["run", "--draws", "2"], ["forecast", "--as-of", "2022-12-01"],
                                  ["response", "show", "--as-of", "2022-12-01"],
                                  ["plan", "el-paso", "--from", "2022-12-01"]])  # fmt: skip
def test_that_a_verb_refuses_what_looks_ahead_in_one_sentence(tmp_path: Path, verb: list[str]):
    path = written(tmp_path, flat(), flat(lag_months=1, month="2022-11-01", cutoff="2022-11"))
    command = [sys.executable, "-m", "cauce", *verb, "--effects", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 2
    assert "line 3: an effect was estimated with 2022-11, and the fit's cutoff is 2022-10" in run.stderr
    assert run.stderr.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["effects.csv"]


def test_that_a_plan_takes_them_up_in_its_arrivals_its_proof_and_its_document(tmp_path: Path):
    path, begin = written(tmp_path, flat(), flat(lag_months=1, log_low="-2", log_median="-1.5")), date(2022, 12, 1)
    plain, told = (execution.study_from(BORDER, begin, 14, None, 1, effects=file) for file in (None, path))
    assert told.effects.nationalities == {"VEN"} and plain.effects.sha256 == ""
    moved = execution.Executed.under(told, execution.Way("none"))
    assert moved.effects is told.effects  # the plan is made and proved on the same arrivals
    then, now = answers(plain, 0), answers(told, 0)
    others = ~mine(told, "VEN")
    assert (then[~others] != now[~others]).any() and np.array_equal(then[others], now[others])
    assert told.crowd(0).size.sum() != plain.crowd(0).size.sum()  # months that the estimate saw leave the fit
    made = transport.make(BORDER, f"{begin}", 3, draws=2, unseen=2, effects=path)
    assert made.plan.source.endswith(f"effects {told.effects.sha256[:16]}")
    sheet, _ = orders.sheets(made)
    assert dict(sheet.hashes)["effects"] == told.effects.sha256
    assert any("was measured, to 2022-10" in note.en and "se midió" in note.es for note in sheet.notes)


def test_that_months_an_effect_saw_leave_the_fit():
    """Whatever stands in them, no number that the walks learn changes; the newest is only where they go on from."""
    rng = np.random.default_rng(3)
    months = tuple(date(2020 + n // 12, n % 12 + 1, 1) for n in range(34))
    corridors = tuple((s, n) for s in ("west", "east") for n in ("AAA", "BBB", "CCC"))
    counts = rng.poisson(800, size=(34, 6)).astype(float)
    used = frozenset(("BBB", month) for month in months[-5:])
    garbage = counts.copy()
    garbage[-5:-1, [1, 4]] = 9e6
    priors = Priors.read(BORDER.root / "arrivals.yaml")
    fits = [WalkPool(priors).fit(Panel(months, corridors, c, used)) for c in (counts, garbage)]
    assert fits[0].shared == fits[1].shared
    for a, b in zip(fits[0].walks, fits[1].walks, strict=True):
        for name, value in vars(a).items():
            np.testing.assert_array_equal(value, vars(b)[name], err_msg=name)
    kept = WalkPool(priors).fit(Panel(months, corridors, garbage))
    assert kept.walks[0].centre[1] != fits[0].walks[0].centre[1]


def test_that_a_forecast_says_which_effects_it_took_up(tmp_path: Path):
    def of(*rows: dict[str, object]) -> forecasts.Forecast:
        return forecasts.run(BORDER, as_of="2022-12-01", months=2, draws=20, effects=written(tmp_path, *rows))

    plain = forecasts.run(BORDER, as_of="2022-12-01", months=2, draws=20)
    assert "effects" not in plain.hashes
    assert of(flat()).hashes["effects"] != of().hashes["effects"]
    assert not np.array_equal(plain.paths, of(flat()).paths)
    np.testing.assert_array_equal(plain.paths, of().paths)


def test_that_response_show_has_the_measured_effect(tmp_path: Path):
    shown = api.response_show(as_of="2022-12-01", effects=written(tmp_path, flat()), draws=200)
    ((measure, who, lag, (low, median, high)),) = shown.measured
    assert (who, lag) == ("VEN", 0.0)
    assert -1.2 <= low < median < high <= -0.8
    assert f"VEN {measure}, 0 months on" in shown.text()
    assert shown.as_json()["effects_sha256"]


def test_that_explain_wants_the_effects_of_the_run(tmp_path: Path):
    path = written(tmp_path, flat())
    taken = study().taking_up(path)
    folder = ensemble.run(taken, draws=1, workers=1, store_root=tmp_path / "store").write(tmp_path / "out")
    party = f"{taken.cases[0].id}/0/70000"
    assert story.tell(BORDER, folder, party, path).steps
    with pytest.raises(RequestError, match="name with --effects the file"):
        story.tell(BORDER, folder, party)


def test_that_the_book_without_a_bundle_is_the_book_but_for_it(tmp_path: Path):
    effects = ends(written(tmp_path, flat()))
    book = Rulebook.read(BORDER)
    rest, (without,) = effects.without(book)
    assert rest.sha256() == without.sha256()
    names = {m.id for m in book.at(date(2022, 11, 1))} - {m.id for m in rest.at(date(2022, 11, 1))}
    assert set(BUNDLE.split("+")) <= names
    assert replace(effects, measured=()).nationalities == frozenset()
