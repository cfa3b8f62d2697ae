"""Rows beside their goals, and the generator's cost measured on a tiny one."""

from __future__ import annotations

import sys
import time

import pytest
import torch

from evals.bench import ONE_THREAD, Row, run
from evals.bench_generator import FPS, HEIGHT, WIDTH, asked, film, quick, timed
from tests.models.tiny_reel import tiny_reel


@pytest.mark.parametrize(
    ("value", "goal", "better", "met"),
    [(4.0, 4.0, "less", True), (4.1, 4.0, "less", False), (8.0, 8.0, "more", True), (7.9, 8.0, "more", False),
     (1e9, None, "less", True)],
)  # fmt: skip
def test_a_row_is_met_at_its_goal_and_on_one_side_of_it(
    value: float, goal: float | None, better: str, met: bool
) -> None:
    row = Row("clip", value, "s CPU", goal, better)
    assert row.met is met
    assert ("no goal" in str(row), "SHORT" in str(row)) == (goal is None, not met)


def test_a_process_is_measured_with_its_memory_and_its_environment() -> None:
    script = "import os; held = b'x' * 600_000_000; print(os.environ['OMP_NUM_THREADS'])"
    measured = run([sys.executable, "-c", script], ONE_THREAD)
    assert (measured.stdout.strip(), measured.code) == ("1", 0)
    assert measured.peak_gib > 600e6 / 2**30


def test_waiting_is_no_cpu_time() -> None:
    assert timed(lambda: time.sleep(0.3))[0] < 0.1


def test_the_clip_that_is_measured_lasts_four_seconds() -> None:
    ask = asked()
    assert ask.canvas.frames / ask.canvas.fps == pytest.approx(4.0, abs=0.1)
    assert (HEIGHT, WIDTH, FPS) == (256, 448, 24)
    assert not torch.equal(ask.along()[0], ask.along()[-1])


def test_a_film_costs_sampling_and_decoding_and_has_all_its_frames() -> None:
    cost = film(tiny_reel(), quick(2), asked(5), load_s=0.5)
    assert cost.frames == 10
    assert min(cost.sample_s, cost.decode_s) > 0
    assert cost.clip_s == cost.sample_s + cost.decode_s
