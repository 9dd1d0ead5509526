"""An evaluation says what the record says, refuses what its design cannot tell, and answers mistakes in a sentence."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from cauce.arrivals.effects import Effects
from cauce.border import Border, Named
from cauce.data.contracts import Contract
from cauce.decisions import claims, designs, effects, estimators, evaluated, structural, verdicts
from cauce.decisions.evaluation import Found, Record, without
from cauce.errors import CauceError, DataError, DocumentError, RequestError
from cauce.policy.rulebook import Rulebook
from cauce.terms import Language

BORDER = Border.open("us_mexico")
SHIPPED = "venezuela-2022"
FOLDER = BORDER.root / "evaluations"


@pytest.fixture(scope="module")
def found() -> Found:
    document, source = designs.read(BORDER, SHIPPED)
    assert document.design is not None
    return Found(BORDER, document.design, Record(BORDER, 200, 1), source)


@pytest.fixture(scope="module")
def result() -> evaluated.Evaluated:
    return evaluated.run(BORDER, SHIPPED, draws=200)


def changed(folder: Path, edit) -> Path:  # type: ignore[no-untyped-def]
    """A copy of the shipped evaluation with one thing changed."""
    document = yaml.safe_load((FOLDER / f"{SHIPPED}.yaml").read_text(encoding="utf-8"))
    edit(document["design"])
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def test_that_the_accounting_is_the_records(found: Found):
    said = evaluated.accounting(BORDER, found)
    for number in ("-26,946", "33,749 → 6,803", "+33,390", "207,597 → 207,680"):
        assert number in said.en
        assert number in said.es


def test_that_all_three_estimands_are_always_said(result: evaluated.Evaluated):
    text = " ".join(f.en for f in result.sheet.findings)
    assert all(words.en in text for words in evaluated.ESTIMANDS.values())
    assert {row["estimand"] for row in result.effects} == {"own", "spill-over", "total"}
    assert all(f.es != f.en for f in result.sheet.findings)
    assert "no identificado" in result.text(Language.SPANISH)


def test_that_the_shipped_design_is_refused_with_its_range(found: Found):
    own = verdicts.own(found)
    assert not own.identified
    assert found.headline.error > verdicts.WORST_FIT
    assert own.estimates[0] < 0 < own.estimates[1]
    assert own.left_out == ()  # where the headline does not fit, all sets show how wide it is
    assert len(own.reasons) == 2
    assert not verdicts.spill_over(found).identified


@pytest.mark.parametrize(
    ("error", "means", "refused"),
    [
        (0.29, (-1.0, -1.9), 0),
        (0.31, (-1.0, -1.9), 1),
        (0.1, (-1.0, -2.1), 1),
        (0.1, (-1.0, 0.1), 1),
        (0.4, (-1.0, 0.1), 2),
        (0.1, (-1.0, 0.0), 1),
        (0.1, (-1.0,), 1),
    ],
)
def test_that_a_verdict_is_refused_by_fit_and_by_disagreement(error: float, means: tuple[float, ...], refused: int):
    assert len(verdicts.refusals(error, means)) == refused


def test_that_a_verdict_that_is_not_refused_follows_its_interval():
    assert verdicts.told("own", (-0.8, -0.7), (-1, -0.5)).says == verdicts.FELL
    assert verdicts.told("own", (0.7, 0.8), (0.5, 1)).says == verdicts.ROSE
    assert verdicts.told("own", (-1, -0.5), (-1.5, 0.1)).says == verdicts.NOT_TOLD


def test_that_an_end_that_draws_made_must_be_clear_of_no_effect():
    def says(low: float, high: float, draws: int) -> Named:
        return verdicts.told("total", (low, high), (low, high), draws=draws).says

    assert says(-0.7, -0.001, 0) == verdicts.FELL
    assert says(-0.7, -0.001, 1000) == verdicts.NOT_TOLD
    assert says(-0.7, -0.1, 1000) == verdicts.FELL
    assert says(0.1, 0.7, 1000) == verdicts.ROSE


def test_that_counts_on_the_way_are_outcomes_too(found: Found, result: evaluated.Evaluated):
    counted = {(place.id, treated): series.seen for place, treated, series in found.on_the_way}
    assert {place for place, _ in counted} == {"darien", "honduras", "mexico"}
    assert counted["darien", True][:2].tolist() == [40593, 668]  # October and November 2022
    assert counted["mexico", True][:2].tolist() == [21751, 11844]
    fell = next(series for place, treated, series in found.on_the_way if place.id == "darien" and treated)
    assert fell.span(found.ahead)[2] < 0
    assert any(row["estimator"] == "structural series" for row in result.effects)
    assert {row["estimand"] for row in result.effects if row["estimator"] == "structural series"} == {"total"}


def test_that_a_structural_series_is_left_out_where_too_few_months_come_before(found: Found):
    assert found.onward(found.design.table, found.everybody, earlier=11) is None
    assert found.onward(found.design.table, found.everybody, earlier=10) is not None


def test_that_a_publication_that_the_table_does_not_have_is_answered_with_its_line(tmp_path: Path):
    path = changed(tmp_path, lambda design: design["upstream"][0].update(part="bering"))
    with pytest.raises(DocumentError, match="counts none of them in 'bering'") as caught:
        evaluated.run(BORDER, str(path), draws=20)
    assert caught.value.line
    assert "honduras" in str(caught.value)


@pytest.fixture(scope="module")
def fitting() -> Found:
    document, source = designs.read(BORDER, "nicaragua-cuba-2023")
    assert document.design is not None
    return Found(BORDER, document.design, Record(BORDER, 200, 1), source)


def test_that_a_design_that_fits_gives_a_verdict(fitting: Found):
    own = verdicts.own(fitting)
    assert own.says == verdicts.FELL
    assert fitting.headline.error <= verdicts.WORST_FIT
    low, median, high = fitting.mean(fitting.own)
    assert own.estimates[0] <= median <= own.estimates[1] < 0
    assert own.interval == (low, high)
    assert verdicts.checks(fitting).space == pytest.approx(1 / 15)  # the smallest there is
    assert not {"VEN", "HTI"} & set(fitting.units)


def test_that_sets_that_do_not_fit_are_no_witnesses_and_are_named(fitting: Found):
    own = verdicts.own(fitting)
    off = fitting.controls["pure", "synthetic control"]
    assert off.error > verdicts.WORST_FIT
    assert [name.en for name in own.left_out] == [f"pure: other continents {off.error:.2f}"]
    assert float(off.effect[fitting.assessed].mean()) < own.estimates[0]
    assert own.left_out[0].en in evaluated.said(fitting, own).en


def test_that_a_range_of_designs_never_stands_without_its_interval(fitting: Found):
    for verdict in (verdicts.own(fitting), verdicts.spill_over(fitting), verdicts.total(fitting)):
        low, high = verdict.interval
        assert low <= verdict.estimates[0] <= verdict.estimates[1] <= high
        said = evaluated.said(fitting, verdict)
        assert f"90% interval {verdicts.ends(low, high)}" in said.en
        assert f"intervalo del 90% {verdicts.ends(low, high)}" in said.es
    plain = evaluated._as_json(fitting, verdicts.own(fitting))
    assert plain["interval"] == list(verdicts.own(fitting).interval)
    assert plain["without"][0] < plain["most"] < plain["without"][1]


def test_that_more_than_was_ever_counted_is_called_so(fitting: Found):
    own = verdicts.own(fitting)
    assert "more than any month of the record counted (77,972)" in evaluated.said(fitting, own).en
    modest = replace(own, interval=(float(np.log(0.5)), -0.1))
    assert "record" not in evaluated.said(fitting, modest).en
    beyond = replace(own, interval=(-9.0, -8.0))
    assert "all more than any month" in evaluated.said(fitting, beyond).en
    assert "∞" in evaluated.said(fitting, replace(own, interval=(-np.inf, -1.0))).en


def test_that_who_moves_against_the_treated_did_not_move_with_them(fitting: Found):
    assert fitting.comovement["IND"] < -2 / np.sqrt(fitting.before - 1)
    assert [name for name, _ in fitting.classes] == ["road"]


def test_that_a_sector_has_one_verdict_on_the_sheet_and_in_the_file():
    result = evaluated.run(BORDER, "nicaragua-cuba-2023", draws=200)
    table = next(g for g in result.sheet.grids if g.name.en.startswith("All others by sector"))
    told = {str(row[0]): row[-1] for row in table.rows}
    rows = [r for r in result.effects if r["nationality"] in told]
    assert {r["nationality"] for r in rows} == set(told)
    for row in rows:
        says = told[row["nationality"]]
        assert isinstance(says, Named)
        assert (row["verdict"], row["verdict_es"]) == (says.en, says.es)
    assert len({r["verdict"] for r in rows}) > 1


def test_that_a_p_by_ranks_stands_beside_how_often_it_errs(result: evaluated.Evaluated):
    told = result.as_json()["checks"]
    size = estimators.placebo_size(told["space"], 500, 1, units=15, before=19, after=3)
    assert told["size"] == {"nominal": size.nominal, "panels": 500, "found": size.found}
    table = next(g for g in result.sheet.grids if g.name.en == "Placebos and tests")
    assert any(f"{size.share:.1%}" == row[1] for row in table.rows)


def test_that_a_placebo_in_time_wants_months_before(fitting: Found):
    assert verdicts.checks(fitting).time is not None
    donors = fitting.logs(fitting.pool(fitting.design.donors[0]))
    late = fitting.before - estimators.LEAST_PLACEBO
    assert estimators.placebo_time(fitting.treated, donors, fitting.before, late, 2) is not None
    assert estimators.placebo_time(fitting.treated, donors, fitting.before, late + 1, 2) is None


def test_that_the_treated_stay_below_while_the_count_stays_away():
    for name, said in ((SHIPPED, "in 2023-04 (88%)"), ("nicaragua-cuba-2023", "not back at 80%")):
        document, source = designs.read(BORDER, name)
        assert document.design is not None
        words = evaluated.how_long(BORDER, Found(BORDER, document.design, Record(BORDER, 50, 1), source))
        assert said in words.en


def test_that_nothing_of_the_months_after_changes_what_was_expected(found: Found):
    record = Record(BORDER, 50, 1)
    table = found.design.table
    seen = record.counts(table)
    known = found.known
    clean = record.expected(table, known)
    poisoned = Record(BORDER, 50, 1)
    counts = seen.counts.copy()
    counts[known:] = 10_000_000
    poisoned._counts[table] = replace(seen, counts=counts)
    assert np.array_equal(clean, poisoned.expected(table, known))


def test_that_a_log_ratio_implies_what_would_have_been():
    assert without(100, 0.0) == pytest.approx(100)
    assert without(99, float(np.log(0.5))) == pytest.approx(199)  # (99 + 1) / 0.5 - 1


def test_that_the_same_seed_gives_the_same_result(result: evaluated.Evaluated):
    again = evaluated.run(BORDER, SHIPPED, draws=200)
    assert json.dumps(again.as_json()) == json.dumps(result.as_json())
    other = evaluated.run(BORDER, SHIPPED, draws=200, seed=2)
    assert other.sheet.grids[1] == result.sheet.grids[1]  # synthetic controls draw nothing


def test_that_claims_are_answered_with_number_interval_and_verdict():
    result = evaluated.run(BORDER, "article-claims", draws=300)
    shrunk, everybody, entering, el_paso, ukraine = (f.en for f in result.sheet.findings)
    assert "33,749 → 6,803 (-80%)" in shrunk
    assert "until 2023-04" in shrunk
    assert "not supported;" in everybody
    assert claims.UNHELD.en in entering
    assert "from -98% to -46% across series" in entering
    assert "28,861 → 49,433" in el_paso
    assert "near it: Ukrainians" in ukraine
    for finding, claim in zip(result.sheet.findings, result.as_json()["claims"], strict=True):
        # a number and its interval for each series told, and brackets for nothing else
        told = [s for s in claim["series"] if s["direct"]][:1] or claim["series"]
        brackets = re.findall(r"\[[^]]*\]", finding.en)
        assert brackets == [verdicts.ends(*s["interval"]) for s in told]
        assert all(f"({s['change']:+.0%}), [" in finding.en for s in told)


def test_that_what_was_expected_on_the_way_is_the_series_and_sees_no_month_of_the_decision():
    document, _ = designs.read(BORDER, "article-claims")
    claim = next(c for c in document.claims if c.id == "four-thousand")
    record = Record(BORDER, 200, 1)
    counted = {s.parts[0]: claims.answer(claim, s, record) for s in claim.series}
    assert (counted["darien"].before, counted["darien"].after) == (40593, 668)
    for part, answer in counted.items():
        columns = record.counts("transit_monthly.csv").columns(answer.series)
        known = record.counts("transit_monthly.csv").row(date(2022, 10, 1), "transit_monthly.csv")
        series = record.onward("transit_monthly.csv", columns, known, 2)
        assert series is not None
        low, _, high = series.span(range(1, 2))
        assert answer.interval == (low, high), part


def test_that_a_claim_is_judged_by_the_series_that_count_it():
    document, _ = designs.read(BORDER, "article-claims")
    claim = document.claims[0]
    assert claims.judged(claim, -0.8, (-0.9, -0.1)) == claims.SUPPORTED
    assert claims.judged(claim, -0.8, (-0.9, 0.1)) == claims.UNTOLD
    assert claims.judged(claim, -0.8, (-0.9, -0.1), 0.2) == claims.UNTOLD  # another seed might say otherwise
    assert claims.judged(claim, -0.3, (-0.9, -0.1)) == claims.NOT_SUPPORTED
    assert claims.judged(claim, -0.8, None) == claims.UNTOLD  # too few months before to expect anything


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d["donors"][0].update(nationalities=["MEX", "VEN"]), "hold 'VEN', which is treated; take it out"),
        (lambda d: d["donors"][0].update(nationalities=[]), "are empty"),
        (lambda d: d["donors"][0].update(nationalities=["XXX"]), "'XXX' is not listed"),
        (lambda d: d["donors"][0].update(nationalities=["CAN"]), "none had 50 encounters"),
        (lambda d: d.update(first="2022-02-01"), "months come before the decision"),
        (lambda d: d.update(treated=["CAN", "XXX"]), "'XXX' is not listed"),
        (lambda d: d.update(first="2022-02-30"), "not a date that exists"),
        (lambda d: d.update(donors=[]), "donors"),
        (lambda d: d["exposure"][1].update(nationalities=["COL", "CUB"]), "'COL' stands in two classes"),
        (
            lambda d: d.update(exposure=[{**d["exposure"][0], "nationalities": ["CAN"]}]),
            "exposure 'darien': none had 50",
        ),
        (lambda d: d.update(apart=["XXX"]), "'XXX' is not listed"),
        (lambda d: d.update(apart=["CUB"]), "stands in a class of exposure too"),
        (lambda d: d.update(clean_until="2022-10-01"), "first < begins <= clean_until"),
        (lambda d: d.update(until="2022-11-15", clean_until="2022-11-01"), "first day"),
    ],
)
def test_that_a_mistake_has_its_file_line_and_mend(edit, said: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    path = changed(tmp_path, edit)
    with pytest.raises(DocumentError, match=re.escape(said)) as caught:
        evaluated.run(BORDER, str(path), draws=20)
    assert f"{path}, line " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: c["series"][0].update(parts=["nowhere"]), "no row of swb_encounters.csv fits"),
        (lambda c: c["series"][0].update(before="1999-01-01"), "has no month 1999-01"),
        (lambda c: c["series"][0].update(before="2020-02-01"), "5 months of swb_encounters.csv come before"),
        (lambda c: c["series"][0].update(known="2022-10-01"), "wants known <= before < after"),
        (lambda c: c["series"][0].update(nationalities=["XXX"]), "'XXX' is not listed"),
        (lambda c: c["series"][0].update(table="nothing.csv"), "no such reference table"),
        (lambda c: c["series"][0].update(table="weekly_nationwide.csv"), "no column 'month'"),
        (lambda c: c.update(direction="sideways"), "direction"),
    ],
)
def test_that_a_mistake_in_a_claim_is_answered(edit, said: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    document = yaml.safe_load((FOLDER / "article-claims.yaml").read_text(encoding="utf-8"))
    edit(document["claims"][0])
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(CauceError, match=re.escape(said)) as caught:
        evaluated.run(BORDER, str(path), draws=20)
    assert "\n" not in str(caught.value)


def test_that_one_donor_is_enough_to_be_refused(tmp_path: Path):
    path = changed(tmp_path, lambda d: d.update(donors=[{**d["donors"][0], "nationalities": ["MEX"]}]))
    sheet = evaluated.run(BORDER, str(path), draws=20).sheet
    assert verdicts.REFUSED.en in sheet.findings[1].en


def test_that_months_that_do_not_exist_are_named(tmp_path: Path):
    path = changed(tmp_path, lambda d: d.update(until="2031-01-01"))
    with pytest.raises(CauceError, match="has no month 2031-01; use months from 2019-10 to 2023-09"):
        evaluated.run(BORDER, str(path), draws=20)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "article-claims, nicaragua-cuba-2023, venezuela-2022"),
        (("nothing-2022",), "there is no evaluation 'nothing-2022'"),
        ((SHIPPED, "--draws", "1"), "1 draws are out of range"),
        ((SHIPPED, "--size-study", "-1"), "-1 panels are out of range"),
        ((SHIPPED, "--lang", "fr"), "not spoken"),
    ],
)
def test_that_the_command_answers_mistakes_in_a_sentence(words: tuple[str, ...], said: str):
    command = [sys.executable, "-m", "cauce", "evaluate", *words]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 2
    assert said in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("room", [estimators, structural])
def test_that_a_missing_library_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, room: ModuleType):
    monkeypatch.setattr(room, "INSTALLED", False)
    with pytest.raises(RequestError, match=re.escape("pip install 'cauce[decisions]'")):
        evaluated.run(BORDER, SHIPPED)


def test_that_effects_leave_with_what_was_known(result: evaluated.Evaluated, tmp_path: Path):
    path = result.write(tmp_path)
    assert path is not None
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert tuple(rows[0]) == tuple(c.name for c in Contract.read("effects").columns)
    november = next(
        r for r in rows if r["estimator"] == "count model" and r["nationality"] == "VEN" and r["lag_months"] == "1"
    )
    assert november["known_by"] == "2022-12-25"  # 30 November and 25 days
    assert november["months_used"] == "2019-10 to 2022-09"
    assert float(november["log_low"]) <= float(november["log_median"]) <= float(november["log_high"])
    assert all(r["ridge"] and r["verdict"] for r in rows)


def test_that_a_fit_takes_up_what_was_known_and_refuses_what_was_not(result: evaluated.Evaluated, tmp_path: Path):
    path, book = result.write(tmp_path), Rulebook.read(BORDER)
    assert path is not None
    taken = Effects.read(path, BORDER, book, date(2023, 9, 1), date(2023, 10, 25))
    assert ("VEN", date(2022, 11, 1)) in taken.used
    with pytest.raises(DataError, match="the fit's cutoff is 2022-11") as caught:
        Effects.read(path, BORDER, book, date(2022, 11, 1))
    assert ", line " in str(caught.value)


def test_that_only_effects_published_by_a_day_leave(result: evaluated.Evaluated):
    early = evaluated.run(BORDER, SHIPPED, draws=200, as_of="2022-12-25").effects
    assert {row["month"] for row in early} == {"2022-10-01", "2022-11-01"}
    assert {row["verdict"] for row in early} == {effects.EARLY.en}  # the verdict is of November and December
    was = [row for row in result.effects if row["known_by"] <= "2022-12-25"]
    blank = {"verdict": "", "verdict_es": ""}
    assert [{**row, **blank} for row in early] == [{**row, **blank} for row in was]
    with pytest.raises(RequestError, match="is not a day that exists"):
        evaluated.run(BORDER, SHIPPED, as_of="2022-13-01")


def test_that_claims_alone_leave_no_effects(tmp_path: Path):
    assert evaluated.run(BORDER, "article-claims", draws=20).write(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_that_every_number_of_an_evaluation_cites_what_ships():
    def sources(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [str(v) for k, v in node.items() if k == "source"]
            return own + [s for v in node.values() for s in sources(v)]
        return [s for child in node for s in sources(child)] if isinstance(node, list) else []

    for path in sorted(FOLDER.glob("*.yaml")):
        for source in sources(yaml.safe_load(path.read_text(encoding="utf-8"))):
            cited = set(re.findall(r"\bS\d+\b", source))
            assert not cited - set(BORDER.sources), source
            assert cited or re.match(r"(judgement|computed): \S", source), source


def test_that_words_of_a_person_stand_in_both_languages():
    assert verdicts.named(BORDER, "VEN") == Named(en="Venezuela", es="Venezuela")
    assert verdicts.named(BORDER, "MEX+CUB") == Named(en="Mexico, Cuba", es="México, Cuba")
