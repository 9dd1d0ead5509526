"""Addresses of this face."""

from __future__ import annotations

from django.urls import URLPattern, path

from cauce.web.views.pathway import application, group, prescreen, status, supporter

urlpatterns: list[URLPattern] = [
    path("check", prescreen.check, name="pathway-prescreen"),
    path("leave", prescreen.leave, name="pathway-leave"),
    path("longer", application.longer, name="pathway-longer"),
    path("apply", application.begin, name="pathway-begin"),
    path("apply/go-on", application.resume, name="pathway-resume"),
    path("apply/answers", application.check_answers, name="pathway-check-answers"),
    path("apply/<slug:name>", application.page, name="pathway-page"),
    path("status", status.status, name="pathway-status"),
    path("status/open", status.open_status, name="pathway-open"),
    path("status/withdraw", status.withdraw, name="pathway-withdraw"),
    path("status/confirm", status.confirm, name="pathway-confirm"),
    path("status/reach", status.reach, name="pathway-reach"),
    path("status/supporter", status.supporter, name="pathway-ask-supporter"),
    path("status/supporter/<slug:act>", status.support, name="pathway-support"),
    path("recover", group.recover, name="pathway-recover"),
    path("status/leave", group.leave, name="pathway-leave-group"),
    path("status/together", group.together, name="pathway-together"),
    path("status/newborn", group.newborn, name="pathway-newborn"),
    path("status/helper", group.helper, name="pathway-helper"),
    path("status/helper/<uuid:identity>", group.revoke, name="pathway-helper-revoke"),
    path("help-somebody/<str:token>", group.helper_link, name="pathway-helper-link"),
    path("support", supporter.offer, name="pathway-supporter"),
    path("support/step-back", supporter.withdraw, name="pathway-supporter-withdraw"),
    path("support/<str:token>", supporter.link, name="pathway-supporter-link"),
]
