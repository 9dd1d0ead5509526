"""What a demonstration starts with: invented staff, each with a second factor, and invented people."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from cauce.errors import RequestError
from cauce.web.models import Staff

ROLES = tuple(role for role, _ in Staff.ROLES)


def furnish(say: Callable[[str], None]) -> None:
    """Invent staff and people, once; passwords are made anew and said this one time.

    Raises
    ------
    RequestError
        The service is operated.
    """
    if not settings.DEMONSTRATION:
        raise RequestError("an operated service invents nobody", mend="make accounts with a steward")
    if get_user_model().objects.exists():
        say("Staff of this demonstration are those of its first start; `cauce web code NAME` gives a sign-in code.")
        return
    say("Staff of this demonstration; `cauce web code NAME` gives the sign-in code of the moment:")
    with transaction.atomic():
        for role in ROLES:
            password = secrets.token_urlsafe(15)
            user = get_user_model().objects.create_user(role, password=password)
            Staff.objects.create(user=user, role=role)
            totp.TOTP.activate(user, totp.generate_totp_secret())
            say(f"  {role:<12} {password}")


def code(name: str) -> str:
    """The sign-in code of the moment of one of the invented staff.

    Raises
    ------
    RequestError
        The service is operated, or there is nobody of that name.
    """
    device = Authenticator.objects.filter(user__username=name, type=Authenticator.Type.TOTP).first()
    if not settings.DEMONSTRATION or device is None:
        raise RequestError(f"there is no invented {name!r} here", mend=f"one of {', '.join(ROLES)} in a demonstration")
    secret = decrypt(device.data["secret"])
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
