"""Laying layers over each other: every number of a row does what ``parts`` says, at any size."""

from __future__ import annotations

import math

import pytest
import torch

from models.layers.compose import blurred, compose
from models.layers.parts import CAMERA, DENSITY, LOOK, POSE, SPRITE


def plate(rows: int = 64, columns: int = 112) -> torch.Tensor:
    ys, xs = torch.meshgrid(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns), indexing="ij")
    return torch.stack([xs, ys, 0.5 + 0 * xs, torch.ones_like(xs)])


def pose(**values: float) -> torch.Tensor:
    row = dict.fromkeys(POSE, 0.0) | {"cos_lean": 1.0, "facing": 1.0, "water": -1.0, "log_side": math.log(0.5)}
    return torch.tensor([[list((row | values).values())]])


def camera(**values: float) -> torch.Tensor:
    return torch.tensor([list((dict.fromkeys(CAMERA, 0.0) | values).values())])


def disc(colour: tuple[float, float, float] = (1.0, 0.0, 0.0), left_only: bool = False) -> torch.Tensor:
    ys, xs = torch.meshgrid(torch.linspace(-1, 1, SPRITE), torch.linspace(-1, 1, SPRITE), indexing="ij")
    cover = (xs**2 + ys**2 < 0.5).float()
    if left_only:
        cover = cover * (xs < 0)
    return torch.cat([cover * torch.tensor(colour)[:, None, None], cover[None]])[None, None]


def look(**values: float) -> torch.Tensor:
    return torch.tensor(list((dict.fromkeys(LOOK, 0.0) | values).values()))


NOBODY = torch.zeros(0, 1, 4, SPRITE, SPRITE), torch.zeros(0, 1, len(POSE))


def shown(
    sprite: torch.Tensor | None = None, row: torch.Tensor | None = None, seen: torch.Tensor | None = None,
    height: int = 64, width: int = 112, back: torch.Tensor | None = None, corner: tuple[int, int] = (0, 0),
    air: torch.Tensor | None = None,
) -> torch.Tensor:  # fmt: skip
    sprites, rows = NOBODY if sprite is None or row is None else (sprite, row)
    back = plate() if back is None else back
    seen, air = camera() if seen is None else seen, look() if air is None else air
    return compose(back, corner, sprites, rows, seen, air, height, width)[0].float() / 255


def red_centre(picture: torch.Tensor) -> tuple[float, float, float]:
    """Middle of the red disc in frame heights, right and up, and its area in square frame heights."""
    height, width = picture.shape[:2]
    red = (picture[..., 0] > 0.6) & (picture[..., 1] < 0.3) & (picture[..., 2] < 0.3)
    ys, xs = red.nonzero(as_tuple=True)
    x = (xs.float().mean() + 0.5) / height - width / height / 2
    return float(x), float(0.5 - (ys.float().mean() + 0.5) / height), float(red.sum()) / height**2


def test_a_still_camera_shows_the_plate_as_it_is() -> None:
    assert (shown() - plate()[:3].permute(1, 2, 0)).abs().max() < 0.5 / 255 + 1e-5


def test_a_pan_of_whole_pixels_is_a_cut_of_a_wider_plate() -> None:
    wide = plate(64, 160)
    seen = shown(back=wide, corner=(0, 16), seen=camera(x1=0.25, x0=0.25))
    assert (seen - wide[:3, :, 32:144].permute(1, 2, 0)).abs().max() < 1 / 255


def test_zoom_enlarges_about_the_middle_and_roll_turns_counter_clockwise() -> None:
    row = pose(x=0.2)
    x, y, area = red_centre(shown(disc(), row))
    assert (x, y) == (pytest.approx(0.2, abs=0.01), pytest.approx(0.0, abs=0.01))
    zoomed = red_centre(shown(disc(), row, camera(log_scale1=math.log(1.5), log_scale0=math.log(1.5))))
    assert zoomed[0] == pytest.approx(0.3, abs=0.012)
    assert zoomed[2] == pytest.approx(2.25 * area, rel=0.05)
    rolled = red_centre(shown(disc(), row, camera(roll=math.pi / 2)))
    assert rolled[:2] == (pytest.approx(0.0, abs=0.012), pytest.approx(0.2, abs=0.012))


def test_a_camera_to_the_right_moves_figures_to_the_left_and_far_scenery_less() -> None:
    assert red_centre(shown(disc(), pose(), camera(x1=0.3)))[0] == pytest.approx(-0.3, abs=0.012)
    far = plate(64, 160)
    far[3] = 0.0
    turned, trucked = camera(x1=0.25, x0=0.25), camera(x1=0.25)
    near = shown(back=far, corner=(0, 0), seen=turned)
    moved = shown(back=far, corner=(0, 0), seen=trucked)
    still = shown(back=far, corner=(0, 0))
    assert (moved - still).abs().mean() < 0.7 * (near - still).abs().mean()


@pytest.mark.parametrize(("height", "width"), [(64, 112), (96, 54), (270, 480), (101, 77)])
def test_a_figure_is_as_large_and_where_its_row_says_at_any_size(height: int, width: int) -> None:
    x, y, area = red_centre(shown(disc(), pose(x=-0.1, y=0.15), height=height, width=width))
    assert (x, y) == (pytest.approx(-0.1, abs=0.02), pytest.approx(0.15, abs=0.02))
    assert area == pytest.approx(math.pi * 0.5 * 0.25**2, rel=0.12)


def test_facing_left_mirrors_and_leaning_turns() -> None:
    half = disc(left_only=True)
    right = red_centre(shown(half, pose()))
    left = red_centre(shown(half, pose(facing=-1.0)))
    assert right[0] < -0.04 < 0.04 < left[0]
    leaning = red_centre(shown(half, pose(sin_lean=1.0, cos_lean=0.0)))
    assert leaning[1] < -0.04
    assert abs(leaning[0]) < 0.02


def test_water_hides_what_is_below_it() -> None:
    whole, cut = red_centre(shown(disc(), pose())), red_centre(shown(disc(), pose(water=0.0)))
    assert cut[1] > 0.04
    assert cut[2] == pytest.approx(whole[2] / 2, rel=0.25)


def test_the_nearer_figure_covers_the_farther() -> None:
    sprites = torch.cat([disc(), disc((0.0, 1.0, 0.0))])
    for depths, colour in (((0.0, 0.5), 0), ((0.5, 0.0), 1)):
        rows = torch.cat([pose(depth=depth) for depth in depths])
        assert int(shown(sprites, rows)[32, 56].argmax()) == colour


def test_a_shadow_darkens_the_ground_below() -> None:
    row = pose(ground=-0.6, shadow_half=0.4, shadow=1.0)
    bare, dark = shown(disc(), pose()), shown(disc(), row)
    below = int(64 * (0.5 + 0.3))
    assert float((bare - dark)[below, 56].mean()) > 0.08
    assert float((bare - dark)[5, 5].abs().max()) == 0.0


@pytest.mark.parametrize("kind", ["rain", "storm", "snow", "fog"])
def test_a_veil_falls_over_the_picture_in_its_colour(kind: str) -> None:
    white = look(**{kind: 1.0}, veil_r=1.0, veil_g=1.0, veil_b=1.0)
    back = plate() * 0
    seen = shown(air=white, back=back)
    assert float(seen.mean()) > 0.005
    assert float(shown(back=back).max()) == 0.0


def test_large_pixels_are_square_and_flat() -> None:
    seen = shown(air=look(pixel=1.0), height=192, width=336)
    blocks = seen.reshape(96, 2, 168, 2, 3)
    assert float((blocks - blocks[:, :1, :, :1]).abs().max()) == 0.0


def test_a_finer_plate_shows_the_same_picture() -> None:
    fine = torch.nn.functional.interpolate(plate()[None], scale_factor=4, mode="bilinear")[0]
    coarse = compose(plate(), (0, 0), *NOBODY, camera(), look(), 128, 224).float()
    finer = compose(fine, (0, 0), *NOBODY, camera(), look(), 128, 224, density=4 * DENSITY).float()
    assert (coarse - finer).abs().mean() < 1.5


def test_a_blur_is_the_mean_of_the_neighbours_twice() -> None:
    alpha = torch.rand(37, 52, generator=torch.Generator().manual_seed(0))
    wanted = alpha[None, None]
    for _ in range(2):
        wanted = torch.nn.functional.avg_pool2d(wanted, 9, 1, 4, count_include_pad=True)
    torch.testing.assert_close(blurred(alpha, 4), wanted[0, 0], atol=2e-6, rtol=0)
    assert blurred(torch.ones(64, 64), 5)[20:40, 20:40].allclose(torch.ones(20, 20), atol=1e-5)
