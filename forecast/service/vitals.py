"""What the machine under the service must have: room on the disk, and a clock that does not jump."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

__all__ = ["LEAST_FREE", "STEP", "ClockWatch", "free_bytes", "say_bytes"]

LEAST_FREE = 500 * 2**20  # bytes below which somebody should make room
STEP = 2.0  # seconds by which the clock may run apart from the time that passes
SETTLED = 600.0  # seconds after which a step is not said any more; it stays in the journal


@dataclass(slots=True)
class ClockWatch:
    """Holds the clock beside the time that passes.

    Parameters
    ----------
    clock
        The time of day, which somebody may set.
    passing
        Seconds that only pass, as `time.monotonic`.
    """

    clock: Callable[[], datetime]
    passing: Callable[[], float]
    _before: tuple[datetime, float] | None = None
    _stepped: float | None = None

    def look(self) -> float:
        """Seconds by which the clock was set since the last look: 0 where it was not by more than `STEP`."""
        now = self.clock(), self.passing()
        before, self._before = self._before, now
        if before is None:
            return 0.0
        step = (now[0] - before[0]).total_seconds() - (now[1] - before[1])
        if abs(step) <= STEP:
            return 0.0
        self._stepped = now[1]
        return step

    def settled(self) -> bool:
        """Whether no step was seen for a while."""
        return self._stepped is None or self.passing() - self._stepped > SETTLED


def free_bytes(directory: Path) -> int:
    """Bytes free where a directory is, or will be."""
    place = directory.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def say_bytes(number: int) -> str:
    """A number of bytes for people: ``"1.2 GB"``."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
