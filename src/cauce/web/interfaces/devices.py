"""Second factors: their secrets are kept sealed by a key of the service."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from cauce.web.domain import vault


class Sealed(DefaultMFAAdapter):
    """What the library keeps in the open by itself."""

    def encrypt(self, text: str) -> str:
        """Sealed with the newest key of the service."""
        return vault.shut(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed."""
        return vault.open_up(encrypted_text)
