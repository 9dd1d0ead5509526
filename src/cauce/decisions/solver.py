"""Linear and mixed-integer programmes on HiGHS: the only file that knows the solver.

A `Programme` collects blocks of variables and of rows by name; `solve` gives values, shadow prices by row, and a
gap.  `relax` finds the cheapest set of broken rows where there is no solution, so that an answer "infeasible" names
the rows and by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cauce.border import Named
from cauce.errors import RequestError

try:
    import highspy
except ImportError:  # the extra `decisions` is not installed: said when somebody wants to solve
    highspy = None  # type: ignore[assignment]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Term = tuple[Ints, float | Floats]
"""(variables, coefficients), one a row."""

GAP = 1e-4  # relative gap at which an integer solution is good enough: a technical tolerance


class OutOfTimeError(RequestError):
    """Nothing at all was found in time."""


@dataclass(frozen=True)
class Solution:
    """Values by variable and shadow prices by row; there is a `warning` where the time ran out."""

    values: Floats
    duals: Mapping[str, Floats]
    objective: float
    gap: float = 0.0
    warning: Named | None = None


@dataclass(frozen=True)
class Broken:
    """Rows that cannot all hold: the cheapest to break, and by how much [unit of the row]."""

    excess: Mapping[str, Floats]


@dataclass
class Programme:
    """Variables and rows, minimised."""

    _low: list[Floats] = field(default_factory=list)
    _high: list[Floats] = field(default_factory=list)
    _cost: list[Floats] = field(default_factory=list)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list)
    _rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    _bounds: list[tuple[Floats, Floats]] = field(default_factory=list)
    _triples: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    columns: int = 0
    rows: int = 0

    @property
    def limits(self) -> frozenset[str]:
        """Names of the rows."""
        return frozenset(self._rows)

    def variables(
        self, shape: int | tuple[int, ...], low: float | Floats = 0.0, high: float | Floats = math.inf,
        cost: float | Floats = 0.0, integer: bool = False,
    ) -> Ints:  # fmt: skip
        """New variables; their numbers in the given shape."""
        numbers = self.columns + np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)
        for store, value in ((self._low, low), (self._high, high), (self._cost, cost)):
            store.append(np.broadcast_to(np.asarray(value, float), numbers.shape).ravel())
        self._integer.append(np.full(numbers.size, integer))
        self.columns += numbers.size
        return numbers

    def constrain(self, name: str, terms: Sequence[Term], low: float | Floats, high: float | Floats) -> None:
        """Rows `low <= sum of terms <= high`, one for each element of the terms' variables (of equal shape)."""
        size = terms[0][0].size
        numbers = self.rows + np.arange(size, dtype=np.int64)
        shape = terms[0][0].shape
        for variables, coefficient in terms:
            coefficients = np.broadcast_to(np.asarray(coefficient, float), shape).ravel()
            self._triples.append((numbers, np.broadcast_to(variables, shape).ravel(), coefficients))
        bounds = tuple(np.broadcast_to(np.asarray(x, float), shape).ravel() for x in (low, high))
        self._bounds.append((bounds[0], bounds[1]))
        self._rows[name] = (self.rows, self.rows + size)
        self.rows += size

    def gather(self, name: str, variables: Ints, row: Ints, coefficient: Floats, high: Floats) -> None:
        """Rows `sum of the variables of a row <= high`, each variable in the row that `row` names."""
        size = high.size
        self._triples.append((self.rows + row, variables, coefficient))
        self._bounds.append((np.full(size, -math.inf), high))
        self._rows[name] = (self.rows, self.rows + size)
        self.rows += size

    def solve(self, time_limit: float = 60.0, *, relaxed: bool = False) -> Solution | None:
        """The optimum, the best found in time (with its gap and a warning), or None where there is none.

        Raises
        ------
        OutOfTimeError
            Nothing was found in time.
        RequestError
            The solver is not installed.
        """
        whole = bool(np.concatenate(self._integer).any()) and not relaxed
        return self._run(self._model(whole), time_limit, whole)

    def relax(self, prices: Mapping[str, float], time_limit: float = 60.0) -> Broken:
        """Let the named rows be broken at a price a unit, and find the cheapest way to a solution."""
        stretched = Programme(
            [*self._low], [*self._high], [*self._cost], [*self._integer], {**self._rows}, [*self._bounds],
            [*self._triples], self.columns, self.rows,
        )  # fmt: skip
        stretched._cost = [np.zeros_like(c) for c in stretched._cost]  # only what is broken counts
        slack = {}
        for name, price in prices.items():
            first, last = self._rows[name]
            numbers = np.arange(first, last, dtype=np.int64)
            for way in (-1.0, 1.0):
                slack[name, way] = stretched.variables(last - first, cost=price)
                stretched._triples.append((numbers, slack[name, way], np.full(last - first, way)))
        found = stretched.solve(time_limit, relaxed=True)
        if found is None:
            raise RequestError("even with every limit relaxed there is no plan", mend="check the numbers of the border")
        excess = {name: sum(found.values[slack[name, way]] for way in (-1.0, 1.0)) for name in prices}
        return Broken({name: np.asarray(amount) for name, amount in excess.items()})

    def _model(self, whole: bool) -> highspy.HighsLp:
        if highspy is None:
            raise RequestError(
                "this needs a solver that is not installed", mend="install it with `pip install 'cauce[decisions]'`"
            )
        row, column, value = (np.concatenate([t[i] for t in self._triples]) for i in range(3))
        order = np.lexsort((column, row))
        row, column, value = row[order], column[order], value[order]
        first = np.ones(row.size, bool)  # the same variable twice in a row is its sum: the solver wants it once
        first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
        group = np.cumsum(first) - 1
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, self.rows
        model.col_lower_, model.col_upper_, model.col_cost_ = (
            np.concatenate(part) for part in (self._low, self._high, self._cost)
        )
        model.row_lower_ = np.concatenate([low for low, _ in self._bounds])
        model.row_upper_ = np.concatenate([high for _, high in self._bounds])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts = np.searchsorted(row[first], np.arange(self.rows + 1))
        model.a_matrix_.start_ = starts.astype(np.int32)
        model.a_matrix_.index_ = column[first].astype(np.int32)
        model.a_matrix_.value_ = np.bincount(group, weights=value).astype(float)
        if whole:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(i)] for i in np.concatenate(self._integer)]
        return model

    def _run(self, model: highspy.HighsLp, time_limit: float, whole: bool) -> Solution | None:
        solver = highspy.Highs.__base__()  # the class below prints a banner when made, into what may be JSON
        options = {"output_flag": False, "time_limit": float(time_limit), "threads": 1, "mip_rel_gap": GAP}
        for option, value in options.items():  # one thread: the same bits on every run
            solver.setOptionValue(option, value)
        solver.passModel(model)
        solver.run()
        status, info = solver.getModelStatus(), solver.getInfo()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        told = solver.getSolution()
        warning, gap = None, float(info.mip_gap) if whole else 0.0
        if status != highspy.HighsModelStatus.kOptimal:
            if not told.value_valid or info.primal_solution_status != 2:  # 2: the solver's word for feasible
                raise OutOfTimeError(
                    f"no plan was found in {time_limit:.0f} s", mend="give it longer, or ask for fewer days or draws"
                )
            gap = gap if whole and math.isfinite(gap) else 1.0
            warning = Named(
                en=f"the time of {time_limit:g} s ran out: this is the best plan found, at a gap of {gap:.1%}",
                es=f"se acabó el tiempo de {time_limit:g} s: es el mejor plan que se halló, a {gap:.1%} de lo mejor",
            )
        duals = np.array(told.row_dual) if told.dual_valid else np.zeros(self.rows)
        named = {name: duals[first:last] for name, (first, last) in self._rows.items()}
        return Solution(np.array(told.col_value), named, float(info.objective_function_value), gap, warning)
