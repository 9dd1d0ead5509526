"""Placements: whole families, places kept, hindsight above prices above greed, the same to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from cauce.border import Border
from cauce.decisions import resettlement
from cauce.decisions.resettlement import NONE, Benchmark, Families


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


def test_that_scores_see_no_group(benchmark: Benchmark):
    _, families, _ = resettlement.drawn(benchmark, 1)
    means = [families.score[families.group == g].sum() / families.size[families.group == g].sum() for g in (0, 1)]
    # two random halves of 400 families: their mean scores differ by chance alone
    spread = (families.score.sum(axis=1) / families.size).std() * np.sqrt(4 / 400)
    assert abs(means[0] - means[1]) < 4 * spread


def test_that_a_seed_gives_the_same_bits(benchmark: Benchmark, trial: resettlement.Trial):
    again = resettlement.trial(benchmark, trial.seed)
    for (_, one), (_, other) in zip(trial.placements, again.placements, strict=True):
        assert one.host.tobytes() == other.host.tobytes()
