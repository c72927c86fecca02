"""Slips of the keyboard, undone: every number that one of them turns into the one given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

__all__ = ["Slip", "undo_slips"]

type Slip = tuple[int, float, str]  # what the number was, the chance that such a slip gives this one, and its name

ANYWHERE = 0.1  # of digits too many: any digit in any place; the others are one digit twice


@lru_cache(maxsize=10_000)  # figures of an area that is far out are looked at again at each update
def undo_slips(number: int) -> tuple[Slip, ...]:
    """Each number that one slip turns into this one, the chance that it does, and the slip's name.

    Of the numbers that each kind of slip makes of a true one the chances sum to one at most.
    """
    digits = str(number)
    return (*_changed(digits), *_added(digits), *_lost(digits), *_thousands(number))


def _changed(digits: str) -> Iterator[Slip]:
    size = len(digits)
    for place in range(size):
        for digit in "0123456789":
            if digit != digits[place] and (place or digit != "0"):
                yield int(digits[:place] + digit + digits[place + 1 :]), 1.0 / (9 * size), "a wrong digit"
        swapped = digits[:place] + digits[place + 1 : place + 2] + digits[place] + digits[place + 2 :]
        if swapped != digits and swapped[0] != "0":
            yield int(swapped), 1.0 / (size - 1), "two digits swapped"


def _added(digits: str) -> Iterator[Slip]:
    size = len(digits)
    for place in range(size if size > 1 else 0):
        true = digits[:place] + digits[place + 1 :]
        doubled = place > 0 and digits[place] == digits[place - 1]
        chance = ANYWHERE / (10 * size - 1) + doubled * (1.0 - ANYWHERE) / (size - 1)
        if true[0] != "0" or true == "0":
            yield int(true), chance, "a digit too many"


def _lost(digits: str) -> Iterator[Slip]:
    size = len(digits)
    for place in range(size + 1):
        for digit in "0123456789":
            true = digits[:place] + digit + digits[place:]
            if true[0] != "0":
                yield int(true), 1.0 / (size + 1), "a digit missing"


def _thousands(number: int) -> Iterator[Slip]:
    """None of nothing, which either way stays nothing."""
    if number:
        yield number * 1000, 0.5 * 1000, "thousands written as units"  # a thousand numbers are rounded to each
        if number % 1000 == 0:
            yield number // 1000, 0.5, "units written as thousands"
