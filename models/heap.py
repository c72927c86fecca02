"""Memory that an update gives back is kept for the next: to ask the system anew for it takes longer than many sums."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

__all__ = ["keep_memory"]

TRIM, MAP = -1, -3  # the C library's names of what is set
KEPT, LARGE = 128 << 20, 32 << 20  # bytes kept at the most, and of one array from which on it is given back


@cache
def keep_memory() -> None:
    """Have this process's C library keep some of what is freed, where it is one that can be told (GNU's)."""
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(TRIM, KEPT)
        mallopt(MAP, LARGE)
