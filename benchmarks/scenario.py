"""The reference scenario `stress-2400`, as numbers and as a border: what every engine runs identically.

120 days of 2,400 people a day with a daily rhythm and one surge of 1,500, through transport, three desks,
and four ways out.  `write_border` writes it as documents of the product, so that the product's own
`simulate` runs it; `crowd` draws the people.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

NATIONALITIES = (0.30, 0.20, 0.18, 0.14, 0.10, 0.08)
DEMOGRAPHICS = (0.62, 0.28, 0.10)  # single adult, family member, unaccompanied child
SHIFT = (0.15, 0.10, 0.0, -0.05, -0.20, -0.30)
PROCESSING_MINUTES = (60, 66, 72, 78, 84, 90)
ADDED_MINUTES = (0, 15, 30)
DAYS = 120
FLIGHT_HOURS = (8, 11, 14, 17, 20)
DEMOGRAPHIC_NAMES = ("single-adult", "family", "unaccompanied-child")


def ways(nationality: int, demographic: int) -> dict[str, float]:
    """Probabilities of the ways out for a class."""
    s = SHIFT[nationality]
    if demographic == 0:
        return {
            "expulsion": 0.55 + s,
            "ice": 0.17 - 0.3 * s,
            "flight": 0.15 - 0.4 * s,
            "release": 0.13 - 0.3 * s,
        }
    if demographic == 1:
        return {"expulsion": 0.25 + 0.5 * s, "ice": 0.03, "flight": 0.50 - 0.3 * s, "release": 0.22 - 0.2 * s}
    return {"expulsion": 0.05, "child": 0.95}


def crowd(k: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(hours, class) of everybody who comes, sorted: thinned Poisson plus the surge of day 10."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    horizon = 24.0 * DAYS
    n = rng.poisson(160 * k * horizon)
    t = rng.random(n) * horizon
    rate = 100 * (1 + 0.6 * np.cos(2 * np.pi * (t - 6) / 24))
    t = t[rng.random(n) * 160 < rate]
    t = np.sort(np.concatenate([t, 246 + 6 * rng.random(round(1500 * k))]))
    share = np.outer(NATIONALITIES, DEMOGRAPHICS).ravel()
    return t, rng.choice(18, size=t.size, p=share).astype(np.int16)


def write_border(folder: Path, k: float) -> Path:
    """Write the scenario as a border of the product."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book").mkdir(exist_ok=True)
    name = {"en": "stress", "es": "stress"}
    card = {
        "id": "stress",
        "name": name,
        "timezone": "UTC",
        "law_timezone": "UTC",
        "encounters": "none",
        "publication": "none",
        "focus_sector": "stress",
        "twin_city": name,
    }
    (folder / "border.yaml").write_text(yaml.safe_dump(card))
    rows = [f"N{n},N{n},N{n},N{n},N{n}" for n in range(6)]
    (folder / "nationalities.csv").write_text("\n".join(["code,name_en,name_es,demonym_en,demonym_es", *rows]) + "\n")
    (folder / "labels.csv").write_text("dimension,publisher,label,code\n")
    (folder / "sites.csv").write_text(
        "site,name_en,name_es,clocked,capacity,capacity_low,capacity_high,rule,else,opens,source\n"
        "facility,facility,facility,true,,,,,,,benchmark\n"
    )
    hours = ";".join(str(h) for h in FLIGHT_HOURS)
    (folder / "routes.csv").write_text(
        "route,station,to,mode,times,seats,seats_low,seats_high,minimum_load,opens,closes,cancelled,source\n"
        f"flights,flight,flown,flight,{hours},{round(130 * k)},,,0,,,0,benchmark\n"
        f"beds,ice,ice-out,slots,0,{round(300 * k)},,,0,,,0,benchmark\n"
    )
    (folder / "network.yaml").write_text(yaml.safe_dump(_network(k), sort_keys=False))
    return folder


def _network(k: float) -> dict[str, object]:
    parameters: dict[str, object] = {}

    def parameter(name: str, value: float, unit: str) -> str:
        parameters[name] = {"value": value, "low": value, "high": value, "unit": unit, "source": "benchmark"}
        return name

    def spread(name: str, value: float, unit: str, cv: float) -> dict[str, str]:
        return {"mean": parameter(name, value, unit), "cv": parameter(f"{name}-cv", cv, "1")}

    medical_to, processing = [], []
    for n in range(6):
        for d, demographic in enumerate(DEMOGRAPHIC_NAMES):
            station = f"processing-{n}-{d}"
            chosen = {"nationalities": [f"N{n}"], "demographics": [demographic]}
            medical_to.append({**chosen, "to": station})
            shares = {w: parameter(f"{w}-{n}-{d}", round(p, 9), "1") for w, p in ways(n, d).items() if p > 0}
            shares[next(iter(shares))] = "rest"
            minutes = PROCESSING_MINUTES[n] + ADDED_MINUTES[d]
            processing.append(
                {"id": station, "stage": "processing", "kind": "desk", "site": "facility", "pool": "processing",
                 "time": spread(f"minutes-{n}-{d}", minutes, "min", 0.5), "to": shares}
            )  # fmt: skip
    stations = [
        {"id": "encounter", "stage": "transport", "kind": "delay", "new_attempt": True,
         "time": spread("transport", 3, "h", 0.5), "to": "intake"},
        {"id": "intake", "stage": "intake", "kind": "desk", "site": "facility", "pool": "intake",
         "time": spread("intake", 20, "min", 0.6), "to": "medical"},
        {"id": "medical", "stage": "medical", "kind": "desk", "site": "facility", "pool": "medical",
         "time": spread("medical", 15, "min", 0.6), "to": medical_to},
        *processing,
        {"id": "expulsion", "stage": "await-expulsion", "kind": "delay", "site": "facility",
         "time": spread("expulsion", 6, "h", 0.5), "to": "expelled"},
        {"id": "child", "stage": "await-child", "kind": "delay", "site": "facility",
         "time": spread("child", 30, "h", 0.5), "to": "child-out"},
        {"id": "ice", "stage": "await-ice", "kind": "slots", "site": "facility"},
        {"id": "flight", "stage": "await-flight", "kind": "departure", "site": "facility"},
        *({"id": out, "kind": "exit"} for out in ("expelled", "child-out", "ice-out", "flown", "release")),
    ]  # fmt: skip
    pools = {name: round(servers * k) for name, servers in (("intake", 60), ("medical", 40), ("processing", 150))}
    return {
        "id": "stress-2400",
        "encounter": "encounter",
        "custody": "facility",
        "clock_hours": [24, 48, 72, 96],
        "parameters": parameters | {
            f"{name}-desks": {"value": n, "low": n, "high": n, "unit": "desk", "source": "benchmark"}
            for name, n in pools.items()
        },
        "pools": {name: {"servers": [{"from": 0, "count": f"{name}-desks"}]} for name in pools},
        "stations": stations,
        "outcomes": [
            {"id": "custody", "name": {"en": "custody", "es": "custodia"}, "unit": "person", "kind": "stock",
             "group": "custody", "site": "facility"},
        ],
        "cold_months": {"months": [], "source": "benchmark"},
    }  # fmt: skip
