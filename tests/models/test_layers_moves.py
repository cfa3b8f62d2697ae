"""Camera moves in closed form are those of the world."""

from __future__ import annotations

import pytest
import torch

from models.codec import Canvas
from models.layers.moves import MOVES, path_of
from models.layers.observe import camera_rows
from models.world import vocabulary
from models.world.action import perform
from models.world.camera import path
from models.world.scene import Act, Actor, Camera, Scene

CANVAS = Canvas(49)


def filmed(move: str, canvas: Canvas, strength: float, seed: int) -> torch.Tensor:
    """The world's own path of a wide shot of somebody who stands."""
    duration_s = canvas.frames / canvas.fps
    actor = Actor("fox", "red", acts=(Act("stand", 0.0, duration_s),))
    scene = Scene(
        actors=(actor,), setting="meadow", camera=Camera(move, "wide", strength), duration_s=duration_s, seed=seed
    )
    times = torch.arange(canvas.frames, dtype=torch.float32) / canvas.fps
    aspect = canvas.width / canvas.height
    way = path(scene, perform(scene, times, aspect), aspect, times)
    return camera_rows(way, torch.zeros(canvas.frames))


def test_the_moves_are_the_worlds() -> None:
    assert MOVES == vocabulary.CAMERA_MOVES


CASES = ((Canvas(25), 1.0, 0), (Canvas(25, 64, 64), 0.7, 1), (Canvas(61, 112, 64), 1.3, 9))


@pytest.mark.parametrize("move", MOVES)
def test_a_path_is_that_of_the_world(move: str) -> None:
    canvas, strength, seed = CASES[MOVES.index(move) % len(CASES)]
    made, wanted = path_of(move, canvas, strength, seed), filmed(move, canvas, strength, seed)
    torch.testing.assert_close(made, wanted, atol=2e-4, rtol=0)


def test_a_move_moves_and_one_frame_does_not() -> None:
    for move in MOVES:
        travel = path_of(move, CANVAS)[:, :7].amax(0) - path_of(move, CANVAS)[:, :7].amin(0)
        assert bool((travel > 0.01).any()) == (move != "static"), move
        assert path_of(move, Canvas(1)).shape == (1, 9)
        assert bool(torch.isfinite(path_of(move, Canvas(1))).all())


def test_left_is_the_mirror_of_right_and_up_of_down() -> None:
    for one, other, column in (("pan left", "pan right", 0), ("tilt down", "tilt up", 1)):
        torch.testing.assert_close(path_of(one, CANVAS)[:, column], -path_of(other, CANVAS)[:, column])


def test_an_unknown_move_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'spiral' is no camera move; there are static, pan left"):
        path_of("spiral", CANVAS)
