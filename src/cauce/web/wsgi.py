"""The door of the service for a web server; what every page needs is read before the first one is asked for."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cauce.web.settings")
application = get_wsgi_application()

from django.urls import reverse  # noqa: E402

from cauce.web.domain import rules  # noqa: E402

reverse("home")  # all pages, with their forms
rules.book()
