"""What an airline may ask: whether a paper is good.  Only the signed code on the paper is answered, nothing else.

The code is the number and the last days of the paper under an Ed25519 signature (RFC 8032); it holds no name.
A reference and a date of birth would let anybody find out who applied.
"""

from __future__ import annotations

import io
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from enum import StrEnum
from functools import lru_cache

import qrcode
import qrcode.image.svg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from cauce.web.domain import audit, authorisations, filing, pauses
from cauce.web.models import Authorisation


class Answer(StrEnum):
    """All that a carrier learns."""

    VALID = "valid"
    PAUSED = "valid-while-paused"
    EXPIRED = "expired"
    REPLACED = "replaced"
    NOT_VALID = "not-valid"


@lru_cache(maxsize=2)
def _key(secret: bytes) -> Ed25519PrivateKey:
    derived = HKDF(SHA256(), 32, salt=None, info=b"cauce papers").derive(secret)
    return Ed25519PrivateKey.from_private_bytes(derived)


def public_key() -> str:
    """By which anybody can check the signature of a code, in base64."""
    return urlsafe_b64encode(_key(settings.KEYRING.signing).public_key().public_bytes_raw()).decode()


def _words(number: str, ends: date) -> str:
    return f"{'DEMONSTRATION' if settings.DEMONSTRATION else 'CAUCE'}/1/{number}/{ends:%Y%m%d}"


def code(paper: Authorisation) -> str:
    """The signed code of a paper."""
    words = _words(paper.number, paper.ends_on)
    signature = _key(settings.KEYRING.signing).sign(words.encode())
    return f"{words}/{urlsafe_b64encode(signature).decode().rstrip('=')}"


def picture(paper: Authorisation) -> str:
    """The code as a QR symbol: an SVG element without style or script."""
    image = qrcode.make(code(paper), image_factory=qrcode.image.svg.SvgPathImage, border=4)
    drawn = io.BytesIO()
    image.save(drawn)
    return drawn.getvalue().decode().partition("?>")[2].strip()


def number_in(typed: str) -> str | None:
    """The number in a code of ours; None if the signature is not ours."""
    words, _slash, signature = "".join(typed.split()).rpartition("/")
    try:
        raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        _key(settings.KEYRING.signing).public_key().verify(raw, words.encode())
    except (InvalidSignature, ValueError):
        return None
    return words.split("/")[2]


def check(typed: str) -> Answer:
    """Answer a carrier, and write down that somebody asked."""
    number = number_in(typed)
    paper = Authorisation.objects.select_related("member__case").filter(number=number or "").first()
    answer = Answer.NOT_VALID if paper is None else standing(paper)
    with transaction.atomic():  # a chain of its own for each check: nobody waits for another
        audit.record(f"check:{secrets.token_hex(8)}", "carrier", "checked", number=number, answer=answer.value)
    return answer


def standing(paper: Authorisation) -> Answer:
    """Whether a paper is good now."""
    if paper.revoked_at or paper.used_at:
        replaced = Authorisation.objects.filter(replaces=paper).exists()
        return Answer.REPLACED if replaced else Answer.NOT_VALID
    if paper.ends_on <= filing.today():
        return Answer.EXPIRED
    if paper.member.case.state not in authorisations.LIVE or paper.member.left_at:
        return Answer.NOT_VALID
    return Answer.PAUSED if pauses.standing("authorise") else Answer.VALID
