"""What the log says of a request: the name of its page, never its address, which may hold somebody's secret link."""

from __future__ import annotations

import logging


class Placeless(logging.Filter):
    """Puts the name of the page in the place of its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            found = getattr(request, "resolver_match", None)
            page = (found.view_name if found else "") or "no page"
            record.args = tuple(page if word == request.path else word for word in record.args)
        return True
