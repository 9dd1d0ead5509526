"""The book refuses what is not sound, never changes, and forgets what was not known."""

from __future__ import annotations

import shutil
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from cauce.border import Border
from cauce.errors import DocumentError, RequestError
from cauce.policy.exposure import exposure, pathway_shares
from cauce.policy.rulebook import Amendment, Rulebook
from cauce.policy.scenario import Scenario
from cauce.terms import Demographic

TINY = Path(__file__).parents[2] / "tiny"
UTC = ZoneInfo("UTC")
LEVERS = ("parole-expanded", "dialogue-open", "resettlement-places", "development")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook.read(Border.open())


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def granted(name: str, until: str | None = None) -> Amendment:
    span = {"from": "2023-01-06"} | ({"until": until} if until else {})
    return Amendment.of(name, "test", in_force=[span], values={"level": [{"value": 1, "source": "test"}]})


def offered(book: Rulebook) -> Rulebook:
    return book.amend(Amendment.of("mexico-accepts-more", "test", in_force=[{"from": "2023-01-06"}]))


def test_that_no_amendment_changes_no_hash(book: Rulebook):
    assert book.amend().sha256() == book.sha256()


def test_that_an_amendment_leaves_the_book_alone(book: Rulebook):
    before = book.sha256()
    assert book.amend(granted("development")).sha256() != before
    assert book.sha256() == before


def test_that_a_measure_cannot_be_edited(book: Rulebook):
    with pytest.raises(ValidationError):
        book.measures[0].id = "other"  # type: ignore[misc]
    assert isinstance(book.measures[0].values, tuple)


def test_that_all_conditions_bind(book: Rulebook):
    """If, and only if: with any one of the four refused, the cooperation is not in force."""
    when = at("2023-02-01")
    full = offered(book).amend(*(granted(lever) for lever in LEVERS))
    assert "mexico-accepts-more" in {m.id for m in full.at(when)}
    for missing in LEVERS:
        part = offered(book).amend(*(granted(lever) for lever in LEVERS if lever != missing))
        measure = part.measure("mexico-accepts-more")
        assert measure not in part.at(when)
        assert part.unmet(measure, part.local(when)) == (missing,)


def test_that_cooperation_lapses_after_its_notice(book: Rulebook):
    lapsed = offered(book).amend(*(granted(lever, "2023-03-01") for lever in LEVERS))
    names = [{m.id for m in lapsed.at(at(day))} for day in ("2023-02-28", "2023-03-30", "2023-04-02")]
    assert ["mexico-accepts-more" in n for n in names] == [True, True, False]


def test_that_a_later_measure_is_not_known(book: Rulebook):
    known = book.known_on(date(2022, 12, 1))
    assert {"title-42", "mexico-accepts-venezuelans"} <= {m.id for m in known.measures}
    assert not {"mexico-accepts-four", "parole-for-four"} & {m.id for m in known.measures}


def test_that_courts_decide_by_their_probabilities(book: Rulebook):
    known = book.known_on(date(2022, 12, 1))
    n = 400
    lifted = sum(known.resolve(key).measure("title-42").in_force[0].until is not None for key in range(n))
    assert abs(lifted / n - 0.5) < 4 * (0.25 / n) ** 0.5  # four standard errors of a fair coin
    assert all(not s.branches for m in known.resolve(1).measures for s in m.in_force)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("source: invented", "source: ''"), "wants a source"),
        (("in_force: [{from: 2020-01-01}]", "in_force: [{from: 2020-01-01}, {from: 2021-01-01}]"), "overlap"),
        (("value: 10, low: 10", "value: -10, low: -10"), "low <= value"),
        (("nationalities: [AAA]", "nationalities: [ZZZ]"), "'ZZZ' is not in nationalities.csv"),
        (("cap_per: day\n", ""), "a cap wants both"),
        (("kind: return-agreement", "kind: returm-agreement"), "'kind'"),
        (("announced: 2020-01-01", "announced: 2020-02-30"), "not a date that exists"),
        (("decided_by: invented", "decided_by: invented\ndecided_by: twice"), "stands twice"),
        (("decided_by: invented", "decidedby: invented"), "'decidedby' is not a field"),
        (
            ("source: invented", "condition: {party: p, requires: [nothing], source: s}\nsource: invented"),
            "'nothing', which is not a measure",
        ),
        (
            ("source: invented", "condition: {party: p, requires: [agreement], source: s}\nsource: invented"),
            "agreement needs agreement",
        ),
        (("id: agreement", "id: other"), "file of another name"),
    ],
)
def test_that_an_unsound_measure_is_refused(tmp_path: Path, change: tuple[str, str], match: str):
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root)
    path = root / "book" / "agreement.yaml"
    head, found, tail = path.read_text().rpartition(change[0])
    assert found, "the change finds nothing to change"
    path.write_text(head + change[1] + tail)
    with pytest.raises(DocumentError, match=match) as caught:
        Rulebook.read(Border.open(root))
    assert "agreement.yaml, line" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("days: 14", "days: -14"), "'days'"),
        (("draws: 4", "draws: 0"), "'draws'"),
        (("start: 2022-03-20T06:00", "start: 2022-02-30T06:00"), "'start'"),
        (("measure: lane", "measure: lame"), "did you mean 'lane'"),
        (("set: {in_force", "set: {in_forse"), "'in_forse' is not a field"),
        (("set: {in_force: [{from: 2022-03-22}]}", "set: {values: {cap: [{value: -5, source: x}]}}"), "below zero"),
        (("question:", "qestion:"), "'qestion' is not a field"),
        (("as_of: 2022-03-20", "as_of: 2022-03-21"), "later than the start"),
    ],
)
def test_that_a_mistaken_scenario_is_refused(tmp_path: Path, change: tuple[str, str], match: str):
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root)
    path = root / "scenarios" / "spring.yaml"
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(DocumentError, match=match) as caught:
        Scenario.read(Border.open(root), "spring")
    assert "spring.yaml, line" in str(caught.value)


def test_that_an_unknown_scenario_is_told():
    with pytest.raises(RequestError, match="did you mean 'spring'"):
        Scenario.read(Border.open(TINY), "sprin")


def test_that_five_years_are_compiled_fast(book: Rulebook):
    """Target 50 ms; the bound here leaves room for a busy machine."""
    border = Border.open()
    begun = time.perf_counter()
    fresh = Rulebook(zone=book.zone, measures=book.measures)
    points = fresh.change_points(at("2018-01-01"), at("2023-01-01"))
    for when in points:
        for nationality in border.nationalities:
            for demographic in Demographic:
                if fresh.at(when):
                    exposure(fresh, when, nationality, demographic)
    assert time.perf_counter() - begun < 0.5
    assert len(points) > 5


def test_that_shares_add_up_for_everybody(book: Rulebook):
    for day in ("2022-12-05", "2023-02-01", "2023-06-01"):
        for nationality in Border.open().nationalities:
            for demographic in Demographic:
                assert sum(s for _, s in pathway_shares(book, at(day), nationality, demographic)) == pytest.approx(1)
