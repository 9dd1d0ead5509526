"""All addresses of the service."""

from django.urls import include, path, re_path

from cauce.web.views import faults, home
from cauce.web.views.casework.urls import public

handler400 = faults.bad_request
handler403 = faults.forged
handler404 = faults.not_found
handler500 = faults.failed

urlpatterns = [
    path("", home.home, name="home"),
    path("language/<slug:code>", home.language, name="language"),
    path("help", home.about, name="help"),
    path("privacy", home.privacy, name="privacy"),
    re_path("^account/(signup|email|confirm-email|password/reset|password/set)", faults.not_found),  # closed
    path("account/", include("allauth.account.urls")),
    path("account/two-factor/", include("allauth.mfa.urls")),
    path("", include("cauce.web.views.pathway.urls")),
    path("staff/", include("cauce.web.views.casework.urls")),
    path("", include("cauce.web.views.board.urls")),
    *public,
]
