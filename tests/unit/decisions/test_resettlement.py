"""Placements: whole families, places kept, hindsight above prices above greed, the same to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from cauce.border import Border, Named
from cauce.decisions import resettlement
from cauce.decisions.resettlement import NONE, Benchmark, Families
from cauce.decisions.solver import OutOfTimeError, Programme, Solution


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open("us_mexico")


@pytest.fixture(scope="module")
def benchmark() -> Benchmark:
    """A fifth of the fixed benchmark, so that three seeds take seconds."""
    whole = Benchmark.read(Border.open("us_mexico"))
    return whole.with_changes(families=400, hosts=16, sample=200, learn_every=40)


@pytest.fixture(scope="module", params=(1, 2, 3))
def trial(benchmark: Benchmark, request: pytest.FixtureRequest) -> resettlement.Trial:
    return resettlement.trial(benchmark, request.param)


def test_that_a_hand_solved_placement_is_found():
    # two families of two for two hosts of two places: greed gives the first its 5 and leaves 1; together 4 + 4
    score = np.array([[5.0, 4.0], [4.0, 1.0]])
    families = Families(np.array([2, 2]), np.zeros(2, int), np.full(2, NONE), np.zeros(2, int), score)
    places = np.array([2, 2])
    best, bound = resettlement.hindsight(families, places)
    assert best.host.tolist() == [1, 0]
    assert best.total(families) == bound == pytest.approx(8.0)
    assert resettlement.greedy(families, places).total(families) == pytest.approx(6.0)


def test_that_hindsight_beats_prices_and_prices_beat_greed(trial: resettlement.Trial):
    assert 1.0 >= trial.share("online") > trial.share("greedy")
    assert trial.bound >= dict(trial.placements)["hindsight"].total(trial.families) - 1e-6


def test_that_families_are_whole_and_no_host_is_overfull(benchmark: Benchmark, trial: resettlement.Trial):
    hosts, families, _ = resettlement.drawn(benchmark, trial.seed)
    for _, placement in trial.placements:
        assert placement.host.shape == families.size.shape  # one host a family
        placed = placement.host != NONE
        inside = np.bincount(placement.host[placed], weights=families.size[placed], minlength=hosts.places.size)
        assert (inside <= hosts.places).all()


def test_that_nationality_goes_with_language_and_scores_see_language_alone(benchmark: Benchmark):
    _, families, _ = resettlement.drawn(benchmark.with_changes(families=20_000), 1)
    shares = np.array([[share for _, share in of] for _, of in benchmark.nationalities])
    each = families.score.sum(axis=1) / families.size
    for language, stated in enumerate(shares):
        speak = families.language == language
        found = np.bincount(families.nationality[speak], minlength=stated.size) / speak.sum()
        assert (np.abs(found - stated) < 4 * np.sqrt(stated * (1 - stated) / speak.sum())).all()
        for nationality in np.flatnonzero(stated > 0.1):  # who speaks it is scored alike: they differ by chance alone
            mine = each[speak & (families.nationality == nationality)]
            assert abs(mine.mean() - each[speak].mean()) < 4 * each[speak].std() / np.sqrt(mine.size)
    common = families.nationality < 2
    assert families.language[common].mean() < families.language[~common].mean()


def test_that_a_nationality_served_worse_is_found_unfair(benchmark: Benchmark, trial: resettlement.Trial):
    told = dict(trial.placements)
    assert "prices are fair" in resettlement.fairness([trial], benchmark).en
    last = len(benchmark.peoples) - 1
    sent = np.where(trial.families.nationality == last, trial.families.score.argmin(axis=1), told["online"].host)
    rows = tuple((way, resettlement.Placement(sent) if way == "online" else placed) for way, placed in told.items())
    unfair = resettlement.fairness([replace(trial, placements=rows)], benchmark)
    assert "prices are not fair" in unfair.en and "no es equitativo" in unfair.es
    parts = replace(trial, placements=rows).parts("online", last + 1)
    assert parts.argmin() == last
    assert f"{parts.min() / parts.max():.0%} of what the best served have" in unfair.en


def test_that_shares_of_nationality_are_whole_and_of_every_language(benchmark: Benchmark):
    of = dict(benchmark.nationalities)
    with pytest.raises(ValidationError, match="the same names for each language"):
        benchmark.with_changes(nationalities={name: dict(of[name]) for name in list(of)[:-1]})
    with pytest.raises(ValidationError, match="do not sum to one"):
        benchmark.with_changes(nationalities={**of, "a": {**dict(of["a"]), "p": 0.9}})


def test_that_hindsight_out_of_time_is_said(
    border: Border, benchmark: Benchmark, trial: resettlement.Trial, monkeypatch: pytest.MonkeyPatch
):
    late = Named(en="the time ran out", es="se acabó el tiempo")
    solve = Programme.solve

    def slow(self: Programme, time_limit: float = 60.0, *, relaxed: bool = False) -> Solution | None:
        found = solve(self, time_limit, relaxed=relaxed)
        assert found is not None
        return found if found.duals else replace(found, warning=late)  # a programme of whole families has no prices

    monkeypatch.setattr(Programme, "solve", slow)
    hosts, families, _ = resettlement.drawn(benchmark, 1)
    best, _ = resettlement.hindsight(families, hosts.places)
    assert best.warning == late
    rows = tuple((way, replace(one, warning=late if way == "hindsight" else None)) for way, one in trial.placements)
    monkeypatch.setattr(resettlement, "trial", lambda benchmark, seed: replace(trial, seed=seed, placements=rows))
    findings = resettlement.make(border).findings
    assert sum("Warning: seed" in finding.en and "se acabó" in finding.es for finding in findings) == 5


def test_that_prices_which_are_not_proved_are_refused(monkeypatch: pytest.MonkeyPatch):
    solve = Programme.solve
    monkeypatch.setattr(Programme, "solve", lambda self, *args: replace(solve(self), duals={}))
    with pytest.raises(OutOfTimeError, match="no prices were proved"):
        resettlement.priced(np.ones((2, 2)), np.array([1, 1]), np.array([1.0, 1.0]))


def test_that_a_seed_gives_the_same_bits(benchmark: Benchmark, trial: resettlement.Trial):
    again = resettlement.trial(benchmark, trial.seed)
    for (_, one), (_, other) in zip(trial.placements, again.placements, strict=True):
        assert one.host.tobytes() == other.host.tobytes()
