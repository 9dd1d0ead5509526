"""Second factors: their secrets are kept sealed by a key of the service."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from cauce.web.domain import vault


class Sealed(DefaultMFAAdapter):
    """What the library keeps in the open by itself."""

    def encrypt(self, text: str) -> str:
        """Sealed with the newest key of the service."""
        return vault.shut(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed."""
        return vault.open_up(encrypted_text)


SEALED = ("secret", "seed")
"""What the library gives to `encrypt`: of the codes of an app, and of those to write down."""


def rewrap() -> int:
    """Seal every second factor with the newest key of the service; how many were."""
    devices = list(Authenticator.objects.all())
    for device in devices:
        sealed = {name: vault.shut(vault.open_up(device.data[name])) for name in SEALED if name in device.data}
        Authenticator.objects.filter(pk=device.pk).update(data={**device.data, **sealed})
    return len(devices)
