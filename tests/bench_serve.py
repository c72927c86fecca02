"""The live service under load on loopback, from news to the last of many clients: `make bench-serve`.

Two nights through the real `forecast serve`: fifty contests of 7 areas, and one of 650 seats. Somebody gives an item in
every second; clients in a process of their own listen to events, a third of them to every contest, and those who
listen to one fetch the document it tells of (`bench_clients`). What is measured is the time from the moment an item is
sent until the last client has word of the first forecast that has seen it.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent / "live"))

from bench_clients import run_clients  # noqa: E402
from forecast_serve import Serve  # noqa: E402

from forecast.contests.catalogue import find_contest  # noqa: E402
from forecast.declaration import read_news  # noqa: E402
from forecast.journal.item_json import write_item  # noqa: E402

PAGE = ROOT / "docs" / "performance.md"
CLIENTS = 300
SEATS = "general-election-2019"
COLUMNS = (
    "",
    "items",
    "told p50, s",
    "p95",
    "bound",
    "longest",
    "document p95, s",
    "acknowledged p95, ms",
    "MB at the start, middle and end: service + workers",
    "updates",
    "clients lost",
)
MARKS = "<!-- serve -->", "<!-- /serve -->"


@dataclass(frozen=True, slots=True)
class Night:
    """What is served, what is given in, and within what the last client is to have word of it."""

    title: str
    contest: str
    copies: int
    bound: float
    before: int  # items given in before the clock starts

    @property
    def ids(self) -> tuple[str, ...]:
        """Under which it is served."""
        return tuple(f"night-{number}" for number in range(1, self.copies + 1))

    def items(self) -> list[dict[str, Any]]:
        """Its shipped news, as the API takes it."""
        contest = find_contest(self.contest)
        return [write_item(each) for each in read_news(contest.directory / "news.csv", contest)[0]]


NIGHTS = (
    Night("50 contests of 7 areas", "west-midlands", 50, 0.5, 0),
    Night("650 seats", SEATS, 1, 2.0, 100),
)


@dataclass(slots=True)
class Given:
    """An item given in: of which contest, when it was sent, when it was acknowledged, and the entry it made."""

    contest: str
    sent: float
    acknowledged: float
    entry: int


def give_items(serve: Serve, night: Night, seconds: float, begun: float) -> Iterator[Given]:
    """An item each second to one contest after the other, whatever the answers take."""
    news, place = night.items(), dict.fromkeys(night.ids, night.before)
    for second in range(int(seconds)):
        time.sleep(max(begun + second - time.monotonic(), 0))
        contest = night.ids[second % len(night.ids)]
        while place[contest] < len(news):
            item = news[place[contest]]
            place[contest] += 1
            sent = time.monotonic()
            answer = serve.post(f"/v1/contests/{contest}/news", item)
            if answer.status_code == 201:
                yield Given(contest, sent, time.monotonic(), int(answer.json()["data"]["entry"]))
                break
            if answer.status_code != 200:
                raise RuntimeError(answer.text)


def memory(serve: Serve) -> tuple[float, float]:
    """Megabytes that the service holds, and its workers."""
    assert serve.process is not None

    def held(process: int) -> float:
        text = Path(f"/proc/{process}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024 if "VmRSS:" in text else 0.0

    return held(serve.process.pid), sum(held(each) for each in serve.children())


def configuration(night: Night) -> str:
    """The service's configuration: what a newsroom would have, but that rates do not count one address."""
    tables = "".join(f'[[contests]]\ncontest = "{night.contest}"\nid = "{each}"\n' for each in night.ids)
    return f'[limits]\nwrites = "1000000/minute"\nreads = "1000000/minute"\nstreams_each = 2000\n{tables}'


def through_of(serve: Serve, contest: str) -> dict[int, int]:
    """Each forecast's last entry seen, by its number."""
    found, after = dict[int, int](), 0
    while rows := serve.get(f"/v1/contests/{contest}/history?after={after}", role=""):
        found |= {row["number"]: row["through"] for row in rows}
        after = rows[-1]["number"]
    return found


def waits_of(given: Sequence[Given], heard: Mapping[tuple[str, int], Sequence[float]], serve: Serve) -> list[float]:
    """Seconds from each item until the last client heard of the first forecast that has seen it."""
    through = {contest: through_of(serve, contest) for contest in {each.contest for each in given}}
    waits = []
    for each in given:
        number = min((n for n, seen in through[each.contest].items() if seen >= each.entry), default=0)
        if times := heard.get((each.contest, number)):
            waits.append(max(times) - each.sent)
    return sorted(waits)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    return values[min(int(share * len(values)), len(values) - 1)] if values else float("nan")


def play(night: Night, seconds: float, clients: int) -> dict[str, Any]:
    """One night under load, and what it measured."""
    with tempfile.TemporaryDirectory(prefix="bench-serve-") as name:
        folder = Path(name)
        (folder / "forecast.toml").write_text(configuration(night), encoding="utf-8")
        with Serve(folder, environment={}) as serve:
            return measure(serve, night, seconds, clients)


def measure(serve: Serve, night: Night, seconds: float, clients: int) -> dict[str, Any]:
    """What a service that runs does of a night under load."""
    for item in night.items()[: night.before]:
        serve.post(f"/v1/contests/{night.ids[0]}/news", item)
    serve.until(lambda: serve.health()["state"] == "ready" and serve.health()["queue"] == 0, 600)
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(
        target=run_clients, args=(serve.port, night.ids, clients, theirs), daemon=True
    )
    process.start()
    serve.until(lambda: serve.health()["clients"] >= clients, 60)
    held, given, marks = [memory(serve)], list[Given](), [seconds / 2, seconds]
    begun = time.monotonic()
    for each in give_items(serve, night, seconds, begun):
        given.append(each)
        if marks and time.monotonic() - begun > marks[0] - 1:
            held.append(memory(serve))
            marks.pop(0)
    serve.until(lambda: serve.health()["queue"] == 0)
    time.sleep(2)
    ours.send("enough")
    told, fetched, bytes_told, bytes_fetched, errors = ours.recv()
    process.join()
    updates = sum(len(through_of(serve, contest)) for contest in {each.contest for each in given})
    return {
        "title": night.title,
        "bound": night.bound,
        "items": len(given),
        "told": waits_of(given, told, serve),
        "fetched": waits_of(given, fetched, serve),
        "acknowledged": sorted(each.acknowledged - each.sent for each in given),
        "memory": held,
        "updates": updates,
        "dropped": dropped(serve),
        "errors": errors,
        "event bytes": bytes_told / max(sum(map(len, told.values())), 1),
        "document bytes": bytes_fetched / max(sum(map(len, fetched.values())), 1),
    }


def dropped(serve: Serve) -> int:
    """Listeners let go because they were slow."""
    found = re.search(r"^forecast_clients_dropped (\S+)$", serve.client.get("/metrics").text, re.MULTILINE)
    return int(float(found[1])) if found else 0


def row(found: Mapping[str, Any]) -> str:
    """A night as a row of the table."""
    waits, bound = found["told"], found["bound"]
    p95 = quantile(waits, 0.95)
    shown = f"{p95:.2f}" if p95 <= bound else f"**{p95:.2f}**"
    held = ", ".join(f"{web:.0f} + {workers:.0f}" for web, workers in found["memory"])
    return (
        f"| {found['title']} | {found['items']} | {quantile(waits, 0.5):.2f} | {shown} | {bound:g} | "
        f"{quantile(waits, 1.0):.2f} | {quantile(found['fetched'], 0.95):.2f} | "
        f"{1000 * quantile(found['acknowledged'], 0.95):.0f} | {held} | {found['updates']} | "
        f"{found['errors'] + found['dropped']} |"
    )


def section(found: Sequence[Mapping[str, Any]], seconds: float, clients: int, load: float) -> str:
    """What the page says."""
    rows = "\n".join(map(row, found))
    document = f"{found[0]['document bytes'] / 1000:.1f} kB zipped{of_seats(found)}"
    python = platform.python_version()
    return f"""{MARKS[0]}
An item a second for {seconds:.0f} seconds, {clients} clients listening to events on loopback ({os.cpu_count()} cores,
Python {python}; the clients and whoever gives the items in run on the same ones). The load of the machine was
{load:.1f} before it began. *Told* is from the moment an item is sent until the last client has word of the first
forecast that has seen it; *document*, until the last that asks for it has it. Figures in bold miss their bound.

| {" | ".join(COLUMNS)} |
|---{"|--:" * (len(COLUMNS) - 1)}|
{rows}

An event is {found[0]["event bytes"]:.0f} bytes, and the document of 7 areas {document}.
{MARKS[1]}"""


def of_seats(found: Sequence[Mapping[str, Any]]) -> str:
    """What the document of many seats weighs, where it was measured."""
    return f"; that of 650 seats {found[1]['document bytes'] / 1000:.0f} kB" if len(found) > 1 else ""


def write_page(text: str) -> None:
    """Put the section on the page, in the place of the one before."""
    page = PAGE.read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(MARKS[0])}.*{re.escape(MARKS[1])}", re.DOTALL)
    if between.search(page):
        page = between.sub(lambda _: text, page)
    else:
        page = f"{page.rstrip()}\n\n## The live service under load\n\n{text}\n"
    PAGE.write_text(page, encoding="utf-8")


def main() -> None:
    """Take the seconds from the command line."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--seconds", type=float, default=300)
    reader.add_argument("--clients", type=int, default=CLIENTS)
    reader.add_argument("--only", choices=("small", "seats"), help="one night, and the page is left alone")
    reader.add_argument("--dry", action="store_true", help="leave the page alone")
    given = reader.parse_args()
    load = os.getloadavg()[0]
    nights = {"small": NIGHTS[:1], "seats": NIGHTS[1:]}.get(given.only, NIGHTS)
    found = list(map(partial(play, seconds=given.seconds, clients=given.clients), nights))
    text = section(found, given.seconds, given.clients, load)
    print(text)  # noqa: T201 - what it is run for
    if not (given.only or given.dry):
        write_page(text)


if __name__ == "__main__":
    main()
