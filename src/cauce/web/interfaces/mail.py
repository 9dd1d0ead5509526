"""Messages as they leave: neutral words from `templates/mail/<kind>.txt` in the reader's language, and a link.

The first line of a template is the subject.  A text message goes by mail to the operator's gateway, or into the
folder of a demonstration.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation

from cauce.web.models import Notice


def send(notice: Notice, address: str, carries: dict[str, Any]) -> None:
    """Send one message.

    Raises
    ------
    OSError
        It could not be sent now.
    ValidationError
        The address is not that of one person.
    """
    with translation.override(notice.language):
        words = {**carries, "demonstration": settings.DEMONSTRATION, "operator": settings.OPERATOR}
        subject, _, body = render_to_string(f"mail/{notice.kind}.txt", words).strip().partition("\n")
    to = address if notice.channel == "email" else f"{_dialled(address)}@{settings.TEXT_GATEWAY}"
    validate_email(to)
    EmailMessage(subject=" ".join(subject.split()), body=body.strip(), to=[to]).send()


def _dialled(phone: str) -> str:
    return "".join(symbol for symbol in phone if symbol in "+0123456789")
