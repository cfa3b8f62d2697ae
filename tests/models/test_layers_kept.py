"""The pixels of a picture that a clip begins with: geometry with known answers, and whole clips of drawn pictures."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from models.codec import Canvas
from models.layers.codec import LayersCodec
from models.layers.compose import seat
from models.layers.filling import FINEST, cut_to, flat_share, guided, mirrored_in, spread, stored
from models.layers.kept import Cutouts, Kept, on_frame, on_sprite
from models.layers.parts import CAMERA, POSE
from models.layers.plain import LEAST_FLAT
from models.reel import Ask, Reel, load_codec, recalled
from models.world.render import Film
from models.world.sample import sample_scene
from models.world.scene import Scene

STILL = torch.zeros(len(CAMERA))


def pose(**changes: float) -> torch.Tensor:
    row = {"x": 0.0, "y": 0.0, "log_side": math.log(0.5), "cos_lean": 1.0, "facing": 1.0, "water": -1.0, "ground": -0.5}
    return torch.tensor([{**row, **changes}.get(name, 0.0) for name in POSE])


def disc(height: int, width: int, x: float, y: float, radius: float) -> torch.Tensor:
    """1 in a disc about (x, y), in frame heights from the middle, up and right."""
    up = 0.5 - (torch.arange(height) + 0.5)[:, None] / height
    right = ((torch.arange(width) + 0.5)[None] - width / 2) / height
    return ((right - x) ** 2 + (up - y) ** 2 < radius**2).float()


def drawn(scene: Scene, height: int = 144, width: int = 256) -> torch.Tensor:
    return next(iter(Film(scene, width, height, 24).frames()))[0].permute(2, 0, 1).float() / 255


# What is known, spread


def test_what_is_known_stays_and_between_it_lies_what_is_between() -> None:
    value, known = torch.rand(3, 21, 34, generator=torch.Generator().manual_seed(0)), torch.zeros(21, 34)
    known[:, :8], known[:, 26:] = 1.0, 1.0
    value[:, :, :8], value[:, :, 26:] = 0.2, 0.8
    made = spread(value, known)
    torch.testing.assert_close(made * known, value * known)
    assert float(made.min()) >= 0.2 - 1e-5
    assert float(made.max()) <= 0.8 + 1e-5
    assert float(made[:, :, 9].mean()) < 0.45 < 0.55 < float(made[:, :, 24].mean())


def test_a_gap_is_filled_with_its_sides_mirrored() -> None:
    row = torch.arange(20.0)
    value, known = row.expand(1, 6, 20).clone(), torch.ones(6, 20)
    known[:, 8:12] = 0.0
    value[:, :, 8:12] = 99.0
    made = mirrored_in(value, known)
    torch.testing.assert_close(made[:, :, :8], value[:, :, :8])
    # The column beside an edge is nearly the edge's own mirror, and neither side shows what was hidden.
    assert float(made[0, 0, 8]) == pytest.approx(6.0 * 0.94 + 16.0 * 0.06, abs=0.3)
    assert float(made.max()) < 20


def test_a_row_of_which_nothing_is_known_is_filled_from_others() -> None:
    value, known = torch.full((3, 8, 8), 0.4), torch.ones(8, 8)
    known[3:5] = 0.0
    value[:, 3:5] = 9.0
    made = mirrored_in(value, known)
    torch.testing.assert_close(made, torch.full_like(made, 0.4), atol=1e-4, rtol=0)


def test_the_edge_of_a_rough_cover_goes_where_the_picture_has_one() -> None:
    true = disc(96, 160, 0.1, 0.0, 0.25)
    picture = torch.stack([0.2 + 0.6 * true, 0.5 - 0.3 * true, torch.full_like(true, 0.3)])
    rough = F.avg_pool2d(F.max_pool2d(true[None], 5, 1, 2), 9, 1, 4)[0]
    before = float((rough.round() != true).float().mean())
    after = float((guided(rough, picture, 6).round() != true).float().mean())
    assert before > 0.02
    assert after < before / 4


# Where a sprite is


@pytest.mark.parametrize("facing", [1.0, -1.0])
def test_a_sprite_taken_from_a_frame_lies_there_again(facing: float) -> None:
    lean = 0.4
    row = pose(x=0.2, y=-0.1, sin_lean=math.sin(lean), cos_lean=math.cos(lean), facing=facing)
    camera = STILL.clone()
    camera[:3], camera[6] = torch.tensor([0.05, 0.02, 0.1]), 0.2
    x, y, side, _, mirrored = seat(row, camera)
    assert mirrored == facing
    frame = F.avg_pool2d(torch.rand(1, 3, 120, 200, generator=torch.Generator().manual_seed(1)), 9, 1, 4)[0]
    back = on_frame(on_sprite(frame, row, camera, 128), row, camera, 120, 200)
    middle = disc(120, 200, x, y, 0.4 * side)
    assert float(((back - frame).abs() * middle).max()) < 0.02
    outside = 1 - disc(120, 200, x, y, 0.75 * side)
    assert float((back.abs() * outside).max()) == 0.0


def test_a_picture_is_cut_to_a_frame_about_its_middle_and_stored_no_finer_than_it_is_shown() -> None:
    tall = torch.zeros(3, 4000, 300)
    assert cut_to(tall, 0.5).shape == (3, 600, 300)
    wide = torch.zeros(3, 1440, 5000)
    assert stored(wide, 16 / 9).shape == (3, FINEST, 2500)
    assert stored(tall, 16 / 9) is tall
    kept = Kept(torch.rand(3, 90, 400), torch.rand(2, 64, 112), torch.ones(64, 64)).framed(180, 320)
    assert kept.picture_3HW.shape == (3, 90, 160)
    assert kept.cover_KHW.shape == (2, 90, 160)


def test_what_is_kept_is_stored_as_bytes_and_a_region_taken_out_of_it() -> None:
    kept = Kept(torch.rand(3, 20, 30), torch.rand(1, 10, 16).round(), torch.ones(8, 8), True)
    again = Kept.of(kept.tensors())
    torch.testing.assert_close(again.picture_3HW, kept.picture_3HW, atol=1 / 500, rtol=0)
    assert again.photo
    assert torch.equal(again.cover_KHW, kept.cover_KHW)
    less = kept.without((0.0, 0.0, 0.5, 1.0))
    assert less.free_HW.mean(0).tolist() == [0.0] * 4 + [1.0] * 4
    assert kept.free_HW.min() == 1.0


def test_a_figure_unlike_its_tokens_is_moved_whole_and_one_alike_moves_its_limbs() -> None:
    cover = disc(64, 112, 0.0, 0.0, 0.2)
    picture = torch.stack([0.1 + 0.8 * cover, 0.2 + 0 * cover, 0.3 + 0 * cover])
    kept, row = Kept(picture, cover[None], torch.ones(64, 64)), pose(shadow=1.0, shadow_half=0.2)
    sprite = on_sprite(torch.cat([picture * cover, cover[None]]), row, STILL, 64)
    alike = Cutouts(kept, row[None], STILL, sprite[None], 64, 112)
    unlike = Cutouts(kept, row[None], STILL, sprite[None].roll(20, -1), 64, 112)
    assert (alike.rigid, unlike.rigid) == ([False], [True])
    moved = torch.zeros(1, 4, 64, 64)
    torch.testing.assert_close(alike.worn(0, moved, sprite)[0, :, 32, 32], moved[0, :, 32, 32], atol=0.02, rtol=0)
    whole = unlike.worn(0, moved, sprite)
    assert float(whole[0, 0, 32, 32]) == pytest.approx(0.9, abs=0.05)
    # Its shadow lies where the disc ends, 0.2 of a frame below its middle in a box of half a frame.
    assert float(unlike.posed(row[None, None])[0, 0, 7]) == pytest.approx(-0.4, abs=0.04)


def test_what_is_cut_out_beyond_a_figures_box_makes_the_box_larger() -> None:
    cover = disc(64, 112, 0.0, 0.0, 0.3)
    picture = torch.stack([0.1 + 0.8 * cover, 0.2 + 0 * cover, 0.3 + 0 * cover])
    row = pose(shadow=1.0, shadow_half=0.2)
    sprite = torch.zeros(4, 64, 64)
    made = Cutouts(Kept(picture, cover[None], torch.ones(64, 64)), row[None], STILL, sprite[None], 64, 112)
    larger = made.posed(row[None, None])[0, 0]
    side = math.exp(float(larger[2]))
    assert 0.58 < side < 0.65, "the disc is .6 of a frame across, its box was .5"
    assert float(larger[8]) * side == pytest.approx(0.2 * 0.5, rel=1e-4), "its shadow is as wide as it was"
    shown = on_frame(made.worn(0, sprite[None], sprite)[0], larger, STILL, 64, 112)
    assert float((shown[3].round() - cover).abs().mean()) < 0.02


def test_who_is_made_anew_is_no_longer_what_the_picture_shows() -> None:
    cover = disc(64, 112, 0.0, 0.0, 0.2)
    kept = Kept(torch.rand(3, 64, 112), torch.stack([cover, cover.flip(-1).roll(30, -1)]), torch.ones(64, 112))
    less = kept.remade(0)
    assert less.shown == (False, True)
    assert float((less.free_HW * cover).max()) == 0.0
    assert float(less.free_HW[:, :20].min()) == 1.0


def test_a_cover_lies_where_the_picture_is_shown_in_a_film_of_another_shape() -> None:
    picture = torch.zeros(3, 300, 400)
    picture[:, 100:200, 150:250] = 1.0
    canvas = cut_to(picture, 112 / 64)
    cover = F.interpolate(canvas[None, :1], (64, 112), mode="area")[0]
    shown = Kept(picture, cover, torch.ones(64, 64)).framed(720, 960)
    assert float((shown.cover_KHW[0].round() - shown.picture_3HW[0].round()).abs().mean()) < 0.01


# Whole clips, with the weights of the repository


@pytest.fixture(scope="module")
def codec() -> LayersCodec:
    made = load_codec("layers")
    assert isinstance(made, LayersCodec)
    return made


def test_what_is_drawn_is_no_photograph_and_what_is_noisy_everywhere_is(codec: LayersCodec) -> None:
    for seed in range(8):
        picture = drawn(sample_scene(900 + seed))
        _, kept = codec.opened(picture, Canvas(1, 64, 112, 12.0), 0, cast=False)
        assert not kept.photo
    dice = torch.Generator().manual_seed(2)
    sizes = [(144, 256), (72, 128), (36, 64)]
    layers = [F.interpolate(torch.rand(1, 3, *size, generator=dice), (144, 256), mode="bilinear")[0] for size in sizes]
    rough = torch.stack(layers).mean(0)
    assert flat_share(rough) < LEAST_FLAT
    _, kept = codec.opened(rough, Canvas(1, 64, 112, 12.0), 2)
    assert kept.photo
    assert kept.shown == (), "nobody is cut out of a photograph"


def test_a_clip_begins_with_the_picture_to_the_pixel_where_nobody_is_and_goes_on_from_its_latents(
    codec: LayersCodec,
) -> None:
    reel = Reel.load()
    scene = replace(sample_scene(931), actors=(), focus=0, cues=(), weather="clear", exposure=0.0)
    picture = drawn(scene)
    ask = Ask("Storybook picture. In a meadow by day.", Canvas(13, 64, 112, 12.0), 0, keyframes={0: picture})
    made = reel.clip(ask, 1)
    first = reel.decode(made, 144, 256, 12.0)[0].permute(2, 0, 1).float() / 255
    plain = replace(made, ask=replace(made.ask, kept=None))
    without = reel.decode(plain, 144, 256, 12.0)[0].permute(2, 0, 1).float() / 255
    kept_db, lost_db = (-10 * float((each - picture).square().mean().log10()) for each in (first, without))
    assert kept_db > 33, (kept_db, lost_db)
    assert kept_db > lost_db + 6
    from models.latents import to_bytes

    assert made.ask.kept is not None
    again = recalled(to_bytes(made.shown, {}, made.ask.kept.tensors()), ask, 1)
    torch.testing.assert_close(
        reel.decode(again, 144, 256, 12.0)[0].float() / 255, first.permute(1, 2, 0), atol=3 / 255, rtol=0
    )


def test_a_region_that_is_made_anew_is_what_the_tokens_say(codec: LayersCodec) -> None:
    picture = drawn(replace(sample_scene(931), actors=(), focus=0, cues=(), weather="clear"))
    kept = Kept(picture, torch.zeros(0, 64, 112), torch.ones(64, 64)).without((0.0, 0.0, 0.5, 1.0))
    none = torch.zeros(0, len(POSE)), STILL, torch.zeros(0, 4, 64, 64)
    plate, density = Cutouts(kept, *none, 144, 256).plate(torch.full((4, 64, 144), 0.5), (0, 16), 64.0)
    assert density == 144
    frame = plate[:3, :, 36 : 36 + 256]
    assert float((frame[..., :120] - 0.5).abs().max()) < 0.02
    torch.testing.assert_close(frame[..., 136:], picture[..., 136:], atol=0.02, rtol=0)
    # Beyond the border the picture goes on, mirrored.
    torch.testing.assert_close(plate[:3, :, 292:310], picture.flip(-1)[..., :18], atol=0.02, rtol=0)


def test_a_last_picture_has_nothing_to_give_where_nothing_moves() -> None:
    reel = Reel.load()
    picture = drawn(replace(sample_scene(931), actors=(), focus=0, cues=(), weather="clear"))
    ask = Ask(
        "Storybook picture. In a meadow by day.", Canvas(13, 64, 112, 12.0), 0, keyframes={0: picture, -1: picture}
    )
    assert reel.clip(ask, 1).ask.subjects == 0
