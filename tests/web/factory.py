"""Staff and cases for the tests: made through the tables, with nothing of a page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import get_user_model
from django.test import Client

from cauce.web.interfaces.accounts import SHOWN
from cauce.web.models import Site, Staff

PASSWORD = "a long word for tests"


def site(code: str = "el-paso-centre", kind: str = "centre", **fields: Any) -> Site:
    """A centre or a shelter."""
    return Site.objects.create(code=code, name=code.replace("-", " ").title(), kind=kind, **fields)


def staff(role: str, *, sites: Iterable[Site] = (), name: str = "") -> Staff:
    """Somebody who works here, with a second factor."""
    user = get_user_model().objects.create_user(name or f"{role}-{secrets.token_hex(3)}", password=PASSWORD)
    member = Staff.objects.create(user=user, role=role)
    member.sites.set(sites)
    totp.TOTP.activate(user, totp.generate_totp_secret())
    return member


def sign_in(client: Client, member: Staff) -> Client:
    """The client works as this person, both factors shown."""
    client.force_login(member.user)
    session = client.session
    session[SHOWN] = member.user.pk
    session.save()
    return client
