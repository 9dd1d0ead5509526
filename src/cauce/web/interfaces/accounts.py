"""Accounts are for staff alone and are made by a steward; nobody signs up, and nobody works with one factor."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from cauce.web.domain import audit
from cauce.web.interfaces.origin import address

SHOWN = "second-factor-of"
"""Where a session remembers whose second factor it has seen."""
BEGAN = "began"
"""Where a session remembers when somebody signed in."""
IDLE = 20 * 60
"""Seconds after which nobody is signed in any more who did nothing (OWASP ASVS 5.0, 7.3.1)."""
LONGEST = 12 * 3600
"""Seconds after which everybody signs in anew, whatever they did (7.3.2)."""


class StaffOnly(DefaultAccountAdapter):
    """Signing up is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where a try to sign in is counted."""
        return address(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("staff-home")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Staff have no address here; what happens to an account stands in the audit."""


@receiver([authenticator_added, authenticator_used])
def _shown(request: HttpRequest, authenticator: Authenticator, **_: Any) -> None:
    request.session[SHOWN] = authenticator.user_id


@receiver(user_logged_in)
def _began(request: HttpRequest, **_: Any) -> None:
    request.session[BEGAN] = request.session["seen"] = int(time.time())


def over(session: Any) -> bool:
    """Whether the session of somebody who signed in has lasted long enough."""
    now, began = time.time(), session.get(BEGAN)
    return began is not None and (now - began >= LONGEST or now - session.get("seen", began) >= IDLE)


@receiver(password_changed)
def _changed(user: Any, **_: Any) -> None:
    with transaction.atomic():
        audit.record(f"account:{user.pk}", str(user.get_username()), "password-changed")


def unproven(request: HttpRequest) -> HttpResponse | None:
    """Where to go to prove who one is; None when both factors were shown in this very session.

    That an account has a second factor is not enough: a session that began before it had one never showed it.
    """
    onward = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?{onward}")
    if not Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists():
        return redirect("mfa_activate_totp")
    if request.session.get(SHOWN) != request.user.pk:
        return redirect(f"{reverse('mfa_reauthenticate')}?{onward}")
    return None
