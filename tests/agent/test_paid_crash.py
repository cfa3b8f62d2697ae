"""kill -9 at any step of a film that is filmed for money: nothing is paid twice, nothing is lost, doubts are shown."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

Yard = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """What became of films killed at these points, or of an undisturbed one, beside a server that charges."""
    place = tmp_path_factory.mktemp("paid")
    log = place / "charges"
    command = [sys.executable, "-m", "tests.video_server", str(place), str(log)]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    try:
        for _ in range(600):
            if (place / "address").exists():
                break
            time.sleep(0.05)
        url = (place / "address").read_text()

        def run(*points: int) -> list[dict[str, Any]]:
            asked = [sys.executable, "-m", "tests.agent.paid_yard", str(place), url, str(log), *map(str, points)]
            done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=1700)
            assert done.returncode == 0, done.stderr[-4000:]
            return [json.loads(line) for line in done.stdout.splitlines()]

        yield run
    finally:
        server.communicate(b"", timeout=10)


@pytest.fixture(scope="module")
def points(yard: Yard) -> list[str]:
    (clean,) = yard()
    assert (clean["end"], clean["spend_usd"]) == ("complete", 0.5)
    names: list[str] = clean["points"]
    assert names.count("video.ordered.before") == 2
    return names


def check(rows: list[dict[str, Any]]) -> None:
    assert rows, "nobody was killed"
    assert [row["point"] for row in rows if row["double"]] == []
    assert [row["point"] for row in rows if row["lost"]] == []
    assert [row["point"] for row in rows if row["unaccounted"]] == []
    for row in rows:
        if row["unknown"]:
            assert row["end"] == "GenerationFailed", row
            assert "redoes this shot" in row["next"]
            assert row["redone"] == "complete"
            # What is in doubt was charged or not; the ledger enters only what it has seen.
            assert row["spent_usd"] == 0.5
            assert row["charged_usd"] in (0.5, 0.75)
        else:
            assert (row["end"], row["spent_usd"], row["charged_usd"]) == ("complete", 0.5, 0.5), row


@pytest.mark.timeout(600)
def test_a_killed_film_pays_for_each_shot_once(yard: Yard, points: list[str]) -> None:
    kinds = ("video.ordered.before", "video.film.after", "memory.take.ready.before")
    rows = yard(*(points.index(kind) + 1 for kind in kinds))
    check(rows)
    # An order that was not written down is in doubt; what was written down is collected.
    assert [row["unknown"] for row in rows] == [["s1"], [], []]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_does_so_wherever_it_is_killed(yard: Yard, points: list[str]) -> None:
    rows = yard(*range(1, len(points) + 1))
    check(rows)
    print(json.dumps({"points": len(rows), "unknown": sum(bool(row["unknown"]) for row in rows)}))
