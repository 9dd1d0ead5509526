"""The test of the article: no peek past its day, the numerical laws of the response, scores by hand."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from cauce import api
from cauce.arrivals import events as room
from cauce.arrivals.events import Event
from cauce.border import Border
from cauce.errors import RequestError
from cauce.keys import streams
from cauce.policy.scenario import Change, Choice
from cauce.runs import article, hindcasts
from cauce.runs.crowd import Gates
from cauce.runs.hindcasts import Day, Ground

BORDER = Border.open()
EVENTS = room.read(BORDER)
OFFER = next(e for e in EVENTS if e.test is not None)
assert OFFER.test is not None
AS_OF = OFFER.test.as_of
VINTAGES = article.vintages(BORDER, AS_OF)
DRAWS, SEED = 12, 5
MONTHS = tuple(date(2023, m, 1) for m in range(1, 5))


def test_that_the_two_vintages_end_in_the_month_before_and_in_the_month_itself():
    newest = [Ground.of(BORDER, OFFER, Day(AS_OF, counted, AS_OF, "2022-11")).months[-1] for counted in VINTAGES]
    assert newest == [date(2022, 10, 1), date(2022, 11, 1)]


# --- the poisoned future


def _poisoned(root: Path, counted: date) -> Border:
    """A copy of the border in which every datum, prior, measure and fall later than the day is garbage."""
    shutil.copytree(BORDER.root, root)
    newest = "2022-10" if counted == AS_OF else "2022-11"
    spoilt = 0
    for path in (root / "reference").glob("*.csv"):
        lines = path.read_text().splitlines()
        later = [x[:4].isdigit() and x[:7] > newest for x in lines]
        garbage = [f"{x.rpartition(',')[0]},{987654 + n}" for n, x in enumerate(lines)]
        if path.name in {"swb_encounters.csv", "ports_monthly.csv", "weekly_nationwide.csv", "sector_encounters.csv"}:
            lines = [g if late else x for x, g, late in zip(lines, garbage, later, strict=True)]
            spoilt += sum(later)
        path.write_text("\n".join(lines) + "\n")
    assert spoilt > 2000
    assert sum(_poison_measure(path) for path in (root / "book").glob("*.yaml")) > 20
    assert sum(_poison_event(path, counted) for path in (root / "events").glob("*.yaml")) > 0
    _poison_priors(root / "arrivals.yaml")
    return Border.open(root)


def _poison_measure(path: Path) -> int:
    """Values and spans known later, as other numbers and days."""
    measure = yaml.safe_load(path.read_text())
    spoilt = 0
    for given in measure.get("values", {}).values():
        for value in given if isinstance(given, list) else [given]:
            if str(value.get("known_by", "")) > f"{AS_OF:%Y-%m}" and "value" in value:
                value.update(dict.fromkeys(("value", "low", "high"), 0.123))
                spoilt += 1
    versions = measure.get("history", [])
    for number, version in enumerate(versions):
        if version["known"] > AS_OF:
            versions[number] = {"known": version["known"], "in_force": [{"from": "1999-01-01"}]}
            spoilt += 1
    if not versions and measure["announced"] > AS_OF:
        measure["in_force"] = [{"from": "1999-01-01"}]
        spoilt += 1
    path.write_text(yaml.safe_dump(measure, sort_keys=False, allow_unicode=True))
    return spoilt


def _poison_event(path: Path, counted: date) -> int:
    event = yaml.safe_load(path.read_text())
    later = [fall for fall in event["falls"] if fall["known"] > counted]
    for fall in later:
        fall.update(dict.fromkeys(("value", "low", "high"), 9.9))
    path.write_text(yaml.safe_dump(event, sort_keys=False, allow_unicode=True))
    return len(later)


def _poison_priors(path: Path) -> None:
    """Nothing in the file is known later, so garbage is added that is."""
    priors = yaml.safe_load(path.read_text())
    assert all(p["known_by"] <= f"{AS_OF:%Y-%m}" for p in priors["numbers"].values())
    priors["numbers"]["later"] = {"value": 9, "low": 9, "high": 9, "source": "garbage", "known_by": "2023-01"}
    path.write_text(yaml.safe_dump(priors, sort_keys=False, allow_unicode=True))


def _forecast(border: Border, counted: date) -> dict[str, np.ndarray]:
    events = room.read(border)
    event = next(e for e in events if e.test is not None)
    told, _ = article.forecast(border, event, events, counted, draws=DRAWS, seed=SEED)
    return {**told.paths, **{f"persons {name}": paths for name, paths in told.persons.items()}}


@pytest.mark.parametrize("counted", VINTAGES, ids=["as-published", "through-november"])
def test_that_no_later_datum_prior_or_measure_changes_a_bit(tmp_path: Path, counted: date):
    honest, poisoned = _forecast(BORDER, counted), _forecast(_poisoned(tmp_path / "poisoned", counted), counted)
    assert len(honest) == 10 and set(honest) == set(poisoned)
    for way, paths in honest.items():
        assert np.array_equal(paths, poisoned[way]), way


def test_that_the_poison_would_be_seen_if_it_were_known(tmp_path: Path):
    """The test above has teeth: with one month more counted, every way of forecasting changes."""
    earlier, later = VINTAGES
    honest, poisoned = _forecast(BORDER, later), _forecast(_poisoned(tmp_path / "poisoned", earlier), later)
    assert not any(np.array_equal(paths, poisoned[way]) for way, paths in honest.items())


# --- numerical laws of the response


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground.of(BORDER, OFFER, Day(AS_OF, VINTAGES[1], AS_OF, "2022-11"))


def _respond(ground: Ground, event: Event, case: Choice | None = None) -> tuple[np.ndarray, np.ndarray]:
    return hindcasts.respond(ground, event, case or event.cases[0], MONTHS, DRAWS, SEED)


def test_that_an_empty_amendment_changes_no_bit(ground: Ground):
    """No offer, and an offer that says again what stands, are the same book to the response."""
    bare = OFFER.with_changes(amend=(), predicted=())
    unless = ground.book.measure(OFFER.amend[1].measure)
    spans = [{"from": s.from_} | ({} if s.until is None else {"until": s.until}) for s in unless.in_force]
    again = Change.model_validate({"measure": unless.id, "set": {"in_force": spans}, "source": "what if: the same"})
    one, two = _respond(ground, bare), _respond(ground, bare.with_changes(amend=(again,)))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_that_whom_nothing_changes_for_comes_exactly_as_before(ground: Ground):
    """Where no court decides otherwise, the offer moves those it concerns and nobody else, by no bit."""
    multiplier, _ = _respond(ground, OFFER, OFFER.cases[1])
    concerned = np.array([n in OFFER.concerned() for n, _ in ground.layout.classes])
    assert (multiplier[:, :, ~concerned] == 1.0).all()
    assert (multiplier[:, -1, concerned] < 1.0).all()


def test_that_a_cap_of_zero_equals_no_programme(ground: Ground):
    programme = next(p for p in OFFER.predicted if p.unit.startswith("person")).measure
    own = next(c for c in OFFER.amend if c.measure == programme)
    others = tuple(c for c in OFFER.amend if c is not own)
    nothing = {"value": 0, "unit": "person/month", "source": "what if: none"}
    shut = {"in_force": [{"from": "2023-01-06"}], "cap_per": "month", "values": {"cap": [nothing]}}
    zero = Change.model_validate({"measure": programme, "set": shut, "source": "what if: a cap of zero"})
    one = _respond(ground, OFFER.with_changes(amend=(*others, zero)))
    two = _respond(ground, OFFER.with_changes(amend=others))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(two[0], _respond(ground, OFFER)[0])


def test_that_pure_substitution_keeps_the_sum():
    """People of one corridor go to another sector; everybody still comes, and no other corridor moves."""
    people = 5000
    key, corridor = streams(7, np.arange(people)), (np.arange(people) % 3).astype(np.int16)
    station = np.array([10, 20, 30], np.int16)
    before = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [1.0, 0.0, 0.0]])
    after = before.copy()
    after[0] = [0.1, 0.8, 0.1]
    one, two = (Gates(station, share).entered(corridor, key) for share in (before, after))
    count = [np.array([(e == s).sum() for s in station]) for e in (one, two)]
    assert count[0].sum() == count[1].sum() == people
    assert not np.array_equal(*count)
    assert np.array_equal(one[corridor != 0], two[corridor != 0])


# --- what a prediction is


def test_that_predicted_places_never_pass_the_cap(ground: Ground):
    predicted = next(p for p in OFFER.predicted if p.unit.startswith("person"))
    terms = ground.book.amend(*(c.amendment() for c in OFFER.amend))
    cap = terms.measure(predicted.measure).value("cap", ground.book.local(AS_OF))
    assert cap is not None
    for uniform in (0.01, 0.5, 0.99):
        change = predicted.amendment(ground.book, terms, AS_OF, uniform)
        places = dict(dict(change.set_)["values"])["supply_per_day"][0]["value"]
        assert 0 < places <= cap.value / 30.4


def test_that_shares_and_places_of_the_offer_itself_are_not_inputs():
    """What was published of it later is no term: the document names neither; both are drawn from the precedent."""
    terms = {(c.measure, name) for c in OFFER.amend for name in dict(dict(c.set_).get("values", ()))}
    assert not terms & {(p.measure, p.value) for p in OFFER.predicted}
    assert all(ground_value not in {"supply_per_day"} for _, ground_value in terms)


# --- the whole


@pytest.fixture(scope="module")
def whole() -> article.Article:
    return article.run(BORDER, draws=DRAWS, seed=SEED)


def test_that_what_came_is_the_records(whole: article.Article):
    """By hand from the table of January 2023: 3,336 Nicaraguans, 6,217 Cubans, 2,348 Venezuelans."""
    for vintage in whole.vintages:
        row = vintage.cells[hindcasts.NO_RESPONSE]
        assert [row[c].came[0] for c in vintage.scored[:-1]] == [2348, 3336, 6217]
        parts = sum(row[c].came[0] for c in row if c != article.ALL)
        assert parts == row[article.ALL].came[0]


def test_that_it_says_plainly_what_it_is(whole: article.Article):
    text = whole.text()
    for words in (
        "hindcast",
        "knew the outcome",
        "about four independent units",
        "not credited",
        "MISS",
        "no forecast",
    ):
        assert words in text, words


def test_that_the_weeks_before_the_announcement_are_the_records(whole: article.Article):
    """35,878 in the week of 26 December; 52,793, 56,687, 53,748 and 49,972 in the four before it."""
    slowdown = whole.slowdown
    assert slowdown is not None and slowdown.week == date(2022, 12, 26)
    assert slowdown.change == pytest.approx(35_878 / ((52_793 + 56_687 + 53_748 + 49_972) / 4) - 1)


def test_that_later_events_are_in_no_headline(whole: article.Article):
    headline = [f for f in whole.further if f.mode == article.EARLIER]
    assert [f.event for f in headline] == [e.id for e in EVENTS if e.nationalities]
    assert all(f.newest < f.as_of for f in headline)
    first = headline[0]  # one earlier event was known, so both ways without a model rest on it
    assert set(first.crps) == {hindcasts.NO_RESPONSE, hindcasts.SAME_FALL, hindcasts.CLASS}
    note = next(f.note for f in headline if f.event == "venezuela-of-october-2022")
    assert note is not None and "numbers were not known" in note.en


def test_that_the_result_is_json(whole: article.Article):
    told: dict[str, Any] = json.loads(json.dumps(whole.as_json(), default=str))
    assert len(told["vintages"]) == 2 and told["what"].startswith("A hindcast")


def test_that_the_same_seed_gives_the_same_bits():
    one, two = (_forecast(BORDER, AS_OF) for _ in range(2))
    assert all(np.array_equal(paths, two[way]) for way, paths in one.items())


def test_that_a_border_without_an_event_and_too_few_draws_are_refused():
    with pytest.raises(RequestError, match="no tested event"):
        article.run(Border.open(Path(__file__).parents[2] / "tiny"))
    with pytest.raises(RequestError, match="too few"):
        api.backtest(article=True, draws=1)
