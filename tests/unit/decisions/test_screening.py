"""Morris's screening: exact effects of known functions, nothing from what cannot matter, on where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented_scenarios import shut_and_wide

from cauce import api
from cauce.border import Border
from cauce.decisions import compare, regret, screening
from cauce.errors import RequestError
from cauce.runs import ensemble
from cauce.runs.study import Study
from cauce.terms import Language

TRAJECTORIES = 4


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Border:
    return shut_and_wide(tmp_path_factory.mktemp("border"))


@pytest.fixture(scope="module")
def study(border: Border) -> Study:
    return compare.join(border, ["shut", "wide"])


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store")


def screened(study: Study, store: Path, trajectories: int = TRAJECTORIES, workers: int = 2) -> screening.Screened:
    result = ensemble.run(study, draws=2, workers=workers, store_root=store)
    return screening.screen(
        study, result, [(0, 1)], study.outcomes, trajectories, workers=workers, store_root=store
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(study: Study, store: Path) -> screening.Screened:
    return screened(study, store)


def designed(numbers: int, trajectories: int) -> np.ndarray:
    return np.stack([screening.trajectory(numbers, key) for key in range(trajectories)])


def test_that_each_number_moves_once_by_two_thirds_of_its_range():
    for points in designed(7, 20):
        steps = np.diff(points, axis=0)
        assert sorted(np.flatnonzero(row).item() for row in steps) == list(range(7))
        assert np.abs(steps[steps != 0]) == pytest.approx(2 / 3)
        assert points.min() >= 0 and points.max() <= 1


def test_that_effects_of_a_linear_function_are_its_coefficients():
    coefficients = np.array([3.0, -7, 0, 0.5])
    points = designed(4, 10)
    told = screening.measures(points, points @ coefficients + 11)
    assert told.mean == pytest.approx(coefficients, abs=1e-12)
    assert told.size == pytest.approx(np.abs(coefficients), abs=1e-12)
    assert told.spread == pytest.approx(0, abs=1e-12) and told.half == pytest.approx(0, abs=1e-7)
    assert told.strongest[:3] == (1, 0, 3)


def test_that_measures_are_those_of_the_effects_taken_by_hand():
    points = designed(3, 12)
    values = points[..., 0] * points[..., 1] * 4 - points[..., 2] ** 2 * points[..., 0]
    effects = np.empty((3, 12))
    for t in range(12):
        for step in range(3):
            (moved,) = np.flatnonzero(points[t, step + 1] - points[t, step])
            change = points[t, step + 1, moved] - points[t, step, moved]
            effects[moved, t] = (values[t, step + 1] - values[t, step]) / change
    told = screening.measures(points, values)
    assert told.mean == pytest.approx(effects.mean(axis=1))
    assert told.size == pytest.approx(np.abs(effects).mean(axis=1))
    assert told.spread == pytest.approx(effects.std(axis=1, ddof=1))
    assert told.half == pytest.approx([regret.half_width(np.abs(row)) for row in effects])


def test_that_morris_own_function_is_screened_as_in_his_paper():
    """Morris 1991, section 4 and figure 1: ten of twenty inputs matter; three of them straight, seven not."""
    points = designed(20, 30)
    w = 2 * (points - 0.5)
    for i in (2, 4, 6):
        w[..., i] = 2 * (1.1 * points[..., i] / (points[..., i] + 0.1) - 0.5)
    sign = (-1.0) ** np.arange(1, 21)  # his draws for the rest are of the same size: N(0, 1)
    values = w @ np.where(np.arange(20) < 10, 20.0, sign)
    for i in range(20):
        for j in range(i + 1, 20):
            values = values + (-15.0 if j < 6 else sign[i] * sign[j]) * w[..., i] * w[..., j]
    for i in range(5):
        for j in range(i + 1, 5):
            for k in range(j + 1, 5):
                values = values - 10.0 * w[..., i] * w[..., j] * w[..., k]
    values = values + 5.0 * w[..., 0] * w[..., 1] * w[..., 2] * w[..., 3]
    told = screening.measures(points, values)
    assert told.size[:10].min() > told.size[10:].max()
    assert told.spread[7:10].max() < told.spread[:6].min()
    assert (told.size[7:10] - told.half[7:10]).min() > told.size[10:].max()


def test_that_what_a_draw_took_is_chosen_without_any_change(study: Study):
    taken = study.taken(1)
    taken.pop("lane_effect")  # the draw takes its own half of it; the other follows the return effect
    assert np.array_equal(study.simulate(1, taken), study.simulate(1))
    moved = study.simulate(1, {**taken, "hours": study.quantities["hours"].high})
    assert not np.array_equal(moved, study.simulate(1))


def test_that_a_number_that_cannot_matter_has_effects_of_exactly_zero(found: screening.Screened):
    """Nothing of returns changes between the two, so what fades of a change of returns is not there."""
    effects = {(o.id, name): m.size[i] for _, _, o, m in found.found for i, name in enumerate(found.names)}
    assert "response_half_life_months" in found.idle
    assert all(size == 0.0 for (_, name), size in effects.items() if name == "response_half_life_months")
    assert effects["persons", "lane_effect"] > 0 and effects["persons", "hours"] == 0.0
    assert effects["encounters", "retry"] > 0


def test_that_more_trajectories_go_on_from_fewer_and_workers_change_nothing(
    study: Study, store: Path, found: screening.Screened, tmp_path: Path, monkeypatch
):
    ran: list[int] = []
    plain = Study.simulate
    monkeypatch.setattr(Study, "simulate", lambda s, draw, chosen=None: ran.append(draw) or plain(s, draw, chosen))
    more = screened(study, store, TRAJECTORIES + 2)
    assert sorted(set(ran)) == [TRAJECTORIES, TRAJECTORIES + 1] and len(ran) == 2 * (len(found.names) + 1)
    assert more.trajectories == TRAJECTORIES + 2
    again = screened(study, tmp_path, workers=1)
    for (_, _, _, one), (_, _, _, other) in zip(found.found, again.found, strict=True):
        assert all(np.array_equal(getattr(one, f), getattr(other, f)) for f in ("mean", "size", "spread", "half"))


@pytest.mark.parametrize(
    ("trajectories", "says"),
    [(3, "3 trajectories have no spread"), (100_000, "runs of every scenario, more than 5,000; give --morris")],
)
def test_that_a_design_that_cannot_be_run_is_refused_before_anything_runs(
    border: Border, tmp_path: Path, trajectories: int, says: str
):
    with pytest.raises(RequestError) as refused:
        compare.compare(border, ["shut", "wide"], draws=2, morris=trajectories, store_root=tmp_path / "store")
    assert says in str(refused.value) and "\n" not in str(refused.value)
    assert not (tmp_path / "store").exists()


def test_that_a_missing_library_and_a_border_without_ranges_are_one_sentence(study: Study, monkeypatch):
    still = replace(study, priors=study.priors)
    vars(still)["quantities"] = {}
    with pytest.raises(RequestError, match="no judged number has a range"):
        screening.asked(still, 10)
    monkeypatch.setattr(screening, "INSTALLED", False)
    with pytest.raises(RequestError, match=r"cauce\[decisions\]"):
        screening.asked(study, 10)


def test_that_the_sheet_says_it_in_both_languages_and_the_json_has_every_number(border: Border, tmp_path: Path):
    comparison, folder = api.compare(
        ["shut", "wide"], border=str(border.root), draws=4, morris=TRAJECTORIES, out=tmp_path
    )  # fmt: skip
    told = json.loads(json.dumps(comparison.as_json()))["morris"]
    assert told["trajectories"] == TRAJECTORIES and "response_half_life_months" in told["idle"]
    key = {e["outcome"] for e in told["effects"]}
    assert len(told["effects"]) == len(key) * len(told["numbers"]) and any(e["protection"] for e in told["effects"])
    english, spanish = comparison.text(), comparison.text(Language.SPANISH)
    assert "Morris's screening" in english and "moved no difference" in english
    assert "Cribado de Morris" in spanish and "no movieron ninguna diferencia" in spanish
    pages = {path.suffix: path for path in folder.glob("compare*") if ".es" not in path.name}
    assert "mu* ± half of its 90%" in pages[".html"].read_text()
    assert any("mu*" in path.read_text() for path in folder.glob("compare-*.csv"))
    without = compare.compare(border, ["shut", "wide"], draws=4, store_root=tmp_path / ".store")
    assert "morris" not in without.as_json() and "Morris" not in without.text()
