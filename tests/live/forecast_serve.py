"""The real `forecast serve`, in a process of its own: started, spoken to over HTTP, killed, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx2

from forecast.journal.store import open_store

PROGRAM = str(Path(sys.executable).with_name("forecast"))
WM = "west-midlands"
# A model that is quick and rates that no test reaches; what is tested here is everything around them.
QUICK = {
    "FORECAST_DRAWS": "1000",
    "FORECAST_ENGINE": "uniform-swing",
    "FORECAST_DEBOUNCE_SECONDS": "0.05",
    "FORECAST_WORKERS": "1",
    "FORECAST_EVERY_SECONDS": "0",
    "FORECAST_LIMITS__READS": "1000000/minute",
    "FORECAST_LIMITS__WRITES": "1000000/minute",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
PATIENCE = 60.0


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Serve:
    """One service at one port with one folder: as often as it is started, it is the same."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        database: str = "",
        environment: Mapping[str, str] = QUICK,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.folder, self.port, self.before = folder, free_port(), before
        folder.mkdir(parents=True, exist_ok=True)
        self.database = database or f"sqlite:///{folder / 'night.sqlite'}"
        self.arguments = [*arguments, "--database", self.database]
        self.environment = {**os.environ, **environment}
        self.process: subprocess.Popen[str] | None = None
        self.secrets: dict[str, str] = {}
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)
        self.log = folder / "log"

    def __enter__(self) -> Self:
        for role in ("operator", "editor", "admin"):
            self.secrets[role] = self.make_key(role)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.client.close()

    def make_key(self, role: str) -> str:
        """The secret of a new key."""
        store = open_store(self.database)
        _, secret = store.add_key(role.capitalize(), role)
        store.close()
        return secret

    def start(self) -> float:
        """Start it and wait until it answers; the seconds that took."""
        began = time.monotonic()
        command = [PROGRAM, "serve", "--data", str(self.folder), "--port", str(self.port), *self.arguments]
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                text=True,
                env=self.environment,
                cwd=self.folder,
                preexec_fn=self.before,  # noqa: PLW1509 - limits of the process, before it has threads
            )
        self.until(self.answers)
        return time.monotonic() - began

    def answers(self) -> bool:
        """Whether it answers at all."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")[-3000:]
        try:
            return self.client.get("/health").status_code == 200
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process = None

    def stop(self) -> float:
        """End it as systemd would; the seconds that took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(timeout=PATIENCE) == 0, self.log.read_text(encoding="utf-8")[-3000:]
        self.process = None
        return time.monotonic() - began

    def children(self) -> tuple[int, ...]:
        """Its worker processes, and theirs."""
        assert self.process is not None
        return tuple(_descendants(self.process.pid))

    def get(self, path: str, role: str = "operator") -> Any:  # noqa: ANN401 - it is JSON
        """The data of an answer."""
        answer = self.client.get(path, headers={"X-API-Key": self.secrets[role]} if role else {})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def post(self, path: str, body: object, role: str = "operator", key: str = "") -> httpx2.Response:
        """Post JSON."""
        headers = {"X-API-Key": self.secrets[role]} | ({"Idempotency-Key": key} if key else {})
        return self.client.post(path, json=body, headers=headers)

    def give(self, item: Mapping[str, Any], contest: str = WM) -> int:
        """Give an item of news in; the entry it made."""
        answer = self.post(f"/v1/contests/{contest}/news", item)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["data"]["entry"])

    def latest(self, contest: str = WM) -> dict[str, Any]:
        """What viewers see."""
        found: dict[str, Any] = self.get(f"/v1/contests/{contest}/latest", role="")
        return found

    def health(self) -> dict[str, Any]:
        """How it says it is, to an operator."""
        found: dict[str, Any] = self.get("/health")
        return found

    def state_of(self, contest: str) -> dict[str, Any]:
        """How it says one contest is."""
        return next(each for each in self.health()["contests"] if each["contest"] == contest)

    def reasons(self) -> str:
        """Everything that it says is wrong."""
        return "\n".join(self.health()["reasons"])

    def until(self, done: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"it has not come to be so\n{self.log.read_text(encoding='utf-8')[-3000:]}"
            time.sleep(0.02)

    def until_on_air(self, entry: int, contest: str = WM) -> None:
        """Wait for a forecast on air that has seen an entry."""
        self.until(lambda: self.on_air_through(contest) >= entry)

    def on_air_through(self, contest: str = WM) -> int:
        """The last entry seen by the forecast on air; 0 without one."""
        number = self.latest(contest)["number"]
        rows = self.get(f"/v1/contests/{contest}/history?after={max(number - 1, 0)}", role="")
        return int(rows[-1]["through"]) if rows else 0


@contextlib.contextmanager
def serving(folder: Path, *contests: str, **options: Any) -> Iterator[Serve]:  # noqa: ANN401 - of Serve
    """A service of these contests that begin without news."""
    arguments = [part for each in contests or (WM,) for part in ("--contest", each)]
    with Serve(folder, *arguments, "--empty", **options) as serve:
        yield serve


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - of subprocess
    """What a command of ours says."""
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=120, **options)


def alive(processes: Sequence[int]) -> list[int]:
    """Those that still run; what has ended and waits to be looked at does not."""
    return [each for each in processes if _state(each) not in {"", "Z", "X"}]


def partial(count: int, area: str = "sandwell") -> dict[str, Any]:
    """The count-th item of a night that never ends: each has a vote more than the one before."""
    return {"kind": "partial", "area": area, "votes": {"parker": 1000 + count, "street": 900}, "source": f"{count}"}


def _descendants(parent: int) -> Iterator[int]:
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from _descendants(child)


def _state(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return ""
