"""A real PostgreSQL for tests: the server that FORECAST_TEST_POSTGRESQL names, or the distribution's, started here."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
# Durable enough for what is tested, which is never the machine's own power.
SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=32MB", "fsync=off")


class Server:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.user = "postgres" if os.getuid() == 0 else getpass.getuser()
        if os.getuid() == 0:
            shutil.chown(folder, self.user)
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        settings = (*SETTINGS, f"port={self.port}", f"unix_socket_directories={self.folder}")
        options = " ".join(f"-c {setting}" for setting in settings)
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(BINARIES[-1] / program), *arguments]
        if os.getuid() == 0:  # the server will not run as root
            command = ["runuser", "-u", self.user, "--", *command]
        subprocess.run(
            command, check=True, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120
        )


def missing() -> str:
    """Why there is no server for tests; empty where there can be one."""
    if os.environ.get("FORECAST_TEST_POSTGRESQL") or BINARIES:
        return ""
    return "no PostgreSQL here: install the distribution's, or name a server in FORECAST_TEST_POSTGRESQL"


@contextmanager
def started() -> Iterator[Server]:
    """A server of the test's own."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "server").mkdir()
        server = Server(folder / "server")
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def database_in(url: str) -> Iterator[str]:
    """Address of a new, empty database of a server, dropped afterwards."""
    name = f"forecast_{token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield f"{url.rsplit('/', 1)[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
