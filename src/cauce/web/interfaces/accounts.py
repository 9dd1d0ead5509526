"""Accounts are for staff alone and are made by a steward; nobody signs up, and nobody works with one factor."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
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
