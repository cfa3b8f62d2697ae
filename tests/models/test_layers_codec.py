"""Clips of layers as tokens and back, with a tiny network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models import checkpoint
from models.checkpoint import Card, CheckpointRefused
from models.codec import Canvas, Codec
from models.conditions import Segment, segment, text_to_video, with_given, with_references
from models.layers.codec import GRADING, LayersCodec, LayersNetwork, LayersParams, grade, load_codec, save_codec
from models.layers.motion import camera_weights, pose_weights
from models.layers.parts import ARTICULATION, Layers
from models.packing import pack
from models.shapes import latent_times

CANVAS = Canvas(9)


def clip(subjects: int = 2, seed: int = 0, shift: float = 0.5) -> Layers:
    """A camera that trucks to the right past an orange plate with green discs on it."""
    generator = torch.Generator().manual_seed(seed)
    plate = torch.tensor([200, 120, 40, 128], dtype=torch.uint8)[:, None, None].expand(4, 64, 144).contiguous()
    line = (torch.arange(64) - 31.5) / 32
    disc = (line[:, None] ** 2 + line**2 < 0.6).to(torch.uint8) * 255
    sheet = torch.stack([0 * disc, disc, 0 * disc, disc])
    time = torch.linspace(0, 1, CANVAS.frames)
    pose = torch.zeros(subjects, CANVAS.frames, 11)
    pose[..., 0] = time * torch.rand(subjects, 1, generator=generator)
    pose[..., 2], pose[..., 4], pose[..., 5], pose[..., 6] = -0.7, 1.0, 1.0, -1.0
    camera = torch.zeros(CANVAS.frames, 9)
    camera[:, 0] = camera[:, 3] = time * shift
    limbs = torch.rand(subjects, 1, ARTICULATION, generator=generator) * time[:, None]
    look = torch.zeros(15)
    return Layers(
        plate, (0, 0), sheet.expand(subjects, 4, 64, 64), pose, limbs, torch.zeros(subjects).long(), camera, look
    )


@pytest.fixture(scope="module")
def network() -> LayersNetwork:
    """Started in closed form from a few clips."""
    torch.manual_seed(0)
    made = LayersNetwork(LayersParams.tiny())
    clips = [clip(2, seed, shift) for seed, shift in enumerate((0.5, -0.3, 0.1, 0.0, 0.4, 0.2, -0.1, -0.5))]
    flat = torch.rand(12, 4, 4, 4).repeat_interleave(16, 2).repeat_interleave(16, 3)
    plates = flat + 0.02 * torch.rand(12, 4, 64, 64)
    made.plate.start(plates)
    made.sheet.start(torch.cat([each.sheets for each in clips]) / 255.0, torch.randn(30, ARTICULATION))
    code = torch.zeros(CANVAS.frames, made.params.sheet.code)
    made.pose.fit([torch.cat([pose, code], 1) for each in clips for pose in each.poses], pose_weights(code.shape[1]))
    made.camera.fit([each.camera for each in clips], camera_weights())
    return made


@pytest.fixture
def codec(network: LayersNetwork) -> LayersCodec:
    return LayersCodec(network)


def of(parts: tuple[Segment, ...], role: str) -> list[Segment]:
    return [part for part in parts if part.role == role]


def test_it_is_a_codec(codec: LayersCodec) -> None:
    taken: Codec = codec
    assert taken.name == "layers"
    assert {(spec.role, spec.made_of) for spec in taken.specs} == {
        *((role, role) for role in ("plate", "sheet", "pose", "look", "camera")),
        ("reference", "sheet"), ("reference", "plate"), ("history", "pose"), ("history", "camera"),
    }  # fmt: skip


def test_every_token_lies_where_it_belongs(codec: LayersCodec) -> None:
    parts = codec.encode(clip(), CANVAS)
    assert [part.role for part in parts] == ["plate", "sheet", "sheet", "look", "pose", "pose"]
    plate = of(parts, "plate")[0].position_L3
    assert plate[0].tolist() == [0.0, -1.5, -3.0]
    assert plate[-1].tolist() == [0.0, 1.5, 5.0]
    sheet = of(parts, "sheet")[1].position_L3
    assert sheet[0].tolist() == [0.0, 56.0, -1.5]
    assert sheet[-1].tolist() == [0.0, 59.0, 1.5]
    assert of(parts, "look")[0].position_L3.tolist() == [[0.0, -40.0, 0.0]]
    for slot, pose in enumerate(of(parts, "pose")):
        assert pose.frame_L.tolist() == [0, 1, 2]
        assert torch.equal(pose.position_L3[:, 0], latent_times(3))
        assert pose.position_L3[:, 1:].tolist() == [[48.0 + 16 * slot, 0.0]] * 3
    for part in parts[:4]:
        assert (part.frame_L == -1).all()
    assert not any(part.clean_LC.is_inference() for part in parts)  # they are learned from
    camera = codec.camera(clip().camera, CANVAS)
    assert camera.position_L3[:, 1].tolist() == [-48.0] * 3
    assert not camera.mask_L.any()


@pytest.mark.parametrize("subjects", [0, 1, 3])
def test_blank_is_laid_out_like_what_is_encoded(codec: LayersCodec, subjects: int) -> None:
    layers = clip(subjects)
    pairs = zip(codec.encode(layers, CANVAS), codec.blank(CANVAS, subjects, layers.camera), strict=True)
    for known, empty in pairs:
        assert (known.role, known.modality, known.clean_LC.shape) == (empty.role, empty.modality, empty.clean_LC.shape)
        assert torch.equal(known.position_L3, empty.position_L3)
        assert torch.equal(known.frame_L, empty.frame_L)
        assert not empty.clean_LC.any()
        assert (empty.mask_L == 1).all()


def test_a_clip_packs_with_camera_and_references(codec: LayersCodec) -> None:
    layers = clip()
    asked = with_given(
        text_to_video(torch.arange(4), *codec.encode(layers, CANVAS)), codec.camera(layers.camera, CANVAS)
    )
    asked = with_references(asked, [codec.sheet(layers.sheets[0] / 255.0), codec.place(layers.plate / 255.0)])
    batch = pack([asked], codec.specs)
    assert {name: len(tokens) for name, tokens in batch.clean.items()} == {
        "camera": 3, "look": 1, "plate": 36 + 36, "pose": 6, "sheet": 16 + 32,
    }  # fmt: skip


def test_layers_come_back_from_tokens(codec: LayersCodec) -> None:
    layers = clip()
    parts = (*codec.encode(layers, CANVAS), codec.camera(layers.camera, CANVAS))
    made = codec.layers(parts, CANVAS, 12)
    assert made.corner == layers.corner
    assert torch.allclose(made.camera_FC, layers.camera, atol=0.2 / 64)
    assert torch.allclose(made.poses_KFP[..., :6], layers.poses[..., :6], atol=0.3 / 64)
    assert torch.allclose(made.plate_4HW, layers.plate / 255.0, atol=0.02)
    assert made.sprites_KF4SS.shape == (2, 9, 4, 64, 64)


def test_the_order_of_the_parts_does_not_matter_and_the_slots_do(codec: LayersCodec) -> None:
    layers = clip()
    parts = codec.encode(layers, CANVAS)
    made, again = codec.layers(parts, CANVAS, 12), codec.layers(parts[::-1], CANVAS, 12)
    assert torch.equal(made.poses_KFP, again.poses_KFP)
    assert float((made.poses_KFP[0] - made.poses_KFP[1]).abs().max()) > 0.1


@pytest.mark.parametrize(("fps", "frames"), [(12, 9), (24, 18), (30, 22)])
def test_a_clip_is_decoded_at_any_size_and_rate(codec: LayersCodec, fps: int, frames: int) -> None:
    layers = clip()
    parts = (*codec.encode(layers, CANVAS), codec.camera(layers.camera, CANVAS))
    video = codec.decode(parts, CANVAS, 48, 84, fps)
    assert video.dtype == torch.uint8
    assert video.shape == (frames, 48, 84, 3)
    assert (video[0, 2, 2].float() - torch.tensor([200.0, 120.0, 40.0])).abs().max() < 8


def test_the_corner_of_a_plate_that_goes_on_to_the_left_and_up_is_found_again(codec: LayersCodec) -> None:
    path = clip(shift=-0.5).camera
    path[:, 1] = path[:, 4] = torch.linspace(0, 0.25, 9)
    for canvas in (CANVAS, Canvas(9, 64, 36), Canvas(9, 112, 63)):
        parts = codec.blank(canvas, 0, path)
        assert codec.layers(parts, canvas, 12).corner == (16, 32)


def test_a_subject_is_read_from_rgba_of_any_size(codec: LayersCodec) -> None:
    small = torch.tensor([1.0, 0.0, 0.0, 0.5])[:, None, None].expand(4, 20, 10)
    part = codec.reference(small, slot=1)
    assert (part.role, part.modality, len(part)) == ("reference", "sheet", 16)
    assert part.position_L3[0].tolist() == [0.0, 56.0, -1.5]
    sheet = torch.zeros(4, 64, 64)
    sheet[0, :, 16:48] = sheet[3, :, 16:48] = 0.5
    assert (part.clean_LC - codec.sheet(sheet).clean_LC).abs().mean() < 0.1


def test_what_needs_a_reader_of_pictures_says_so(codec: LayersCodec) -> None:
    for ask in (
        lambda: codec.reference(torch.rand(3, 64, 112)), lambda: codec.picture(torch.rand(3, 64, 112), CANVAS, 1)
    ):  # fmt: skip
        with pytest.raises(ValueError, match="plain pictures"):
            ask()
    with pytest.raises(ValueError, match="3 or 4 channels"):
        codec.reference(torch.rand(2, 64, 64))


def test_a_clip_that_is_not_whole_is_refused(codec: LayersCodec) -> None:
    parts = codec.encode(clip(), CANVAS)
    for missing in ("plate", "look", "pose"):
        with pytest.raises(ValueError, match="one plate, one look"):
            codec.decode([part for part in parts if part.role != missing], CANVAS, 32, 56, 12)
    with pytest.raises(ValueError, match="no clip of 13"):
        codec.encode(clip(), Canvas(13))
    with pytest.raises(ValueError, match="9 × 9"):
        codec.camera(torch.zeros(8, 9), CANVAS)


def test_a_saved_codec_is_the_same_codec(network: LayersNetwork, tmp_path: Path) -> None:
    card = tmp_path / "layers.json"
    save_codec(card, network, Card("", metrics={"plate_db": 1.0}))
    first, second = load_codec(card), load_codec(card)
    assert first.version == second.version
    assert first.network.params == network.params
    mine, other = LayersCodec(network).encode(clip(), CANVAS), first.encode(clip(), CANVAS)
    for one, two in zip(mine, other, strict=True):
        assert torch.allclose(one.clean_LC, two.clean_LC, atol=0.05)
    with torch.no_grad():
        first.network.plate.out.weight[0, 0] += 0.5
    assert LayersCodec(first.network).version != second.version


def _shorter(tensors: dict[str, torch.Tensor]) -> None:
    tensors["pose.mean_P"] = tensors["pose.mean_P"][:-1].clone()


def _without(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["look.mean_C"]


@pytest.mark.parametrize("change", [_shorter, _without])
def test_a_checkpoint_that_is_not_exactly_the_network_is_refused(
    network: LayersNetwork, tmp_path: Path, change: Callable[[dict[str, torch.Tensor]], None]
) -> None:
    card = tmp_path / "layers.json"
    save_codec(card, network, Card(""))
    tensors, read = checkpoint.load(card)
    change(tensors)
    checkpoint.save(card, tensors, replace(read))
    with pytest.raises(CheckpointRefused):
        load_codec(card)


def test_the_committed_codec_decodes_what_it_has_never_seen() -> None:
    codec, layers = load_codec(), clip(1)
    # A stance that there is: the cosines of turns that nothing has made are 1.
    still = torch.zeros_like(layers.articulation)
    still[..., 1] = still[..., 3] = 1.0
    layers = replace(layers, articulation=still)
    parts = (*codec.encode(layers, CANVAS), codec.camera(layers.camera, CANVAS))
    made = codec.layers(parts, CANVAS, 12)
    # A green disc stays green and round, an orange plate orange, and the path is kept to a third of a pixel.
    sprite, wanted = made.sprites_KF4SS[0, 0], layers.sheets[0] / 255.0
    assert ((sprite[3] > 0.5) & (wanted[3] > 0.5)).sum() > 0.8 * ((sprite[3] > 0.5) | (wanted[3] > 0.5)).sum()
    inside = sprite[:3, wanted[3] > 0.5].mean(1)
    assert inside[1] > inside[0] + 0.4
    assert inside[1] > inside[2] + 0.4
    assert (made.plate_4HW[:3].mean((1, 2)) - layers.plate[:3].float().mean((1, 2)) / 255.0).abs().max() < 0.03
    assert (made.camera_FC - layers.camera)[:, :2].abs().max() < 0.3 / 64


def test_tokens_keep_some_of_their_channels_own_strength(codec: LayersCodec) -> None:
    scales = grade(torch.tensor([100.0, 1.0, 0.01]))
    assert float(scales.square().mean()) == pytest.approx(1.0)
    assert float(scales[0] / scales[1]) == pytest.approx(100.0**GRADING)
    part = segment("plate", torch.randn(5, codec.specs[0].channels), torch.zeros(5, 3))
    back = codec.ungraded(codec.graded(part))
    assert torch.allclose(back.clean_LC, part.clean_LC, atol=1e-5)
