"""The measured flow of pictures whose motion is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measure.clips import View, filmed
from tools.measure.camera import possible_moves, read_camera
from tools.measure.motion import measure_flow


def test_nothing_moves_in_a_still_picture() -> None:
    flow = measure_flow(filmed(lambda _: (450, 250, 1, 0), frames=6))
    assert np.abs(flow.shift_P2).max() < 1e-4
    assert possible_moves(read_camera(flow)) == {"static"}


@pytest.mark.parametrize("pixels", [0.3, 2.0, 25.0])
def test_scenery_goes_left_when_the_camera_pans_right(pixels: float) -> None:
    flow = measure_flow(filmed(lambda k: (200 + pixels * k, 250, 1, 0), frames=12))
    assert flow.shift_P2[:, 0].sum() * 180 == pytest.approx(-11 * pixels, rel=0.08, abs=0.2)
    assert abs(flow.shift_P2[:, 1].sum()) * 180 < 0.5


def test_scenery_goes_down_when_the_camera_tilts_up() -> None:
    flow = measure_flow(filmed(lambda k: (450, 300 - 1.5 * k, 1, 0), frames=12))
    assert flow.shift_P2[:, 1].sum() * 180 == pytest.approx(11 * 1.5, rel=0.08)


def test_growth_and_turn_are_those_of_the_picture() -> None:
    flow = measure_flow(filmed(lambda k: (450, 250, 1.01**k, 0.005 * k), frames=24))
    assert np.exp(flow.growth_P.sum()) == pytest.approx(1.01**23, rel=0.03)
    assert abs(flow.turn_P.sum()) == pytest.approx(0.005 * 23, rel=0.1)


def test_a_subject_that_is_left_out_does_not_pull_the_fit() -> None:
    frames = filmed(lambda _: (450, 250, 1, 0), frames=12)
    ball = filmed(lambda k: (200 - 6 * k, 250, 1, 0), frames=12)
    frames[:, 60:140, 100:220] = ball[:, 60:140, 100:220]
    cover = np.zeros((12, 9, 16), np.float32)
    cover[:, 3:7, 5:11] = 1.0
    assert np.abs(measure_flow(frames, cover).shift_P2.sum(0)).max() * 180 < 1.0


MOVES: dict[str, tuple[object, float | None]] = {
    "pan right": (lambda k: (400 + 2.2 * k, 250, 1, 0), None),
    "pan left": (lambda k: (500 - 2.2 * k, 250, 1, 0), None),
    "tilt up": (lambda k: (450, 290 - 1.0 * k, 1, 0), None),
    "tilt down": (lambda k: (450, 210 + 1.0 * k, 1, 0), None),
    "truck right": (lambda k: (400 + 2.2 * k, 250, 1, 0), 0.2),
    "truck left": (lambda k: (500 - 2.2 * k, 250, 1, 0), 0.2),
    "crane up": (lambda k: (450, 290 - 1.0 * k, 1, 0), 0.2),
    "crane down": (lambda k: (450, 210 + 1.0 * k, 1, 0), 0.2),
    "dolly in": (lambda k: (450, 250, 1.006**k, 0), None),
    "dolly out": (lambda k: (450, 250, 1.4 / 1.006**k, 0), None),
    "roll": (lambda k: (450, 250, 1, 0.005 * k), None),
    "crash zoom": (lambda k: (450, 250, 1 + 0.6 / (1 + np.exp(-(k - 20) / 1.5)), 0), None),
    "whip pan": (lambda k: (320 + 260 * min(1.0, np.sin(min(k, 16) / 16 * np.pi / 2)), 250, 1, 0), None),
    "handheld": (lambda k: (450 + 4 * np.sin(0.9 * k), 250 + 4 * np.cos(0.7 * k), 1, 0), None),
}


@pytest.mark.parametrize("move", list(MOVES))
def test_a_move_is_told_from_all_others(move: str) -> None:
    view, far = MOVES[move]
    frames = filmed(view, frames=48, far=far)  # type: ignore[arg-type]
    assert possible_moves(read_camera(measure_flow(frames))) == {move}


def test_a_move_played_backwards_is_the_opposite_one() -> None:
    def view(k: int) -> View:
        return (400 + 2.2 * k, 250, 1, 0)

    frames = filmed(view)
    assert possible_moves(read_camera(measure_flow(frames[::-1]))) == {"pan left"}
    assert possible_moves(read_camera(measure_flow(frames[:, :, ::-1]))) == {"pan left"}


def test_a_blank_picture_allows_no_answer() -> None:
    blank = np.full((24, 180, 320, 3), 128, np.uint8)
    assert possible_moves(read_camera(measure_flow(blank))) == frozenset()
