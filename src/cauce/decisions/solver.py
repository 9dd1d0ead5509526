"""Linear and mixed-integer programmes on HiGHS: the only file that knows the solver.

A `Programme` collects blocks of variables and of rows by name; `solve` gives values, shadow prices by row, and a
gap; `best` what the clock leaves of whole numbers and prices together.  `relax` finds the cheapest way to raise limits
where there is no solution, so that an answer "infeasible" names them and by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    """Values by variable; shadow prices by row, none where they are not proved; a `warning` where the time ran out."""

    values: Floats
    levels: Mapping[str, Floats]
    """Sum of each row's terms."""
    duals: Mapping[str, Floats]
    objective: float
    gap: float = 0.0
    warning: Named | None = None


@dataclass(frozen=True)
class Limit:
    """Rows whose upper bounds may be raised together, at a price a unit: those of the same slot by the same amount."""

    usd: float
    rows: tuple[tuple[str, Ints], ...]
    """Name, and the slot of each row."""


@dataclass(frozen=True)
class Raised:
    """The cheapest way to a solution: by how much each limit is raised in each slot [unit of the row]."""

    more: tuple[Floats, ...]
    levels: Mapping[str, Floats]


def together(*warnings: Named | None) -> Named | None:
    """Several warnings as one."""
    told = [warning for warning in warnings if warning is not None]
    return Named(en="; ".join(w.en for w in told), es="; ".join(w.es for w in told)) if told else None


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

    def best(self, time_limit: float = 60.0) -> Solution | None:
        """The whole-number optimum with the prices of the relaxed programme, as far as the time goes for each: without
        a whole solution the relaxed one, to be rounded; without prices none, and a warning.  None where there is none.

        Raises
        ------
        OutOfTimeError
            Neither was found in time.
        """
        late = Named(en=f"the time of {time_limit:g} s ran out", es=f"se acabó el tiempo de {time_limit:g} s")
        try:
            relaxed = self.solve(time_limit, relaxed=True)
        except OutOfTimeError:
            relaxed, found = None, self.solve(time_limit)
        else:
            try:
                found = None if relaxed is None else self.solve(time_limit)
            except OutOfTimeError:
                rough = Named(
                    en=f"{late.en}: today's vehicles are rounded, at an unknown gap",
                    es=f"{late.es}: los vehículos de hoy se redondearon, no se sabe a cuánto de lo mejor",
                )
                found = None if relaxed is None else replace(relaxed, gap=1.0, warning=rough)
        if found is None:
            return None
        duals = {} if relaxed is None else relaxed.duals
        unpriced = Named(
            en=f"{late.en} for prices: what one more would be worth is not known",
            es=f"{late.es} para los precios: no se sabe cuánto valdría uno más",
        )
        return replace(found, duals=duals, warning=together(found.warning, None if duals else unpriced))

    def idle(self) -> Solution:
        """Every variable at its least, at an unknown gap: what stands where nothing was found."""
        return Solution(np.concatenate(self._low), {}, {}, math.nan, 1.0)

    def relax(self, limits: Sequence[Limit], time_limit: float = 60.0) -> Raised | None:
        """The cheapest way to a solution when some limits may be raised; None where there is none even so."""
        stretched = Programme(
            [*self._low], [*self._high], [np.zeros_like(c) for c in self._cost], [*self._integer], {**self._rows},
            [*self._bounds], [*self._triples], self.columns, self.rows,
        )  # fmt: skip
        more = []
        for limit in limits:
            slots = 1 + max(int(slot.max(initial=0)) for _, slot in limit.rows)
            more.append(stretched.variables(slots, cost=limit.usd))
            for name, slot in limit.rows:
                rows = np.arange(*self._rows[name], dtype=np.int64)
                stretched._triples.append((rows, more[-1][slot], np.full(rows.size, -1.0)))
        found = stretched.solve(time_limit)
        return None if found is None else Raised(tuple(found.values[m] for m in more), found.levels)

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
        proved = told.dual_valid and status == highspy.HighsModelStatus.kOptimal
        levels, duals = (
            {name: values[first:last] for name, (first, last) in self._rows.items()} if known else {}
            for values, known in ((np.array(told.row_value), True), (np.array(told.row_dual), proved))
        )
        return Solution(np.array(told.col_value), levels, duals, float(info.objective_function_value), gap, warning)
