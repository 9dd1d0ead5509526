"""A table on an invented border: what is shared, what is refused, and what follows from a package."""

# ruff: noqa: E501  (a table)

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from invented_table import TABLE, laid

from cauce.border import Border
from cauce.decisions import clauses
from cauce.decisions.negotiation import Asked, Negotiation, negotiate
from cauce.decisions.payoffs import Payoffs
from cauce.decisions.table import Table
from cauce.errors import CauceError, DocumentError, RequestError
from cauce.runs.executors import Serial, Threads
from cauce.terms import Language


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Border:
    return laid(tmp_path_factory.mktemp("border") / "tiny")


def played(border: Border, store: Path, workers: Serial | Threads | None = None) -> Negotiation:
    table = Table.read(border, "tiny")
    return negotiate(table, border, Asked(True, None, None, store, workers or Serial()))


@pytest.fixture(scope="module")
def found(border: Border, tmp_path_factory: pytest.TempPathFactory) -> Negotiation:
    return played(border, tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def payoffs(border: Border, tmp_path_factory: pytest.TempPathFactory) -> Payoffs:
    return Payoffs.of(Table.read(border), border, None, tmp_path_factory.mktemp("payoffs"), Serial())


def package(payoffs: Payoffs, *levels: int):
    return next(p for p in payoffs.table.packages() if p.levels == levels)


def test_that_only_packages_that_keep_the_conditions_are_on_the_table(payoffs: Payoffs):
    levels = {p.levels for p in payoffs.table.packages()}
    assert (1, 0, 1, 0) not in levels  # returns without talk
    assert (1, 1, 0, 1) not in levels  # notice of nothing
    assert (1, 1, 1, 1) in levels


def test_that_giving_nothing_gains_nothing(payoffs: Payoffs):
    assert not payoffs.gains(package(payoffs, 0, 0, 0, 0), 2).any()


def test_that_packages_that_do_the_same_share_their_runs_and_truly_do_the_same(payoffs: Payoffs):
    short, long = package(payoffs, 1, 1, 1, 0), package(payoffs, 1, 1, 1, 1)
    assert payoffs.book(short) is payoffs.book(long)
    own = payoffs.ground.amend(*(c.amendment() for level in long.chosen for c in level.amend))
    assert own.sha256() != payoffs.book(short).sha256()
    assert np.array_equal(payoffs.seen(own, 2), payoffs.seen(payoffs.book(short), 2))
    quiet, talking = package(payoffs, 1, 0, 0, 0), package(payoffs, 1, 1, 0, 0)
    assert payoffs.book(quiet) is payoffs.book(talking)


def test_that_a_condition_met_brings_returns_and_a_relaxed_one_brings_them_without(payoffs: Payoffs):
    returned = payoffs.outcomes["returned"]
    met = payoffs.daily(payoffs.book(package(payoffs, 0, 1, 1, 0)), 2)[:, :, returned].sum()
    unmet_package = package(payoffs, 0, 1, 1, 0).with_level("talk", 0)
    unmet = payoffs.daily(payoffs.book(unmet_package), 2)[:, :, returned].sum()
    relaxed = payoffs.daily(payoffs.book(unmet_package, frozenset(["talk"])), 2)[:, :, returned].sum()
    assert met > 0
    assert unmet == 0
    assert relaxed == met


def test_that_direct_worth_stops_with_the_one_who_gives_it(payoffs: Payoffs):
    both = payoffs.promised(package(payoffs, 1, 1, 0, 0), {"far": 3})
    assert (both[0, :, :3] < 0).all()
    assert not both[:, :, 3:].any()


def test_that_a_word_to_stop_counts_only_after_the_notice(payoffs: Payoffs):
    assert package(payoffs, 1, 1, 1, 1).ends({"near": 3, "far": 3}) == {"near": 7, "far": 3}


def test_that_a_side_that_stops_ends_what_it_gives(payoffs: Payoffs):
    chosen = package(payoffs, 1, 0, 0, 0)
    admitted = payoffs.outcomes["admitted"]
    kept = payoffs.daily(payoffs.book(chosen), 2)[0, :, admitted].sum()
    stopped = payoffs.daily(payoffs.stopped(chosen, {"far": 3}), 2)[0, :, admitted].sum()
    assert 0 < stopped < kept


def test_that_the_chance_to_settle_is_that_of_the_reservation(payoffs: Payoffs):
    assert payoffs.settles(package(payoffs, 0, 1, 1, 0)) == 1  # what was stated is given
    assert payoffs.settles(package(payoffs, 0, 0, 0, 0)) == 1  # nothing is asked


def test_that_weights_stay_in_their_ranges(payoffs: Payoffs):
    worth = payoffs.weights[0, :, payoffs.outcomes["encounters"]]
    assert (worth <= -1).all()
    assert (worth >= -9).all()
    assert worth.std() > 1


def test_that_the_number_of_workers_changes_nothing_and_the_store_is_used_again(
    border: Border, found: Negotiation, tmp_path: Path
):
    other = played(border, tmp_path, Threads(2))
    assert np.array_equal(found.spread, other.spread)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.npy")}
    played(border, tmp_path)
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.npy")}


def test_that_a_ruling_lies_between_nothing_and_the_whole_deal(found: Negotiation):
    if found.risks():
        alive, gain = found.ratified()
        sure, whole = found.ratified("low")
        assert alive == 0.5
        assert sure == 1
        assert whole == pytest.approx(found.means[found.traded])
        assert gain.shape == (2,)


def test_that_the_sheet_speaks_both_languages_and_shows_people_on_its_first_pages(found: Negotiation):
    pages, appendix = clauses.sheets(found)
    assert sum(grid.protection for grid in pages.grids) == 1
    for language in Language:
        assert not re.search(r"\bnan\b", pages.text(language) + appendix.text(language))
    for grid in (*pages.grids, *appendix.grids):
        assert all(len(row) == len(grid.head) for row in grid.rows), grid.name.en
    assert pages.text() != pages.text(Language.SPANISH)


def test_that_no_table_without_rows_is_on_the_first_pages(found: Negotiation, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(found), "relaxed", lambda _: [])
    asked_nothing, _ = clauses.sheets(found)
    assert "No condition is asked of this package." in [said.en for said in asked_nothing.findings]
    assert len(asked_nothing.grids) == 4 and all(grid.rows for grid in asked_nothing.grids)


def test_that_a_deal_that_was_struck_is_seen_with_its_conditions_waived(found: Negotiation):
    (deal,) = found.struck()
    assert deal.struck.name.en == "The deal"
    assert deal.package.waived == {"talk"}
    assert 0 <= deal.chance <= 1
    # both could have had so much more from some package, and on the front nothing
    assert deal.shortfall >= 0
    assert deal.shortfall == 0 or not deal.unbeaten


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("outcome: held", "outcome: hold", "there is no outcome 'hold'; did you mean 'held'"),
        ("watch: [over, nights]", "watch: [over, night]", "there is no outcome 'night'"),
        ("requires: talk, at_least: 1", "requires: talk, at_least: 2", "can never reach 2"),
        (
            "  - {lever: notice, requires: returns, at_least: 1, source: invented}",
            "  - {lever: talk, requires: returns, at_least: 1, source: invented}",
            "go in a circle: talk needs returns needs talk",
        ),
        ("amend: [{measure: lane, set: {in_force: [{from: 2022-03-22}]}, source: invented}]", "amend: []", "'lane' amends nothing"),
        ("measure: lane, set", "measure: lone, set", "there is no measure 'lone'"),
        ("set: {in_force: [{from: 2022-03-22}]}, source: invented}]\n  - id: talk", "set: {inforce: 1}, source: invented}]\n  - id: talk", "there is no field"),
        ("party: far\n    unit: {en: places", "party: fur\n    unit: {en: places", "there is no party 'fur'"),
        ("choices: {lane: closed}", "choices: {lane: shut}", "there is no choice of 'lane'"),
        ("begins: 2022-03-22", "begins: 2023-03-22", "outside of the scenario"),
        ("waits_for: talk", "waits_for: silence", "condition of 'more'"),
        ("levels: {lane: open, returns: ten}", "levels: {lane: opened, returns: ten}", "there is no level 'opened'"),
        ("notice: notice", "notice: notes", "there is no lever 'notes'"),
        ("weight: {value: 5, low: 1, high: 9, unit: usd/person, source: invented}", "weight: {value: 5, low: 1, high: 9, unit: usd/person}", "'parties.weights.weight.source' is missing"),
    ],
)  # fmt: skip
def test_that_a_mistake_is_one_sentence_with_file_and_line(
    border: Border, tmp_path: Path, old: str, new: str, cause: str
):
    assert old in TABLE
    path = tmp_path / "wrong.yaml"
    path.write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DocumentError) as error:
        Table.read(border, str(path))
    assert cause in str(error.value)
    assert error.value.file == path
    assert error.value.line is not None


def test_that_a_party_without_weights_is_refused(border: Border, tmp_path: Path):
    path = tmp_path / "wrong.yaml"
    head, tail = TABLE.split("  - id: near\n")
    rest = tail.split("people:\n", 1)[1]
    near = "  - id: near\n    name: {en: Near, es: Cerca}\n    weights: []\npeople:\n"
    path.write_text(head + near + rest, encoding="utf-8")
    with pytest.raises(DocumentError, match="near' cares about nothing"):
        Table.read(border, str(path))


def test_that_an_unknown_table_is_refused(border: Border):
    with pytest.raises(RequestError, match="did you mean 'tiny'"):
        Table.read(border, "tini")


def test_that_one_draw_is_too_few(border: Border, tmp_path: Path):
    with pytest.raises(CauceError, match="2 up"):
        negotiate(Table.read(border), border, Asked(True, 1, None, tmp_path, Serial()))


def test_that_the_shipped_table_is_sound():
    table = Table.read(Border.open("us_mexico"))
    assert len(table.packages()) > 100
    assert table.people.floors
