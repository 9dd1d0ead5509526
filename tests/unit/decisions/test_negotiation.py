"""A table on an invented border: what is shared, what is refused, and what follows from a package."""

# ruff: noqa: E501  (a table)

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from invented_table import TABLE, laid

from cauce.border import Border, Named
from cauce.decisions import clauses, conclusions, stops
from cauce.decisions.bargaining import triangular_below
from cauce.decisions.negotiation import Asked, Negotiation, negotiate
from cauce.decisions.payoffs import Payoffs
from cauce.decisions.played import Played
from cauce.decisions.table import Table
from cauce.errors import CauceError, DocumentError, RequestError
from cauce.policy.rulebook import Amendment, Rulebook
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


def constructed(table: Table, gains: dict[tuple[int, ...], tuple[float, float]], humane: set[tuple[int, ...]]):
    """A negotiation whose packages gain what is said, and nobody anything by the others."""
    packages = table.packages()
    made = Negotiation(SimpleNamespace(table=table), 2, packages, {})  # type: ignore[arg-type]
    means = np.array([gains.get(p.levels, (-1.0, -1.0)) for p in packages])
    made.__dict__["spread"] = np.broadcast_to(means[:, :, None, None], (*means.shape, 2, 3))
    made.__dict__["humane"] = np.array([p.levels in humane for p in packages])
    return made


FREE, BOTH, FULL = (1, 0, 0, 0), (1, 1, 1, 0), (1, 1, 1, 1)  # a lane for nothing; a lane for returns; and with notice


def test_that_conditions_are_worked_out_on_a_package_that_trades_within_the_floors_if_any_does(border: Border):
    table = Table.read(border, "tiny")
    gains = {FREE: (9.0, 9.0), BOTH: (2.0, 2.0), FULL: (3.0, 3.0)}
    found = constructed(table, gains, {FREE, BOTH})
    assert found.packages[found.offered].levels == FREE
    assert found.offer.levels == BOTH  # although the offer is better for both, and trades nothing
    assert constructed(table, gains, {FREE}).offer.levels == FULL  # within the floors none trades
    unwanted = constructed(table, {FREE: (9.0, 9.0), BOTH: (5.0, -1.0), FULL: (5.0, -2.0)}, {FREE})
    assert unwanted.offer.trades  # none is good for both, and one is shown all the same
    assert not (unwanted.means[unwanted.traded] > 0).all()


def test_that_without_conditions_a_package_trades_where_each_side_gives(border: Border, tmp_path: Path):
    head, tail = TABLE.split("conditions:\n")
    path = tmp_path / "free.yaml"
    path.write_text(head + "ratification:\n" + tail.split("ratification:\n")[1], encoding="utf-8")
    trades = {p.levels: p.trades for p in Table.read(border, str(path)).packages()}
    assert trades[1, 0, 1, 0] and trades[0, 1, 1, 0]
    assert not trades[1, 1, 0, 0] and not trades[0, 0, 1, 0]


def test_that_the_exchange_has_conditions_and_rates_also_where_the_offer_trades_nothing(found: Negotiation):
    assert found.offer.trades
    assert [lever for lever, _ in found.relaxed()] == ["talk"]
    assert [(r.given.id, r.wanted.id) for r in conclusions.rates(found)] == [("returns", "lane"), ("lane", "returns")]
    assert conclusions.rates(found)[1].said(0).es == "Vía, de 0 a 20"
    told = " ".join(said.en for said in conclusions.findings(found))
    assert "The condition that weighs most is Talk" in told
    assert "settles for these levels is 1.00" in told


@pytest.mark.long
def test_that_the_shipped_table_has_rates_of_exchange_beyond_the_quick_look(tmp_path: Path):
    border = Border.open("us_mexico")
    table = Table.read(border, "us-mexico-2022")
    found = negotiate(table, border, Asked(False, 3 * table.quick.draws, None, tmp_path, Threads(2)), score=False)
    given = {(rate.given.id, rate.wanted.id) for rate in conclusions.rates(found) if rate.worth.size}
    assert {("parole", "returns"), ("returns", "parole")} <= given
    assert len(found.relaxed()) == 4
    assert found.payoffs.settles(found.offer) is not None
    for party in ("us", "mexico"):
        stop = found.stop(party, found.table.defection_day)
        # nobody foresees a word that was not given; the law's midnight is earlier than that of the place
        assert not stop.by_day[:, : min(stop.ends.values()) - 1].any()
        assert stop.by_day[:, max(stop.ends.values()) :].any()


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


def test_that_the_answer_to_a_stop_counts_from_the_day_on_which_the_levers_end(payoffs: Payoffs):
    full = package(payoffs, 1, 1, 1, 1)
    assert full.answered("near", 3) == {"near": 3 + 4, "far": 3 + 4 + 1}  # its notice, then the answer's delay
    assert full.answered("far", 3) == {"far": 3, "near": 3 + 1 + 4}  # the answer has its notice too


def test_that_a_stop_is_looked_at_each_month_while_its_answer_is_seen(found: Negotiation, monkeypatch):
    assert found.looks == (3,)  # the horizon is too short for more: the table's own day
    monkeypatch.setattr(Negotiation, "followed", SimpleNamespace(days=203))
    assert replace(found).looks == (3, 33, 63)  # and no more than three
    monkeypatch.setattr(Negotiation, "followed", SimpleNamespace(days=103))
    longer = replace(found)
    last = max(longer.offer.answered("far", 63)["near"], longer.offer.answered("near", 63)["far"])
    assert longer.looks == (3, 33, 63) and last + 30 <= 103
    assert longer.window == 40


def test_that_a_stop_has_a_share_and_changes_nothing_before_its_day(found: Negotiation):
    for party in found.table.parties:
        stop = found.stop(party.id, 3)
        assert not stop.by_day[:, :3].any()
        assert stop.total.shape == (2, found.draws, 200)
        assert stop.share == pytest.approx((stop.total[stop.own] > 0).mean())


def test_that_a_side_that_stops_ends_what_it_gives(payoffs: Payoffs):
    chosen = package(payoffs, 1, 0, 0, 0)
    admitted = payoffs.outcomes["admitted"]
    kept = payoffs.daily(payoffs.book(chosen), 2)[0, :, admitted].sum()
    stopped = payoffs.daily(payoffs.stopped(chosen, {"far": 3}), 2)[0, :, admitted].sum()
    assert 0 < stopped < kept


@pytest.mark.parametrize(
    ("set_", "in_force"),
    [
        # a level's own end, before and after the stop
        ("in_force: [{from: 2022-03-22, until: 2022-03-24}]", [("2022-03-22", "2022-03-24")]),
        ("in_force: [{from: 2022-03-22, until: 2022-04-24}]", [("2022-03-22", "2022-03-25")]),
        ("in_force: [{from: 2022-03-27}]", []),
    ],
)  # fmt: skip
def test_that_a_stop_ends_a_span_where_it_would_not_have_ended_before(
    border: Border, tmp_path: Path, set_: str, in_force: list[tuple[str, str]]
):
    path = tmp_path / "spans.yaml"
    path.write_text(
        TABLE.replace("measure: lane, set: {in_force: [{from: 2022-03-22}]}", f"measure: lane, set: {{{set_}}}"),
        encoding="utf-8",
    )
    payoffs = Payoffs.of(Table.read(border, str(path)), border, None, tmp_path, Serial())
    lane = payoffs.stopped(package(payoffs, 1, 0, 0, 0), {"far": 3}).measure("lane")
    assert [(s.from_, s.until) for s in lane.in_force] == in_force


def test_that_what_stood_there_without_a_deal_is_back_after_a_stop(border: Border):
    ground = Rulebook.read(border).measure("lane")
    ground = ground.with_changes(history=[{"known": "2020-01-01", "in_force": [{"from": "2020-01-01"}]}])
    cap = dict(ground.values)["cap"][0]
    wanted = {"in_force": [{"from": "2022-03-22"}], "values": {"cap": [{**cap.model_dump(), "value": 99, "high": 99}]}}
    amendment = Amendment.of("lane", "invented", **wanted)
    given = Rulebook.read(border).amend(amendment).measure("lane")
    fields = dict(stops.ended(amendment, given, ground, "2022-03-25").set_)
    assert [(s.from_, s.until) for s in fields["in_force"]] == [("2022-03-22", "2022-03-25"), ("2022-03-25", None)]
    assert [(v.from_, v.value) for v in fields["values"]["cap"]] == [("1900-01-01", 99), ("2022-03-25", cap.value)]
    bare = dict(stops.ended(amendment, given, ground, "2022-03-25", bare=True).set_)
    assert [(s.from_, s.until) for s in bare["in_force"]] == [("2022-03-22", "2022-03-25")]
    assert bare["values"] == wanted["values"]  # nothing is in force whose values could matter


def test_that_a_level_of_values_alone_ends_too(border: Border, tmp_path: Path):
    path = tmp_path / "values.yaml"
    amended = "measure: talk, set: {in_force: [{from: 2022-03-22}], values:"
    assert amended in TABLE
    path.write_text(TABLE.replace(amended, "measure: talk, set: {values:"), encoding="utf-8")
    payoffs = Payoffs.of(Table.read(border, str(path)), border, None, tmp_path, Serial())
    talk = payoffs.stopped(package(payoffs, 0, 1, 0, 0), {"far": 3}).measure("talk")
    begin = payoffs.study.book.local(payoffs.table.begins)
    assert [talk.value("level", begin + timedelta(days=d)).value for d in (0, 2, 3, 9)] == [1, 1, 0, 0]


def test_that_the_answer_comes_on_its_day_and_not_on_the_books_own_count_of_notice(payoffs: Payoffs):
    """The book would end the returns two days after the talks; the answer is what the table says."""
    returned = payoffs.outcomes["returned"]
    book = payoffs.stopped(package(payoffs, 0, 1, 1, 1), {"far": 1, "near": 6})
    more = book.measure("more")
    assert more.in_force[0].until == "2022-03-28"
    assert book.is_in_force(more, book.local(payoffs.table.begins + timedelta(days=5)))
    assert payoffs.seen(book, 2)[0, :, returned].shape[-1] == payoffs.days


def test_that_the_chance_to_settle_is_that_of_the_reservation(payoffs: Payoffs):
    assert payoffs.settles(package(payoffs, 0, 1, 1, 0)) == 1  # what was stated is given
    assert payoffs.settles(package(payoffs, 0, 0, 0, 0)) is None  # nothing is asked


def test_that_weights_stay_in_their_ranges(payoffs: Payoffs):
    worth = payoffs.weights[0, :, payoffs.outcomes["encounters"]]
    assert (worth <= -1).all()
    assert (worth >= -9).all()
    assert worth.std() > 1


def test_that_a_weight_is_a_triangle_on_what_its_source_says(border: Border, tmp_path: Path):
    path = tmp_path / "skew.yaml"
    path.write_text(
        TABLE.replace(
            "encounters, direction: less, weight: {value: 5, low: 1,",
            "encounters, direction: less, weight: {value: 8, low: 1,",
        ),
        encoding="utf-8",
    )
    payoffs = Payoffs.of(Table.read(border, str(path)), border, None, tmp_path, Serial())
    held = payoffs.table.parties[0].weights[0].weight
    worth = payoffs.judged("far/encounters", held)
    assert worth.mean() == pytest.approx((1 + 8 + 9) / 3, abs=5 * worth.std() / worth.size**0.5)
    assert np.mean(worth <= 8) == pytest.approx(triangular_below(8, 1, 8, 9), abs=5 * 0.5 / worth.size**0.5)


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


def test_that_what_differs_between_the_halves_says_so_first(found: Negotiation, monkeypatch: pytest.MonkeyPatch):
    returns, places = replace(found, held=found.traded), replace(found, held=found.traded)
    monkeypatch.setattr(Negotiation, "halves", property(lambda _: (returns, places)))
    said = Named(en="Something.", es="Algo.")

    def split(on: Negotiation) -> list[conclusions.Told]:
        return [conclusions.Told("a", said, on is returns), conclusions.Told("b", said, "always")]

    told = conclusions.checked(found, split)
    assert [t.en for t in told] == [
        "Depends on something nobody can measure yet (do returns or lawful places keep people away?): Something.",
        "Something.",
    ]
    assert told[0].es.startswith("Depende de algo que nadie puede medir aún (¿") and told[0].es.endswith("): Algo.")


def test_that_the_halves_share_the_draws_and_keep_the_exchange(found: Negotiation, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Payoffs, "lane_share", lambda _, draws: np.linspace(0, 1, draws))
    first, second = replace(found).halves  # type: ignore[misc]
    assert [*first.counted, *second.counted] == list(range(found.draws))
    assert first.traded == second.traded == found.traded
    assert np.array_equal(first.spread, found.spread[:, :, first.counted])
    monkeypatch.setattr(Payoffs, "lane_share", lambda _, draws: np.full(draws, 0.5))
    assert replace(found).halves is None  # no draw is unlike another, so nothing can differ


def test_that_a_table_of_too_many_packages_says_how_many_are_tried(border: Border, tmp_path: Path):
    path = tmp_path / "few.yaml"
    path.write_text(TABLE.replace("packages: 20", "packages: 4"), encoding="utf-8")
    few = negotiate(Table.read(border, str(path)), border, Asked(True, 2, None, tmp_path, Serial()))
    assert conclusions.findings(few)[0].en.startswith("4 packages of 8, evenly over the order of the table, tried")


def test_that_the_clauses_say_what_is_asked_what_it_costs_and_who_pays(border: Border, tmp_path: Path):
    path = tmp_path / "opened.yaml"
    opening = (
        "opening: {party: near, levels: {lane: open}, source: invented,"
        " round_days: {value: 1, low: 1, high: 1, source: invented},"
        " breakdown: {value: 0.1, low: 0.1, high: 0.1, source: invented}}\n"
    )
    text = TABLE.replace("quick:", f"{opening}quick:", 1).replace(
        "pays: {far: {value: 1, low: 0,", "pays: {far: {value: 1.4, low: 0,"
    )
    path.write_text(text, encoding="utf-8")
    found = negotiate(Table.read(border, str(path)), border, Asked(True, 2, None, tmp_path, Serial()))
    found.held = next(n for n, p in enumerate(found.packages) if p.trades and p.levels[0] == 1)
    first, _ = clauses.sheets(found)
    rows = {row[0].en: row for row in first.grids[0].rows}  # type: ignore[union-attr]
    lane, returns = rows["Lane, places a day"], rows["Returns, returns a day"]
    assert lane[2] == "20" and returns[2] == "–"  # what is not asked in the opening is asked by nobody
    assert (lane[6], lane[7].en) == ("1", "Far side")  # type: ignore[union-attr]
    assert (returns[6], returns[7].en) == ("–", "–")  # type: ignore[union-attr]
    snap = {row[0].en: row[3].en for row in first.grids[1].rows}  # type: ignore[union-attr]
    assert snap["Lane"] == "in 1 d"
    assert snap["Returns"] == f"in 1 d, after {found.offer.notice('near')} d of notice"


def test_that_a_refusal_has_a_reason(found: Negotiation, monkeypatch: pytest.MonkeyPatch):
    packages = found.table.packages()
    worst = {p.levels: np.array([0.9, 0.1 if p.given("returns") else 0.9]) for p in packages}
    monkeypatch.setattr(found, "chances", worst)
    (refusal,) = [r for r in found.refused() if r.lever.id == "returns"]
    assert refusal.level.id == "ten" and refusal.best.tolist() == [0.9, 0.1]
    ((party, part, worth),) = refusal.why
    assert (party.id, part.said.en) == ("near", "Returned") and worth < 0


def test_that_waiting_for_a_hearing_is_scaled_by_its_chance_and_loses_only_days_of_the_deal(
    found: Negotiation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Negotiation, "waiting", lambda _: (np.array([8.0, -2.0]), np.array([1.0, 1.0])))
    ((_, lost, worth),) = found.hearings()
    assert lost == 0 and worth.tolist() == [4, -1]  # on the eve of the deal no day of it is lost
    late = replace(found.payoffs, table=found.table.with_changes(begins="2022-03-20"))
    ((_, lost, worth),) = replace(found, payoffs=late).hearings()
    assert lost == 1 and worth.tolist() == [3, -2]


def test_that_what_was_found_leaves_as_plain_numbers(found: Negotiation):
    told = json.loads(json.dumps(Played(clauses.sheets(found), (found,), replayed=False).as_json()))
    chosen = told["packages"][told["exchange"]]
    assert chosen["levels"] == {x.id: k.id for x, k in zip(found.table.levers, found.offer.chosen, strict=True)}
    assert chosen["gains"]["far"]["mean"] == pytest.approx(found.means[found.traded, 0])
    assert chosen["both_gain"] == pytest.approx(found.zone[found.traded])
    assert [c["dropped"] for c in told["conditions"]] == ["talk"]
    assert {s["party"] for s in told["stops"]} == {"far", "near"}
    assert all(isinstance(v, float) for h in told["hearings"] for v in h["worth"].values())
    assert {"findings", "tables", "rates", "refused", "solutions", "struck", "ratified"} <= told.keys()


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
        ("measure: lane, set: {in_force: [{from: 2022-03-22}]}", "measure: lane, set: {applies_to: {entry: air}}", "of 'lane' could not end where its party stops"),
        ("measure: lane, set: {in_force: [{from: 2022-03-22}]}", "measure: lane, set: {values: {random_share: [{value: 1, source: invented}]}}", "of 'lane' could not end where its party stops"),
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
