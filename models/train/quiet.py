"""The environment of a process that computes on a CPU. Light: to be set before torch is imported."""

from __future__ import annotations

from collections.abc import MutableMapping

QUIET = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
    "GOMP_SPINCOUNT": "0",
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
}
"""Threads that wait do not spin, and freed memory is kept."""


def quieten(environment: MutableMapping[str, str]) -> None:
    """Set what is not set yet; before torch is imported, or for processes that are started later."""
    for name, value in QUIET.items():
        environment.setdefault(name, value)
