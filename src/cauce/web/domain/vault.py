"""Sealing what people tell: AES-256-GCM under a key of their own, itself wrapped by a key of the service.

A sealed value is bound to its place (table, column, row), so that it cannot be moved to another row; and who
destroys a person's key has erased what they told everywhere, in every backup made since.  Looking somebody up
goes by a keyed hash, whose key is not in the database either.  (NIST SP 800-38D; RFC 2104)
"""

from __future__ import annotations

import hmac
import json
import secrets
import unicodedata
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db.models import QuerySet

from cauce.web.domain import clock, statements
from cauce.web.domain.faults import NotFound
from cauce.web.models import PersonKey

NONCE = 12


def new_key() -> PersonKey:
    """A key for one person, saved."""
    key = PersonKey(made_at=clock.now())
    key.wrapped = _wrap(secrets.token_bytes(32), key)
    statements.add(key)
    return key


def _wrap(secret: bytes, key: PersonKey) -> bytes:
    return _shut(secret, key.id.bytes)


def _unwrap(key: PersonKey) -> bytes:
    if key.wrapped is None:
        raise NotFound("what this person told is erased", mend="nothing can bring it back")
    return _open(bytes(key.wrapped), key.id.bytes)


def _shut(plain: bytes, place: bytes) -> bytes:
    """Under the newest key of the service: its number, a nonce, the rest."""
    ring, nonce = settings.KEYRING, secrets.token_bytes(NONCE)
    return ring.newest.to_bytes(2) + nonce + AESGCM(ring.wrapping[ring.newest]).encrypt(nonce, plain, place)


def _open(shut: bytes, place: bytes) -> bytes:
    number = int.from_bytes(shut[:2])
    try:
        return AESGCM(settings.KEYRING.wrapping[number]).decrypt(shut[2 : 2 + NONCE], shut[2 + NONCE :], place)
    except (KeyError, InvalidTag, ValueError):  # the last for what was cut short
        cause = f"the service has no key {number} that opens what was sealed"
        raise NotFound(cause, mend="give the key back in CAUCE_KEYS") from None


def shut(text: str) -> str:
    """A secret of staff, such as that of a second factor, under the newest key of the service."""
    return b64encode(_shut(text.encode(), b"staff")).decode()


def open_up(text: str) -> str:
    """What `shut` took."""
    return _open(b64decode(text), b"staff").decode()


def seal(key: PersonKey, place: str, value: Any) -> bytes:
    """A JSON value, sealed for one place such as `case.snapshot.<id>`."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_unwrap(key)).encrypt(nonce, _plain(value), place.encode())


def unseal(key: PersonKey, place: str, sealed: bytes | memoryview) -> Any:
    """What was sealed there.

    Raises
    ------
    NotFound
        The person is erased, or the value was sealed elsewhere or changed.
    """
    data, secret = bytes(sealed), AESGCM(_unwrap(key))
    try:
        return json.loads(secret.decrypt(data[:NONCE], data[NONCE:], place.encode()))
    except (InvalidTag, ValueError):
        raise NotFound(f"{place} holds what was not sealed there", mend="restore the last backup") from None


def pretend() -> None:
    """Open what nobody told: the work of an `unseal`, so that its time does not say whether there is somebody."""
    ring = settings.KEYRING
    key, sealed = _nobody(ring.newest, ring.wrapping[ring.newest])
    unseal(key, "nobody", sealed)


@cache
def _nobody(_number: int, _wrapping: bytes) -> tuple[PersonKey, bytes]:
    """A key that is nobody's, and something sealed with it, by the key of the service that wraps it."""
    key = PersonKey(made_at=clock.now())
    key.wrapped = _wrap(secrets.token_bytes(32), key)
    return key, seal(key, "nobody", {"name": "-" * 20, "born": "-" * 10, "passport": "-" * 9})


def digest(value: Any) -> str:
    """Hash of a JSON value that anybody may check, such as the line of a draw."""
    return sha256(_plain(value)).hexdigest()


def digest_for(key: PersonKey, value: Any) -> str:
    """Hash of what a person told, by which a decision names it; with their key goes the way to try out answers."""
    return hmac.new(_unwrap(key), _plain(value), sha256).hexdigest()


def _plain(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def index(kind: str, value: str) -> str:
    """Keyed hash to look somebody up by, the same however they write it."""
    plain = "".join(unicodedata.normalize("NFKC", value).casefold().split())
    return hmac.new(settings.KEYRING.index, f"{kind}:{plain}".encode(), sha256).hexdigest()


def destroy(key: PersonKey) -> None:
    """Erase: nothing sealed with this key can be read again."""
    destroy_all(PersonKey.objects.filter(pk=key.pk))
    key.wrapped = None


def destroy_all(keys: QuerySet[PersonKey]) -> None:
    """Erase everybody whose keys these are."""
    keys.update(wrapped=None, destroyed_at=clock.now())


def opens(key: PersonKey) -> None:
    """Nothing, if the service's keys open a person's key.

    Raises
    ------
    NotFound
        They do not, or the person is erased.
    """
    _unwrap(key)


def rewrap() -> int:
    """Wrap every person's key with the newest key of the service; how many were."""
    newest, done = settings.KEYRING.newest, 0
    for key in PersonKey.objects.exclude(wrapped=None).iterator(chunk_size=1000):
        old = bytes(key.wrapped)
        if int.from_bytes(old[:2]) != newest:
            changed = PersonKey.objects.filter(pk=key.pk, wrapped=old)
            done += changed.update(wrapped=_wrap(_unwrap(key), key))
    return done
