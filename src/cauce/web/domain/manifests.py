"""Flights and buses: a seat is taken from the cap engine, a person sits on one live manifest, a family sits together.

A lateral transfer moves people in custody and never a child alone.  A bus or flight onward is for people who were
released and said yes; whoever says no stays off, and saying no costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cauce.terms import Demographic
from cauce.web.domain import audit, caps, clock, custody, roles, seats
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Boarding, Held, Manifest, Release, Site, Staff, Window


def open_manifest(
    staff: Staff,
    site: Site,
    *,
    number: str,
    kind: str,
    purpose: str,
    to: str,
    departs_at: datetime,
    seats: int,
    to_site: Site | None = None,
) -> Manifest:
    """A flight or bus that will leave a site, with its seats.

    Raises
    ------
    Refused
        It has left already, has no seats or no number, or its number is taken.
    """
    actor = roles.require(staff, "board-manifest", site)
    if kind not in ("flight", "bus") or purpose not in ("lateral", "onward"):
        raise Refused(_("this is not on the list"), mend=_("choose one from the list"))
    if not number.strip() or not to.strip() or seats < 1:
        raise Refused(_("a manifest needs a number, a destination and seats"), mend=_("fill them in"))
    if departs_at <= clock.now():
        raise Refused(_("it would have left already"), mend=_("correct the day and hour"))
    if to_site == site:
        raise Refused(_("it would arrive where it starts"), mend=_("choose another destination"))
    try:
        with transaction.atomic():
            made = Manifest.objects.create(
                number=number.strip(), kind=kind, purpose=purpose, from_site=site, to=to.strip(), to_site=to_site,
                departs_at=departs_at, seats=seats,
            )  # fmt: skip
            caps.open_window(made.pool, seats)
            audit.record(_subject(made), actor, "opened", seats=seats, purpose=purpose)
            return made
    except IntegrityError:
        raise Refused(_("there is a manifest of this number"), mend=_("use another number")) from None


def _subject(manifest: Manifest) -> str:
    return f"manifest:{manifest.pk}"


def consent(staff: Staff, held: Held, *, yes: bool) -> None:
    """What somebody released says of going onward.  A no takes them off the bus they are on; nothing else changes."""
    actor = roles.require(staff, "board-manifest", held.site)
    with transaction.atomic():
        custody.still(Held.objects.filter(pk=held.pk))
        gone = Release.objects.filter(held=held, held__stage="released", done_at__isnull=False)
        if not gone.update(onward="yes" if yes else "no"):
            raise Refused(_("only who was released is asked whether to go onward"), mend=_("release them first"))
        audit.record(held.reference, actor, "onward-asked", yes=yes)
        seat = held.boardings.filter(live=True, manifest__purpose="onward").select_related("manifest").first()
        if seat is not None and not yes:
            seats.leave(seat.manifest, held.party, actor)


def board(staff: Staff, manifest: Manifest, held: Held, *, sure: bool = False) -> list[Boarding]:
    """Seats for somebody and for all of their party, or for none of them.

    sure : although relatives stay inside, or others of the party were let go.

    Raises
    ------
    SoldOut
        There are not as many seats left.
    Refused
        A child alone on a lateral transfer, no consent to go onward, or on another manifest already.
    Stale
        It has left.
    """
    actor = roles.require(staff, "board-manifest", manifest.from_site)
    with transaction.atomic():
        if not Manifest.objects.filter(pk=manifest.pk, state="open").update(state="open"):  # it waits for who boards
            raise Stale(_("this manifest is closed"), mend=_("choose another one"))
        party = custody.party(held)  # all of it: who is let go just now is not left behind
        people = [one for one in party if _boards(one, manifest.purpose)]
        _may_board(manifest, people, party, sure=sure)
        try:
            with transaction.atomic():
                made = [Boarding.objects.create(manifest=manifest, held=one) for one in people]
        except IntegrityError:
            cause = _("somebody of this party is on a manifest already")
            raise Refused(cause, mend=_("take them off the other one first")) from None
        audit.record(held.party, actor, "boarded", manifest=manifest.pk, persons=len(people))
        caps.take([seats.window(manifest)], held.party, len(people), actor)
        return made


def _boards(held: Held, purpose: str) -> bool:
    """Whether somebody boards with their party: who is inside or, onward, released."""
    return held.stage == "released" if purpose == "onward" else held.left_at is None


def _may_board(manifest: Manifest, people: list[Held], party: list[Held], *, sure: bool) -> None:
    if not people or any(one.site_id != manifest.from_site_id for one in people):
        cause = _("somebody of this party is not at the place it leaves from")
        raise Refused(cause, mend=_("bring the party together first"))
    if any(one.demographic == Demographic.UNACCOMPANIED_CHILD for one in people):
        cause = _("a child alone is never moved together with unrelated adults")
        raise Refused(cause, mend=_("the agency in charge of children takes them by itself"))
    if manifest.purpose == "lateral" and any(one.stage != "waiting-exit" for one in people):
        raise Refused(_("somebody of this party is not ready to leave"), mend=_("finish the stages before"))
    if manifest.purpose == "onward":
        if Release.objects.filter(held__in=people).exclude(onward="yes").exists():
            cause = _("nobody is taken onward who did not say yes")
            raise Refused(cause, mend=_("ask everybody of the party; each may refuse"))
        if any(one.left_at is None for one in party):
            cause = _("others of this party are still inside")
            raise Refused(cause, mend=_("wait for them, so that the family travels together"))
    if not sure and (len(people) < len(party) or custody.apart(people)):
        cause = _("others of this party, or relatives, would not be on it")
        raise Refused(cause, mend=_("keep them together, or say that you are sure"))


def leave(staff: Staff, manifest: Manifest, held: Held) -> None:
    """Take somebody and their party off; the seats come back."""
    actor = roles.require(staff, "board-manifest", manifest.from_site)
    with transaction.atomic():
        if not seats.leave(manifest, held.party, actor):
            raise Stale(_("this party is not on the manifest"), mend=_("look again"))


def cancel(staff: Staff, manifest: Manifest) -> int:
    """It does not leave: everybody is free for another one; how many seats came back."""
    actor = roles.require(staff, "board-manifest", manifest.from_site)
    with transaction.atomic():
        _close(manifest, "cancelled")
        aboard = list(manifest.boardings.filter(live=True).values_list("held__party", flat=True))
        audit.record(_subject(manifest), actor, "cancelled", persons=len(aboard))
        for party in sorted(set(aboard)):
            seats.leave(manifest, party, actor)
        return len(aboard)


def depart(staff: Staff, manifest: Manifest) -> int:
    """It leaves with who is on it; a lateral transfer moves custody, and its clocks run on.  How many people.

    Raises
    ------
    Refused
        Somebody on it is not where those who board come from: nobody leaves until they are taken off.
    Stale
        It is closed, or somebody is moved just now.
    """
    actor = roles.require(staff, "board-manifest", manifest.from_site)
    with transaction.atomic():
        _close(manifest, "gone")
        aboard = list(Held.objects.filter(boardings__manifest=manifest, boardings__live=True).order_by("pk"))
        ready, now = "waiting-exit" if manifest.purpose == "lateral" else "released", clock.now()
        for held in aboard:
            if held.stage != ready:
                cause = _("%(reference)s is not ready to leave") % {"reference": held.reference}
                raise Refused(cause, mend=_("take them off, with their party"))
        for held in aboard if manifest.purpose == "lateral" else ():
            lands = manifest.to_site
            after = "transferred" if lands is None else "intake"
            custody.advance(held, after, held.version, now, actor, site=lands, seated=True, reason=_subject(manifest))
        Boarding.objects.filter(manifest=manifest, live=True).update(live=False, travelled=True)
        audit.record(_subject(manifest), actor, "departed", persons=len(aboard))
        for party in sorted({held.party for held in aboard}):
            caps.issue([seats.window(manifest)], party, actor)
        return len(aboard)


def _close(manifest: Manifest, state: str) -> None:
    if not Manifest.objects.filter(pk=manifest.pk, state="open").update(state=state):
        raise Stale(_("this manifest is closed"), mend=_("look again"))
    manifest.state = state


@dataclass(frozen=True)
class Line:
    """What a carrier may know of a passenger: a reference, a party, who travels together, the language."""

    reference: str
    party: int
    demographic: str
    language: str


def passengers(manifest: Manifest) -> list[Line]:
    """Who is on it, for the carrier: no name, no hearing, no address."""
    aboard = Held.objects.filter(
        Q(boardings__live=True) | Q(boardings__travelled=True), boardings__manifest=manifest
    ).order_by("party", "pk")
    numbers: dict[str, int] = {}
    return [
        Line(held.reference, numbers.setdefault(held.party, len(numbers) + 1), held.demographic, held.language)
        for held in aboard
    ]


def listed(sites: QuerySet[Site], most: int = 200) -> list[tuple[Manifest, int]]:
    """Manifests that leave some sites and have not, soonest first, each with how many seats are taken."""
    there = Manifest.objects.filter(from_site__in=sites, state="open").select_related("from_site")
    found = list(there.order_by("departs_at", "pk")[:most])
    used = dict(Window.objects.filter(pool__in=[one.pool for one in found]).values_list("pool", "used"))
    return [(one, used.get(one.pool, 0)) for one in found]


ONWARD_LISTED = timedelta(days=3)
"""How long who wants to go onward stands on the list (judgement)."""


def onward(sites: QuerySet[Site], most: int = 200) -> list[tuple[Held, str]]:
    """Who was let go, said yes to going onward and has not travelled; each with the number of their bus, or "" ."""
    travelled = Boarding.objects.filter(travelled=True, manifest__purpose="onward")
    gone = Held.objects.filter(
        site__in=sites, stage="released", left_at__gt=clock.now() - ONWARD_LISTED, release__onward="yes"
    ).exclude(pk__in=travelled.values("held"))
    found = list(gone.select_related("site").defer("told").order_by("left_at", "pk")[:most])
    seated = Boarding.objects.filter(held__in=found, live=True)
    seats = dict(seated.values_list("held_id", "manifest__number"))
    return [(held, seats.get(held.pk, "")) for held in found]
