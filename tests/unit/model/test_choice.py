"""A pathway is chosen once in an attempt: whoever is moved keeps what they were bound for."""

from __future__ import annotations

import numpy as np
import pytest

from cauce.border import Border
from cauce.keys import mix
from cauce.model.kernel import arrays as k
from cauce.model.kernel.draws import GOLDEN
from cauce.model.process import Process
from cauce.runs.study import Study

ATTEMPT = 3
PEOPLE = np.arange(1, 4001, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of(Border.open(), "border-2023")


def asked(study: Study, network: k.Network, station: str, pressed: int, column: int) -> list[str]:
    """Where each of some people goes on to, as the kernel finds it."""
    here = study.layout.index[station]
    start = network.row_start[network.route_row[0, pressed, here, column]]
    luck = network.luck[here]
    decision = np.array([4 * ATTEMPT + 2], dtype=np.uint64)  # as the kernel numbers a routing
    u = mix((PEOPLE ^ luck) + decision * GOLDEN) >> np.uint64(32)
    end = start + int(np.argmax(network.row_cum[start:] == 2**32 - 1)) + 1
    at = start + np.searchsorted(network.row_cum[start:end].astype(np.uint64), u)
    return [study.layout.stations[to] for to in network.row_to[at]]


@pytest.fixture(scope="module")
def network(study: Study) -> k.Network:
    return study.prepare(study.decided(0, 0), 0, study.crowd(0), study.drawn(0)).assembled.network


def adults(study: Study, nationality: str) -> int:
    return next(
        n for n, (who, group) in enumerate(study.layout.classes) if who == nationality and group == "single-adult"
    )


@pytest.mark.parametrize("nationality", ["NIC", "CUB", "MEX"])
def test_that_whoever_lands_keeps_the_pathway_they_were_bound_for(study: Study, network: k.Network, nationality: str):
    column = adults(study, nationality)
    bound = asked(study, network, "triage-laredo", 0, column)
    crowded = asked(study, network, "triage-laredo", 1, column)
    landed = asked(study, network, "taken-in-laredo", 0, column)
    inland = {"removing-laredo", "charging-laredo", "release-choice-laredo"}  # what is offered at both places
    kept = [(a, b) for a, b in zip(bound, landed, strict=True) if a in inland]
    assert kept and all(a == b for a, b in kept)
    moved = [(a, b) for a, way, b in zip(bound, crowded, landed, strict=True) if way == "lateral-booking-laredo"]
    assert nationality == "MEX" or len(moved) > 100
    assert all(a == b for a, b in moved)


def test_that_the_centre_asks_as_where_it_is_looked_at_alone(study: Study):
    alone = Process.read(Border.open()).station("triage")  # written twice: a document replaces whole stations
    assert study.layout.process.station("triage") == alone.model_copy(update={"choice": "pathway"})


def test_that_every_place_asks_with_the_same_luck(study: Study, network: k.Network):
    here = [study.layout.index[s.id] for s in study.layout.process.stations if s.choice == "pathway"]
    assert len(here) == 2 * 8 + 2
    assert len(set(network.luck[here].tolist())) == 1
    others = np.delete(network.luck, here)
    assert len(set(others.tolist())) == len(others)
    column = adults(study, "NIC")
    for pair in (("triage", "triage-yuma"), ("received-el-paso", "taken-in-yuma")):
        rows = [network.route_row[0, 0, study.layout.index[name], column] for name in pair]
        first, second = (network.row_cum[network.row_start[r] : network.row_start[r + 1]].tolist() for r in rows)
        assert first == second
