"""Compare: scenarios on common random numbers, so that what differs is the decision and not the luck.

The cases of all scenarios are put side by side into one study: every draw has one crowd, one world and one
luck for each person, and every case meets all three.  Differences are taken draw by draw.

    join       several scenarios, or the cases of one, on the same ground as one
    compare    run them, to a number of draws or to a precision
    pairs_of   which are told beside which; the numbers themselves are in `comparison`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.decisions import levers, regret, screening, sensitivity
from cauce.decisions.comparison import Comparison, Pair, Paths, Precision
from cauce.decisions.differences import Difference, exchanged, headline, less_is_wanted, level
from cauce.documents import read_yaml
from cauce.errors import DocumentError, RequestError
from cauce.model.simulate import simulate
from cauce.policy.scenario import Axis, Choice, Scenario
from cauce.runs import ensemble
from cauce.runs.crowd import Census
from cauce.runs.drivers import drivers
from cauce.runs.results import Dispute, Result
from cauce.runs.study import Study

Progress = Callable[[int, int], None]
Ended = tuple[NDArray[np.uint64], NDArray[np.int64]]

GROUND = ("start", "days", "as_of", "network", "encounters", "sectors", "census", "observed", "seed")
"""Fields that scenarios must share: what decides who comes, where, into what, and with which luck."""
START = 20  # [draw] of the first look at a precision
BUDGET = 400  # [draw] the most that a precision may cost unless --draws says otherwise
ALL_PAIRS = 4  # [scenario] up to here every pair is told, beyond it each beside the first


def join(border: Border, names: Sequence[str], seed: int | None = None, effects: Path | None = None) -> Study:
    """Scenarios on the same ground as one study, each of their cases a choice of its only axis.

    Raises
    ------
    RequestError
        Fewer than two cases, or a scenario that does not exist.
    DocumentError
        A scenario that does not share the ground of the first.
    """
    return _side_by_side(border, _read(border, names, seed), seed, effects)


def _read(border: Border, names: Sequence[str], seed: int | None) -> tuple[Scenario, ...]:
    """The scenarios, once it is clear that they share their ground."""
    read = tuple(Scenario.read(border, name) for name in names)
    if sum(len(scenario.cases()) for scenario in read) < 2:
        mend = "name at least two scenarios, or one with several cases"
        raise RequestError(f"{len(names) or 'no'} case cannot be compared", mend=mend)
    first = read[0]
    for name, scenario in zip(names[1:], read[1:], strict=True):
        for field in GROUND if seed is None else GROUND[:-1]:
            here, there = getattr(scenario, field), getattr(first, field)
            if here != there:
                path = border.scenarios.get(name, Path(name))
                values = "" if field == "observed" else f" ({_plain(here)} here, {_plain(there)} there)"
                raise DocumentError(
                    f"{scenario.id!r} differs from {first.id!r} in `{field}`{values}, so the two share no draws",
                    mend=f"give both the same `{field}`, or compare it with a scenario on its own ground",
                    file=path,
                    line=read_yaml(path).line((field,)),
                )
    return read


def _side_by_side(border: Border, read: Sequence[Scenario], seed: int | None, effects: Path | None) -> Study:
    first = read[0]
    choices: list[Choice] = []
    for scenario in read:
        cases = scenario.cases()
        for case in cases:
            id_, name_ = f"{scenario.id}/{case.id}", _both(scenario, case)
            if len(cases) == 1:
                id_, name_ = scenario.id, scenario.name
            elif len(read) == 1:
                id_, name_ = case.id, case.name
            again = sum(c.id.split(" (")[0] == id_ for c in choices)
            mark = f" ({again + 1})" if again else ""
            told = Named(en=name_.en + mark, es=name_.es + mark)
            choices.append(Choice(id=id_ + mark, name=told, amend=case.amend))
    ids = ", ".join(c.id for c in choices)
    joined = first.with_changes(
        id="compare",
        name=Named(en=f"Compared: {ids}", es=f"Comparación: {ids}"),
        question=Named(
            en="What differs between these scenarios for the same people with the same luck?",
            es="¿Qué cambia entre estos escenarios para las mismas personas con la misma suerte?",
        ),
        source="; ".join(dict.fromkeys(s.source for s in read)),
        axes=(Axis(id="scenario", name=Named(en="Scenario", es="Escenario"), choices=tuple(choices)),),
    )
    study = Study.make(border, joined, Census.read(border.root / "scenarios" / first.census, border), seed)
    return study if effects is None else study.taking_up(effects)


def _both(scenario: Scenario, case: Any) -> Named:
    return Named(en=f"{scenario.name.en}: {case.name.en}", es=f"{scenario.name.es}: {case.name.es}")


def _plain(value: Any) -> str:
    return "none" if value is None else str(value)


def pairs_of(options: int) -> tuple[tuple[int, int], ...]:
    """Every pair, or each beside the first where that would be too many to read."""
    if options <= ALL_PAIRS:
        return tuple(combinations(range(options), 2))
    return tuple((0, other) for other in range(1, options))


def precision_of(result: Result, asked: float) -> Precision:
    """Whether every headline interval is narrow enough, and how many draws that would take."""
    draws, needed, widest = result.provenance.draws, 2, ""
    for outcome in headline(result):
        total = result.total(outcome.id)
        for a, b in pairs_of(len(result.cases)):
            width = 2 * regret.half_width(total[a] - total[b]) / level(result, outcome)
            wanted = (
                START if np.isnan(width) else ceil(draws * (width / asked) ** 2)
            )  # a width falls as 1 / sqrt(draws)
            if wanted > needed:
                needed, widest = wanted, outcome.id
    return Precision(asked, needed <= draws, needed, widest)


def _precise(run: Callable[[int], Result], asked: float, budget: int) -> tuple[Result, Precision]:
    """As many draws as a precision takes; half an answer is none, and the store keeps what was drawn for it."""
    number = min(START, budget)
    result = run(number)
    found = precision_of(result, asked)
    while not found.reached and number < budget:
        # each look is a chance to stop by luck, so they are few: at least half as many draws again
        number = min(budget, max(number + ceil(number / 2), min(2 * number, ceil(1.1 * found.needed))))
        result = run(number)
        found = precision_of(result, asked)
    if not found.reached:
        raise RequestError(
            f"{number} draws do not bring {found.widest!r} to {100 * asked:g}% of its level, which would need about"
            f" {found.needed}",
            mend=f"give --draws {found.needed} (those finished are kept) or a wider --precision",
        )
    return result, found


def compare(
    border: Border,
    names: Sequence[str],
    *,
    draws: int | None = None,
    precision: float | None = None,
    thresholds: Path | None = None,
    effects: Path | None = None,
    morris: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    store_root: Path,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios on common random numbers and set them beside each other.

    Parameters
    ----------
    draws : int, optional
        Number of draws, or with `precision` the most of them; else what the first scenario asks for.
    precision : float, optional
        Go on until the 90% interval of each headline difference is narrower than this share of its level; what is
        not reached within the draws is no answer.
    thresholds : path, optional
        What is good enough; else what the border calls so.
    effects : path, optional
        Measured effects in place of the priors of the response, in every scenario.
    morris : int, optional
        Number of trajectories that screen the judged numbers one at a time.

    Raises
    ------
    RequestError
        Fewer than two cases, no draw, a precision that is none or is not reached, or a screening that cannot be
        run.
    DocumentError
        Scenarios that do not share their ground, or a mistake in one of the documents.
    """
    if precision is not None and not 0 < precision < 1:
        mend = "give a share of the level between 0 and 1, such as 0.05"
        raise RequestError(f"precision is {precision}", mend=mend)
    scenarios = _read(border, names, seed)
    study = _side_by_side(border, scenarios, seed, effects)
    if morris is not None:
        screening.asked(study, morris)  # before anything is run
    if thresholds is None:
        limits = regret.usual(border, study.outcomes)
    else:
        limits = regret.Thresholds.read(thresholds, study.outcomes)

    def run(number: int) -> Result:
        return ensemble.run(study, draws=number, workers=workers, store_root=store_root, progress=progress)

    if precision is None:
        result, reached = run(study.scenario.draws if draws is None else draws), None
    else:
        result, reached = _precise(run, precision, BUDGET if draws is None else draws)
    screened = None
    if morris is not None:
        told = [o for o in result.outcomes if less_is_wanted(o) or exchanged(o)]
        screened = screening.screen(
            study,
            result,
            pairs_of(len(result.cases)),
            told,
            morris,
            workers=workers,
            store_root=store_root,
            progress=progress,
        )
    return Comparison(
        result=result,
        pairs=_pairs(study, result),
        precision=reached,
        thresholds=limits,
        screened=screened,
        levers=tuple(levers.main_effects(result, design) for design in levers.crossed(scenarios)),
    )


def _pairs(study: Study, result: Result) -> tuple[Pair, ...]:
    taken = [study.taken(draw) for draw in range(result.provenance.draws)]
    columns = {name: np.array([one[name] for one in taken]) for name in study.quantities}
    tables = [_parties(study, case, 0) for case in range(len(result.cases))]
    key = headline(result)
    found = []
    for a, b in pairs_of(len(result.cases)):
        differences = tuple(Difference.of(o, result.total(o.id)[a], result.total(o.id)[b]) for o in result.outcomes)
        moved = {d.outcome.id: d.by_draw[None] for d in differences}
        boxes = ((d.outcome, regret.discover(columns, d.by_draw < 0)) for d in differences if d.outcome in key)
        explained = ((d.outcome, sensitivity.indices(columns, d.by_draw)) for d in differences if d.outcome in key)
        found.append(
            Pair(
                a, b, differences, _met(tables[a], tables[b]), _contested(study, result, a, b),
                drivers(key, moved, study.quantities, taken),
                tuple((o, box) for o, box in boxes if box is not None and box.holds),
                tuple((o, one) for o, one in explained if one is not None),
            )
        )  # fmt: skip
    return tuple(found)


def _contested(study: Study, result: Result, first: int, second: int) -> tuple[Dispute, ...]:
    """Contested measures that two options treat differently."""
    books = study.books[first], study.books[second]
    names = {
        m.name
        for m in study.book.measures
        if m.contested is not None and books[0].measure(m.id) != books[1].measure(m.id)
    }
    return tuple(d for d in result.disputes if d.measure in names)


def _parties(study: Study, case: int, draw: int) -> Ended:
    """Key of every party of a draw, and how its path ended: exit, custody, last step, attempts."""
    prepared = study.prepare(study.decided(case, draw), draw, study.crowd(draw), study.drawn(draw))
    out = simulate(prepared.assembled, prepared.parties, study.people_key(draw), person_table=True).out
    path = np.stack([c.astype(np.int64) for c in (out.exit_tick, out.custody_ticks, out.last_station, out.attempts)])
    return prepared.parties.key, path


def _met(
    first: tuple[NDArray[np.uint64], NDArray[np.int64]], second: tuple[NDArray[np.uint64], NDArray[np.int64]]
) -> Paths:
    _, a, b = np.intersect1d(first[0], second[0], return_indices=True)
    differing = int((first[1][:, a] != second[1][:, b]).any(axis=0).sum())
    return Paths(a.size, differing, first[0].size - a.size, second[0].size - a.size)
