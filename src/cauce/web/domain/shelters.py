""" "Can you take 80?": a shelter is asked by a message, answers by its link or by a few words, and beds are held.

A question is about how many in all: those who come to it already are among them, and the message says how many.

Beds are windows of the cap engine, one for a shelter, a night and whom the beds are for.  A shelter learns how many
people come, never who.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, caps, clock, outbox, roles, vault
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.domain.references import link
from cauce.web.domain.replies import KINDS, MOST, Answer, read_answer
from cauce.web.models import Held, Hold, ShelterAsk, Site, Staff, TurnAway, Window

KEPT = timedelta(hours=3)
"""How long a bed waits for a party that has not left yet (judgement)."""
MORNING = timedelta(hours=6)
"""A night belongs to the day it began on, until six in the morning."""


# --- asking and answering ---------------------------------------------------------------------------------


def night_of(site: Site) -> date:
    """The night that it is, or that comes next, at a site."""
    return (clock.now().astimezone(ZoneInfo(site.zone)).replace(tzinfo=None) - MORNING).date()


def pool(site: Site, kind: str, night: date) -> str:
    """The pool of beds."""
    return f"beds:{site.code}:{kind}:{night}"


def reach(staff: Staff, site: Site, *, contact: str, language: str) -> None:
    """Where a shelter is asked: a phone with its country or a mail address, sealed.

    Raises
    ------
    Refused
        Neither of the two.
    """
    actor, phone = roles.require(staff, "ask-shelter"), _phone(contact)
    plain = contact if "@" in contact else phone[-FIGURES:]
    if not plain:
        raise Refused(_("a shelter without a phone or an address cannot be asked"), mend=_("write one"))
    if "@" not in contact and not phone.startswith("+"):
        cause = _("phones of two countries may have the same figures")
        raise Refused(cause, mend=_("begin with + and the country, such as +1 915 555 0199"))
    with transaction.atomic():
        key = site.key or vault.new_key()
        sealed = vault.seal(key, f"site.contact.{site.pk}", contact.strip())
        index = vault.index("contact", plain)
        Site.objects.filter(pk=site.pk).update(key=key, contact=sealed, contact_index=index, language=language)
        site.refresh_from_db()
        audit.record(f"site:{site.code}", actor, "contact-set")


FIGURES = 10
"""Of a phone, as a text may come without its country; by so many it is found again."""


def _phone(written: str) -> str:
    """The figures of a phone, behind a + if they begin with a country; nothing if they are no whole phone."""
    marks = "".join(symbol for symbol in written if symbol == "+" or symbol.isdecimal())
    abroad = re.match(r"\+|00|011", marks)
    figures = marks[abroad.end() if abroad else 0 :].replace("+", "")
    if len(figures) < FIGURES:
        return ""
    country = not figures.startswith("0") and (abroad or len(figures) > FIGURES)  # no country begins with 0
    return f"+{figures}" if country else figures


def _alike(one: str, other: str) -> bool:
    """Whether two phones of the same last ten figures may be one: a shelter's may be kept without its country."""
    return one == other or not (one.startswith("+") and other.startswith("+"))


def ask(
    staff: Staff,
    shelter: Site,
    *,
    persons: int,
    families: int,
    night: date,
    address: Callable[[str], str],
) -> ShelterAsk:
    """Ask a shelter by a message with a link, which is open until the night is over.

    persons : to find beds for, beside those who come to it already.
    address : makes the address of the page from the secret of the link.

    Raises
    ------
    Refused
        Nobody to ask for, a night that is over, or no way to reach the shelter.
    """
    actor = roles.require(staff, "ask-shelter")
    if persons < 1 or families < 0 or families > persons:
        raise Refused(_("ask for at least one person, and for no more families than people"), mend=_("correct it"))
    if night < night_of(shelter):
        raise Refused(_("this night is over"), mend=_("choose tonight or later"))
    if shelter.kind != "shelter" or not shelter.contact or shelter.key is None:
        raise Refused(_("nobody knows how to reach this shelter"), mend=_("write its phone or address first"))
    secret, contact = link(), _contact(shelter)
    with transaction.atomic():
        expected = coming(shelter, night)
        made = ShelterAsk.objects.create(
            site=shelter, night=night, persons=expected + persons, families=families, asked_at=clock.now(),
            link_index=vault.index("shelter", secret), expires_at=_over(shelter, night),
        )  # fmt: skip
        audit.record(f"ask:{made.pk}", actor, "asked", site=shelter.code, persons=persons, families=families)
        outbox.write(
            "shelter-ask", contact, shelter.key, shelter.language,
            link=address(secret), persons=expected + persons, expected=expected, families=families,
            night=night.isoformat(),
        )  # fmt: skip
        return made


def coming(shelter: Site, night: date) -> int:
    """How many people come to a shelter already on a night."""
    return sum(found.used for found in beds([shelter], night))


def _over(site: Site, night: date) -> datetime:
    """When a night is over at a site."""
    return datetime.combine(night + timedelta(days=1), (datetime.min + MORNING).time(), tzinfo=ZoneInfo(site.zone))


def by_link(secret: str) -> ShelterAsk:
    """The question of a link, while it is open.

    Raises
    ------
    NotFound
        No such link, or it is too old.
    """
    found = ShelterAsk.objects.select_related("site").filter(
        link_index=vault.index("shelter", secret), expires_at__gt=clock.now()
    )
    asked = found.first()
    if asked is None:
        raise NotFound(_("this link leads nowhere any more"), mend=_("ask for a new message"))
    return asked


def open_asks() -> QuerySet[ShelterAsk]:
    """The questions that may still be answered, the newest first."""
    return (
        ShelterAsk.objects.select_related("site__key").filter(expires_at__gt=clock.now()).order_by("-asked_at", "-pk")
    )


def by_phone(number: str) -> ShelterAsk:
    """The newest open question to the one shelter of a phone; a phone with its country is that of no other country.

    Raises
    ------
    Refused
        There is none, it is no whole phone, or more than one shelter was asked at phones with these last ten figures
        and a country is missing to tell them apart.
    """
    phone = _phone(number)
    alike = open_asks().filter(site__contact_index=vault.index("contact", phone[-FIGURES:])) if phone else []
    asked = [one for one in alike if _alike(phone, _phone(_contact(one.site)))]
    if not asked:
        raise Refused(_("nobody at this phone was asked anything"), mend=_("check the phone"))
    if len({one.site_id for one in asked}) > 1:
        raise Refused(
            _("more than one shelter with this phone has an open question"), mend=_("choose the question instead")
        )
    return asked[0]


def _contact(site: Site) -> str:
    """Where a shelter is asked; empty if nobody knows."""
    return "" if site.key is None or not site.contact else str(
        vault.unseal(site.key, f"site.contact.{site.pk}", site.contact)
    )  # fmt: skip


def heard(staff: Staff, asked: ShelterAsk, words: str) -> int:
    """Write down what a shelter said by telephone or text, and who heard it.  How many beds there are now.

    Raises
    ------
    Refused
        The words are not plain, or say more than a shelter could mean.
    Stale
        The question is closed.
    """
    actor = roles.require(staff, "ask-shelter")
    said = read_answer(words)
    if said is None:
        cause = _("these words are not plain, and nobody guesses how many beds are meant")
        raise Refused(cause, mend=_("ask again, and write yes or no, a number, for whom, and an hour"))
    return answer(asked, said, entered_by=actor)


def answer(asked: ShelterAsk, said: Answer, *, entered_by: str = "") -> int:
    """What a shelter answered; it may answer again while the question is open.  How many beds there are now.

    entered_by : who heard it, if the shelter did not answer by its own link.

    The newest answer is all there is: beds for others than it names are no more.  It never takes away beds that
    are held already.

    Raises
    ------
    Refused
        More than a shelter could mean, or beds for a kind of people that is not on the list.
    """
    wanted = said.beds(asked.persons)
    taken = sum(wanted.values())
    if taken > MOST or min(wanted.values()) < 0 or not set(wanted) <= set(KINDS):
        raise Refused(_("this number of beds is not plausible"), mend=_("answer with a number up to 5,000"))
    actor = entered_by or f"shelter:{asked.site.code}"
    kind = said.kind if len(wanted) == 1 else SEVERAL
    with transaction.atomic():
        open_still = ShelterAsk.objects.filter(pk=asked.pk, expires_at__gt=clock.now())
        told = {"taken": taken, "kind": kind, "until": said.until, "entered_by": entered_by}
        if not open_still.update(answered_at=clock.now(), **told):
            raise Stale(_("this link leads nowhere any more"), mend=_("ask for a new message"))
        of = kind if kind != SEVERAL else list(wanted)
        audit.record(f"ask:{asked.pk}", actor, "answered", taken=taken, kind=of)
        pools = {pool(asked.site, kind, asked.night): wanted.get(kind, 0) for kind in KINDS}
        for kind, number in wanted.items():
            caps.open_window(pool(asked.site, kind, asked.night), number)
        for window in Window.objects.filter(pool__in=pools).order_by("pk"):
            if window.wanted != pools[window.pool]:
                caps.recap(window, pools[window.pool], actor)
        return sum(found.beds for found in beds([asked.site], asked.night))


SEVERAL = "several"
"""For whom beds are that a shelter has of more than one kind."""


def turn_away(asked: ShelterAsk, *, persons: int, kind: str, reason: str) -> TurnAway:
    """A shelter had to turn people away."""
    if not 1 <= persons <= MOST or reason not in dict(TurnAway.REASONS) or kind not in KINDS:
        raise Refused(_("say how many people were turned away, and why"), mend=_("fill in both"))
    with transaction.atomic():
        audit.record(f"ask:{asked.pk}", f"shelter:{asked.site.code}", "turned-away", persons=persons)
        return TurnAway.objects.create(
            site=asked.site, night=asked.night, persons=persons, kind=kind, reason=reason, at=clock.now()
        )


# --- beds -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beds:
    """Beds of one kind at one shelter on one night.

    said : how many the shelter last said; more may be held already.
    """

    site: Site
    kind: str
    beds: int
    used: int
    said: int

    @property
    def free(self) -> int:
        return self.beds - self.used


def beds(sites: QuerySet[Site] | Sequence[Site], night: date) -> list[Beds]:
    """Beds that shelters said they have on a night."""
    names = {pool(site, kind, night): (site, kind) for site in sites for kind in KINDS}
    windows = Window.objects.filter(pool__in=names).order_by("pool")
    return [Beds(*names[window.pool], window.cap, window.used, window.wanted) for window in windows]


def hold(staff: Staff, held: Held, shelter: Site, *, kind: str, night: date) -> None:
    """Hold beds for somebody's party, all of it or nobody; those that wait for it elsewhere are given back.

    Raises
    ------
    SoldOut
        There are not as many beds; those elsewhere stay.
    Stale
        These very beds are held already.
    Refused
        The shelter said of no beds, its last hour of intake is past, or the beds are for others: no shelter takes
        a child alone, and beds for families are kept for families.
    """
    actor = roles.require(staff, "confirm-release", held.site)
    if held.demographic == Demographic.UNACCOMPANIED_CHILD:
        cause = _("a child alone goes to no shelter for adults")
        raise Refused(cause, mend=_("the agency in charge of children takes them by itself"))
    if kind == Demographic.FAMILY and held.demographic != Demographic.FAMILY:
        raise Refused(_("these beds are for families"), mend=_("choose beds for others"))
    window = Window.objects.filter(pool=pool(shelter, kind, night)).first()
    if window is None:
        raise Refused(_("this shelter has not said that it has beds"), mend=_("ask it first"))
    last = _last_hour(shelter, night)
    if last is not None and clock.now() >= last:
        raise Refused(_("this shelter takes nobody in any more tonight"), mend=_("choose another one"))
    with transaction.atomic():
        party = Held.objects.filter(party=held.party, left_at=None).order_by("pk")
        persons = len(party.select_for_update(no_key=True))  # two desks do not hold beds for one party at once
        elsewhere = [one for one in _waiting(held.party) if one != window]
        _lock([window, *elsewhere])
        if caps.release(elsewhere, held.party, actor):
            audit.record(held.reference, actor, "bed-given-back")
        if Hold.objects.filter(window=window, holder=held.party).exists():
            raise Stale(_("these beds are held for this party already"), mend=_("look again"))
        audit.record(held.reference, actor, "bed-held", shelter=shelter.code, persons=persons)
        kept = clock.now() + KEPT
        caps.take([window], held.party, persons, actor, expires_at=kept if last is None else min(kept, last))


@dataclass(frozen=True)
class Bed:
    """Beds of a party at a shelter; for good since they left for it if they wait until no hour."""

    site: Site
    kind: str
    persons: int
    until: datetime | None


def bed_of(held: Held) -> Bed | None:
    """The beds that wait for somebody's party, or tonight's that are theirs for good."""
    tonight = Q(issued=True, window__pool__endswith=f":{night_of(held.site)}")
    waits = Q(issued=False, expires_at__gt=clock.now())
    found = Hold.objects.filter(waits | tonight, holder=held.party, window__pool__startswith="beds:")
    hold = found.select_related("window").order_by("issued", "-pk").first()
    if hold is None:
        return None
    _beds, code, kind, _night = hold.window.pool.split(":")
    return Bed(Site.objects.get(code=code), kind, hold.persons, hold.expires_at)


def _waiting(party: str) -> list[Window]:
    """Where beds wait for a party that has not left yet."""
    found = Hold.objects.filter(holder=party, window__pool__startswith="beds:", issued=False).order_by("window_id")
    return [hold.window for hold in found.select_related("window").select_for_update(of=("self",))]


def _lock(windows: Sequence[Window]) -> None:
    """Several windows in the order of their keys, so that parties that change places do not wait for each other."""
    list(Window.objects.filter(pk__in=[window.pk for window in windows]).order_by("pk").select_for_update())


def _last_hour(shelter: Site, night: date) -> datetime | None:
    """When a shelter closes its door that night; after midnight still belongs to the night before."""
    said = ShelterAsk.objects.filter(site=shelter, night=night, answered_at__isnull=False)
    newest = said.order_by("-answered_at", "-pk").first()
    until = shelter.latest_intake if newest is None or newest.until is None else newest.until
    if until is None:
        return None
    day = night + timedelta(days=1) if until < (datetime.min + MORNING).time() else night
    return datetime.combine(day, until, tzinfo=ZoneInfo(shelter.zone))


def expect(shelter: Site, party: str, actor: str) -> bool:
    """The beds of a party that left for the shelter are theirs for good, and any elsewhere are free again.

    False if none were held there.
    """
    windows = _waiting(party)
    there = [window for window in windows if window.pool.startswith(f"beds:{shelter.code}:")]
    caps.release([window for window in windows if window not in there], party, actor)
    return caps.issue(there, party, actor)


def free(party: str, actor: str) -> bool:
    """No beds wait for a party any more, in the transaction of the caller; False if none did."""
    return caps.release(_waiting(party), party, actor)


def give_back(staff: Staff, held: Held) -> None:
    """The party does not go there: its beds are free again.

    Raises
    ------
    Stale
        None were held.
    """
    actor = roles.require(staff, "confirm-release", held.site)
    with transaction.atomic():
        if not free(held.party, actor):
            raise Stale(_("no beds wait for this party"), mend=_("look again"))
        audit.record(held.reference, actor, "bed-given-back")
