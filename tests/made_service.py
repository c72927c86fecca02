"""A service that runs in a test, with its web application: one contest, the toy model, a key of each role."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from toy_model import toy

from forecast.config import Configuration
from forecast.contests.contest import Contest
from forecast.journal.store import Store, open_store
from forecast.posterior import Model
from forecast.service.service import Service
from forecast.web.app import make_app

LIMITS = dict.fromkeys(("reads", "writes", "what_ifs", "sign_ins"), "1000000/minute")
CONTEST = {"contest": "west-midlands", "draws": 1000, "engine": "uniform-swing"}
ROLES = ("viewer", "operator", "editor", "admin")


def toy_named(engine: object, contest: Contest) -> Model:
    """The toy model, whatever it is called; worker processes find it by its name."""
    return toy


@dataclass(frozen=True, slots=True)
class Running:
    """What a test needs of a service that runs."""

    client: TestClient
    service: Service
    store: Store
    app: FastAPI
    secrets: dict[str, str]

    def key(self, role: str) -> dict[str, str]:
        """Headers with the key of a role; none for ``"nobody"``."""
        return {"X-API-Key": self.secrets[role]} if role in self.secrets else {}

    def post(self, path: str, body: object, role: str = "operator", **headers: str) -> Response:
        """Post JSON with the key of a role."""
        return self.client.post(path, json=body, headers={**self.key(role), **headers})

    def wait(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until something is so."""
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, "it has not come to be so"
            time.sleep(0.05)

    def status(self, contest: str = "west-midlands") -> str:
        """What is said of what is on air."""
        return str(self.client.get(f"/v1/contests/{contest}/latest").json()["data"]["status"])


@contextmanager
def running(directory: Path, **settings: object) -> Iterator[Running]:
    """A service that runs, its application, and a key of each role."""
    store = open_store(f"sqlite:///{directory / 'night.sqlite'}")
    given: dict[str, Any] = {
        "contests": [CONTEST],
        "limits": LIMITS,
        "workers": 1,
        "every_seconds": 0,
        "debounce_seconds": 0.05,
    }
    configuration = Configuration(data=directory, **(given | settings))
    service = Service(store, configuration, toy_named)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = make_app(service, configuration, lifespan=lifespan)
    secrets = {role: store.add_key(role.capitalize(), role)[1] for role in ROLES}
    try:
        with TestClient(app, follow_redirects=False) as client:
            yield Running(client, service, store, app, secrets)
    finally:
        store.close()


@contextmanager
def listening(found: Running) -> Iterator[str]:
    """The application behind a real socket, in a thread beside the client's: its address."""
    server = uvicorn.Server(uvicorn.Config(found.app, port=0, log_config=None, lifespan="off"))
    portal = found.client.portal
    assert portal is not None
    ended = portal.start_task_soon(server.serve)
    found.wait(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = server.force_exit = True
        ended.result()
