"""Accounts of staff: made by a steward, with a first word that is said once; closed, never deleted."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, roles
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Site, Staff

ROLES = tuple(role for role, _label in Staff.ROLES)
NOBODY = frozenset({"applicant", "bearer", "carrier", "clock", "command-line", "demonstration", "supporter"})
"""By which the audit knows who is no staff, so that no account has such a name."""


def make(name: str, role: str, sites: Iterable[Site], staff: Staff | None) -> tuple[Staff, str]:
    """A new account and its first password; its owner gives it a second factor when they first sign in.

    Raises
    ------
    Refused
        No such role, a name that is none, or one that somebody has.
    """
    return _make(name, role, sites, roles.require(staff, "make-account"))


def first(name: str) -> tuple[Staff, str]:
    """The first steward of a service, who makes all other accounts; from the command line.

    Raises
    ------
    Refused
        There is one already.
    """
    if Staff.objects.filter(role="steward", user__is_active=True).exists():
        raise Refused(_("there is a steward already"), mend=_("ask them to make the account"))
    return _make(name, "steward", (), "command-line")


def _make(name: str, role: str, sites: Iterable[Site], actor: str) -> tuple[Staff, str]:
    if role not in ROLES:
        raise Refused(_("there is no such role"), mend=_("choose one of the list"))
    try:
        ASCIIUsernameValidator()(name)
    except ValidationError:
        raise Refused(_("this cannot be a name"), mend=_("use letters, digits and . - _ only")) from None
    if name.casefold() in NOBODY:
        raise Refused(_("somebody has this name"), mend=_("choose another"))
    password, places = secrets.token_urlsafe(15), list(sites)
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = get_user_model().objects.create_user(name, password=password)
        except IntegrityError:
            raise Refused(_("somebody has this name"), mend=_("choose another")) from None
        member = Staff.objects.create(user=user, role=role)
        member.sites.set(places)
        audit.record(f"account:{user.pk}", actor, "account-made", role=role, sites=[site.code for site in places])
    return member, password


def close(account: Staff, staff: Staff | None) -> None:
    """Nobody works with this account any more, from this moment on.

    Raises
    ------
    Refused
        One's own account.
    Stale
        It is closed already.
    """
    actor = roles.require(staff, "close-account")
    if actor == roles.name(account):
        raise Refused(_("nobody closes their own account"), mend=_("ask another steward"))
    with transaction.atomic():
        if not get_user_model().objects.filter(pk=account.user_id, is_active=True).update(is_active=False):
            raise Stale(_("this account is closed already"), mend=_("look again"))
        audit.record(f"account:{account.user_id}", actor, "account-closed")


def reset(account: Staff, staff: Staff | None) -> str:
    """A new first password, and no second factor: for somebody who lost theirs.

    Raises
    ------
    Refused
        One's own account.
    """
    actor = roles.require(staff, "make-account")
    if actor == roles.name(account):
        raise Refused(_("nobody resets their own account"), mend=_("ask another steward"))
    password = secrets.token_urlsafe(15)
    with transaction.atomic():
        account.user.set_password(password)
        account.user.save(update_fields=["password"])
        account.user.authenticator_set.all().delete()
        audit.record(f"account:{account.user_id}", actor, "account-reset")
    return password
