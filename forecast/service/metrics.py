"""What is measured of the service, for Prometheus: one registry a service."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from forecast.journal.entry import Entry, EntryKind

__all__ = ["Metrics"]

SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(eq=False, slots=True)
class Metrics:
    """Gauges are set as they are read; counters and the histogram as things happen."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    items: Counter = field(init=False)
    refusals: Counter = field(init=False)
    conflicts: Counter = field(init=False)
    alarms: Gauge = field(init=False)
    failures: Counter = field(init=False)
    job_failures: Counter = field(init=False)
    job_failing: Gauge = field(init=False)
    update_seconds: Histogram = field(init=False)
    take_seconds: Histogram = field(init=False)
    forecast_age: Gauge = field(init=False)
    feed_age: Gauge = field(init=False)
    queue: Gauge = field(init=False)
    clients: Gauge = field(init=False)
    dropped: Gauge = field(init=False)
    sequence: Gauge = field(init=False)

    def __post_init__(self) -> None:
        where, contest = self.registry, ["contest"]
        self.items = Counter("forecast_items", "Items of news accepted", contest, registry=where)
        self.refusals = Counter("forecast_refusals", "Items of news refused", contest, registry=where)
        self.conflicts = Counter(
            "forecast_conflicts", "Items in disagreement with another source", contest, registry=where
        )
        self.alarms = Gauge(
            "forecast_alarms", "Alarms shown with the forecast on air", ["contest", "severity"], registry=where
        )
        self.failures = Counter("forecast_update_failures", "Updates that failed", contest, registry=where)
        self.job_failures = Counter(
            "forecast_job_failures", "Jobs of the schedule that failed", ["job"], registry=where
        )
        self.job_failing = Gauge("forecast_job_failing", "Whether a job failed last time", ["job"], registry=where)
        self.update_seconds = Histogram(
            "forecast_update_seconds", "Seconds from waking to stored", contest, registry=where, buckets=SECONDS
        )
        self.take_seconds = Histogram(
            "forecast_take_seconds",
            "Seconds until an item of news is on disk",
            contest,
            registry=where,
            buckets=SECONDS,
        )
        self.forecast_age = Gauge("forecast_age_seconds", "Age of the forecast on air", contest, registry=where)
        self.feed_age = Gauge(
            "forecast_feed_age_seconds", "Since a feed was last read well", ["feed", "contest"], registry=where
        )
        self.queue = Gauge("forecast_queue", "Calls that run or wait at the workers", registry=where)
        self.clients = Gauge("forecast_clients", "Listeners to events", registry=where)
        self.dropped = Gauge("forecast_clients_dropped", "Listeners let go because they were slow", registry=where)
        self.sequence = Gauge("forecast_sequence", "Last entry of the journal", registry=where)

    def counter_of(self, entry: Entry) -> Counter | None:
        """The counter that an entry of the journal moves on, if any does."""
        if entry.kind in {EntryKind.NEWS, EntryKind.CONFIRMED}:
            return self.items
        if entry.kind is EntryKind.ALARM and "refused" in entry.body:
            return self.refusals
        return self.conflicts if entry.body.get("disagreements") else None

    def write(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self.registry)
