"""kill -9 anywhere: the film that comes of it is the same, nothing ready is made again, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def yard(root: Path, mode: str, *points: int) -> list[dict[str, Any]]:
    """What became of films killed at these points (of one undisturbed film without any).

    ``mode`` is ``plain``, ``real`` (the real editor cuts the film), ``rounds`` (two takes at once, a paid judge that
    prefers) or ``amnesic`` (without a ledger).
    """
    command = [sys.executable, "-m", "tests.agent.crash_yard", str(root), mode, *map(str, points)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1700)
    assert done.returncode == 0, done.stderr[-4000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(row["resumed"] for row in rows), done.stderr[-4000:]
    return rows


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return yard(tmp_path_factory.mktemp("plain"), "plain")[0]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return yard(tmp_path_factory.mktemp("real"), "real")[0]


def spread(points: list[str], count: int) -> list[int]:
    """``count`` numbers of points: the last of every kind, and the others evenly spread."""
    chosen = {index + 1 for index, name in enumerate(points) if name not in points[index + 1 :]}
    others = [number for number in range(1, len(points) + 1) if number not in chosen]
    wanted = count - len(chosen)
    return sorted(chosen | {others[index * len(others) // wanted] for index in range(wanted)})


def check(rows: list[dict[str, Any]], film: str) -> None:
    assert rows, "nobody was killed"
    assert [row["point"] for row in rows if not row["killed"]] == []
    assert [row["point"] for row in rows if row["repeated"]] == []
    assert [row["point"] for row in rows if row["lost"]] == []
    assert [row["point"] for row in rows if row["film"] != film] == []


def test_there_is_a_point_around_every_write_rename_and_encode(plain: dict[str, Any]) -> None:
    assert len(plain["points"]) >= 60
    kinds = {name.rpartition(".")[0] for name in plain["points"]}
    assert {"memory.take.intended", "memory.take.running", "memory.take.ready", "memory.review", "memory.cut",
            "store.rename", "video.film", "cut.encode"} <= kinds  # fmt: skip
    assert len(plain["rendered"]) == 7, "six shots, one of them twice since its first take is wrong"


@pytest.mark.timeout(600)
def test_a_killed_film_resumes_to_the_same_film(plain: dict[str, Any], tmp_path: Path) -> None:
    points = spread(plain["points"], 60)
    rows = yard(tmp_path, "plain", *points)
    assert len(rows) == len(set(points)) == 60
    check(rows, plain["film"])
    assert len({row["ready_at_death"] for row in rows}) >= 5, "deaths before, between and after the takes"


@pytest.mark.timeout(600)
def test_so_does_one_killed_while_it_is_cut(real: dict[str, Any], tmp_path: Path) -> None:
    cutting = [i + 1 for i, name in enumerate(real["points"]) if name.startswith(("edit.", "cut.", "memory.cut"))]
    assert len(cutting) >= 8, "without a point nobody is killed"
    check(yard(tmp_path, "real", *cutting[::2]), real["film"])


@pytest.mark.timeout(600)
def test_so_does_one_killed_within_a_round_of_takes(tmp_path: Path) -> None:
    whole = yard(tmp_path / "whole", "rounds")[0]
    kinds = {name.rpartition(".")[0] for name in whole["points"]}
    assert {"memory.spend", "memory.review", "memory.take.intended"} <= kinds
    assert len(whole["rendered"]) == 6, "two rounds of two for the fox, one for the owl"
    check(yard(tmp_path / "killed", "rounds", *spread(whole["points"], 28)), whole["film"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_does_so_wherever_it_is_killed(real: dict[str, Any], tmp_path: Path) -> None:
    check(yard(tmp_path, "real", *range(1, len(real["points"]) + 1)), real["film"])


@pytest.mark.timeout(300)
def test_without_the_ledger_the_same_test_is_red(plain: dict[str, Any], tmp_path: Path) -> None:
    late = [i + 1 for i, name in enumerate(plain["points"]) if name == "memory.take.ready.after"][-2:]
    rows = yard(tmp_path, "amnesic", *late)
    assert [bool(row["repeated"]) for row in rows] == [True, True]
    with pytest.raises(AssertionError):
        check(rows, plain["film"])
