"""How the kernel is compiled: three decorators.

    entry     called from Python; its machine code is kept on disk
    part      put into its caller, where the time goes
    aside     called by the loop, seldom

Nothing allocates in compiled code, so no references are counted (`_nrt=False`: the loop becomes more than
twice as fast and its machine code a tenth as long), and all of it runs without the interpreter's lock.  The
code on disk is looked up by the date of the entry's own file, `simulate.py`: touch it after a change to
another file of this folder.
"""

from __future__ import annotations

from typing import Any

from numba import njit

_compiled: Any = njit  # two of the options below are not in its published signature
entry = _compiled(cache=True, nogil=True, _nrt=False)
part = _compiled(nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True)
aside = _compiled(nogil=True, _nrt=False, no_cpython_wrapper=True)
