"""Many clients of a live service, in a process of their own: what they heard and fetched, and when.

Each listens to events; one that shows a contest fetches the document it is told of as a page does, over a connection
that it keeps open as a browser does.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import cast

import uvloop


@dataclass(slots=True)
class Heard:
    """What the clients heard: for each contest and forecast, when each heard of it and when it had the document."""

    told: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    fetched: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    bytes_told: int = 0
    bytes_fetched: int = 0
    errors: int = 0


async def listen(port: int, path: str, heard: Heard, fetch: bool) -> None:
    """One client: an event stream, and where it shows one contest a document for each forecast it is told of."""
    last, page = "", Page()
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            resume = f"Last-Event-ID: {last}\r\n" if last else ""
            writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n{resume}\r\n".encode())
            async for event, number, data in events(reader, heard):
                last = number
                if event == "publication":
                    told = json.loads(data)
                    place = told["contest"], told["forecast"]
                    heard.told[place].append(time.monotonic())
                    if fetch:
                        size = await page.fetch_latest(port, told["contest"])
                        heard.bytes_fetched += size
                        heard.fetched[place].append(time.monotonic())
        except (OSError, asyncio.IncompleteReadError):
            heard.errors += 1
            await asyncio.sleep(0.5)
        else:
            heard.errors += 1


async def events(reader: asyncio.StreamReader, heard: Heard) -> AsyncIterator[tuple[str, str, str]]:
    """Events of a stream as they come, as (event, id, data)."""
    event = number = data = ""
    while line := await reader.readline():
        heard.bytes_told += len(line)
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name == "event":
            event = value
        elif name == "id":
            number = value
        elif name == "data":
            data = value
        elif not name and event:
            yield event, number, data
            event = ""


class Page(asyncio.BufferedProtocol):
    """The connection by which a client fetches documents, kept open between them as a browser does.

    An answer is read to its end and counted, not kept: the clients share the processors with what is measured.
    """

    room = memoryview(bytearray(2**18))  # of all of them: what is in it is looked at at once

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.head, self.size, self.whole = b"", 0, 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def fetch_latest(self, port: int, contest: str) -> int:
        """The bytes of the answer with what is on air, zipped."""
        if self.transport is None:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        assert self.transport is not None
        self.head, self.size, self.whole = b"", 0, 0
        self.ended = asyncio.get_running_loop().create_future()
        path = f"/v1/contests/{contest}/latest"
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        await self.ended
        if not self.head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(self.head)
        return self.size

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = cast("asyncio.Transport", transport)

    def get_buffer(self, _: int) -> memoryview:
        """Where the next bytes go, over those before."""
        return self.room

    def buffer_updated(self, count: int) -> None:
        """Count them, and find in the head how many there will be."""
        self.size += count
        if not self.whole:
            self.head += bytes(self.room[:count])
            if (end := self.head.find(b"\r\n\r\n")) >= 0:
                length = re.search(rb"(?i)content-length: (\d+)", self.head[:end])
                self.whole = end + 4 + int(length[1] if length else 0)
        if self.whole and self.size >= self.whole and not self.ended.done():
            self.ended.set_result(None)

    def connection_lost(self, _: Exception | None) -> None:
        """It is opened again for the next document; one that was under way is lost."""
        self.transport = None
        if not self.ended.done():
            self.ended.set_exception(ConnectionError("cut off"))


def run_clients(port: int, ids: Sequence[str], clients: int, connection: Connection) -> None:
    """Listen until the other side says something, then send what was heard."""
    heard = Heard()

    async def all_of_them() -> None:
        tasks = [
            asyncio.create_task(
                listen(port, "/v1/events", heard, fetch=False)
                if number % 3 == 0
                else listen(port, f"/v1/contests/{ids[number % len(ids)]}/events", heard, fetch=True)
            )
            for number in range(clients)
        ]
        await asyncio.to_thread(connection.recv)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    uvloop.run(all_of_them())
    connection.send((dict(heard.told), dict(heard.fetched), heard.bytes_told, heard.bytes_fetched, heard.errors))
