"""Why does this happen to them: what is in force on a date, whom it concerns, and by what authority."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from cauce.border import Border, plain
from cauce.errors import RequestError
from cauce.policy.conditions import Term
from cauce.policy.exposure import accepting, exposure, pathway_shares
from cauce.policy.measure import Measure, instant
from cauce.policy.protection import Flag, flags
from cauce.policy.rulebook import Rulebook
from cauce.terms import DEMOGRAPHIC_NAMES, Demographic, Language, Words, spoken

WORDS: Words = {
    "on": ("On {day} ({zone})", "El {day} ({zone})"),
    "in_force": ("in force:", "en vigor:"),
    "happens": (
        "What happens to {who} met between ports of entry:",
        "Qué les ocurre a {who} entre puertos de entrada:",
    ),
    "nobody": (
        "Nobody has agreed to take them back over the border.",
        "Nadie ha aceptado recibirlos de vuelta por la frontera.",
    ),
    "accepted": ("{name} ({id}).", "{name} ({id})."),
    "lane": ("Lawful lanes open to them: {lanes}.", "Vías legales abiertas: {lanes}."),
    "no_lane": ("No programme of the book admits them.", "Ningún programa del libro los admite."),
    "unmet": (
        "Not in force, its conditions are not met: {names}.",
        "No está en vigor: faltan condiciones: {names}.",
    ),
    "term": (
        "{name} ({level:g} of {asked:g} asked{settles})",
        "{name} ({level:g} de {asked:g} pedido{settles})",
    ),
    "settles": ("; might settle for {low:g} to {high:g}", "; podría aceptar de {low:g} a {high:g}"),
    "contested": (
        "Contested. For: {yes}. Against: {no}. Harm: {harm}.",
        "En disputa. A favor: {yes}. En contra: {no}. Daño: {harm}.",
    ),
    "protected": ("Protected: {says}. {line}", "Protección: {says}. {line}"),
    "limited": ("Limits on asylum: {line}", "Límites al asilo: {line}"),
    "flights": (
        "{name}: cooperation {value:g} of 1 ({low:g} to {high:g}). Source: {source}",
        "{name}: cooperación {value:g} de 1 ({low:g} a {high:g}). Fuente: {source}",
    ),
    "source": ("Source: {source}", "Fuente: {source}"),
    "since": ("since {day}", "desde {day}"),
    "until": ("until {day}", "hasta {day}"),
    "open_end": ("its end is uncertain", "su fin es incierto"),
}


_say = partial(spoken, WORDS)


@dataclass(frozen=True)
class Explanation:
    """What the book says on one day, optionally for one class of people."""

    border: Border
    book: Rulebook
    when: datetime
    nationality: str | None
    demographic: Demographic | None

    def text(self, language: Language = Language.ENGLISH) -> str:
        """Lines of plain text."""
        day = f"{self.when:%Y-%m-%d}"
        lines = [f"{_say('on', language, day=day, zone=self.book.zone)}, {_say('in_force', language)}"]
        if self.nationality is not None and self.demographic is not None:
            lines = [f"{_say('on', language, day=day, zone=self.book.zone)}:", *self._for_them(language)]
        else:
            for measure in self.book.at(self.when):
                lines += [
                    self._line(measure, language),
                    *(f"        {words}" for words in _disputed(measure, language)),
                ]
        lines += [flag.says().text(language) for flag in self.flagged()]
        return "\n".join(lines)

    def _for_them(self, language: Language) -> list[str]:
        assert self.nationality is not None and self.demographic is not None
        row = self.border.nationalities[self.nationality]
        country = row[f"name_{language}"]
        who = f"{DEMOGRAPHIC_NAMES[self.demographic][language]} ({country})"
        by_pathway = {m.pathway: m for m in self.book.at(self.when) if m.pathway}
        lines = [_say("happens", language, who=who)]
        for pathway, share in self.shares():
            measure = by_pathway[pathway]
            lines.append(f"  {share:4.0%}  {self._line(measure, language)}")
            lines += [f"        {words}" for words in _disputed(measure, language)]
        agreement = accepting(self.book, self.when, self.nationality, self.demographic)
        lines.append(_say("nobody", language) if agreement is None else self._line(agreement, language))
        lanes = [m for m in self.book.at(self.when) if m.kind == "programme" and self._concerned(m)]
        lines += [self._line(m, language) for m in lanes] or [_say("no_lane", language)]
        lines += self._around(language)
        now = self.book.local(self.when)
        for measure in self.book.measures:
            binding = [term for term in self.book.terms(measure, now) if term.binds]
            if binding and self._concerned(measure):
                names = ", ".join(_term(term, now, language) for term in binding)
                lines.append(f"{measure.name.text(language)}: {_say('unmet', language, names=names)}")
        return lines

    def _around(self, language: Language) -> list[str]:
        """What else concerns them: protections, limits on asylum, flights to their country."""
        now, lines = self.book.local(self.when), []
        for measure in filter(self._concerned, self.book.at(self.when)):
            if measure.protects is not None:
                says, line = measure.protects.says.text(language), self._line(measure, language)
                lines.append(_say("protected", language, says=says, line=line))
            elif measure.kind == "asylum-limit":
                lines.append(_say("limited", language, line=self._line(measure, language)))
                lines += [f"        {words}" for words in _disputed(measure, language)]
            elif measure.kind == "air-return":
                ties = measure.value("cooperation", now, self.nationality, self.demographic)
                if ties is not None:
                    name, source = measure.name.text(language), self._cited(ties.source)
                    fields = {"value": ties.value, "low": ties.low, "high": ties.high}
                    lines.append(_say("flights", language, name=name, source=source, **fields))
        return lines

    def flagged(self) -> tuple[Flag, ...]:
        """What is in force against the law as the book has it; of the class asked about, if there is one."""
        found = flags(self.book, self.when, self.when)
        if self.nationality is None or self.demographic is None:
            return found
        return tuple(f for f in found if self._concerned(f.measure) and self._concerned(f.protection))

    def _cited(self, source: str) -> str:
        """A source with the addresses of the publications that it names by number."""
        known = self.border.sources
        named = [known[n]["address"] for n in dict.fromkeys(re.findall(r"\bS\d+\b", source)) if n in known]
        return f"{source} <{'; '.join(named)}>" if named else source

    def _conditions(self) -> dict[str, list[dict[str, Any]]]:
        """Of each conditional measure, its conditions: the lever, its level, what is asked, whether it is met."""
        now = self.book.local(self.when)
        return {
            measure.id: [
                {
                    "lever": term.lever.id,
                    "level": term.level.value if term.level is not None and term.in_force else 0.0,
                    "asked": None if term.asked is None else term.asked.value,
                    "met": term.met,
                }
                for term in self.book.terms(measure, now)
            ]
            for measure in self.book.measures
            if measure.condition is not None
        }

    def shares(self) -> tuple[tuple[str, float], ...]:
        """(pathway, share) of the class asked about; empty without one."""
        if self.nationality is None or self.demographic is None:
            return ()
        return pathway_shares(self.book, self.when, self.nationality, self.demographic)

    def _concerned(self, measure: Measure) -> bool:
        assert self.nationality is not None and self.demographic is not None
        return measure.applies_to.concerns(self.nationality, self.demographic)

    def _line(self, measure: Measure, language: Language) -> str:
        now = self.book.local(self.when)
        spans = [s for s in measure.in_force if instant(s.from_) <= now]
        span = spans[-1]
        dates = [_say("since", language, day=span.from_)]
        if span.branches:
            dates.append(_say("open_end", language))
        elif span.until is not None:
            dates.append(_say("until", language, day=span.until))
        source = _say("source", language, source=self._cited(measure.source))
        return f"{measure.name.text(language)} [{measure.id}], {', '.join(dates)}. {source}"

    def as_json(self) -> dict[str, Any]:
        """Measures in force, shares, exposure."""
        told: dict[str, Any] = {
            "on": self.when.isoformat(),
            "measures": [m.model_dump(mode="json") for m in self.book.at(self.when)],
            "pathways": dict(self.shares()),
            "against_the_law": [flag.says().model_dump() for flag in self.flagged()],
            "conditions": self._conditions(),
        }
        if self.nationality is not None and self.demographic is not None:
            told["exposure"] = exposure(self.book, self.when, self.nationality, self.demographic).__dict__
        return told


def _disputed(measure: Measure, language: Language) -> list[str]:
    """Both legal positions and the harm, when a measure is contested."""
    c = measure.contested
    if c is None:
        return []
    return [
        _say("contested", language, yes=c.for_.text(language), no=c.against.text(language), harm=c.harm.text(language))
    ]


def _term(term: Term, now: datetime, language: Language) -> str:
    """A condition that binds: what there is, what is asked, and for what the party might settle."""
    name, held = term.lever.name.text(language), term.lever.value("reservation", now)
    if term.asked is None:
        return name
    level = term.level.value if term.level is not None and term.in_force else 0.0
    settles = "" if held is None else _say("settles", language, low=held.low, high=held.high)
    return _say("term", language, name=name, level=level, asked=term.asked.value, settles=settles)


def explain_words(border: Border, on: str, who: str | None) -> Explanation:
    """Explain a day, for people named in everyday words ("Nicaraguan family", "familia nicaragüense").

    Raises
    ------
    RequestError
        A date that does not exist, a word that nobody listed, or words that name no nationality.
    """
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise RequestError(f"{on!r} is not a date that exists", mend="write it as YYYY-MM-DD") from None
    book = Rulebook.read(border)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=book.law)
    if who is None:
        return Explanation(border, book, noon, None, None)
    nationality, demographic = read_words(border, who)
    return Explanation(border, book, noon, nationality, demographic)


def read_words(border: Border, who: str) -> tuple[str, Demographic]:
    """(nationality, demographic) of everyday words; a single adult when no demographic is named."""
    left = plain(re.sub(r"[^\w\s']", " ", who))
    found: dict[str, str] = {}
    for dimension in ("nationality", "demographic"):
        labels = sorted(border.labels(dimension).items(), key=lambda pair: -len(pair[0]))
        for label, code in labels:
            match = re.search(rf"(?<!\w){re.escape(label)}(?!\w)", left)
            if match:
                found[dimension] = code
                left = f"{left[: match.start()]} {left[match.end() :]}"
                break
    rest = left.split()
    if "nationality" not in found or rest:
        unknown = rest[0] if rest else who
        raise RequestError(
            f"{unknown!r} is not a nationality or group that the border lists",
            mend='write a nationality and a group, such as "Peruvian family" or "familia peruana"',
        )
    return found["nationality"], Demographic(found.get("demographic", Demographic.SINGLE_ADULT))
