"""Word that the journal has grown: at once within a process, by LISTEN and NOTIFY or by looking between processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog

from forecast.errors import StoreAway
from forecast.journal.entry_rows import CHANNEL

if TYPE_CHECKING:
    from forecast.journal.store import Store

__all__ = ["Signals", "watch"]

log = structlog.get_logger()

LOOK_SECONDS = 0.5  # between looks at a file that another process may have written
LISTEN_SECONDS = 1.0  # between looks at a server that tells of changes: a word may be lost with a connection


class Signals:
    """Calls whoever listens with the sequence of the latest entry, from whichever thread learns of it."""

    def __init__(self, last_sequence: Callable[[], int], address: str | None) -> None:
        self._last_sequence = last_sequence
        self._address = address  # of a server that tells of changes
        self._listeners: list[Callable[[int], None]] = []
        self._told = 0
        self._turn = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, sequence: int) -> None:
        """Say that the journal is this long."""
        with self._turn:
            if sequence <= self._told:
                return
            self._told, listeners = sequence, tuple(self._listeners)
        for listener in listeners:
            listener(sequence)

    @contextmanager
    def listening(self, listener: Callable[[int], None]) -> Iterator[None]:
        """Call somebody at each change until the block ends."""
        with self._turn:
            self._listeners.append(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="journal signals", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._turn:
                self._listeners.remove(listener)

    def stop(self) -> None:
        """Look no further."""
        self._stopped.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(timeout=2 * LISTEN_SECONDS)

    def _look(self) -> None:
        while not self._stopped.is_set():
            try:
                self.tell(self._last_sequence())
                heard = self._address is not None and self._listen(self._address)
            except StoreAway:  # whoever writes is told; here it is enough to look again
                heard = False
            except Exception:  # without this thread nobody would hear of another process any more
                log.exception("the journal was not looked at")
                heard = False
            if not heard:
                self._stopped.wait(LOOK_SECONDS)

    def _listen(self, address: str) -> bool:
        """Pass on what the server tells until the connection is lost."""
        import psycopg  # noqa: PLC0415 - only where there is a server

        try:
            with psycopg.connect(address, autocommit=True, connect_timeout=3, keepalives_idle=10) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                with suppress(StoreAway):
                    self.tell(self._last_sequence())  # what was said before it listened
                while not self._stopped.is_set():
                    self._pass_on(connection)
        except psycopg.Error:
            return False
        return True

    def _pass_on(self, connection: Any) -> None:
        heard = [word.payload for word in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1)]
        if not heard:
            # A connection that was cut says nothing by itself, and a word may have been lost.
            heard = [row[0] for row in connection.execute("SELECT sequence FROM ends")]
        self.tell(max((int(each) for each in heard), default=0))


async def watch(store: Store, after: int | None = None) -> AsyncGenerator[int]:
    """The sequence of the latest entry, each time that the journal has grown; several changes may be told as one.

    Parameters
    ----------
    after
        The entry seen last; None for the last there is.
    """
    loop, grown = asyncio.get_running_loop(), asyncio.Event()
    latest = seen = await asyncio.to_thread(store.last_sequence) if after is None else after

    def hear(sequence: int) -> None:
        nonlocal latest
        latest = max(latest, sequence)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(grown.set)

    with store.signals.listening(hear):
        hear(await asyncio.to_thread(store.last_sequence))  # what was appended before it listened
        while True:
            await grown.wait()
            grown.clear()
            if latest > seen:
                seen = latest
                yield seen
