"""A running service for tests in a browser, and for the pictures in docs: its own data, a key for every role."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

import uvicorn

from forecast.config import Configuration
from forecast.journal.store import open_store
from forecast.service.service import Service
from forecast.web.app import make_app
from models.engines import engine_named

CONTESTS = [
    {"contest": "west-midlands", "draws": 2000},
    {"contest": "west-midlands", "id": "rehearsal", "test": True, "draws": 2000, "news": "own"},
]


def configure(data: Path, port: int, contests: list[dict[str, object]], *, confirm: bool) -> Configuration:
    """The service's configuration: one worker, no schedule, limits that no test reaches."""
    limits = {
        "reads": "100000/minute",
        "writes": "100000/minute",
        "what_ifs": "100000/minute",
        "sign_ins": "1000/minute",
    }
    settings = {"workers": 1, "debounce_seconds": 0.05, "every_seconds": 0, "confirm": confirm, "limits": limits}
    return Configuration.model_validate({"data": data, "port": port, "contests": contests, **settings})


async def serve(configuration: Configuration) -> None:
    """Serve until the process is ended; the keys' secrets are the first line of output."""
    configuration.data.mkdir(parents=True, exist_ok=True)
    store = open_store(configuration.database)
    service = Service(store, configuration, engine_named)
    await service.start()
    made = {
        name: store.add_key(name, role)[1]
        for name, role in (
            ("Ann", "operator"),
            ("Ben", "operator"),
            ("Eve", "editor"),
            ("Dan", "editor"),
            ("Ada", "admin"),
        )
    }
    sys.stdout.write(json.dumps(made) + "\n")
    sys.stdout.flush()
    app = make_app(service, configuration)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=configuration.port, log_level="warning", timeout_graceful_shutdown=1)
    )
    await server.serve()
    await service.stop()
    store.close()


def main() -> None:
    """Take the folder and the port from the command line."""
    reader = argparse.ArgumentParser()
    reader.add_argument("data", type=Path)
    reader.add_argument("port", type=int)
    reader.add_argument("--contests", default="")
    reader.add_argument("--confirm", action="store_true")
    given = reader.parse_args()
    contests = json.loads(given.contests) if given.contests else CONTESTS
    asyncio.run(serve(configure(given.data, given.port, contests, confirm=given.confirm)))


if __name__ == "__main__":
    main()
