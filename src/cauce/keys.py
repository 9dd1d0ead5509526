"""One decision, one random stream: counter-based keys, no generator with a state anywhere.

A draw is a pure function of (seed, draw, who, which decision).  `key` folds any words and numbers into
64 bits; `uniforms` turns keys into numbers in [0, 1); `generator` gives a Philox generator for code that
wants numpy's distributions.  The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood,
OOPSLA 2014, doi:10.1145/2660193.2660195); the compiled kernel carries its own twin of `mix`.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser, element by element; a bijection on 64 bits."""
    z = np.atleast_1d(np.asarray(z, dtype=np.uint64))
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * _M1
        z = (z ^ (z >> np.uint64(27))) * _M2
    return z ^ (z >> np.uint64(31))


def key(*parts: str | int) -> int:
    """Fold words and numbers into one 64-bit key; the order counts.

    >>> key("seed", 1) != key(1, "seed")
    True
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(f"{type(part).__name__}:{part}\x1f".encode())
    return int.from_bytes(digest.digest(), "little")


def streams(parent: int, members: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Keys of the numbered members of a parent key, shape as `members`."""
    with np.errstate(over="ignore"):
        return mix(np.uint64(parent) ^ mix(np.asarray(members).astype(np.uint64) * GOLDEN + np.uint64(1)))


def uniforms(keys: NDArray[np.uint64], decision: str) -> NDArray[np.float64]:
    """One uniform in [0, 1) for each key and the named decision, 53 bits."""
    return (mix(np.asarray(keys) ^ np.uint64(key(decision))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def generator(*parts: str | int) -> np.random.Generator:
    """A Philox generator for one named decision: same parts, same numbers, whoever asks and when."""
    return np.random.Generator(np.random.Philox(key=key(*parts)))


def triangular(low: float, mode: float, high: float, uniform: float) -> float:
    """Quantile of the triangular distribution on [low, high] with that mode."""
    if high <= low:
        return mode
    if uniform < (mode - low) / (high - low):
        return float(low + ((high - low) * (mode - low) * uniform) ** 0.5)
    return float(high - ((high - low) * (high - mode) * (1 - uniform)) ** 0.5)


def triangulars(low: float, mode: float, high: float, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    """`triangular` for each of many uniforms.

    >>> triangulars(0.0, 1.0, 1.0, np.array([0.0, 0.25, 1.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    width = high - low
    rising = low + np.sqrt(width * (mode - low) * uniforms)
    falling = high - np.sqrt(width * (high - mode) * (1 - uniforms))
    return np.asarray(np.where(uniforms * width < mode - low, rising, falling))
