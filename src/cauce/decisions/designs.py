"""Documents of an evaluation: a border's `evaluations/*.yaml`, a design or claims, and what is wrong with one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Literal, NoReturn, Self

from pydantic import Field, model_validator

from cauce.border import Border, Named
from cauce.documents import Document, Source, read_yaml, validate
from cauce.errors import DocumentError, RequestError, nearest


class DonorSet(Document):
    """Nationalities that a synthetic control may be made of."""

    id: str
    name: Named
    nationalities: tuple[str, ...]
    source: str


class Upstream(Document):
    """A count on the way, as one more outcome: one publication of a shipped table."""

    id: str
    name: Named
    table: str
    part: str
    """Which publication of the table."""
    source: str


class Design(Document):
    """How an effect is looked for."""

    measures: tuple[str, ...] = Field(min_length=1)
    table: str
    sectors: str
    treated: tuple[str, ...] = Field(min_length=1)
    begins: date
    first: date
    clean_until: date
    until: date
    least: float = Field(gt=0)
    """Encounters a month before, on average, under which a nationality is no donor and no unit."""
    donors: tuple[DonorSet, ...] = Field(min_length=1)
    """The first set is the headline's."""
    exposure: tuple[DonorSet, ...] = Field(min_length=1)
    upstream: tuple[Upstream, ...] = ()
    apart: tuple[str, ...] = ()
    """Whom another decision struck shortly before: they are no unit of the joint estimator."""
    ridge: Named
    source: str

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.first < self.begins <= self.clean_until <= self.until:
            raise ValueError("wants first < begins <= clean_until <= until")
        if any(m.day != 1 for m in (self.first, self.clean_until, self.until)):
            raise ValueError("months are written as their first day")
        if self.full > self.clean_until:
            raise ValueError("clean_until leaves no full month after the decision")
        return self

    @property
    def month(self) -> date:
        """The month in which it begins."""
        return self.begins.replace(day=1)

    @property
    def full(self) -> date:
        """The first month that it was in force from the first day."""
        return self.month if self.begins.day == 1 else (self.month + timedelta(days=32)).replace(day=1)


class Series(Document):
    """Counts of one month and another that answer a claim, from a shipped table."""

    name: Named
    direct: bool = True
    """Whether it counts what the claim speaks of."""
    table: str
    parts: tuple[str, ...] = ()
    """Sectors, or publications of counts on the way; all where none is named."""
    nationalities: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    known: date | None = None
    """Last month that what is expected may see, where the decision had begun in `before`; else that."""
    before: date
    after: date
    source: str

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.last <= self.before < self.after:
            raise ValueError("wants known <= before < after")
        return self

    @property
    def last(self) -> date:
        """The last month that what is expected sees."""
        return self.before if self.known is None else self.known


class Claim(Document):
    """What somebody says that a decision did."""

    id: str
    says: Named
    direction: Literal["fall", "rise"]
    by: float = Field(gt=0)
    """Least change, as a share, that makes it true."""
    series: tuple[Series, ...] = Field(min_length=1)
    source: str


class Evaluation(Document):
    """A document of `evaluations/`: a design, claims, or both."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: Named
    question: Named
    design: Design | None = None
    claims: tuple[Claim, ...] = ()
    source: str

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.design is None and not self.claims:
            raise ValueError("an evaluation wants a design or claims")
        return self


def names(border: Border) -> tuple[str, ...]:
    """The evaluations that a border ships."""
    return tuple(sorted(p.stem for p in (border.root / "evaluations").glob("*.yaml")))


def read(border: Border, name: str | Path) -> tuple[Evaluation, Source]:
    """A shipped evaluation, or a file.

    Raises
    ------
    RequestError
        There is none of that name.
    DocumentError
        It is no evaluation, names strangers, or its donors are none or treated.
    """
    path = border.root / "evaluations" / f"{name}.yaml"
    if not path.is_file():
        path = Path(name)
    if not path.is_file():
        mend = f"{nearest(str(name), names(border))}, or give a file"
        raise RequestError(f"there is no evaluation {str(name)!r}", mend=mend)
    source = read_yaml(path)
    found = validate(Evaluation, source)
    if found.design is not None:
        _check_design(found.design, source, border)
    for number, claim in enumerate(found.claims):
        for place, series in enumerate(claim.series):
            for stranger in sorted({*series.nationalities, *series.but} - set(border.nationalities)):
                mistake(source, ("claims", number, "series", place), f"nationality {stranger!r} is not listed")
    return found, source


def _check_design(design: Design, source: Source, border: Border) -> None:
    listed = set(border.nationalities)
    for stranger in sorted(set(design.treated) - listed):
        mistake(source, ("design", "treated"), f"nationality {stranger!r} is not listed")
    for kind, sets in (("donors", design.donors), ("exposure", design.exposure)):
        for number, chosen in enumerate(sets):
            at, what = ("design", kind, number), f"{kind} {chosen.id!r}"
            if not chosen.nationalities:
                mistake(source, at, f"{what} are empty", "name nationalities that were not treated")
            for treated in sorted(set(chosen.nationalities) & set(design.treated)):
                mistake(source, at, f"{what} hold {treated!r}, which is treated", "take it out")
            for stranger in sorted(set(chosen.nationalities) - listed):
                mistake(source, at, f"nationality {stranger!r} is not listed")
    for stranger in sorted(set(design.apart) - listed):
        mistake(source, ("design", "apart"), f"nationality {stranger!r} is not listed")
    for twice in sorted(set(design.apart) & {n for c in design.exposure for n in c.nationalities}):
        mistake(source, ("design", "apart"), f"{twice!r} stands in a class of exposure too", "leave it in one")
    exposed = [n for c in design.exposure for n in c.nationalities]
    for twice in sorted({n for n in exposed if exposed.count(n) > 1}):
        mistake(source, ("design", "exposure"), f"{twice!r} stands in two classes of exposure", "leave it in one")


def mistake(
    source: Source, at: tuple[int | str, ...], cause: str, mend: str = "use a code of nationalities.csv"
) -> NoReturn:
    """Refuse a document at the line of one of its parts."""
    raise DocumentError(cause, mend=mend, file=source.path, line=source.line(at))
