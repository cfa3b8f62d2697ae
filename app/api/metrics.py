"""Counters for Prometheus. A registry for each app, so that two apps in one process do not share numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from app.service.studio import Studio

LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """What ``/metrics`` tells. Routes are counted by their template, so that no name of a project gets out."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        here = self._registry
        self._requests = Counter(
            "storyreel_requests", "Requests answered", ["method", "route", "status"], registry=here
        )
        self._seconds = Histogram(
            "storyreel_request_seconds", "Time to the end of the answer", ["route"], buckets=LATENCY_S, registry=here
        )
        self._streams = Gauge("storyreel_streams", "Event streams that are open", registry=here)
        self._jobs = Gauge("storyreel_jobs", "Jobs under way", ["state"], registry=here)
        self._ended = Counter("storyreel_jobs_ended", "Jobs that are over", ["kind", "state"], registry=here)

    def saw(self, method: str, route: str, status: int, took_s: float) -> None:
        known = method if method in METHODS else "OTHER"
        self._requests.labels(known, route, str(status or 499)).inc()
        self._seconds.labels(route).observe(took_s)

    def ended(self, kind: str, state: str) -> None:
        self._ended.labels(kind, state).inc()

    def text(self, studio: Studio) -> bytes:
        """The exposition format, with the gauges read now."""
        waiting, running = studio.open_jobs()
        self._jobs.labels("queued").set(waiting)
        self._jobs.labels("running").set(running)
        self._streams.set(studio.happenings.readers)
        return generate_latest(self._registry)
