"""Names that cannot be guessed: references that people read aloud, links and codes that are kept as hashes only.

A reference is 80 random bits in Crockford's base 32, which has no letters that look alike, and its check symbol
(Crockford, Base 32): a slip of one symbol, or two neighbours swapped, is caught.
"""

from __future__ import annotations

import secrets

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = _SYMBOLS + "*~$=U"
_READ = str.maketrans("OIL", "011", "- ")
SYMBOLS = 16


def reference() -> str:
    """A new reference, in groups of four symbols, such as `7HQ2-...`."""
    return _written(secrets.randbits(5 * SYMBOLS))


def _written(number: int) -> str:
    digits = "".join(_SYMBOLS[(number >> (5 * place)) & 31] for place in reversed(range(SYMBOLS)))
    groups = [digits[i : i + 4] for i in range(0, SYMBOLS, 4)]
    return "-".join(groups) + _CHECKS[number % len(_CHECKS)]


def read(text: str) -> str | None:
    """The reference that somebody typed, in its proper form; None if it is not one.

    >>> read(read(reference()).lower().replace("-", " ")) is not None
    True
    """
    typed = text.strip().upper().translate(_READ)
    if len(typed) != SYMBOLS + 1 or any(symbol not in _SYMBOLS for symbol in typed[:-1]):
        return None
    number = 0
    for symbol in typed[:-1]:
        number = number * 32 + _SYMBOLS.index(symbol)
    return _written(number) if typed[-1] == _CHECKS[number % len(_CHECKS)] else None


def link() -> str:
    """A secret for a link in a message: 160 random bits."""
    return secrets.token_urlsafe(20)
