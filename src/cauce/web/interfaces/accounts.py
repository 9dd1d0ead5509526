"""Accounts are for staff alone and are made by a steward; nobody signs up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffOnly(DefaultAccountAdapter):
    """Signing up is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
