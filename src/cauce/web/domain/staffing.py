"""Accounts of staff: made by a steward, with a first word that is said once; closed, never deleted.

Who may sign what somebody else proposed is never one person under two names: such an account is made or reset by one
steward and agreed to by another, and each of them has seen half of its first password.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cauce.web.domain import audit, roles, vault
from cauce.web.domain.faults import Refused, Stale
from cauce.web.models import Site, Staff

SIGN = frozenset({"steward", "supervisor"})
"""Roles that sign, or that make accounts which do."""
FEWEST = 2
"""Stewards whom the command line makes: one alone could agree to nothing."""
ROLES = tuple(role for role, _label in Staff.ROLES)
COMMAND = "command-line"
NOBODY = frozenset({"applicant", "bearer", "carrier", "clock", COMMAND, "demonstration", "supporter"})
"""By which the audit knows who is no staff, so that no account has such a name."""


def make(name: str, role: str, sites: Iterable[Site], staff: Staff | None) -> tuple[Staff, str]:
    """A new account and its first password; its owner gives it a second factor when they first sign in.

    One with power to sign does not work until another steward agrees, and this is half of its password.

    Raises
    ------
    Refused
        No such role, a name that is none, or one that somebody has.
    """
    return _make(name, role, sites, roles.require(staff, "make-account"))


def first(name: str) -> tuple[Staff, str]:
    """One of the first two stewards of a service, who make all other accounts; from the command line.

    Raises
    ------
    Refused
        There are two already.
    """
    if stewards() >= FEWEST:
        raise Refused(_("there are two stewards already"), mend=_("ask them to make the account"))
    return _make(name, "steward", (), COMMAND)


def stewards() -> int:
    """How many there are who may work."""
    return Staff.objects.filter(role="steward", user__is_active=True).count()


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
    signs = role in SIGN and actor != COMMAND
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = get_user_model().objects.create_user(name, password=password)
        except IntegrityError:
            raise Refused(_("somebody has this name"), mend=_("choose another")) from None
        member = Staff.objects.create(user=user, role=role)
        member.sites.set(places)
        said = _wait(member, password, actor) if signs else password
        audit.record(f"account:{user.pk}", actor, "account-made", role=role, sites=[site.code for site in places])
    return member, said


def _wait(account: Staff, password: str, actor: str) -> str:
    """Nobody works with an account until another steward agrees; the half of its password that is said now."""
    middle = len(password) // 2
    account.user.is_active = False
    account.user.save(update_fields=["is_active"])
    account.asked_by, account.half = actor, vault.shut(password[middle:])
    account.save(update_fields=["asked_by", "half"])
    return password[:middle]


def agree(account: Staff, staff: Staff | None) -> str:
    """Let an account with power to sign work that another steward made or reset; the other half of its password.

    Raises
    ------
    Refused
        The same steward.
    Stale
        Somebody agreed already, or it was closed.
    """
    actor = roles.require(staff, "agree-account")
    if actor == account.asked_by:
        raise Refused(_("two stewards make an account that signs"), mend=_("ask another steward to agree"))
    with transaction.atomic():
        mine = Staff.objects.filter(pk=account.pk).exclude(asked_by="")
        if not mine.filter(asked_by=account.asked_by, half=account.half).update(asked_by="", half=""):
            raise Stale(_("this is decided already"), mend=_("look again"))
        get_user_model().objects.filter(pk=account.user_id).update(is_active=True)
        audit.record(f"account:{account.user_id}", actor, "account-agreed")
    return vault.open_up(account.half)


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
        waits = Staff.objects.filter(pk=account.pk).exclude(asked_by="").update(asked_by="", half="")
        works = get_user_model().objects.filter(pk=account.user_id, is_active=True)
        if not works.update(is_active=False) and not waits:
            raise Stale(_("this account is closed already"), mend=_("look again"))
        audit.record(f"account:{account.user_id}", actor, "account-closed")


def reset(account: Staff, staff: Staff | None) -> str:
    """A new first password, and no second factor: for somebody who lost theirs.

    An account with power to sign works again when another steward agrees, and this is half of its password.

    Raises
    ------
    Refused
        One's own account, or one that is closed.
    """
    actor = roles.require(staff, "make-account")
    if actor == roles.name(account):
        raise Refused(_("nobody resets their own account"), mend=_("ask another steward"))
    if not account.user.is_active and not account.asked_by:
        raise Refused(_("this account is closed already"), mend=_("make a new one"))
    password = secrets.token_urlsafe(15)
    with transaction.atomic():
        account.user.set_password(password)
        account.user.save(update_fields=["password"])
        account.user.authenticator_set.all().delete()
        audit.record(f"account:{account.user_id}", actor, "account-reset")
        return _wait(account, password, actor) if account.role in SIGN else password
