"""How the kernel is compiled: three decorators.

    entry     called from Python; its machine code is kept on disk
    part      put into its caller, where the time goes
    aside     called by the loop, seldom

Nothing allocates in compiled code, so no references are counted (`_nrt=False`: the loop becomes more than
twice as fast and its machine code a tenth as long), and all of it runs without the interpreter's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

_compiled: Any = njit  # two of the options below are not in its published signature
part = _compiled(nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True)
aside = _compiled(nogil=True, _nrt=False, no_cpython_wrapper=True)


def entry(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called, and keep its machine code for the next process.

    The compiler looks a function's code up by the date of the function's own file; the parts that were put
    into it come from other files, so here it goes by the content of the whole folder.
    """
    compiled = _compiled(cache=True, nogil=True, _nrt=False)(function)
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    compiled._cache._cache_file._source_stamp = hashlib.blake2b(b"\0".join(sources)).hexdigest()
    return compiled
