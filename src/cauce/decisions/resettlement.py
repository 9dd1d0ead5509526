"""Placements: families to hosts, indivisible, by what they declared; in hindsight, as they come, and greedily.

A score belongs to a pair of a place and declared preferences (language, kin, wishes); nobody is scored.  In hindsight
an assignment programme sees everybody.  As families come, each host has a price for a place, learnt from families of
the past and the places that are left: a family goes where its score less the price of its places is highest, so that
scarce places wait for those to whom they matter.  Greedy takes the best place that is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from cauce.border import Border, Named
from cauce.decisions.solver import Floats, OutOfTimeError, Programme
from cauce.documents import Document, Pairs, Ranged, load
from cauce.errors import RequestError
from cauce.keys import generator
from cauce.keys import key as fold
from cauce.runs.sheets import Cell, Grid, Sheet

NONE = -1
CLOSE = 0.05  # score a person within which a pair may still be in the whole-number optimum, checked by its bound


class Scores(Document):
    """What a person of a family gains by each thing declared and found."""

    placed: Ranged
    language: Ranged
    kin: Ranged
    first_wish: Ranged


class Benchmark(Document):
    """The fixed benchmark: `plans/placements.yaml`."""

    seeds: tuple[int, ...]
    hosts: int
    families: int
    load: Ranged
    family_size: Pairs[float]
    family_size_source: str
    languages: Pairs[float]
    host_languages: Pairs[float]
    languages_source: str
    kin_share: Ranged
    popularity: Ranged
    wishes: int
    scores: Scores
    sample: int
    sample_source: str
    learn_every: int
    nationalities: Pairs[Pairs[float]]
    """Language -> nationality -> share of its families."""
    nationalities_source: str
    fair: Ranged

    @model_validator(mode="after")
    def _shares(self) -> Self:
        spoken, named = [name for name, _ in self.languages], {tuple(n for n, _ in of) for _, of in self.nationalities}
        if [name for name, _ in self.nationalities] != spoken or len(named) != 1:
            raise ValueError("`nationalities` wants the same names for each language")
        if not all(isclose(sum(share for _, share in of), 1) for _, of in self.nationalities):
            raise ValueError("the shares of `nationalities` do not sum to one in each language")
        return self

    @property
    def peoples(self) -> tuple[str, ...]:
        """Names of the nationalities."""
        return tuple(name for name, _ in self.nationalities[0][1])

    @classmethod
    def read(cls, border: Border) -> Self:
        """The benchmark that a border ships.

        Raises
        ------
        RequestError
            The border has none.
        """
        path = border.root / "plans" / "placements.yaml"
        if not path.is_file():
            raise RequestError(f"border {border.card.id!r} has no placements", mend="add plans/placements.yaml")
        return load(cls, path)


@dataclass(frozen=True)
class Families:
    """Families in the order in which they come, and their scores at every host."""

    size: NDArray[np.int64]  # (F,) [person]
    language: NDArray[np.int64]  # (F,)
    kin: NDArray[np.int64]  # (F,) host where they have kin, -1 for none
    nationality: NDArray[np.int64]  # (F,) goes with language, seen by no score
    score: Floats  # (F, H) of the whole family


@dataclass(frozen=True)
class Hosts:
    """Places, and what is spoken there."""

    places: NDArray[np.int64]  # (H,) [person]
    spoken: NDArray[np.bool_]  # (H, L)
    drawn: Floats  # (H,) share of wishes and kin


def drawn(benchmark: Benchmark, seed: int) -> tuple[Hosts, Families, Families]:
    """Hosts, the families of a seed, and as many of the past from another stream of the same kind."""
    key = fold(seed, "placements")
    rng = generator("hosts", key)
    spoken = rng.random((benchmark.hosts, len(benchmark.languages))) < np.array(
        [s for _, s in benchmark.host_languages]
    )
    weight = 1.0 / np.arange(1, benchmark.hosts + 1) ** benchmark.popularity.value
    popular = rng.permutation(weight / weight.sum())
    room = rng.uniform(0.5, 1.5, benchmark.hosts)
    hosts = Hosts(np.zeros(benchmark.hosts, np.int64), spoken, popular)
    now = _families(benchmark, hosts, benchmark.families, fold(key, "now"))
    past = _families(benchmark, hosts, benchmark.families, fold(key, "past"))
    total = now.size.sum() / benchmark.load.value
    places = np.rint(room / room.sum() * total).astype(np.int64)
    return Hosts(places, spoken, popular), now, past


def _families(benchmark: Benchmark, hosts: Hosts, number: int, key: int) -> Families:
    rng, s = generator("families", key), benchmark.scores
    sizes = np.array([int(n) for n, _ in benchmark.family_size])
    size = rng.choice(sizes, number, p=np.array([p for _, p in benchmark.family_size]))
    language = rng.choice(len(benchmark.languages), number, p=np.array([p for _, p in benchmark.languages]))
    kin = np.where(
        rng.random(number) < benchmark.kin_share.value, rng.choice(hosts.drawn.size, number, p=hosts.drawn), NONE
    )
    # a wish list is drawn without replacement, popular hosts more often: the smallest of exponential clocks
    wished = np.argsort(rng.exponential(1.0, (number, hosts.drawn.size)) / hosts.drawn, axis=1)[:, : benchmark.wishes]
    score = np.full((number, hosts.drawn.size), s.placed.value)
    score += s.language.value * hosts.spoken[:, language].T
    related = np.flatnonzero(kin != NONE)
    score[related, kin[related]] += s.kin.value
    for rank in range(benchmark.wishes):
        part = (benchmark.wishes - rank) / benchmark.wishes
        score[np.arange(number), wished[:, rank]] += s.first_wish.value * part
    below = np.cumsum([[share for _, share in of] for _, of in benchmark.nationalities], axis=1)[language]
    nationality = (rng.random(number)[:, None] >= below[:, :-1]).sum(axis=1)
    return Families(size, language, kin, nationality, score * size[:, None])


def priced(
    score: Floats, size: NDArray[np.int64], places: Floats, time_limit: float = 60.0
) -> tuple[Floats, float]:  # fmt: skip
    """Price of a place at each host [score a person] and the bound on what can be reached, families divisible.

    Parameters
    ----------
    score : (F, H)
    size : (F,)
    places : (H,)

    Raises
    ------
    OutOfTimeError
        Neither was proved in time.
    """
    programme = Programme()
    share = programme.variables(score.shape, 0, 1, -score)
    define_family_constraints(programme, share)
    define_place_constraints(programme, share, size, places)
    found = programme.solve(time_limit)
    assert found is not None  # nobody placed is always possible
    if not found.duals:
        raise OutOfTimeError(f"no prices were proved in {time_limit:g} s", mend="give it longer, or fewer families")
    return np.maximum(-found.duals["places"], 0.0), -found.objective


def define_family_constraints(programme: Programme, share: NDArray[np.int64]) -> None:
    """A family is placed once at most."""
    row = np.repeat(np.arange(share.shape[0]), share.shape[1])
    programme.gather("families", share.ravel(), row, np.ones(share.size), np.ones(share.shape[0]))


def define_place_constraints(
    programme: Programme, share: NDArray[np.int64], size: NDArray[np.int64], places: Floats
) -> None:
    """A host takes no more persons than it has places."""
    row = np.broadcast_to(np.arange(places.size), share.shape).ravel()
    weight = np.broadcast_to(size[:, None].astype(float), share.shape).ravel()
    programme.gather("places", share.ravel(), row, weight, places)


@dataclass(frozen=True)
class Placement:
    """Host of each family, -1 for none."""

    host: NDArray[np.int64]
    warning: Named | None = None
    """That the time ran out."""

    def total(self, families: Families) -> float:
        """Score of all who are placed."""
        placed = np.flatnonzero(self.host != NONE)
        return float(families.score[placed, self.host[placed]].sum())

    def part(self, families: Families) -> Floats:
        """What each family has of its own best, shape (F,)."""
        got = np.where(self.host == NONE, 0.0, families.score[np.arange(self.host.size), self.host])
        return np.asarray(got / families.score.max(axis=1))


def hindsight(families: Families, places: NDArray[np.int64], time_limit: float = 60.0) -> tuple[Placement, float]:
    """The best placement of everybody, families whole, and the bound that none can pass.

    Whole families are sought among pairs that the prices leave close to each family's best; the bound says how much
    that can have cost.
    """
    price, bound = priced(families.score, families.size, places.astype(float), time_limit)
    gain = families.score - families.size[:, None] * price
    near = gain >= np.maximum(gain.max(axis=1, keepdims=True), 0.0) - CLOSE * families.size[:, None]
    family, host = np.nonzero(near)
    programme = Programme()
    chosen = programme.variables(family.size, 0, 1, -families.score[family, host], integer=True)
    for name, index, weight, most in (
        ("families", family, np.ones(family.size), np.ones(families.size.size)),
        ("places", host, families.size[family].astype(float), places.astype(float)),
    ):
        programme.gather(name, chosen, index, weight, most)
    found = programme.solve(time_limit)
    assert found is not None
    taken = np.flatnonzero(found.values[chosen] > 0.5)
    where = np.full(families.size.size, NONE, np.int64)
    where[family[taken]] = host[taken]
    left = places - np.bincount(host[taken], weights=families.size[family[taken]], minlength=places.size).astype(
        np.int64
    )
    for f in np.flatnonzero(where == NONE):  # whoever fits nowhere close to their best goes where there is room
        where[f] = _best(families.score[f], families.size[f], left)
        if where[f] != NONE:
            left[where[f]] -= families.size[f]
    return Placement(where, found.warning), bound


def _best(value: Floats, size: int, left: NDArray[np.int64]) -> int:
    """Host of the highest value with room for the whole family, -1 for none."""
    fits = left >= size
    return int(np.where(fits, value, -np.inf).argmax()) if fits.any() else NONE


def greedy(families: Families, places: NDArray[np.int64]) -> Placement:
    """Each family in turn where its score is highest and it fits."""
    left, where = places.copy(), np.full(families.size.size, NONE, np.int64)
    for f, size in enumerate(families.size):
        where[f] = _best(families.score[f], size, left)
        if where[f] != NONE:
            left[where[f]] -= size
    return Placement(where)


def online(
    families: Families, places: NDArray[np.int64], past: Families, *, sample: int, learn_every: int, key: int
) -> Placement:
    """Each family in turn where its score less the price of its places is highest; prices are learnt as places go.

    Prices come from a sample of the past, its places scaled so that they stand to the sample as the places that are
    left stand to the families still to come; of these only the number is known.
    """
    left, number = places.copy(), families.size.size
    where = np.full(number, NONE, np.int64)
    price = np.zeros(places.size)
    for f, size in enumerate(families.size):
        if f % learn_every == 0:
            rng = generator("sample", key, f)
            seen = rng.choice(past.size.size, min(sample, past.size.size), replace=False)
            scale = seen.size / (number - f)
            price, _ = priced(past.score[seen], past.size[seen], np.asarray(left * scale, np.float64))
        where[f] = _best(families.score[f] - size * price, size, left)
        if where[f] != NONE:
            left[where[f]] -= size
    return Placement(where)


@dataclass(frozen=True)
class Trial:
    """One seed: three placements of the same families."""

    seed: int
    families: Families
    placements: tuple[tuple[str, Placement], ...]
    bound: float

    def parts(self, way: str, peoples: int) -> Floats:
        """What families of each nationality have of their own best, in the mean; nan where there is none."""
        part, who = dict(self.placements)[way].part(self.families), self.families.nationality
        return np.array([part[who == n].mean() if (who == n).any() else np.nan for n in range(peoples)])

    def share(self, name: str) -> float:
        """Of what hindsight reaches."""
        told = dict(self.placements)
        return told[name].total(self.families) / told["hindsight"].total(self.families)


def trial(benchmark: Benchmark, seed: int) -> Trial:
    """Place the families of a seed in hindsight, as they come, and greedily."""
    hosts, families, past = drawn(benchmark, seed)
    best, bound = hindsight(families, hosts.places)
    coming = online(families, hosts.places, past, sample=benchmark.sample, learn_every=benchmark.learn_every,
                    key=fold(seed, "prices"))  # fmt: skip
    rows = (("hindsight", best), ("online", coming), ("greedy", greedy(families, hosts.places)))
    return Trial(seed, families, rows, bound)


NAMES = {
    "hindsight": Named(en="in hindsight", es="con todo a la vista"),
    "online": Named(en="as they come, by prices", es="según llegan, por precios"),
    "greedy": Named(en="as they come, greedily", es="según llegan, lo mejor libre"),
}


def make(border: Border) -> Sheet:
    """The benchmark on every published seed, as a sheet."""
    benchmark = Benchmark.read(border)
    trials = [trial(benchmark, seed) for seed in benchmark.seeds]
    worst = {name: min(t.share(name) for t in trials) for name in NAMES}
    mean = {name: float(np.mean([t.share(name) for t in trials])) for name in NAMES}
    return Sheet(
        id="placements",
        name=Named(en="Placements: the fixed benchmark", es="Ubicaciones: la prueba fija"),
        question=Named(
            en="How much of what could be reached with everybody known is reached as families come?",
            es="¿Cuánto de lo que se lograría con todas las familias a la vista se logra según llegan?",
        ),
        findings=(
            Named(
                en=f"By prices, families as they come reach {mean['online']:.1%} of hindsight (worst seed "
                f"{worst['online']:.1%}); greedily {mean['greedy']:.1%} (worst {worst['greedy']:.1%}).",
                es=f"Por precios, las familias según llegan alcanzan {mean['online']:.1%} de lo posible (peor semilla "
                f"{worst['online']:.1%}); eligiendo lo mejor libre, {mean['greedy']:.1%} (peor {worst['greedy']:.1%}).",
            ),
            fairness(trials, benchmark),
            *(
                Named(
                    en=f"Warning: seed {t.seed}, in hindsight: {late.en}.",
                    es=f"Aviso: semilla {t.seed}, con todo a la vista: {late.es}.",
                )
                for t in trials
                if (late := dict(t.placements)["hindsight"].warning) is not None
            ),
            Named(
                en="Nobody is scored: a score belongs to a place and what a family itself declared.",
                es="No se califica a nadie: el puntaje es de un lugar y de lo que la familia misma declaró.",
            ),
        ),
        grids=(_shares(trials), _fairness(trials, benchmark)),
        notes=(_what(benchmark),),
        hashes=(("benchmark", benchmark.sha256()),),
    )


def fairness(trials: Sequence[Trial], benchmark: Benchmark) -> Named:
    """How much of what the best served nationality has the least served has, and whether that is fair."""
    ratio = {}
    for way in NAMES:
        parts = np.nanmean([t.parts(way, len(benchmark.peoples)) for t in trials], axis=0)
        ratio[way] = float(np.nanmin(parts) / np.nanmax(parts))
    least, fair = benchmark.fair.value, ratio["online"] >= benchmark.fair.value
    verdict = Named(en="fair" if fair else "not fair", es="es equitativo" if fair else "no es equitativo")
    return Named(
        en="By nationality, which goes with language and no score sees, the least served have "
           f"{ratio['online']:.0%} of what the best served have by prices, {ratio['hindsight']:.0%} in hindsight, "
           f"{ratio['greedy']:.0%} greedily: by the four-fifths rule ({least:.0%}) prices are {verdict.en}.",
        es="Por nacionalidad, que va con el idioma y ningún puntaje ve, la menos atendida obtiene "
           f"{ratio['online']:.0%} de lo que obtiene la más atendida por precios, {ratio['hindsight']:.0%} con todo a "
           f"la vista, {ratio['greedy']:.0%} eligiendo lo mejor libre: por la regla de los cuatro quintos "
           f"({least:.0%}), el reparto por precios {verdict.es}.",
    )  # fmt: skip


def _what(benchmark: Benchmark) -> Named:
    seeds, peoples = ", ".join(str(seed) for seed in benchmark.seeds), len(benchmark.peoples)
    kin, load, tongues = benchmark.kin_share.value, benchmark.load.value, len(benchmark.languages)
    return Named(
        en=f"{benchmark.hosts} hosts, {benchmark.families} synthetic families of 1 to 6, load {load:.0%}, {tongues} "
           f"languages, {peoples} nationalities, {kin:.0%} with kin; seeds {seeds}. Invented people: it says what the "
           "method is worth, not where anybody should live.",
        es=f"{benchmark.hosts} anfitriones, {benchmark.families} familias sintéticas de 1 a 6, carga {load:.0%}, "
           f"{tongues} idiomas, {peoples} nacionalidades, {kin:.0%} con parientes; semillas {seeds}. Son personas "
           "inventadas: dice cuánto vale el método, no dónde debe vivir nadie.",
    )  # fmt: skip


def _shares(trials: list[Trial]) -> Grid:
    head = (
        Named(en="seed", es="semilla"),
        *NAMES.values(),
        Named(en="not placed (by prices)", es="sin lugar (por precios)"),
        Named(en="hindsight of its bound", es="lo posible sobre su cota"),
    )
    rows: list[tuple[Cell, ...]] = []
    for t in trials:
        told = dict(t.placements)
        unplaced = int((told["online"].host == NONE).sum())
        reached = told["hindsight"].total(t.families) / t.bound
        rows.append((f"{t.seed}", *(f"{t.share(name):.1%}" for name in NAMES), f"{unplaced}", f"{reached:.2%}"))
    return Grid(Named(en="Share of hindsight", es="Parte de lo posible"), head, tuple(rows))


def _fairness(trials: list[Trial], benchmark: Benchmark) -> Grid:
    """Mean of what families have of their own best, by nationality, that no score sees, and by what was declared."""
    chosen: list[tuple[Named, list[NDArray[np.bool_]]]] = [
        (Named(en=f"nationality {name}", es=f"nacionalidad {name}"), [t.families.nationality == n for t in trials])
        for n, name in enumerate(benchmark.peoples)
    ]
    chosen += [(Named(en=f"language {name}", es=f"idioma {name}"), [t.families.language == number for t in trials])
               for number, (name, _) in enumerate(benchmark.languages)]  # fmt: skip
    chosen += [
        (Named(en="with kin at a host", es="con parientes"), [t.families.kin != NONE for t in trials]),
        (Named(en="families of five or six", es="familias de cinco o seis"), [t.families.size >= 5 for t in trials]),
    ]
    rows: list[tuple[Cell, ...]] = []
    for name, masks in chosen:
        parts = []
        for way in NAMES:
            placed = [dict(t.placements)[way].part(t.families) for t in trials]
            parts.append(np.mean([part[mask].mean() for part, mask in zip(placed, masks, strict=True)]))
        rows.append((name, *(f"{part:.1%}" for part in parts)))
    head = (Named(en="of their own best, mean", es="de su propio máximo, media"), *NAMES.values())
    return Grid(Named(en="Who has what", es="Quién obtiene qué"), head, tuple(rows), protection=True)
