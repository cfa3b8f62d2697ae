"""The plate is as large as what the camera sees, to the cell."""

from __future__ import annotations

import math

import pytest
import torch

from models.codec import Canvas
from models.layers.window import seen, window

STILL = torch.zeros(5, 9)


def moved(column: int, value: float) -> torch.Tensor:
    path = STILL.clone()
    path[:, column] = torch.linspace(0, value, 5)
    return path


@pytest.mark.parametrize(
    ("canvas", "cells"), [(Canvas(5), (4, 7)), (Canvas(5, 64, 64), (4, 4)), (Canvas(5, 112, 63), (4, 3))]
)
def test_a_still_camera_sees_the_first_frame(canvas: Canvas, cells: tuple[int, int]) -> None:
    assert window(STILL, canvas) == (0, 0, *cells)


def test_a_truck_to_the_right_adds_what_the_near_layer_shifts() -> None:
    assert window(moved(0, 0.5), Canvas(5)) == (0, 0, 4, 9)
    assert window(moved(3, -0.5), Canvas(5)) == (0, -2, 4, 9)
    assert window(moved(3, -0.5), Canvas(5)).corner == (0, 32)


def test_a_crane_up_adds_rows_above() -> None:
    assert window(moved(1, 0.25), Canvas(5)) == (-1, 0, 5, 7)


def test_going_back_sees_more_on_all_sides_and_going_closer_nothing_more() -> None:
    assert window(moved(2, math.log(0.5)), Canvas(5)) == (-2, -4, 8, 15)
    assert window(moved(2, math.log(2.0)), Canvas(5)) == (0, 0, 4, 7)


def test_a_turned_frame_sees_its_own_corners() -> None:
    quarter = STILL.clone()
    quarter[:, 6] = math.pi / 2
    # 112 pixels of height in place of 64: 1.5 cells more above and below.
    assert window(quarter, Canvas(5)) == (-2, 0, 8, 7)
    points = seen(quarter, Canvas(5))[0, 0]
    assert points.abs().max(0).values.tolist() == pytest.approx([0.5, 0.875])


def test_a_point_of_the_plate_is_where_the_frame_sees_it() -> None:
    row = torch.tensor([0.3, -0.2, 0.4, 0.1, 0.05, 0.2, 0.5, 0.0, 0.0], dtype=torch.float64)
    points = seen(row[None], Canvas(1))
    for layer, at in enumerate((0, 3)):
        shifted = row[at + 2].exp() * points[layer, 0] - row[at : at + 2]
        c, s = math.cos(0.5), math.sin(0.5)
        back = shifted @ torch.tensor([[c, s], [-s, c]], dtype=torch.float64)
        assert back.abs().tolist() == [pytest.approx([0.875, 0.5])] * 4


def test_a_plate_has_a_largest_size_that_keeps_the_first_frame() -> None:
    far = moved(0, 9.0)
    assert window(far, Canvas(5)) == (0, 0, 4, 16)
    assert window(moved(2, -3.0), Canvas(5)) == (-2, -4, 9, 16)
    assert window(STILL, Canvas(5, 64, 512)) == (0, 0, 4, 32)


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="camera path"):
        window(torch.zeros(5, 8), Canvas(5))
    with pytest.raises(ValueError, match="finite"):
        window(STILL * math.nan, Canvas(5))
