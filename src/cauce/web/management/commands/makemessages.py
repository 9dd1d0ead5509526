"""Gather the strings of all pages, those marked by our short names for the lazy and the deferred call too."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's own, which also knows `later` (lazy) and `also` (marked, translated elsewhere)."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=later", "--keyword=also"]  # noqa: RUF012
