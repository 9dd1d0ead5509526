"""A table on an invented border, for the tests of negotiations."""

# ruff: noqa: E501  (a table)

from __future__ import annotations

import shutil
from pathlib import Path

from cauce.border import Border

TINY = Path(__file__).parents[2] / "tiny"
TALK = """
id: talk
name: {en: Talk, es: Charla}
kind: lever
decided_by: invented
announced: 2020-01-01
in_force: []
values:
  level: [{value: 0, low: 0, high: 1, source: invented}]
  stated: [{value: 1, low: 1, high: 1, source: invented}]
  reservation: [{value: 0.5, low: 0.2, high: 1, source: invented}]
source: invented
"""
MORE = """
id: more
name: {en: More, es: Más}
kind: return-agreement
decided_by: invented
announced: 2020-01-01
in_force: []
applies_to: {nationalities: [OTH]}
condition: {party: near, requires: [talk], notice_days: 2, source: invented}
cap_per: day
values: {cap: [{value: 10, low: 10, high: 10, unit: person/day, source: invented}]}
source: invented
"""
TABLE = """
id: tiny
name: {en: Tiny, es: Pequeña}
question: {en: Which deals?, es: ¿Qué acuerdos?}
no_deal:
  scenario: spring
  choices: {lane: closed}
  hearings: [{day: 2022-03-21, decided: {value: 0.5, low: 0, high: 1, source: invented}}]
begins: 2022-03-22
defection_day: 3
snap_back_days: 1
notice: notice
quick: {packages: 20, draws: 3}
full: {packages: 20, draws: 4}
source: invented
parties:
  - id: far
    name: {en: Far side, es: Lado lejano}
    weights:
      - {outcome: encounters, direction: less, weight: {value: 5, low: 1, high: 9, unit: usd/person, source: invented}}
      - {outcome: held, direction: less, weight: {value: 1, low: 0, high: 2, unit: usd/person, source: invented}}
  - id: near
    name: {en: Near side, es: Lado cercano}
    weights:
      - {outcome: returned, direction: less, weight: {value: 5, low: 1, high: 9, unit: usd/person, source: invented}}
      - {outcome: admitted, direction: more, weight: {value: 5, low: 1, high: 9, unit: usd/person, source: invented}}
people:
  name: {en: People, es: Personas}
  watch: [over, nights]
  floors: [{outcome: over, at_most: {value: 1.5, low: 1, high: 2, source: invented}}]
levers:
  - id: lane
    name: {en: Lane, es: Vía}
    party: far
    unit: {en: places a day, es: lugares al día}
    per_day: 1
    indicator: {en: places, es: lugares}
    trigger: {en: none, es: ninguno}
    levels:
      - {id: shut, name: {en: no lane, es: sin vía}, amount: 0, source: invented}
      - id: open
        name: {en: a lane, es: una vía}
        amount: 20
        source: invented
        pays: {far: {value: 1, low: 0, high: 2, unit: usd/day, source: invented}}
        amend: [{measure: lane, set: {in_force: [{from: 2022-03-22}]}, source: invented}]
  - id: talk
    name: {en: Talk, es: Charla}
    party: far
    unit: {en: talks, es: charlas}
    per_day: 0
    indicator: {en: talks, es: charlas}
    trigger: {en: none, es: ninguno}
    levels:
      - {id: silent, name: {en: silence, es: silencio}, amount: 0, source: invented}
      - id: talking
        name: {en: talks, es: charlas}
        amount: 1
        source: invented
        gains: {near: {value: 1, low: 0, high: 2, unit: usd/day, source: invented}}
        amend: [{measure: talk, set: {in_force: [{from: 2022-03-22}], values: {level: [{value: 1, source: invented}]}}, source: invented}]
  - id: returns
    name: {en: Returns, es: Retornos}
    party: near
    unit: {en: returns a day, es: retornos al día}
    per_day: 1
    indicator: {en: returns, es: retornos}
    trigger: {en: none, es: ninguno}
    levels:
      - {id: as-today, name: {en: no more returns, es: no más retornos}, amount: 0, source: invented}
      - id: ten
        name: {en: ten returns, es: diez retornos}
        amount: 10
        source: invented
        amend: [{measure: more, set: {in_force: [{from: 2022-03-22}]}, source: invented}]
  - id: notice
    name: {en: Notice, es: Aviso}
    party: near
    unit: {en: days, es: días}
    per_day: 0
    indicator: {en: days, es: días}
    trigger: {en: none, es: ninguno}
    levels:
      - {id: short, name: {en: short, es: corto}, amount: 2, source: invented}
      - id: long
        name: {en: long, es: largo}
        amount: 4
        source: invented
        amend: [{measure: more, set: {condition: {party: near, requires: [talk], notice_days: 4, source: invented}}, source: invented}]
conditions:
  - {lever: returns, requires: talk, at_least: 1, measure: more, waits_for: talk, source: invented}
  - {lever: notice, requires: returns, at_least: 1, source: invented}
ratification:
  - {id: suit, party: far, name: {en: A suit, es: Una demanda}, lever: lane, block: {value: 0.5, low: 0, high: 1, source: invented}, delay_days: 2}
struck:
  - {day: 2022-04-01, name: {en: The deal, es: El acuerdo}, levels: {lane: open, returns: ten}, source: invented}
"""


def laid(root: Path) -> Border:
    """The tiny border in a folder, with two measures more and the table."""
    shutil.copytree(TINY, root)
    (root / "book" / "talk.yaml").write_text(TALK, encoding="utf-8")
    (root / "book" / "more.yaml").write_text(MORE, encoding="utf-8")
    (root / "negotiations").mkdir()
    (root / "negotiations" / "tiny.yaml").write_text(TABLE, encoding="utf-8")
    return Border.open(root)
