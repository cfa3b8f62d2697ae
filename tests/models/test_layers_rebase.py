"""A clip told from a later frame shows the same: rows in closed form, plates by looking again."""

from __future__ import annotations

import pytest
import torch

from models.codec import Canvas
from models.layers.compose import compose
from models.layers.moves import MOVES, path_of
from models.layers.parts import CAMERA, CELL, DENSITY, LOOK, POSE
from models.layers.rebase import (
    Plate,
    covering,
    grown,
    path_from,
    path_onto,
    plate_from,
    poses_from,
    poses_onto,
    window_of,
)
from models.layers.strip import viewpoint
from models.layers.window import Window, window

CANVAS = Canvas(25)


def waves(cells: Window, parallax: float | None = None) -> Plate:
    """A smooth plate, of one parallax or falling from bottom to top."""
    rows, columns = cells.rows * CELL, cells.columns * CELL
    down, along = torch.meshgrid(torch.arange(rows) / 9.0, torch.arange(columns) / 11.0, indexing="ij")
    picture = torch.stack([0.5 + 0.4 * torch.sin(along + phase) * torch.cos(down) for phase in (0.0, 1.0, 2.0)])
    depth = down / down.max() if parallax is None else torch.full_like(down, parallax)
    return Plate(torch.cat([picture, depth[None]]), cells.corner)


@pytest.mark.parametrize("move", MOVES)
def test_rows_told_anew_and_back_are_the_same(move: str) -> None:
    path = path_of(move, CANVAS, 1.3, 4)
    row = viewpoint(path[12])
    told = path_from(path, row)
    assert float(told[12, :6].abs().max()) < 1e-6, "the frame it is told from sees everything as it is"
    assert torch.equal(told[:, 6:], path[:, 6:])
    assert torch.allclose(path_onto(told, row), path, atol=1e-6)
    poses = torch.randn(2, 25, len(POSE) + 3, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(poses_onto(poses_from(poses, row), row), poses, atol=1e-5)


@pytest.mark.parametrize("move", ["pan left", "dolly in", "roll", "bolt"])
def test_a_figure_is_seen_where_it_was(move: str) -> None:
    path = path_of(move, CANVAS, 1.0, 4)
    row = viewpoint(path[12])
    pose = torch.zeros(1, 25, len(POSE))
    pose[0, :, 0], pose[0, :, 1], pose[0, :, 2] = 0.2, -0.1, -1.2
    pose[0, :, 4], pose[0, :, 5], pose[0, :, 6] = 1.0, 1.0, -1.0
    disc = ((torch.arange(64)[:, None] - 31.5) ** 2 + (torch.arange(64) - 31.5) ** 2 < 400).float()
    sprites = disc.expand(1, 25, 4, 64, 64).contiguous()
    black = torch.zeros(4, 4 * CELL, 7 * CELL)

    def film(poses: torch.Tensor, camera: torch.Tensor) -> torch.Tensor:
        return compose(black, (0, 0), sprites, poses, camera, torch.zeros(len(LOOK)), 64, 112)

    before, after = film(pose, path), film(poses_from(pose, row), path_from(path, row))
    assert int(before.max()) > 200
    assert int((before.int() - after.int()).abs().max()) <= 2


@pytest.mark.parametrize(
    ("move", "parallax"), [("pan left", 1.0), ("crane up", 0.4), ("dolly in", None), ("roll", None)]
)
def test_a_plate_looked_at_again_shows_the_same_frames(move: str, parallax: float | None) -> None:
    path = path_of(move, CANVAS, 1.0, 4)
    cells = window(path, CANVAS)
    plate, row = waves(cells, parallax), viewpoint(path[24])
    ahead = path_from(path, row)[24:]
    seen, known = plate_from(plate, row, Window(0, 0, 4, 7), CANVAS)
    assert bool(known.all()), "the last frame lies in the plate that the path needs"

    def frame(picture: torch.Tensor, corner: tuple[int, int], camera: torch.Tensor) -> torch.Tensor:
        nobody, none = torch.zeros(0, 1, 4, 64, 64), torch.zeros(0, 1, len(POSE))
        return compose(picture, corner, nobody, none, camera, torch.zeros(len(LOOK)), 64, 112)[0]

    inner = (slice(6, -6), slice(6, -6))
    before = frame(plate.picture_4HW, plate.corner, path[24:])[inner]
    after = frame(seen, (0, 0), ahead)[inner]
    assert float((before.float() - after.float()).abs().mean()) < 3.0
    moved = frame(plate.picture_4HW, plate.corner, path[:1])[inner]
    if move != "roll":
        assert float((before.float() - moved.float()).abs().mean()) > 10.0, "and the camera did move"


def test_cells_that_a_plate_does_not_show_are_found() -> None:
    plate = waves(Window(0, 0, 4, 7), 1.0)
    row = torch.zeros(len(CAMERA))
    row[0] = row[3] = 2 * CELL / DENSITY
    _, known = plate_from(plate, row, Window(0, 0, 4, 7), CANVAS)
    assert known.view(4, 7).all(0).tolist() == [True] * 5 + [False] * 2


def test_a_plate_grows_by_what_another_shows_and_keeps_its_own() -> None:
    plate = waves(Window(0, 0, 4, 7), 1.0)
    row = torch.zeros(len(CAMERA))
    row[0] = row[3] = 3 * CELL / DENSITY
    red = torch.zeros(4, 4 * CELL, 7 * CELL)
    red[0] = red[3] = 1.0
    cells = covering(plate, Window(0, 0, 4, 7), row, CANVAS)
    assert cells == Window(0, 0, 4, 10)
    wider = grown(plate, Plate(red, (0, 0)), row, cells, CANVAS)
    assert window_of(wider) == cells
    assert torch.allclose(wider.picture_4HW[..., : 7 * CELL], plate.picture_4HW, atol=1e-5)
    assert torch.equal(wider.picture_4HW[..., 7 * CELL :], red[..., : 3 * CELL])
    anew = grown(plate, Plate(red, (0, 0)), row, cells, CANVAS, anew=True)
    assert torch.equal(anew.picture_4HW[..., 3 * CELL :], red)
