"""The service of a whole night: many contests, their news, their forecasts and who listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecast.contest import Contest
from forecast.declaration import Declaration
from forecast.posterior import Model
from forecast.service.decision import Decision
from forecast.service.desk import DeskState
from forecast.service.health import Health
from forecast.service.hub import Hub
from forecast.service.intake import Preview, Receipt
from forecast.service.on_air import OnAir

if TYPE_CHECKING:
    from forecast.config import Configuration
    from forecast.journal.entry import Entry
    from forecast.journal.store import Listing, Store
    from forecast.service.served import Served

__all__ = ["Service"]


class Service:
    """The service. Coroutines may be called from one event loop; what blocks runs in threads and worker processes.

    Attributes: ``store``, ``configuration``, ``hub``.
    """

    def __init__(
        self,
        store: Store,
        configuration: Configuration,
        engine_named: Callable[[Any, Contest], Model],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store, self.configuration, self.hub = store, configuration, Hub()

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def contests(self) -> tuple[Served, ...]:
        """Every contest served, those that do not load too (their ``error`` says why)."""
        raise NotImplementedError

    def served(self, contest: str) -> Served:
        """One contest by its listing's id; UnknownContest where there is none."""
        raise NotImplementedError

    def state(self, contest: str) -> DeskState:
        """The desk's state of a contest."""
        raise NotImplementedError

    async def add_contest(self, listing: Listing, actor: str) -> Served:
        """Serve one more contest, such as a rehearsal."""
        raise NotImplementedError

    async def preview(self, contest: str, item: Declaration, actor: str = "") -> Preview:
        """What an item would do."""
        raise NotImplementedError

    async def take(
        self, contest: str, item: Declaration, actor: str, key: str = "", confirm: bool | None = None
    ) -> Receipt:
        """Take an item of news in; it is on disk when this returns. NewsError where it is refused."""
        raise NotImplementedError

    async def decide(self, contest: str, decision: Decision, actor: str) -> Entry:
        """Carry a person's decision out; it is on disk when this returns."""
        raise NotImplementedError

    async def undo(self, contest: str, entry: int, actor: str, reason: str) -> Entry:
        """Take an item back: decide with ``undo``."""
        raise NotImplementedError

    async def on_air(self, contest: str, *, editor: bool = False) -> OnAir:
        """What is on air now."""
        raise NotImplementedError

    async def what_if(self, contest: str, settings: Sequence[str]) -> str:
        """The document that would follow, as JSON text; stores nothing."""
        raise NotImplementedError

    async def draws_parquet(self, contest: str) -> bytes:
        """The draws of the present moment as a Parquet file."""
        raise NotImplementedError

    def health(self) -> Health:
        """How the service is."""
        raise NotImplementedError
