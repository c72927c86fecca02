"""A service with its pages and API, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator

import uvicorn

from forecast.config import Configuration
from forecast.errors import Defect, ForecastError
from forecast.journal.store import Store
from forecast.service.service import Service
from forecast.service.task import EngineNamed
from forecast.web.app import make_app

__all__ = ["run_server"]

PATIENCE = 2  # seconds that answers begun may take to end
UNREAD = 2**18  # bytes that the system keeps for a reader who takes nothing: left alone, megabytes for each


def run_server(
    store: Store, configuration: Configuration, engine_named: EngineNamed, told: Callable[[str], object]
) -> None:
    """Serve until SIGTERM or an interrupt, then stop everything within a few seconds.

    Parameters
    ----------
    told
        Given the address, once it answers.

    Raises
    ------
    ForecastError
        Where none of the contests loads, or the address cannot be listened at.
    """
    _run_loop(_run(Service(store, configuration, engine_named), told))


def _run_loop(serving: Coroutine[None, None, None]) -> None:
    """Run in the compiled event loop where there is one."""
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)


class _Server(uvicorn.Server):
    """A server that leaves signals to us: there is more to stop than it knows of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _run(service: Service, told: Callable[[str], object]) -> None:
    configuration = service.configuration
    with contextlib.closing(_listen(configuration.host, configuration.port)) as listening:
        try:
            await service.open()
            server = _Server(_config(service))
            _stop_by_signal(service, server)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.02)
            if server.started:
                service.begin()  # what loads in the workers holds up no answer
                told(_address(configuration.host, listening))
            await serving
        finally:
            await service.stop()


def _config(service: Service) -> uvicorn.Config:
    configuration = service.configuration
    return uvicorn.Config(
        make_app(service, configuration),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=PATIENCE,
        forwarded_allow_ips=list(configuration.proxies),
        server_header=False,
    )


def _stop_by_signal(service: Service, server: uvicorn.Server) -> None:
    """On a signal let listeners go, then let the server end; a second one does not wait for answers begun."""

    def stop() -> None:
        service.hub.close()
        server.force_exit = server.should_exit
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # not on every system
            asyncio.get_running_loop().add_signal_handler(number, stop)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises
    ------
    ForecastError
        Where it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD)  # of whoever is accepted too
        listening.bind((host, port))
        listening.listen()  # two that begin together may both bind; whoever asks before it answers waits
    except OSError as error:
        listening.close()
        what = f"{host} port {port} cannot be listened at: {error.strerror}."
        raise ForecastError(
            Defect("--port", what, "Is another service running? Choose another with --port.")
        ) from error
    return listening


def _address(host: str, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    shown = "127.0.0.1" if host in {"0.0.0.0", ""} else f"[{host}]" if ":" in host else host  # noqa: S104 - only shown
    return f"http://{shown}:{port}/"
