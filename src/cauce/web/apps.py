"""The one Django application of the service."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """What Django calls us."""

    name = "cauce.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
