"""Names in a plan's documents and tables: each exists in the border, or a sentence says where it does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from cauce.border import Row
from cauce.decisions.lines import pathways
from cauce.documents import read_yaml
from cauce.errors import DataError, DocumentError, nearest
from cauce.policy.plan import Numbers
from cauce.runs.study import Study

Named = tuple[str, str, Collection[str], tuple[int | str, ...]]
"""What kind of thing, its name, the names there are, and where it stands in the document."""
OUTCOMES = ("over", "children", "custody", "street", "moved", "money", "door")  # of which a plan of one place speaks


def check(path: Path, told: Iterable[Named]) -> None:
    """Names of a document exist.

    Raises
    ------
    DocumentError
        The first that does not, with its file and line.
    """
    for kind, name, there, location in told:
        if name not in there:
            source = read_yaml(path)
            mend = nearest(name, there, f"use one that exists, such as {min(there, default='none')}")
            cause, line = f"there is no {kind} {name!r}", source.line(location)
            raise DocumentError(cause, mend=mend, file=source.path, line=line)


def check_numbers(study: Study, numbers: Numbers) -> None:
    """Steps, pathways, pools, sites, parameters, outcomes and modes that `plans/plan.yaml` names exist.

    Raises
    ------
    DocumentError
        The first that does not, or an outcome that is not named, with file and line.
    """
    process, path = study.layout.process, study.border.root / "plans" / "plan.yaml"
    steps, sites = [s.id for s in process.stations], [row["site"] for row in study.border.sites]
    parameters, outcomes = [name for name, _ in process.parameters], [o.id for o in study.outcomes]
    told: list[Named] = [("pool", numbers.agents, [name for name, _ in process.pools], ("agents",))]
    told += [("step", numbers.released, steps, ("released",)), *streamed(study, numbers)]
    told += [("site", name, sites, ("sheltered",)) for name in numbers.sheltered]
    told += [("parameter", getattr(numbers, field), parameters, (field,)) for field in ("shelter_stay", "direct")]
    told += [("parameter", name, parameters, ("detained_wait",)) for name in numbers.detained_wait]
    told += [("outcome", name, outcomes, ("outcomes", of)) for of, name in numbers.outcomes]
    told += [("mode", mode, dict(numbers.lead_hours), ("most_a_day", mode)) for mode, _ in numbers.most_a_day]
    check(path, told)
    for name in OUTCOMES:
        if name not in dict(numbers.outcomes):
            field, line = f"outcomes.{name}", read_yaml(path).line(("outcomes",))
            raise DocumentError(f"{field!r} is missing", mend="add it", file=path, line=line)


def streamed(study: Study, numbers: Numbers) -> list[Named]:
    """Pathways that are made streams of or kept, among those that are chosen wherever people are sent to a line."""
    known = pathways(study.layout.process)
    told: list[Named] = [("pathway", p, known, ("streams", stream)) for stream, those in numbers.streams for p in those]
    return [*told, *(("pathway", p, known, ("kept", p)) for p, _ in numbers.kept)]


def check_modes(rows: Iterable[Row], numbers: Numbers) -> None:
    """Every vehicle that a plan may order has a lead time.

    Raises
    ------
    DataError
        The first that has none, with its file and line.
    """
    modes = dict(numbers.lead_hours)
    for row in rows:
        if row["mode"] not in modes:
            mend = f"{nearest(row['mode'], modes)}, or give it a lead time in plans/plan.yaml"
            raise DataError(f"there is no mode {row['mode']!r}", mend=mend, file=row.file, line=row.line)
