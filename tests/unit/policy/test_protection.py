"""What breaks the law runs, and is flagged; what is lawful is not."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cauce.border import Border
from cauce.policy.explanation import Explanation
from cauce.policy.protection import flags
from cauce.policy.rulebook import Amendment, Rulebook
from cauce.policy.scenario import Scenario
from cauce.terms import Demographic, Language

LAW = ZoneInfo("America/New_York")
START, END = datetime(2022, 12, 1, tzinfo=LAW), datetime(2023, 4, 1, tzinfo=LAW)
EVERYBODY = {"entry": "between-ports"}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook.read(Border.open())


def test_that_the_record_and_the_shipped_cases_break_no_protection(book: Rulebook):
    assert flags(book, datetime(2020, 12, 1, tzinfo=LAW), datetime(2025, 6, 1, tzinfo=LAW)) == ()
    scenario = Scenario.read(Border.open(), "december-2022")
    known = book.known_on(scenario.as_of, scenario.offered)
    for case in scenario.cases():
        for _, way in known.amend(*(c.amendment() for c in case.amend)).branches():
            assert flags(way, START, END) == ()


def test_that_expelling_a_child_is_flagged(book: Rulebook):
    (flag,) = flags(book.amend(Amendment.of("title-42", "test", applies_to=EVERYBODY)), START, END)
    assert (flag.measure.id, flag.protection.id, flag.since) == ("title-42", "children-not-expelled", START)
    assert "1232(b)" in flag.says().en and "1232(b)" in flag.says().es


def test_that_children_in_ice_detention_are_flagged(book: Rulebook):
    both = {"demographics": ["unaccompanied-child", "single-adult"]}
    (flag,) = flags(book.amend(Amendment.of("ice-detention", "test", applies_to=both)), START, END)
    assert flag.measure.id == "ice-detention"


def test_that_removal_without_an_interview_is_flagged_from_its_day(book: Rulebook):
    ended = Amendment.of("credible-fear", "test", in_force=[{"from": "2004-08-11", "until": "2023-01-10"}])
    (flag,) = flags(book.amend(ended), START, END)
    assert (flag.measure.id, flag.protection.id) == ("expedited-removal", "interview-before-removal")
    assert flag.since == datetime(2023, 1, 10, tzinfo=LAW)


def test_that_holding_a_child_past_72_hours_by_design_is_flagged(book: Rulebook):
    held = [{"value": 96, "low": 72, "high": 120, "unit": "h", "source": "test"}]
    (flag,) = flags(book.amend(Amendment.of("children-to-hhs", "test", values={"hold_hours": held})), START, END)
    assert (flag.measure.id, flag.protection.id) == ("children-to-hhs", "children-not-held")
    adults = [{**held[0], "demographics": ["single-adult"]}]
    assert flags(book.amend(Amendment.of("custody-standards", "test", values={"hold_hours": adults})), START, END) == ()


def test_that_what_breaks_the_law_is_said_wherever_the_rules_are_told(book: Rulebook):
    border = Border.open()
    noon = datetime(2022, 12, 5, 12, tzinfo=LAW)
    broken = book.amend(Amendment.of("title-42", "test", applies_to=EVERYBODY))
    for nationality, demographic, told in (
        (None, None, True),
        ("GTM", Demographic.UNACCOMPANIED_CHILD, True),
        ("GTM", Demographic.FAMILY, False),
    ):
        explained = Explanation(border, broken, noon, nationality, demographic)
        assert ("Against the law" in explained.text()) is told
        assert ("Contra la ley" in explained.text(Language.SPANISH)) is told
        assert bool(explained.as_json()["against_the_law"]) is told
    assert "Against the law" not in Explanation(border, book, noon, None, None).text()


def test_that_contested_measures_are_told_with_both_positions(book: Rulebook):
    border = Border.open()
    noon = datetime(2023, 5, 12, 12, tzinfo=LAW)
    everybody = Explanation(border, book, noon, None, None).text()
    lines = everybody.split("\n")
    for measure in book.at(noon):
        (place,) = [n for n, line in enumerate(lines) if f"[{measure.id}]" in line]
        assert lines[place + 1 : place + 2] == [] or (
            lines[place + 1].startswith("        Contested. For: ") is (measure.contested is not None)
        )
    for_them = Explanation(border, book, noon, "NIC", Demographic.SINGLE_ADULT).text()
    assert for_them.count("Contested. For: ") == 2  # removal to another country, and the limit on asylum


def test_that_before_the_protection_there_is_no_flag(book: Rulebook):
    early = book.amend(Amendment.of("title-42", "test", applies_to=EVERYBODY))
    assert flags(early, datetime(2020, 4, 1, tzinfo=LAW), datetime(2020, 11, 1, tzinfo=LAW)) == ()


def test_that_contested_measures_give_both_positions_and_the_harm(book: Rulebook):
    contested = {m.id for m in book.measures if m.contested is not None}
    assert {"title-42", "return-to-third-country", "enforcement-in-mexico", "remain-in-mexico"} <= contested
    for measure in book.measures:
        if measure.kind in ("expulsion", "enforcement", "asylum-limit", "prosecution"):
            assert measure.id in contested


def test_that_every_publication_cited_has_its_address():
    border = Border.open()
    for path in sorted(border.root.rglob("*.yaml")) + sorted(border.root.glob("*.csv")):
        for number in set(re.findall(r"\bS\d+\b", path.read_text(encoding="utf-8"))):
            assert border.sources.get(number), f"{path.name} cites {number}, which sources.csv does not hold"


def test_that_every_value_of_the_book_says_where_it_comes_from(book: Rulebook):
    """A publication by number, a statute, a table of ours, or an honest judgement."""
    told = re.compile(r"\bS\d+\b|U\.S\.C\.|computed: |judgement: recalled, unverified")
    for measure in book.measures:
        assert told.search(measure.source), measure.id
        for name, given in measure.values:
            for value in given:
                assert told.search(value.source), (measure.id, name)
                # A decision's own numbers are known with it, and so is a judgement of ours, which was never
                # published; a figure that somebody counted is known from the month in which it was printed.
                assert value.known_by is not None, f"{measure.id}.{name} does not say by when it was known"
                assert value.known_by >= f"{measure.announced:%Y-%m}", f"{measure.id}.{name} is older than its measure"
                if not re.search(r"\bS\d+\b|U\.S\.C\.", value.source) and "judgement" in value.source:
                    assert value.low < value.high, f"{measure.id}.{name}: a judgement wants a range"
