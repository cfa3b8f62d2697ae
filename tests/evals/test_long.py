"""What is measured of long clips: drift, seams, and who is still in the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from evals.long import CHUNK, SHOWN_HZ, Long, boxes_of, inside, seams, shown_at, slope, told, tones
from models.codec import Canvas
from models.layers.parts import POSE
from models.layers.strip import Strip
from models.shapes import FPS
from models.windows import SPAN

FRAMES = SPAN + 2 * CHUNK


def still(**more: Any) -> Strip:
    rows = torch.zeros(1, FRAMES, len(POSE))
    none: Any = None
    strip = Strip(Canvas(FRAMES), none, none, none, (), rows, torch.zeros(FRAMES, 9))
    return replace(strip, **more)


def test_a_slope_is_the_change_from_chunk_to_chunk() -> None:
    assert slope([1.0, 3.0, 5.0, 7.0]) == pytest.approx(2.0)
    assert slope([1.0, float("nan"), 5.0, 7.0]) == pytest.approx(2.0)
    assert np.isnan(slope([1.0, float("nan"), 2.0]))
    row = told([[0.0, 1.0, 2.0], [0.0, -1.0, -2.0]])
    assert (row["slope"], row["size"], row["last"]) == (0.0, 1.0, 0.0)


def test_tones_are_brightness_colour_and_contrast() -> None:
    grey = np.full((2, 8, 8, 3), 100, np.uint8)
    assert tones(grey) == {
        "brightness": pytest.approx(100.0, abs=0.1),
        "saturation": 0.0,
        "contrast": pytest.approx(0.0, abs=1e-3),
    }
    half = grey.copy()
    half[:, :4] = (200, 100, 100)
    assert tones(half)["saturation"] == pytest.approx(50.0)
    assert tones(half)["contrast"] > 10.0


def test_who_has_left_is_not_inside() -> None:
    rows = torch.zeros(1, FRAMES, len(POSE))
    rows[0, -1, 0] = 3.0
    box = boxes_of(still(rows_KFR=rows))[:, 0]
    assert float(inside(box[:1])) == pytest.approx(1.0, abs=1e-4)
    assert float(inside(box[-1:])) == 0.0
    path = torch.zeros(FRAMES, 9)
    path[-1, 0] = 3.0
    followed = boxes_of(still(rows_KFR=rows, path_F9=path))[:, 0]
    assert float(inside(followed[-1:])) == pytest.approx(1.0, abs=1e-4), "the camera went along"


def test_a_jump_where_a_window_begins_is_found() -> None:
    rows = torch.zeros(1, FRAMES, len(POSE))
    rows[0, SPAN:, 0] = 0.1
    frames = np.zeros((FRAMES * SHOWN_HZ // FPS, 4, 4, 3), np.uint8)
    frames[shown_at(SPAN - 1) + 1 :] = 50
    found = seams(Long(frames, torch.zeros(0), still(rows_KFR=rows), []))
    assert max(found["jump at seam"]) == pytest.approx(100.0, rel=1e-3)
    assert max(found["jump elsewhere"]) == 0.0
    assert max(found["seam"]) == 50.0
    assert max(found["elsewhere"]) == 0.0
