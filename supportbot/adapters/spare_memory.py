"""Memory that was needed once."""

from __future__ import annotations

import sys


def give_back() -> None:
    """Hand free pages back to the system. Loading the playbooks leaves some ten megabytes of them,
    which the C library of Linux (glibc) keeps for later. Elsewhere nothing happens.

    https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    if sys.platform != "linux":
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
