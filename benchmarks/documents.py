"""The reference scenario as a border of the product: documents and tables, no array written by hand.

`write_border` writes it without any rule, or with all six:

1. the facility holds so many: who finds no room is held in the field, and when it is crowded a share of the
   single adults bound for a bed or a flight is released at once; the annex turns people away to the street
2. families board first
3. a quarter of the expelled come back
4. more agents by day than by night
5. from day 60 on half as many are expelled and the others released
6. caps: expulsions a day under an agreement, who is refused goes to the annex; and a programme with a cap,
   whose applicants come beside the crowd and are not counted as journeys
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from benchmarks.scenario import ADDED_MINUTES, DEMOGRAPHIC_NAMES, FLIGHT_HOURS, PROCESSING_MINUTES, ways

SOURCE = "benchmark"
NAME = {"en": "stress", "es": "stress"}
POLICY_DATE = "2023-01-30"  # day 60 of a run from 1 December 2022
SIDEWAYS = ("ice", "flight", "release", "child")  # ways out that are divided by weights
EXITS = ("expelled", "child-out", "ice-out", "flown", "release")


def write_border(folder: Path, k: float, *, rules: bool = False) -> Path:
    """Write the scenario, `k` times as wide, as a border of the product."""
    book = folder / "book"
    book.mkdir(parents=True, exist_ok=True)
    card = {
        "id": "stress", "name": NAME, "timezone": "UTC", "law_timezone": "UTC", "encounters": "none",
        "publication": "none", "focus_sector": "stress", "twin_city": NAME,
    }  # fmt: skip
    _yaml(folder / "border.yaml", card)
    rows = [f"N{n},N{n},N{n},N{n},N{n}" for n in range(6)]
    _lines(folder / "nationalities.csv", "code,name_en,name_es,demonym_en,demonym_es", *rows)
    _lines(folder / "labels.csv", "dimension,publisher,label,code")
    room, annex = (round(1500 * k), round(60 * k)) if rules else ("", "")
    _lines(
        folder / "sites.csv",
        "site,name_en,name_es,clocked,capacity,capacity_low,capacity_high,rule,else,opens,source",
        f"facility,facility,facility,true,{room},,,{'hold' if rules else ''},,,{SOURCE}",
        *([f"annex,annex,annex,false,{annex},,,divert,street,,{SOURCE}"] if rules else []),
    )
    hours = ";".join(str(h) for h in FLIGHT_HOURS)
    _lines(
        folder / "routes.csv",
        "route,station,to,mode,times,seats,seats_low,seats_high,minimum_load,opens,closes,cancelled,source",
        f"flights,flight,flown,flight,{hours},{round(130 * k)},,,0,,,0,{SOURCE}",
        f"beds,ice,ice-out,slots,0,{round(300 * k)},,,0,,,0,{SOURCE}",
    )
    _yaml(folder / "network.yaml", _Network(k, rules).document())
    for measure in _book(k) if rules else ():
        _yaml(book / f"{measure['id']}.yaml", measure)
    return folder


def _yaml(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def _lines(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n")


class _Network:
    """Collects the parameters while the stations are written."""

    def __init__(self, k: float, rules: bool) -> None:
        self.k, self.rules, self.parameters = k, rules, {}

    def quantity(self, name: str, value: float, unit: str) -> str:
        self.parameters[name] = {"value": value, "low": value, "high": value, "unit": unit, "source": SOURCE}
        return name

    def time(self, name: str, value: float, unit: str, cv: float) -> dict[str, str]:
        return {"mean": self.quantity(name, value, unit), "cv": self.quantity(f"{name}-cv", cv, "1")}

    def document(self) -> dict[str, Any]:
        """`network.yaml`."""
        stations = [*self._desks(), *self._ways_out(), *(self._ruled() if self.rules else ())]
        exits = (*EXITS, "admitted", "not-authorised") if self.rules else EXITS
        pools = self._pools()
        return {
            "id": "stress-2400",
            "encounter": "encounter",
            "custody": "facility",
            **({"lane": "authorised"} if self.rules else {}),
            "clock_hours": [24, 48, 72, 96],
            "pools": pools,
            "stations": [*stations, *({"id": out, "kind": "exit"} for out in exits)],
            "outcomes": [
                {"id": "custody", "name": NAME, "unit": "person", "kind": "stock", "group": "custody",
                 "site": "facility"}
            ],
            "cold_months": {"months": [], "source": SOURCE},
            "parameters": self.parameters,
        }  # fmt: skip

    def _pools(self) -> dict[str, Any]:
        crews = {"intake": {0: 60}, "medical": {0: 40}, "processing": {0: 130, 6: 160, 22: 130}}
        if not self.rules:
            crews["processing"] = {0: 150}
        return {
            name: {
                "servers": [
                    {"from": hour, "count": self.quantity(f"{name}-from-{hour}", round(n * self.k), "desk")}
                    for hour, n in shifts.items()
                ]
            }
            for name, shifts in crews.items()
        }

    def _desks(self) -> list[dict[str, Any]]:
        facility = {"kind": "desk", "site": "facility"}
        processing, medical_to = [], []
        for n in range(6):
            for d, demographic in enumerate(DEMOGRAPHIC_NAMES):
                name = f"processing-{n}-{d}"
                medical_to.append({"nationalities": [f"N{n}"], "demographics": [demographic], "to": name})
                minutes = self.time(f"minutes-{n}-{d}", PROCESSING_MINUTES[n] + ADDED_MINUTES[d], "min", 0.5)
                desk = {"id": name, "stage": "processing", **facility, "pool": "processing", "time": minutes}
                processing.append({**desk, **self._onward(n, d)})
        return [
            {"id": "encounter", "stage": "transport", "kind": "delay", "new_attempt": True,
             "time": self.time("transport", 3, "h", 0.5), "to": "intake"},
            {"id": "intake", "stage": "intake", **facility, "pool": "intake",
             "time": self.time("intake", 20, "min", 0.6), "to": "medical"},
            {"id": "medical", "stage": "medical", **facility, "pool": "medical",
             "time": self.time("medical", 15, "min", 0.6), "to": medical_to},
            *processing,
        ]  # fmt: skip

    def _onward(self, n: int, d: int) -> dict[str, Any]:
        """After processing: shares of the class, or what the book says."""
        if not self.rules:
            shares = {way: self.quantity(f"{way}-{n}-{d}", round(p, 9), "1") for way, p in ways(n, d).items() if p > 0}
            shares[next(iter(shares))] = "rest"
            return {"to": shares}
        divert = {"share": self.quantity("faster", 0.5, "1"), "to": "release", "pathways": ["ice", "flight"]}
        crowded = {"site": "facility", "at": self.quantity("crowded", round(1400 * self.k), "person")}
        return {
            "pathways": {"expulsion": "accepted", **{way: way for way in SIDEWAYS}},
            "pressed": {**crowded, "divert": {**divert, "demographics": ["single-adult"]}},
        }

    def _ways_out(self) -> list[dict[str, Any]]:
        facility = {"site": "facility"}
        first = {"ahead": [{"demographics": ["family"]}]} if self.rules else {}
        return [
            {"id": "expulsion", "stage": "await-expulsion", "kind": "delay", **facility,
             "time": self.time("expulsion", 6, "h", 0.5), "to": "returned" if self.rules else "expelled"},
            {"id": "child", "stage": "await-child", "kind": "delay", **facility,
             "time": self.time("child", 30, "h", 0.5), "to": "child-out"},
            {"id": "ice", "stage": "await-ice", "kind": "slots", **facility},
            {"id": "flight", "stage": "await-flight", "kind": "departure", **facility, **first},
        ]  # fmt: skip

    def _ruled(self) -> list[dict[str, Any]]:
        """Stations that only the rules lead to."""
        back = {"encounter": self.quantity("retry", 0.25, "1"), "expelled": "rest"}
        return [
            {"id": "accepted", "stage": "await-expulsion", "kind": "quota", "site": "facility",
             "quota": "return-agreements", "denied": "shelter", "to": "expulsion"},
            {"id": "returned", "stage": "returned", "kind": "delay", "time": self.time("return", 48, "h", 0.8),
             "to": back},
            {"id": "shelter", "stage": "shelter", "kind": "beds", "site": "annex",
             "time": self.time("shelter", 4, "h", 0.5), "to": "release"},
            {"id": "street", "stage": "street", "kind": "delay", "time": self.time("street", 8, "h", 0.5),
             "to": "release"},
            {"id": "authorised", "kind": "quota", "quota": "programmes", "denied": "not-authorised",
             "to": "admitted"},
        ]  # fmt: skip


def _measure(name: str, kind: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": name, "name": {"en": name, "es": name}, "kind": kind, "decided_by": SOURCE, "announced": "2022-01-01",
        "in_force": [{"from": "2022-01-01"}], **more, "values": values, "source": SOURCE,
    }  # fmt: skip


def _book(k: float) -> list[dict[str, Any]]:
    """The measures: who is expelled, how the others are divided, the agreement and the programme."""
    shares: list[dict[str, Any]] = []
    weights: dict[str, list[dict[str, Any]]] = {way: [] for way in SIDEWAYS}
    for n in range(6):
        for d, demographic in enumerate(DEMOGRAPHIC_NAMES):
            whom = {"nationalities": [f"N{n}"], "demographics": [demographic], "source": SOURCE}
            way = ways(n, d)
            half = way["expulsion"] / 2
            shares += [{**whom, "value": way["expulsion"]}, {**whom, "value": half, "from": POLICY_DATE}]
            for name in SIDEWAYS:
                weights[name].append({**whom, "value": way.get(name, 0.0)})
            if "release" in way:
                weights["release"].append({**whom, "value": way["release"] + half, "from": POLICY_DATE})
    a_day = {"unit": "person/day", "source": SOURCE}
    nobody_else = {"applies_to": {"nationalities": ["N5"]}}
    return [
        _measure("expulsion", "expulsion", {"share": shares}, needs_agreement=True, pathway="expulsion"),
        _measure(
            "agreement", "return-agreement", {"cap": [{"value": round(1000 * k), **a_day}]}, cap_per="day"
        ),
        _measure(
            "programme",
            "programme",
            {"cap": [{"value": round(100 * k), **a_day}], "supply_per_day": [{"value": round(120 * k), **a_day}]},
            cap_per="day",
            **nobody_else,
        ),
        *(_measure(way, "processing-pathway", {"weight": weights[way]}, pathway=way) for way in SIDEWAYS),
    ]  # fmt: skip
