"""The rulebook as the service uses it: the programme, its caps and its order of service, as of an instant.

One rulebook serves the simulator and the service; here it is only asked.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cauce.border import Border, Named
from cauce.errors import RequestError
from cauce.policy.cap import CapWindows, Selection
from cauce.policy.measure import Measure
from cauce.policy.rulebook import Rulebook
from cauce.web.domain import caps, clock
from cauce.web.domain.faults import Refused
from cauce.web.models import Window

OTHER = "OTH"
"""Code of all countries that have none of their own."""


@lru_cache(maxsize=4)
def border(name: str | None = None) -> Border:
    """The border that is served."""
    return Border.open(settings.BORDER if name is None else name)


@lru_cache(maxsize=4)
def book(name: str | None = None) -> Rulebook:
    """The rulebook of the border that is served."""
    return Rulebook.read(border(name))


def programme(name: str | None = None) -> Measure:
    """The rules of a programme; of the one that is served, if none is named."""
    return book().measure(settings.PROGRAMME or border().card.programme if name is None else name)


def in_force(name: str | None = None) -> bool:
    """Whether a programme is open at this moment; the one that is served, if none is named."""
    return book().is_in_force(programme(name), book().local(clock.now()))


def windows(name: str, when: datetime | None = None) -> list[Window]:
    """The windows in which a place of a programme is counted at an instant, opened with the rulebook's caps.

    Raises
    ------
    Refused
        The programme takes nobody then.
    """
    when = clock.now() if when is None else when
    cap = book().cap(name, when)
    if cap is None:
        raise Refused(_("the programme takes nobody on this day"), mend=_("see on which days it is open"))
    label = "-".join(f"{part:02d}" for part in cap.period(when)) or "total"
    return [caps.open_window(f"{caps.OF_PROGRAMMES}{name}", round(cap.amount), label)]


def order(name: str, when: datetime | None = None) -> Selection:
    """The order in which those who wait for a programme are looked at, as of an instant."""
    return CapWindows(book(), name).selection(clock.now() if when is None else when)


def fingerprint(name: str) -> str:
    """Hash of the rules of a programme, by which a decision names the rules that it was made by."""
    return sha256(programme(name).model_dump_json().encode()).hexdigest()


def station(**place: str) -> str:
    """The station of the network at which somebody stands: the first row of the border's table that fits.

    place : site, stage, way_out, blocked_by, demographic.

    Raises
    ------
    RequestError
        No row fits.
    """
    for row in border().board:
        if all(not row.get(name) or row[name] == value for name, value in place.items()):
            return row["station"]
    where = ", ".join(value for value in place.values() if value)
    mend = "add a row to the board.csv of the border"
    raise RequestError(f"the border has no station for {where}", mend=mend)


def said(words: Named) -> str:
    """The words of a rule in the reader's language: the rulebook's own, or a translation of the English."""
    return words.es if (get_language() or "en").startswith("es") else _(words.en)


def said_country(code: str, *, within: bool = False) -> str:
    """The name of a country in the reader's language, from the border's tables; English where they have no other.

    within : as a sentence says it, rather than a list
    """
    if code == OTHER or code not in border().countries:
        return _("Another country") if code == OTHER else code
    row, language = dict(border().countries[code]), (get_language() or "en")[:2]
    columns = [f"name_{language}", "name_en"]
    if within:
        columns = [f"within_{language}", f"name_{language}", "within_en", "name_en"]
    return next(row[column] for column in columns if row.get(column))


def destination() -> str:
    """Code of the country that people come to.

    Raises
    ------
    RequestError
        The border names none.
    """
    code = border().card.destination
    if code not in border().countries:
        mend = "give the border.yaml of the border a `destination` that its countries.csv names"
        raise RequestError("the border does not say into which country its programme leads", mend=mend)
    return code


def barring_places() -> tuple[str, ...]:
    """Codes of the countries into which an irregular crossing bars; of the destination if the rules name none."""
    rule = programme().eligibility
    places = [place for bar in rule.crossing_bars for place in bar.places] if rule is not None else []
    return tuple(dict.fromkeys(places)) or (destination(),)
