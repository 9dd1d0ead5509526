"""Scenarios beside each other: what pairing, regret, thresholds and boxes must do, on an invented border."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented_scenarios import shut_and_wide
from scipy import stats

from cauce import api
from cauce.border import Border, Named
from cauce.decisions import compare, comparison, differences, levers, regret
from cauce.errors import DocumentError, RequestError
from cauce.policy.scenario import Axis, Choice, Scenario
from cauce.runs import ensemble
from cauce.runs.results import Outcome, Result
from cauce.runs.study import Study
from cauce.terms import Language

OUTCOME = Outcome("over", Named(en="Over", es="Sobre"), "person", "stock", "custody", True)


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Border:
    return shut_and_wide(tmp_path_factory.mktemp("border"))


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def beside(border: Border, store: Path) -> comparison.Comparison:
    return compare.compare(border, ["shut", "wide"], draws=24, store_root=store)


def by_id(pair: comparison.Pair) -> dict[str, differences.Difference]:
    return {d.outcome.id: d for d in pair.differences}


def test_that_a_scenario_beside_itself_differs_by_exactly_zero(border: Border, store: Path):
    found = compare.compare(border, ["wide", "wide"], draws=3, store_root=store)
    (pair,) = found.pairs
    assert all((d.by_draw == 0).all() and d.higher == d.lower == 0 for d in pair.differences)
    assert pair.paths.differing == pair.paths.first_only == pair.paths.second_only == 0 < pair.paths.shared
    assert [case for case, _ in found.result.cases] == ["wide", "wide (2)"]


def test_that_the_cases_of_one_scenario_stand_beside_each_other(border: Border, store: Path):
    found = compare.compare(border, ["spring"], draws=3, store_root=store)
    assert [case for case, _ in found.result.cases] == ["closed", "open"]
    two = compare.compare(border, ["shut", "wide"], draws=3, store_root=store)
    assert np.array_equal(found.pairs[0].differences[0].by_draw, two.pairs[0].differences[0].by_draw)
    assert found.levers == ()  # one axis is a pair


def crossed_result(beside: comparison.Comparison) -> tuple[Result, levers.Crossed]:
    """Two axes of two choices after another scenario: 40 of the first, 20 of the second, 10 of both together."""
    two = [Choice(id=c, name=Named(en=c, es=c)) for c in ("on", "off")]
    axes = tuple(Axis(id=a, name=Named(en=a, es=a), choices=tuple(two)) for a in ("lane", "crew"))
    outcome = [o.id for o in beside.result.outcomes].index("encounters")
    daily = np.zeros((5, *beside.result.daily.shape[1:]), dtype=beside.result.daily.dtype)
    luck = 1000 + 10 * np.arange(daily.shape[1])
    daily[:, :, outcome, 0] = luck + np.array([7, 70, 40, 20, 0])[:, None]
    cases = tuple((str(n), Named(en=str(n), es=str(n))) for n in range(5))
    return replace(beside.result, cases=cases, daily=daily), levers.Crossed("made", axes, 1)


def test_that_a_lever_moves_what_its_choice_does_over_all_choices_of_the_others(beside: comparison.Comparison):
    result, design = crossed_result(beside)
    made = replace(result, outcomes=tuple(replace(o, gives=("near",)) for o in result.outcomes))
    lane, crew = levers.main_effects(made, design)
    for lever, effect in ((lane, 40 + 10 / 2), (crew, 20 + 10 / 2)):
        (only,) = [d for d in lever.effects if d.outcome.id == "encounters"]
        assert only.by_draw == pytest.approx(np.full(24, effect))
        assert only.told_apart
    assert "lane: Encounters" in levers.finding((lane, crew)).en
    table = levers.grid((lane, crew))
    assert [h.en for h in table.head] == ["Outcome", "lane: on", "crew: on"]
    plain = levers.as_json((lane, crew))
    assert {(r["axis"], r["choice"], r["beside"]) for r in plain} == {("lane", "on", "off"), ("crew", "on", "off")}


def test_that_axes_are_found_behind_the_cases_of_other_scenarios():
    border = Border.open("us_mexico")
    read = [Scenario.read(border, name) for name in ("conditions-met", "december-2022")]
    (design,) = levers.crossed(read)
    assert (design.first, [len(a.choices) for a in design.axes]) == (1, [3, 3])
    assert len(compare.join(border, ["december-2022"]).cases) == 9


def test_that_the_trade_off_is_drawn_and_said_and_stands_in_its_table(beside: comparison.Comparison):
    assert beside.plot is None  # nothing that protects is large enough to show
    kinds = {"encounters": {"rated": 100.0}, "persons": {"protection": True}}
    outcomes = tuple(replace(o, **kinds.get(o.id, {})) for o in beside.result.outcomes)
    beside = replace(beside, result=replace(beside.result, outcomes=outcomes))
    plot = beside.plot
    assert plot is not None and len(plot.marks) == 2
    names = {o.name.en: o for o in outcomes}
    for name, way in ((plot.x.en, "x"), (plot.y.en, "y")):
        outcome = names[name.removeprefix("◆ ")]
        assert outcome.protection == name.startswith("◆") == (way == "y")
        for case, mark in enumerate(plot.marks):
            drawn = getattr(mark, way)
            assert drawn == pytest.approx(tuple(np.percentile(beside.result.total(outcome.id)[case], (10, 50, 90))))
            row = next(r for r in beside.sheet.grids[0].rows if isinstance(r[0], Named) and r[0].en == name)
            cell = row[1 + case]
            assert isinstance(cell, Named) and cell.en.startswith(regret.shown(drawn[1], outcome).en)
    assert plot.says in beside.sheet.findings
    assert beside.as_json()["plots"][0]["marks"][0]["x"] == plot.marks[0].x


def test_that_differences_turn_their_sign_with_the_order(border: Border, store: Path, beside: comparison.Comparison):
    turned = compare.compare(border, ["wide", "shut"], draws=24, store_root=store)
    there, back = by_id(beside.pairs[0]), by_id(turned.pairs[0])
    for name, one in there.items():
        assert np.array_equal(one.by_draw, -back[name].by_draw)
        assert (one.higher, one.lower) == (back[name].lower, back[name].higher)
        assert one.low == pytest.approx(-back[name].high)
    assert turned.pairs[0].paths.first_only == beside.pairs[0].paths.second_only
    assert any((d.by_draw != 0).any() for d in there.values())


def test_that_beside_others_a_scenario_gives_what_it_gives_alone(border: Border, store: Path, beside):
    for case, name in enumerate(("shut", "wide")):
        alone = ensemble.run(Study.of(border, name), draws=24, workers=1, store_root=store)
        assert np.array_equal(alone.daily[0], beside.result.daily[case])


def test_that_common_noise_makes_the_paired_interval_narrower(beside: comparison.Comparison):
    gains = [d.gain for d in beside.pairs[0].differences if d.outcome.id in ("encounters", "persons")]
    assert min(gains) > 1.2
    first = np.array([10.0, 20, 30, 40])  # the difference is 1 or 2, the noise is common
    paired = differences.Difference.of(OUTCOME, first + np.array([1, 2, 1, 2]), first)
    assert paired.gain > 10
    assert 0 < paired.low < 1.5 < paired.high < 3


@pytest.mark.parametrize("draws", [4, 5, 20, 100, 1000])
def test_that_the_interval_is_students(draws: int):
    values = np.sin(np.arange(draws))
    exact = stats.t.ppf(0.95, draws - 1) * stats.sem(values)
    assert regret.half_width(values) == pytest.approx(exact, rel=3e-3)


def test_that_a_single_draw_has_no_interval():
    only = differences.Difference.of(OUTCOME, np.array([3.0]), np.array([1.0]))
    assert np.isnan(only.low) and not only.told_apart


def test_that_regret_is_the_hand_made_table():
    losses = np.array([[10.0, 20, 30], [12, 15, 60], [9, 25, 25]])
    assert regret.regrets(losses).tolist() == [[1, 5, 5], [3, 0, 35], [0, 10, 0]]
    worst, mean = regret.least_regret(losses)
    assert worst.tolist() == [5, 35, 10]
    assert mean == pytest.approx([11 / 3, 38 / 3, 10 / 3])


def test_that_shares_of_draws_are_those_that_meet_each_threshold_and_all(beside: comparison.Comparison):
    daily = beside.result.daily[:1, :4].copy()
    ids = [o.id for o in beside.result.outcomes]
    daily[:] = 0
    daily[0, :, ids.index("over"), 3] = [0, 5, 10, 11]  # a stock: its highest morning
    daily[0, :, ids.index("admitted"), 2:4] = [[4, 4], [0, 0], [5, 5], [9, 9]]  # a flow: its total
    made = replace(beside.result, cases=beside.result.cases[:1], daily=daily)
    limits = (
        regret.Threshold(name=OUTCOME.name, outcome="over", at_most=10, source="invented"),
        regret.Threshold(name=OUTCOME.name, outcome="admitted", at_least=8, source="invented"),
    )
    assert regret.met(made, limits)[:, 0].tolist() == [0.75, 0.75, 0.5]


def test_that_a_precision_stops_when_it_is_reached_and_says_what_is_missing(border: Border, store: Path):
    wide = compare.compare(border, ["shut", "wide"], precision=0.9, draws=60, store_root=store)
    assert wide.precision and wide.precision.reached and wide.precision.needed <= wide.result.provenance.draws < 60
    assert any("known to 90% of its level" in f.en for f in wide.sheet.findings)


def test_that_a_precision_out_of_budget_is_one_sentence_and_keeps_its_draws(border: Border, tmp_path: Path):
    command = [sys.executable, "-m", "cauce", "compare", "shut", "wide", "--border", str(border.root)]
    command += ["--precision", "0.0005", "--out", str(tmp_path)]
    run = subprocess.run([*command, "--draws", "30"], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 2 and run.stderr.strip().count("\n") == 0, run.stderr
    assert "30 draws do not bring" in run.stderr
    assert {path.name for path in tmp_path.iterdir()} == {".store"}  # nothing half-written
    kept = ensemble.run(compare.join(border, ["shut", "wide"]), draws=30, workers=1, store_root=tmp_path / ".store")
    width, widest = max(
        (2 * regret.half_width(total[0] - total[1]) / differences.level(kept, o), o.id)
        for o in differences.headline(kept)
        for total in [kept.total(o.id)]
    )
    needed = int(np.ceil(30 * (width / 0.0005) ** 2))
    assert f"'{widest}'" in run.stderr and f"give --draws {needed} (those finished are kept)" in run.stderr


def test_that_few_draws_cannot_tell(border: Border, store: Path):
    found = compare.compare(border, ["shut", "wide"], draws=3, store_root=store)
    assert "cannot tell" in found.sheet.findings[0].en
    assert not any(d.told_apart for d in found.pairs[0].differences)


def test_that_protection_stands_beside_efficiency_in_both_languages(beside: comparison.Comparison):
    told = beside.sheet.grids[0]
    assert told.protection and any(str(r[0]).find("◆") >= 0 for r in told.rows)
    for language in Language:
        assert "◆" in beside.text(language)
    assert {p["first"] for p in beside.as_json()["pairs"]} == {"shut"}


def test_that_a_box_is_found_where_one_was_put_and_not_in_noise():
    place = np.arange(400)
    taken = {"a": (place * 0.618034) % 1, "b": (place * 0.414214) % 1, "c": (place * 0.732051) % 1}
    box = regret.discover(taken, (taken["a"] > 0.6) & (taken["b"] < 0.5))
    assert box is not None and box.holds and box.density > 0.85 and box.coverage > 0.4
    assert [name for name, _, _ in box.bounds] == ["a", "b"]
    noise = regret.discover(taken, np.sin(place * 12.9898) * 43758.5453 % 1 > 0.5)
    assert noise is None or not noise.holds
    assert regret.discover(taken, place < 0) is None, "nothing to look for"
    assert regret.discover({k: v[:20] for k, v in taken.items()}, taken["a"][:20] > 0.5) is None, "too few draws"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["wide"], ["1 case cannot be compared", "name at least two scenarios, or one with several cases"]),
        (["wide", "wider"], ["'wider'", "did you mean"]),
        (["wide", "short"], ["short.yaml, line 5", "`days`", "7 here, 14 there"]),
    ],
)
def test_that_what_cannot_be_compared_is_refused_in_one_sentence(border: Border, names: list[str], said: list[str]):
    with pytest.raises((RequestError, DocumentError)) as refused:
        compare.join(border, names)
    assert all(words in str(refused.value) for words in said), str(refused.value)


@pytest.mark.parametrize("precision", [0, 1, -0.1, float("nan")])
def test_that_a_precision_that_is_none_is_refused(border: Border, store: Path, precision: float):
    with pytest.raises(RequestError, match="precision is"):
        compare.compare(border, ["shut", "wide"], precision=precision, store_root=store)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thresholds: [{name: {en: a, es: a}, outcome: x, at_most: 1, source: i}]", "line 1: there is no outcome"),
        ("thresholds: [{name: {en: a, es: a}, outcome: over, source: invented}]", "one of at_most and at_least"),
        ("thresholds: [{name: {en: a, es: a}, outcome: over, at_most: 1, source: ' '}]", "wants a source"),
        ("thresholds: []", "holds no threshold"),
    ],
)  # fmt: skip
def test_that_a_mistake_among_thresholds_has_its_place(
    border: Border, store: Path, tmp_path: Path, text: str, said: str
):
    file = tmp_path / "enough.yaml"
    file.write_text(text)
    with pytest.raises(DocumentError, match=said):
        compare.compare(border, ["shut", "wide"], thresholds=file, draws=1, store_root=store)


def test_that_the_verb_writes_page_tables_and_numbers(border: Border, tmp_path: Path):
    found, folder = api.compare(["shut", "wide"], border=str(border.root), draws=2, out=tmp_path)
    names = {p.name for p in folder.iterdir()}
    assert {"compare.html", "compare.es.html", "compare.pdf", "compare.json", "compare-1.csv", "result.json"} <= names
    assert "beside" in found.sheet.grids[0].name.en


def test_that_the_thresholds_of_the_guide_are_sound(tmp_path: Path):
    guide = (Path(__file__).parents[3] / "docs" / "guide-compare.md").read_text(encoding="utf-8")
    block = guide[guide.index("    thresholds:") :].split("\n\n")[0]
    file = tmp_path / "enough.yaml"
    file.write_text(block, encoding="utf-8")
    study = compare.join(Border.open("us_mexico"), ["title-42-stays", "title-42-lifts", "conditions-met"])
    assert len(regret.Thresholds.read(file, study.outcomes)) == 3
    assert len(study.cases) == 3
    assert len({case.amend for case in study.cases}) == 3


def test_that_the_command_refuses_in_one_sentence(border: Border, tmp_path: Path):
    command = [sys.executable, "-m", "cauce", "compare", "wide", "short", "--border", str(border.root)]
    run = subprocess.run(
        [*command, "--out", str(tmp_path / "none")], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 2 and run.stderr.strip().count("\n") == 0 and "`days`" in run.stderr, run.stderr
    assert not (tmp_path / "none").exists()


def test_that_the_shipped_thresholds_are_used_beside_the_places_and_cite():
    border = Border.open("us_mexico")
    study = compare.join(border, ["title-42-stays", "title-42-lifts"])
    used = regret.usual(border, study.outcomes)
    assert len({t.name for t in used}) == len(used)
    by_outcome = [t.outcome for t in used]
    assert by_outcome.count("over_72h") == by_outcome.count("children_over_72h") == 1
    assert by_outcome.count("custody") == 2  # rated, and in a surge, from the table of places
    small = {o.id: o.small_cell for o in study.outcomes}
    for threshold in used:
        cited = set(re.findall(r"\bS\d+\b", threshold.source))
        assert not cited - set(border.sources)
        assert cited or re.search(r"judgement: \S|table of places|indicator itself", threshold.source)
        if "smallest count" in threshold.source:
            assert threshold.at_most == small[threshold.outcome] - 1


def test_that_a_mistake_in_shipped_thresholds_is_told_before_any_draw(border: Border, store: Path, tmp_path: Path):
    root = tmp_path / "tiny"
    shutil.copytree(border.root, root)
    (root / "thresholds.yaml").write_text(
        "thresholds: [{name: {en: a, es: a}, outcome: over, at_most: 1, source: ' '}]"
    )
    with pytest.raises(DocumentError, match=r"thresholds.yaml, line 1: .*wants a source"):
        compare.compare(Border.open(root), ["shut", "wide"], draws=10**9, store_root=store)


def test_that_measured_effects_are_taken_up_by_every_scenario_and_by_an_outlook(tmp_path: Path):
    border = Border.open("us_mexico")
    effects = api.evaluate("venezuela-2022", draws=50, as_of="2022-12-01", out=tmp_path)
    assert effects.effects
    file = tmp_path / "venezuela-2022" / "effects.csv"
    names = ["title-42-stays", "title-42-lifts"]
    study = compare.join(border, names, effects=file)
    assert study.effects.measured
    assert not compare.join(border, names).effects.measured
    census = border.root / "scenarios" / study.scenario.census
    ahead = Study.from_census(border, census, days=2, start=None, seed=1, effects=file)
    assert ahead.effects.sha256 == study.effects.sha256
