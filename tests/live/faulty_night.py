"""What tests of faults share: a service of two contests, and what must hold of it whatever goes wrong."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forecast_serve import WM, Serve, partial

from forecast.journal.store import open_store

OTHER = "other"
MB = 2**20
WINDOW = 20.0  # seconds to say what is wrong, on a machine that does much else


@contextlib.contextmanager
def configured(folder: Path, text: str, **options: Any) -> Iterator[Serve]:  # noqa: ANN401 - of Serve
    """A service of what a forecast.toml says."""
    folder.mkdir(exist_ok=True)
    (folder / "forecast.toml").write_text(text, encoding="utf-8")
    with Serve(folder, **options) as serve:
        yield serve


def two_contests(first: str = "", second: str = "") -> str:
    """A configuration of two contests, with more lines for each."""
    return f'[[contests]]\ncontest = "{WM}"\n{first}\n[[contests]]\ncontest = "{WM}"\nid = "{OTHER}"\n{second}\n'


def check_other(serve: Serve) -> None:
    """Another contest takes news and is forecast as if nothing were wrong."""
    known = sum(each["area"] == "walsall" for each in serve.get(f"/v1/contests/{OTHER}/news")["items"])
    entry = serve.give(partial(known + 1, "walsall"), OTHER)
    serve.until_on_air(entry, OTHER)
    assert serve.state_of(OTHER)["state"] == "ready"


def check_whole(serve: Serve) -> None:
    """The journal is as it was put there."""
    store = open_store(serve.database)
    assert store.check() == ()
    store.close()


@contextlib.contextmanager
def listening(serve: Serve, *, read: bool) -> Iterator[bytearray]:
    """An operator's event stream; what it has read."""
    heard = bytearray()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", serve.port))
        path = f"/v1/contests/{WM}/events"
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {serve.secrets['operator']}\r\n\r\n".encode())

        def listen() -> None:
            with contextlib.suppress(OSError):
                while piece := client.recv(65536):
                    heard.extend(piece)

        if read:
            threading.Thread(target=listen, daemon=True).start()
        yield heard
