"""The door of the service for a web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cauce.web.settings")
application = get_wsgi_application()
