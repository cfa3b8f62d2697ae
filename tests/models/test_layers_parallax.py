"""What of a camera's way is shown where: a backdrop that stays upright, a floor, and the line between them."""

from __future__ import annotations

import pytest
import torch

from models.layers.compose import compose
from models.layers.parallax import FINER, shares, slipping
from models.layers.parts import CAMERA, DENSITY, LOOK, POSE, SPRITE

ROWS, COLUMNS, FLOOR = 64, 160, 40


def wood() -> torch.Tensor:
    """Parallax of a sky (0), crowns (.5), trunks (.5, between them sky) and a floor (1)."""
    depth = torch.zeros(ROWS, COLUMNS)
    depth[12:26] = 0.5
    for trunk in range(4, COLUMNS, 16):
        depth[26:FLOOR, trunk : trunk + 3] = 0.5
    depth[FLOOR:] = 1.0
    return depth


def test_the_backdrop_moves_as_one_and_the_floor_with_what_is_near() -> None:
    aside = slipping(wood(), DENSITY)
    assert aside.shape == (FINER * ROWS, COLUMNS)
    behind, floor = aside[: FINER * FLOOR - 2], aside[FINER * FLOOR + 2 :]
    assert float(behind.max() - behind.min()) < 1e-6
    assert float(behind.max()) <= 0.5
    assert float(floor.min()) == 1.0


def test_a_trunk_is_upright_after_the_camera_has_travelled() -> None:
    depth = wood()
    trunks = ((depth == 0.5) & (torch.arange(ROWS)[:, None] >= 26)).float()
    line = (torch.arange(COLUMNS) % 16 == 5).float()
    picture = torch.stack([line.expand(ROWS, -1), 0 * depth, 0 * trunks])
    camera = torch.zeros(2, len(CAMERA))
    camera[1, 0] = 0.5
    nobody = torch.zeros(0, 2, 4, SPRITE, SPRITE), torch.zeros(0, 2, len(POSE))
    plate = torch.cat([picture, depth[None]])
    before, after = compose(plate, (0, 24), *nobody, camera, torch.zeros(len(LOOK)), 64, 112).float()
    upright = after[2 : FLOOR - 2, 4:-4, 0]
    assert float((upright - upright[:1]).abs().max()) <= 1.0, "every row of the backdrop shows the same"
    below = after[FLOOR + 2 :, :80, 0] - before[FLOOR + 2 :, 32:, 0]
    assert float(below.abs().max()) <= 1.0, "the floor has gone the near camera's way, half a frame height"


def test_a_seam_that_rises_is_followed() -> None:
    depth = torch.zeros(ROWS, COLUMNS)
    edge = 36 + (torch.arange(COLUMNS) * 8 // COLUMNS)
    depth[torch.arange(ROWS)[:, None] >= edge] = 1.0
    aside = slipping(depth, DENSITY)
    begins = (aside < 0.5).sum(0) / FINER
    assert float((begins - edge)[16:-16].abs().max()) < 3.0


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_place_without_a_floor_moves_as_one(level: float) -> None:
    whole = shares(torch.full((1, ROWS, COLUMNS), level), DENSITY)
    assert torch.allclose(whole[0], torch.full_like(whole[0], level))
    assert float(whole.min()) >= 0.0
    assert float(whole.max()) <= 1.0


def test_noise_gives_shares_between_none_and_all() -> None:
    dice = torch.Generator().manual_seed(1)
    for _ in range(20):
        whole = shares(torch.rand(1, ROWS, COLUMNS, generator=dice), DENSITY)
        assert bool(((whole >= 0) & (whole <= 1)).all())
