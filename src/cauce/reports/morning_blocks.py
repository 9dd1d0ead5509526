"""What the page at six says, block by block, before it is HTML, PDF or a message.

A block is a heading and lines; a line is a label, a figure and a note.  A figure that was not reported is said
to be so, and what a document has instead stands in the note, never in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from cauce.data.mornings import Entry
from cauce.reports.morning_words import say
from cauce.reports.tables import between
from cauce.runs.assimilate import MULTIPLIERS
from cauce.runs.flow import DAY
from cauce.runs.morning import DAYS_AHEAD, Situation
from cauce.terms import ROUNDED, SMALL_CELL, SMALL_CELL_OF_CHILDREN, THIN_SPACE, Demographic, Language, figured

OUT = ("expulsion", "lateral", "release", "ice", "hhs")


@dataclass(frozen=True)
class Line:
    """A label, its figure, a note; `protects` marks what guards people."""

    label: str
    figure: str
    note: str = ""
    protects: bool = False


@dataclass(frozen=True)
class Block:
    heading: str
    lines: tuple[Line, ...]


def number(value: float, language: Language, digits: int = 0) -> str:
    """A figure with the marks of a language."""
    return figured(f"{value:,.{digits}f}", language)


def people(value: float, language: Language, *, small: int = SMALL_CELL, exact: bool = False) -> str:
    """A count of people: small ones hidden, forecasts to the nearest five."""
    if 0 < abs(value) < small:
        return f"<{small}"
    return number(value if exact else round(value / ROUNDED) * ROUNDED, language)


def percent(value: float, language: Language, *, signed: bool = False) -> str:
    """A share in percent, with its sign where it is a change."""
    sign = "" if not signed else "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{number(abs(value) * 100, language)}{THIN_SPACE if language is Language.SPANISH else ''}%"


def on(day: date, language: Language, *, short: bool = False) -> str:
    """A day in words."""
    month = say("months", language).split()[day.month - 1]
    return say("short_date" if short else "date", language, day=day.day, month=month, year=day.year)


def at(when: datetime, language: Language) -> str:
    """A day and an hour."""
    return say("hour", language, day=on(when.date(), language, short=True), hour=f"{when:%H:%M}")


class Text:
    """Words about one situation in one language."""

    def __init__(self, situation: Situation, language: Language) -> None:
        self.s, self.language = situation, language
        self.day = situation.reported.today.day

    def say(self, word: str, **fields: object) -> str:
        return say(word, self.language, **fields)

    def people(self, value: float, *, small: int = SMALL_CELL, exact: bool = False) -> str:
        return people(value, self.language, small=small, exact=exact)

    def three(self, told: tuple[float, float, float]) -> str:
        """Median and interval."""
        low, middle, high = (self.people(x) for x in told)
        return f"{middle} ({between(low, high)})" if low != high else middle

    def told(self, role: str, *, people: str = "", small: int = SMALL_CELL) -> str:
        """A reported count, or that it was not."""
        value = self.s.value(role, people)
        return self.say("not_reported") if value is None else self.people(value, small=small, exact=True)

    def source(self, role: str) -> str:
        entries: tuple[Entry, ...] = self.s.reported.today.parts(role)
        return self.say(f"source_{entries[0].source}") if entries else ""

    def capacity(self, column: str) -> str:
        value = self.s.capacity(self.s.rates.names.custody, column)
        return self.say("not_reported") if value is None else self.people(value, exact=True)

    def site(self, name: str) -> str:
        return self.s.site(name)[f"name_{self.language}"]

    def title(self) -> str:
        return self.say("title", site=self.site(self.s.rates.names.custody), day=on(self.day, self.language))


def answer(text: Text) -> tuple[str, ...]:
    """The sentences on top: expected and reported, the record against persistence, what to decide first."""
    s, step = text.s, text.s.estimate.steps[-1]
    told = []
    if step.reported is None:
        low, middle, high = s.quantiles(s.estimate.cloud.custody)
        told.append(text.say("guessed") if s.estimate.guessed else "")
        interval = between(text.people(low), text.people(high))
        told.append(text.say("estimated", middle=text.people(middle), interval=interval))
    elif step.expected is None:
        told.append(text.say("opened", reported=text.people(step.reported, exact=True)))
    else:
        cause, change = step.cause
        told.append(
            text.say(
                "expected",
                expected=text.people(step.expected[1]),
                reported=text.people(step.reported, exact=True),
                cause=text.say("lateral_now") if cause == "lateral" else text.say(cause),
                change=percent(change, text.language, signed=True),
            )
        )
    if s.scored is None:
        told.append(text.say("errors_none"))
    else:
        count, mine, theirs = s.scored
        held = step.reported if step.reported is not None else step.persistence
        told.append(
            text.say(
                "errors_worse" if theirs < mine else "errors_better",
                count=count,
                mine=text.people(mine),
                theirs=text.people(theirs),
                persistence="" if held is None else text.people(held, exact=True),
            )
        )
    told.append(first_decision(text))
    return tuple(filter(None, told))


def first_decision(text: Text) -> str:
    """What has to be decided first, if anything."""
    due = [level for level in text.s.levels if level.decide_by is not None]
    if not due:
        return ""
    level = min(due, key=lambda one: one.decide_by or datetime.max)
    name = level.name.text(text.language)
    if level.decide_by is None or level.decide_by <= text.s.forecast.start:
        return text.say("first_now", name=name)
    return text.say("first_level", when=at(level.decide_by, text.language), name=name)


def blocks(text: Text) -> tuple[Block, ...]:
    """The whole page."""
    return (
        _custody(text), _plan(text), _releases(text), _beds(text), _outflow(text), _encounters(text), _onward(text),
        _money(text),
    )  # fmt: skip


def _custody(text: Text) -> Block:
    s = text.s
    held, surge = s.value("custody"), s.capacity(s.rates.names.custody, "surge")
    share = "–" if held is None or not surge else percent(held / surge, text.language)
    against = text.say("against", rated=text.capacity("rated"), surge=text.capacity("surge"), share=share)
    over = s.value("over72")
    note = "" if over is None or not held else text.say("share_of", share=percent(over / held, text.language))
    child = Demographic.UNACCOMPANIED_CHILD
    lines = [
        Line(text.say("now"), text.told("custody"), against),
        Line(text.say("over72"), text.told("over72"), note, protects=True),
        Line(text.say("children72"), text.told("over72", people=child, small=SMALL_CELL_OF_CHILDREN), protects=True),
    ]
    for number_of_day, told in enumerate(s.custody_ahead, 1):
        when = on(text.day + timedelta(days=number_of_day), text.language, short=True)
        late = text.say("over_ahead", figure=text.three(s.quantiles(s.ahead.over[:, number_of_day - 1])))
        lines.append(Line(text.say("ahead", hours=DAY * number_of_day, day=when), text.three(told), late))
    return Block(text.say("custody"), tuple(lines))


def _hours(text: Text, hours: tuple[tuple[int, float], ...]) -> str:
    """By hour: one figure when all hours are alike, else each."""
    if not hours:
        return ""
    each = [people_ for _, people_ in hours]
    if max(each) - min(each) <= ROUNDED:
        return text.say("hours_even", first=hours[0][0], last=hours[-1][0] + 1, each=text.people(float(np.mean(each))))
    return " · ".join(f"{hour:02d}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{text.people(x)}" for hour, x in hours)


def _releases(text: Text) -> Block:
    s = text.s
    daily, lines = s.forecast.daily("release"), []
    for day in range(DAYS_AHEAD):
        note = _hours(text, s.hourly_releases[day])
        role = {0: "release_today", 1: "release_tomorrow"}.get(day, "")
        if role:
            note += "; " + text.say("announced", figure=text.told(role), source=text.source(role)).replace(" ()", "")
        lines.append(Line(text.say(f"day{day}"), text.three(s.quantiles(daily[:, day])), note))
    today = float(np.median(daily[:, 0]))
    month = f"{s.flow.month:%Y-%m}"
    for word, demographic, share in (
        ("families", Demographic.FAMILY, s.flow.families),
        ("singles", Demographic.SINGLE_ADULT, 1 - s.flow.families),
    ):
        told = s.value("release_today", demographic)
        figure = text.people(today * share if told is None else told, exact=told is not None)
        note = text.say("told") if told is not None else text.say("by_month", month=month)
        lines.append(Line(text.say(word), figure, note))
    alone = s.value("no_sponsor")
    for word, part in (("sponsor", None if alone is None else 1 - alone), ("no_sponsor", alone)):
        figure = text.say("not_reported") if part is None else text.people(today * part)
        lines.append(Line(text.say(word), figure, text.source("no_sponsor")))
    lines.append(Line(text.say("street"), text.told("street"), protects=True))
    return Block(text.say("releases"), tuple(lines))


def _beds(text: Text) -> Block:
    s = text.s
    lines = [Line(text.say("open"), text.told("beds_open"))]
    for night in range(s.nights.needed.shape[1]):
        day = text.day + timedelta(days=night)
        name = text.say("night", day=on(day, text.language, short=True)) if night else text.say("tonight")
        needed = text.three(s.quantiles(s.nights.needed[:, night]))
        if s.nights.gap is None:
            lines.append(Line(text.say("need", night=name), needed, text.say("gap_blank"), protects=True))
            continue
        gap = s.nights.gap[:, night]
        low, middle, high = s.quantiles(gap)
        short = text.three((max(low, 0), middle, max(high, 0)))
        figure = short if middle > 0 else text.say("spare", figure=text.people(-middle))
        chance = text.say("gap_chance", share=percent(float((gap > 0).mean()), text.language))
        lines.append(Line(text.say("gap", night=name), figure, chance, protects=True))
    low_temp = s.value("low_temp")
    figure = text.say("not_reported") if low_temp is None else f"{number(low_temp, text.language)} °C"
    note = text.say("cold", cold=number(s.rates["cold"], text.language)) if s.cold else ""
    lines.append(Line(text.say("low"), figure, note, protects=True))
    return Block(text.say("beds"), tuple(lines))


def _onward(text: Text) -> Block:
    s = text.s
    wait = s.value("wait_days")
    days = text.say("not_reported") if wait is None else text.say("days", figure=number(wait, text.language, 1))
    instead = text.say("timetable", figure=text.people(s.timetable_seats, exact=True))
    return Block(
        text.say("onward"),
        (
            Line(text.say("seats"), text.told("seats"), instead if s.value("seats") is None else ""),
            Line(text.say("demand"), text.three(s.quantiles(s.forecast.daily("release")[:, 0]))),
            Line(text.say("charters"), text.told("charters", small=0)),
            Line(text.say("wait"), days, protects=True),
        ),
    )


def _encounters(text: Text) -> Block:
    s = text.s
    mean = s.week_mean
    group, told = s.held_group, s.value("surge")
    figure = text.told("surge") if group is None else text.say("flag", figure=text.people(group, exact=True))
    note = "" if told is None or group is not None else text.say("no_flag", figure=text.people(s.rates["held_group"]))
    return Block(
        text.say("encounters"),
        (
            Line(text.say("last24"), text.told("encounters"), text.source("encounters")),
            Line(
                text.say("week"),
                text.say("not_reported") if mean is None else text.people(mean[0]),
                "" if mean is None else text.say("week_days", count=mean[1]),
            ),
            Line(text.say("today"), text.three(s.quantiles(s.forecast.daily("arrivals")[:, 0]))),
            Line(text.say("group"), figure, note, protects=True),
        ),
    )


def _outflow(text: Text) -> Block:
    s, lines = text.s, []
    level = s.estimate.cloud.multipliers()
    for channel in OUT:
        yesterday = text.told({"release": "received"}.get(channel, channel))
        note = text.say("yesterday_plain", figure=yesterday)
        if channel in MULTIPLIERS:
            low, middle, high = (
                percent(level[row, MULTIPLIERS.index(channel)] - 1, text.language, signed=True) for row in (1, 2, 3)
            )
            note = text.say("yesterday", figure=yesterday, change=middle, low=low, high=high)
        daily = s.forecast.daily(channel)[:, 0]
        lines.append(Line(text.say(channel), text.three(s.quantiles(daily)), note, protects=channel == "hhs"))
    more = text.say("flight_more", figure=f"+{text.people(s.flight)}")
    lines.append(Line(text.say("flight"), more))
    lines.append(Line(text.say("cancelled"), text.told("flights_cancelled", small=0)))
    return Block(text.say("outflow"), tuple(lines))


def _plan(text: Text) -> Block:
    s, lines = text.s, []
    for level in s.levels:
        start = text.say(f"at_{level.quantity}", at=number(level.at, text.language))
        lead = number(level.lead_hours, text.language)
        if level.chance is None:
            figure, when = "–", text.say("gap_blank")
        else:
            figure = percent(level.chance, text.language)
            when = text.say("no_decision")
            if level.decide_by is not None:
                late = level.decide_by <= s.forecast.start
                when = text.say(
                    "decide_now" if late else "decide", when=at(level.decide_by, text.language), lead=lead
                )  # fmt: skip
        lines.append(Line(level.name.text(text.language), figure, f"{start}; {when}", level.quantity == "bed_gap"))
    return Block(text.say("plan"), tuple(lines))


def _dollars(value: float, language: Language) -> str:
    return number(round(value, -3), language)


def _money(text: Text) -> Block:
    s = text.s
    cost, back = s.value("cost"), s.value("reimbursable")
    low, middle, high = (_dollars(x, text.language) for x in s.dollars)
    blank = text.say("not_reported")
    return Block(
        text.say("money"),
        (
            Line(text.say("cost"), blank if cost is None else text.say("usd", figure=_dollars(cost, text.language))),
            Line(text.say("a_day"), text.say("usd", figure=middle), text.say("unit_costs", low=low, high=high)),
            Line(text.say("reimbursable"), blank if back is None else percent(back, text.language)),
            Line(text.say("staff"), text.told("staff_short", small=0)),
        ),
    )


def twin(text: Text) -> tuple[Block, ...]:
    """What the city across the line needs to know."""
    s = text.s
    daily = s.forecast.daily("expulsion")
    lines = []
    for day in range(DAYS_AHEAD):
        hours = np.median(s.forecast.flows["expulsion"], axis=0)[DAY * day : DAY * (day + 1)]
        by_hour = tuple(((6 + h) % DAY, float(x)) for h, x in enumerate(hours) if x > 0)
        note = (
            " · ".join(f"{hour:02d}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{text.people(x)}" for hour, x in by_hour)
            if day == 0
            else ""
        )
        when = on(text.day + timedelta(days=day), text.language, short=True)
        lines.append(Line(text.say("returns_day", day=when), text.three(s.quantiles(daily[:, day])), note))
    lines.append(Line(text.say("returned"), text.told("expulsion"), text.source("expulsion")))
    name = s.rates.names.twin_shelters
    places = s.capacity(name, "surge")
    held = s.value("twin_occupancy")
    note = "" if places is None else text.say("places", figure=text.people(places), source=text.site(name))
    free = None if places is None or held is None else max(places - held, 0.0)
    blank = text.say("not_reported")
    shelters = [
        Line(text.say("occupied"), text.told("twin_occupancy"), note),
        Line(text.say("places_free"), blank if free is None else text.people(free)),
        Line(
            text.say("unsheltered"),
            blank if free is None else text.three(s.quantiles(np.maximum(daily[:, 0] - free, 0))),
            protects=True,
        ),
        Line(text.say("low"), blank if s.value("low_temp") is None else f"{s.value('low_temp'):.0f} °C", protects=True),
    ]
    return Block(text.say("returns"), tuple(lines)), Block(text.say("shelters"), tuple(shelters))
