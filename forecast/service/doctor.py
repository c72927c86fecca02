"""Whether a service can run here tonight: each thing looked at, and what to mend where it is not well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx2

from forecast.config import Configuration, FeedSettings
from forecast.errors import ForecastError
from forecast.journal.store import open_store
from forecast.service import task as tasks
from forecast.service.served import Served, load_configured
from forecast.service.task import EngineNamed, Task
from forecast.service.vitals import LEAST_FREE, STEP, ClockWatch, free_bytes, say_bytes
from forecast.service.worker import Worker

__all__ = ["Finding", "examine"]

FIRST = 180.0  # seconds that a worker may take to be warm


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``mend`` is empty where all is well."""

    what: str
    said: str
    mend: str = ""


def examine(configuration: Configuration, engine_named: EngineNamed, *, time_from: str = "") -> Iterator[Finding]:
    """Look at everything a night needs, one finding after the other.

    Parameters
    ----------
    time_from
        An address whose Date header the clock is held against.
    """
    named = len(configuration.contests)
    yield Finding("configuration", f"{named} contest{'' if named == 1 else 's'}")
    yield _database(configuration)
    yield _clock()
    if time_from:
        yield _clock_against(time_from)
    yield _disk(configuration.data)
    served = load_configured(configuration, datetime.now(UTC))
    for each in served:
        yield Finding(f"contest {each.id}", each.contest.title if each.contest else "does not load", each.error)
    for settings in configuration.contests:
        for feed in settings.feeds:
            yield _feed(feed)
    yield from (_worker(each, engine_named) for each in served if each.contest is not None)


def _database(configuration: Configuration) -> Finding:
    place = "PostgreSQL" if configuration.database.startswith("postgresql") else "SQLite"
    try:
        configuration.data.mkdir(parents=True, exist_ok=True)
        store = open_store(configuration.database)
    except (ForecastError, OSError) as error:
        return Finding("database", f"{place} cannot be used", str(error))
    try:
        defects = store.check()
        entries = store.last_sequence()
    finally:
        store.close()
    mend = "; ".join(str(each) for each in defects[:3])
    return Finding("database", f"{place}, {entries} entries, {'chain broken' if defects else 'chain whole'}", mend)


def _clock() -> Finding:
    watch = ClockWatch(lambda: datetime.now(UTC), time.monotonic)
    watch.look()
    time.sleep(0.2)
    step = watch.look()
    mend = "Let the machine's clock be kept by NTP." if step else ""
    return Finding("clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC", mend)


def _clock_against(address: str) -> Finding:
    try:
        header = httpx2.head(address, timeout=5).headers.get("date", "")
        apart = (datetime.now(UTC) - parsedate_to_datetime(header)).total_seconds()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError) as error:
        return Finding("clock", f"{address} does not say the time", f"Give another address ({type(error).__name__}).")
    mend = f"The clock is {apart:+.0f} s from {address}: set it." if abs(apart) > STEP + 1 else ""
    return Finding("clock", f"{apart:+.1f} s from {address}", mend)


def _disk(data: Path) -> Finding:
    free = free_bytes(data)
    mend = f"Make room: a night needs {say_bytes(LEAST_FREE)}." if free < LEAST_FREE else ""
    return Finding("disk", f"{say_bytes(free)} free for {data}", mend)


def _feed(feed: FeedSettings) -> Finding:
    name = f"feed {feed.id}"
    if feed.path is not None:
        found = feed.path.exists()
        return Finding(name, str(feed.path), "" if found else f"{feed.path} is not there yet.")
    headers = {key: value.get_secret_value() for key, value in feed.headers.items()}
    try:
        status = httpx2.get(feed.address, headers=headers, timeout=feed.timeout_seconds).status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Finding(name, "does not answer", f"Look at its address and the network ({type(error).__name__}).")
    return Finding(
        name, f"answers {status}", "" if status < 400 else f"It answers {status}: look at its address and key."
    )


def _worker(served: Served, engine_named: EngineNamed) -> Finding:
    listing = served.listing
    contest = str(served.contest.directory) if served.contest else listing.contest
    task = Task(listing.id, contest, served.baseline, listing.engine, listing.draws, listing.seed, engine_named)
    try:
        finished = asyncio.run(_warm(task))
    except ForecastError as error:
        return Finding(f"worker for {served.id}", "makes no forecast", str(error))
    return Finding(
        f"worker for {served.id}", f"{finished.model}, {listing.draws} draws in {finished.seconds:.2f} s, warm"
    )


async def _warm(task: Task) -> tasks.Finished:
    worker = Worker("worker")
    try:
        await worker.call(FIRST, tasks.warm, task)
        return await worker.call(FIRST, tasks.remake, task)
    finally:
        await asyncio.to_thread(worker.stop)
