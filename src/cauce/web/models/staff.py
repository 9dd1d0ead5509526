"""Who works here, as what, and where."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cauce.web.models.custody import Site


class Staff(models.Model):
    """A role, and the sites it is bound to; no site means none.

    asked_by   who made or reset an account with power to sign, while another steward has still to agree
    half       the second half of its first password until then, shut; whoever made it has seen the first alone
    """

    ROLES = [
        (r, r)
        for r in ("officer", "supervisor", "port", "centre", "centre-lead", "shelter", "planner", "auditor", "steward")
    ]

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff")
    role = models.CharField(max_length=20, choices=ROLES)
    asked_by = models.CharField(max_length=80, blank=True)
    half = models.TextField(blank=True)
    sites = models.ManyToManyField(Site, blank=True)
