"""What our processes, and those that they start, are told by their environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["ONE_THREAD", "environment", "keep_to_one_thread"]

# Each process does one thing at a time: linear algebra that takes more threads would only fight over the processors.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def keep_to_one_thread() -> None:
    """Have linear algebra, not loaded yet, take one thread in this process, unless a person said otherwise."""
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Processes started meanwhile have these variables; the environment is afterwards as it was.

    It belongs to the whole process: whoever starts some in threads sees to it that they do so one after the other.
    """
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
