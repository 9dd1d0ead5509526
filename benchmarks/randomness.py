"""The kernel's draws as a stream of bytes on standard output, for a battery of randomness tests.

    python -m benchmarks.randomness | dieharder -a -g 200

Written is what a run would draw: for each party in turn and each of its first attempts, steps and decisions,
the 64 bits of `decide`, 8 bytes each.  Parties are numbered one after another, as in a run, so a weakness of
neighbouring keys would show.  The stream has no end; the reader stops it.
"""

from __future__ import annotations

import os
import sys

import numpy as np
from numba import njit

from cauce import keys
from cauce.model.kernel.draws import decide, mix

PARTIES = 1 << 16  # at a time
STATIONS = tuple(f"station-{n}" for n in range(6))
ATTEMPTS, DECISIONS = 2, 3


@njit
def _fill(party: np.ndarray, luck: np.ndarray, draw_key: np.uint64, out: np.ndarray) -> None:
    at = 0
    for p in range(party.size):
        identity = mix(party[p] ^ draw_key)
        for attempt in range(ATTEMPTS):
            for station in range(luck.size):
                for which in range(DECISIONS):
                    out[at] = decide(identity, luck[station], attempt + 1, which)
                    at += 1


def main() -> None:
    """Write draws until nobody reads them."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    luck = np.array([keys.key("station", name) for name in STATIONS], dtype=np.uint64)
    draw_key = np.uint64(keys.key(seed, 0, "people"))
    out = np.empty(PARTIES * ATTEMPTS * len(STATIONS) * DECISIONS, np.uint64)
    first = 0
    try:
        while True:
            _fill(keys.streams(seed, np.arange(first, first + PARTIES)), luck, draw_key, out)
            sys.stdout.buffer.write(out.data)
            first += PARTIES
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
