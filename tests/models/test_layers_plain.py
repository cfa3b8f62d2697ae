"""Plain pictures as layers: geometry with known answers, and the whole way with a tiny network."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.checkpoint import Card, CheckpointRefused
from models.codec import Canvas
from models.layers.codec import LayersCodec, LayersNetwork, LayersParams, save_codec
from models.layers.compose import compose
from models.layers.parts import CAMERA, LOOK, POSE
from models.layers.plain import (
    PlainLayers,
    above_water,
    covered,
    fitted_to,
    latents_digest,
    load_plain,
    posed,
    save_plain,
)
from models.layers.plain_found import found, places
from models.layers.plain_nets import TURN, PlainNetwork, PlainParams, Seen, close, filled
from models.layers.sheet import SheetCodec, SheetParams, premultiplied
from models.reel import load_codec

CANVAS = Canvas(9)


@pytest.fixture(scope="module")
def codec() -> LayersCodec:
    torch.manual_seed(0)
    return LayersCodec(LayersNetwork(LayersParams.tiny()))


@pytest.fixture(scope="module")
def plain(codec: LayersCodec) -> PlainLayers:
    torch.manual_seed(1)
    return PlainLayers(PlainNetwork(PlainParams.tiny()), latents_digest(codec.network), steps=2)


def picture(height: int = 64, width: int = 112, seed: int = 0) -> torch.Tensor:
    """A gradient with a bright square on it."""
    down, along = torch.linspace(0.2, 0.6, height)[:, None], torch.linspace(0.3, 0.5, width)[None]
    made = torch.stack([down + 0 * along, 0 * down + along, down * along])
    made[:, height // 3 : 2 * height // 3, width // 4 : width // 2] = torch.tensor([0.9, 0.1, 0.2])[:, None, None]
    return made


# Filling


def test_a_hole_in_one_colour_is_filled_with_it() -> None:
    colour = torch.tensor([0.2, 0.7, 0.4])[None, :, None, None].expand(1, 3, 20, 37)
    keep = torch.ones(1, 20, 37)
    keep[:, 5:14, 6:30] = 0.0
    holed = colour * keep[:, None]
    torch.testing.assert_close(filled(holed, keep), colour.contiguous(), atol=1e-5, rtol=0)


def test_what_is_kept_stays_and_a_hole_lies_between_its_sides() -> None:
    ramp = torch.linspace(0, 1, 64)[None, None, None].expand(1, 3, 32, 64).clone()
    keep = torch.ones(1, 32, 64)
    keep[:, 8:24, 24:40] = 0.0
    made = filled(ramp * keep[:, None] + 9.0 * (1.0 - keep[:, None]), keep)
    torch.testing.assert_close(made[keep[:, None].expand_as(made) > 0], ramp[keep[:, None].expand_as(made) > 0])
    assert float((made - ramp).abs().max()) < 0.15


# Close looks


def sprite() -> torch.Tensor:
    """A figure that differs from left to right and from top to bottom."""
    along = torch.linspace(0, 1, 64)
    line = torch.linspace(-1, 1, 64)
    soft = (3.0 * (0.85 - (line[:, None] ** 2 + line[None] ** 2).sqrt())).clamp(0, 1)
    colour = torch.stack([along[None].expand(64, 64), along[:, None].expand(64, 64), torch.full((64, 64), 0.3)])
    return torch.cat([colour * soft, soft[None]])


@pytest.mark.parametrize(("lean", "facing"), [(0.0, 1.0), (0.0, -1.0), (0.6, 1.0), (-0.4, -1.0)])
def test_a_close_look_undoes_the_laying_over(lean: float, facing: float) -> None:
    pose = torch.zeros(1, 1, len(POSE))
    pose[0, 0, :7] = torch.tensor([0.21, -0.08, math.log(0.6), math.sin(lean), math.cos(lean), facing, -1.0])
    still, look = torch.zeros(1, len(CAMERA)), torch.zeros(len(LOOK))
    plate = torch.zeros(4, 64, 112)
    frame = compose(plate, (0, 0), sprite()[None, None], pose, still, look, 128, 224)[0].permute(2, 0, 1) / 255.0
    white = sprite()[3:].expand(4, 64, 64)
    cover = compose(plate, (0, 0), white[None, None], pose, still, look, 64, 112)[0, ..., 0] / 255.0
    seen = close(frame[None], cover[None], 0 * cover[None], pose[0, :, :3], pose[0, :, 3:5], pose[0, :, 5] > 0)
    assert float((seen[0, 3:6] - sprite()[:3]).abs().mean()) < 0.012
    assert float((seen[0, 6] - sprite()[3]).abs().mean()) < 0.03
    assert float(seen[0, 8].min()) > 0.999


def test_what_lies_outside_of_the_frame_is_said() -> None:
    box = torch.tensor([[-0.875, 0.0, math.log(0.5)]])
    upright, right = torch.tensor([[0.0, 1.0]]), torch.tensor([True])
    inside = close(torch.rand(1, 3, 64, 112), torch.ones(1, 64, 112), torch.zeros(1, 64, 112), box, upright, right)[
        0, 8
    ]
    assert float(inside[:, :30].max()) == 0.0
    assert float(inside[:, 34:].min()) > 0.999


def test_water_hides_what_is_below_it_whichever_way_a_figure_faces() -> None:
    pose = torch.zeros(3, len(POSE))
    pose[:, 4], pose[:, 5], pose[:, 6] = 1.0, torch.tensor([1.0, -1.0, 1.0]), torch.tensor([0.25, 0.25, -1.0])
    dry = above_water(pose)
    assert torch.equal(dry[0], dry[1])
    assert float(dry[0, :16].min()) == 1.0
    assert float(dry[0, 16:].max()) == 0.0
    assert float(dry[2].min()) == 1.0


# Finding


def seen_of(boxes: list[tuple[float, float, float]], covers: list[torch.Tensor]) -> Seen:
    """What a network without faults would say of a frame of 64 × 112."""
    place = places(32, 56, 1.75)
    vote = torch.zeros(3, 32, 56)
    centre = torch.full((32, 56), -8.0)
    for (x, y, log_side), cover in zip(boxes, covers, strict=True):
        there = F.max_pool2d(cover[None], 2)[0] > 0.5
        wanted = torch.stack([x - place[0], y - place[1], torch.full_like(place[0], log_side)])
        vote = torch.where(there, wanted, vote)
        centre.view(-1)[((place[0] - x) ** 2 + (place[1] - y) ** 2).argmin()] = 6.0
    cover = 20.0 * torch.stack(covers).amax(0) - 10.0
    return Seen(
        cover[None], torch.full((1, 64, 112), -9.0), torch.zeros(1, 3, 64, 112), torch.zeros(1, 64, 112), centre[None],
        vote[None], torch.zeros(1, len(LOOK)),
    )  # fmt: skip


def two() -> tuple[list[tuple[float, float, float]], list[torch.Tensor]]:
    right, left = torch.zeros(64, 112), torch.zeros(64, 112)
    right[30:50, 70:90] = 1.0
    left[10:40, 20:40] = 1.0
    return [(0.36, -0.12, math.log(0.4)), (-0.40, 0.11, math.log(0.5))], [right, left]


def test_subjects_are_found_from_left_to_right_with_their_own_pixels() -> None:
    boxes, covers = two()
    box, cover = found(seen_of(boxes, covers), 1.75, None, None)
    torch.testing.assert_close(box, torch.tensor([boxes[1], boxes[0]]), atol=1e-3, rtol=0)
    assert float((cover[0] - covers[1]).abs().mean()) < 0.01
    assert float((cover[1] - covers[0]).abs().mean()) < 0.01


def test_given_boxes_give_the_order() -> None:
    boxes, covers = two()
    given = [(70 / 112, 30 / 64, 90 / 112, 50 / 64), (20 / 112, 10 / 64, 40 / 112, 40 / 64)]
    box, cover = found(seen_of(boxes, covers), 1.75, 2, given)
    torch.testing.assert_close(box, torch.tensor(boxes), atol=1e-3, rtol=0)
    assert float(cover[0][covers[1] > 0].max()) < 0.05


def test_as_many_subjects_as_are_asked_for_are_found_even_where_there_are_none() -> None:
    boxes, covers = two()
    seen = seen_of(boxes[:1], covers[:1])
    assert len(found(seen, 1.75, 3, None)[0]) == 3
    assert len(found(seen, 1.75, None, None)[0]) == 1
    assert len(found(seen, 1.75, 0, None)[0]) == 0
    box, _ = found(seen, 1.75, 1, [(0.1, 0.1, 0.2, 0.4)])
    torch.testing.assert_close(box[0], torch.tensor([-0.35 * 1.75, 0.25, math.log(0.33)]), atol=1e-3, rtol=0)


def test_a_box_is_moved_by_shares_of_its_side() -> None:
    turn = torch.zeros(1, len(TURN))
    for name, value in (("dx", 0.5), ("dy", -0.25), ("log_side", 0.1), ("sin_lean", 3.0), ("cos_lean", 4.0)):
        turn[0, TURN.index(name)] = value
    turn[0, TURN.index("facing")], turn[0, TURN.index("wet")] = -2.0, -1.0
    box, pose = posed(turn, torch.tensor([[0.1, 0.2, math.log(0.4)]]))
    torch.testing.assert_close(box[0], torch.tensor([0.3, 0.1, math.log(0.4) + 0.1]))
    torch.testing.assert_close(pose[0, 3:7], torch.tensor([0.6, 0.8, -1.0, -1.0]))
    assert float(pose[0, 9]) == 0.0


# Fitting


def test_fitting_brings_a_figure_to_what_the_picture_shows() -> None:
    torch.manual_seed(3)
    sheet = SheetCodec(SheetParams.tiny())
    token, code = torch.randn(1, 16, 8), torch.randn(1, 4)
    with torch.no_grad():
        sheet.out.weight.mul_(3.0)
        sheet.last[-1].weight.mul_(3.0)  # type: ignore[operator]
        sheet.last[-1].bias.fill_(0.4)  # type: ignore[operator]
        shown = premultiplied(sheet.decode(token, code))
    behind = torch.full((1, 3, 64, 64), 0.5)
    colour = shown[:, :3] + (1.0 - shown[:, 3:]) * behind
    look = torch.cat([shown[:, :3], colour, shown[:, 3:], 0 * shown[:, 3:], torch.ones(1, 1, 64, 64)], 1)
    begun = token + 0.6 * torch.randn(token.shape), code + 0.5 * torch.randn(code.shape)

    def away(of: tuple[torch.Tensor, torch.Tensor]) -> float:
        with torch.no_grad():
            made = premultiplied(sheet.decode(*of))
        return float((made[:, :3] + (1.0 - made[:, 3:]) * behind - colour).square().mean())

    fitted = fitted_to(sheet, *begun, look, behind, torch.ones(1, 64, 64), 60)
    assert away(fitted) < 0.5 * away(begun)
    again = fitted_to(sheet, *begun, look, behind, torch.ones(1, 64, 64), 60)
    assert torch.equal(fitted[0], again[0])


# The whole way


@pytest.mark.parametrize("canvas", [CANVAS, Canvas(9, 64, 64), Canvas(9, 112, 64)])
@pytest.mark.parametrize("subjects", [0, 1, 3])
def test_a_picture_is_laid_out_as_the_clip_that_begins_with_it(
    codec: LayersCodec, plain: PlainLayers, canvas: Canvas, subjects: int
) -> None:
    still = replace(canvas, frames=1)
    parts = plain.picture(codec, picture(canvas.height, canvas.width), canvas, subjects)
    blank = codec.blank(still, subjects, torch.zeros(1, len(CAMERA)))
    for made, wanted in zip(parts, blank, strict=True):
        assert (made.role, made.clean_LC.shape) == (wanted.role, wanted.clean_LC.shape)
        assert torch.equal(made.position_L3, wanted.position_L3)
        assert bool(torch.isfinite(made.clean_LC).all())
    assert codec.decode(parts, still, 32, 56, 12.0).shape == (1, 32, 56, 3)


def test_what_was_taken_apart_is_what_the_codec_decodes(codec: LayersCodec, plain: PlainLayers) -> None:
    apart = plain.taken_apart(codec, picture(), 2)
    shown = codec.layers(plain.picture(codec, picture(), CANVAS, 2), replace(CANVAS, frames=1), 12.0)
    latent = codec.network.plate.encode(apart.plate_4HW[None])
    torch.testing.assert_close(shown.plate_4HW, codec.network.plate.decode(latent)[0].clamp(0, 1).detach())
    assert shown.corner == (0, 0)
    rows = torch.cat([apart.pose_KP, apart.code_KC], 1)
    pose = codec.network.pose
    kept = torch.cat([pose.decode(pose.encode(row[None])) for row in rows])
    torch.testing.assert_close(shown.poses_KFP[:, 0], kept[:, : len(POSE)], atol=1e-4, rtol=1e-4)
    sprites = premultiplied(codec.network.sheet.decode(apart.token_KNC, kept[:, len(POSE) :])).detach()
    torch.testing.assert_close(shown.sprites_KF4SS[:, 0], sprites, atol=1e-4, rtol=1e-4)


def test_it_works_where_nothing_is_to_be_learned(codec: LayersCodec, plain: PlainLayers) -> None:
    with torch.inference_mode():
        inside = plain.picture(codec, picture(), CANVAS, 2)
    outside = plain.picture(codec, picture(), CANVAS, 2)
    assert all(torch.equal(a.clean_LC, b.clean_LC) for a, b in zip(inside, outside, strict=True))


@pytest.mark.parametrize(("height", "width"), [(64, 112), (180, 321), (33, 20), (1000, 300)])
def test_a_place_of_any_size_is_whole_cells(plain: PlainLayers, height: int, width: int) -> None:
    plate = plain.place(torch.rand(3, height, width))
    assert plate.shape[:2] == (4, 64)
    assert plate.shape[2] % 16 == 0
    assert 0 <= plate.shape[2] - round(64 * width / height) < 16 or width * 64 / height < 16


def test_a_picture_in_another_shape_is_cut_in_its_middle() -> None:
    wide = torch.arange(40.0)[None, None].expand(3, 10, 40)
    assert torch.equal(covered(wide, Canvas(1, 64, 64)), wide[..., 15:25])
    assert covered(wide.mT, Canvas(1, 64, 64)).shape == (3, 10, 10)
    assert covered(torch.zeros(3, 64, 112), Canvas(1, 90, 160)).shape == (3, 64, 112)
    assert covered(torch.zeros(3, 640, 1120), Canvas(1, 90, 160)).shape == (3, 630, 1120)


def test_what_cannot_be_read_is_refused(codec: LayersCodec, plain: PlainLayers) -> None:
    with pytest.raises(ValueError, match="0 to 3 subjects"):
        plain.picture(codec, picture(), CANVAS, 4)
    with pytest.raises(ValueError, match="as many boxes"):
        plain.picture(codec, picture(), CANVAS, 2, [(0.1, 0.1, 0.3, 0.3)])
    with pytest.raises(ValueError, match="plain picture"):
        plain.place(torch.rand(4, 64, 112))
    with pytest.raises(ValueError, match="finite"):
        plain.place(torch.full((3, 64, 112), math.nan))
    with pytest.raises(ValueError, match="cannot be taken apart yet"):
        plain.clip(codec, torch.rand(5, 3, 64, 112), CANVAS, 1)
    torch.manual_seed(9)
    with pytest.raises(ValueError, match="trained for latents"):
        plain.picture(LayersCodec(LayersNetwork(LayersParams.tiny())), picture(), CANVAS, 1)


def test_decoders_may_become_better_meanwhile(codec: LayersCodec, plain: PlainLayers) -> None:
    refined = LayersNetwork(LayersParams.tiny())
    refined.load_state_dict(codec.network.state_dict())
    with torch.no_grad():
        refined.sheet.out.bias.add_(0.1)  # type: ignore[union-attr]
        refined.plate.trunk[0].weight.mul_(1.1)  # type: ignore[operator]
    assert len(plain.picture(LayersCodec(refined), picture(), CANVAS, 1)) == 4


def test_the_codec_reads_pictures_and_places_through_it(codec: LayersCodec, plain: PlainLayers) -> None:
    reading = LayersCodec(codec.network, plain)
    assert [part.role for part in reading.picture(picture(), CANVAS, 1)] == ["plate", "sheet", "look", "pose"]
    place = reading.reference(picture(100, 175))
    assert (place.role, place.modality, len(place)) == ("reference", "plate", 28)


def test_weights_come_back_as_they_were_written(plain: PlainLayers, tmp_path: Path) -> None:
    path = tmp_path / "plain.json"
    save_plain(path, plain, Card("", {}, {"seed": 1}))
    again = load_plain(path)
    assert (again.latents, again.steps, again.network.params) == (plain.latents, plain.steps, plain.network.params)
    for name, value in again.network.state_dict().items():
        wanted = plain.network.state_dict()[name]
        assert torch.equal(value, wanted.half().float() if wanted.is_floating_point() else wanted)
    with pytest.raises(CheckpointRefused):
        load_plain(tmp_path / "none.json")
    tensors, card = checkpoint.load(path)
    checkpoint.save(path, {name: value for name, value in tensors.items() if "kept" not in name}, card)
    with pytest.raises(CheckpointRefused):
        load_plain(path)


def test_the_generator_finds_it_beside_its_codec(codec: LayersCodec, plain: PlainLayers, tmp_path: Path) -> None:
    save_codec(tmp_path / "layers.json", codec.network, Card(""))
    blind: Any = load_codec("layers", tmp_path)
    assert blind.plain is None
    save_plain(tmp_path / "plain.json", plain, Card(""))
    reading: Any = load_codec("layers", tmp_path)
    assert reading.place(reading.plain.place(picture())).clean_LC.shape == (28, 8)
