"""Scenes taken apart and laid together again are the scenes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.codec import Canvas
from models.layers.compose import compose
from models.layers.observe import KINDS, observe, sheet, sprites
from models.layers.parts import ARTICULATION, CELL, POSE, SPRITE
from models.layers.source import ShotCache, named, shots
from models.world.render import render_clips
from models.world.sample import held_out, sample_scene
from models.world.scene import Act, Actor, Camera, Scene

CANVAS = Canvas(frames=13)
FOX = Actor("fox", "orange", acts=(Act("walk", 0.0, 1.1, "right"),), side="left")


def laid(scene: Scene, canvas: Canvas = CANVAS, bare: bool = False) -> torch.Tensor:
    layers = observe(scene, canvas)
    subjects, frames = layers.poses.shape[:2]
    standing = torch.zeros(subjects, frames, 4, SPRITE, SPRITE)
    if not bare and subjects:
        standing = (layers.sheets.float() / 255)[:, None].expand(-1, frames, -1, -1, -1)
    return compose(
        layers.plate.float() / 255, layers.corner, standing, layers.poses, layers.camera, layers.look,
        canvas.height, canvas.width, torch.arange(frames) / canvas.fps,
    )  # fmt: skip


def filmed(scene: Scene, canvas: Canvas = CANVAS) -> torch.Tensor:
    video = render_clips([scene], canvas.width, canvas.height, canvas.frames, canvas.fps).video_BCFHW[0]
    return video.permute(1, 2, 3, 0) * 255


def decibels(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(-10 * torch.log10(((a.float() - b.float()) / 255).square().mean()))


@pytest.mark.parametrize("move", ["static", "pan left", "tilt up", "crash zoom", "roll", "handheld"])
def test_an_empty_place_is_the_place_filmed(move: str) -> None:
    scene = Scene((), "mountain", camera=Camera(move), duration_s=1.1, seed=3)
    assert decibels(laid(scene), filmed(scene)) > 27


@pytest.mark.parametrize("move", ["truck left", "dolly in", "bolt", "crane up"])
def test_a_camera_that_moves_in_depth_is_near(move: str) -> None:
    scene = Scene((), "meadow", camera=Camera(move), duration_s=1.1, seed=3)
    assert decibels(laid(scene)[:1], filmed(scene)[:1]) > 27
    assert decibels(laid(scene), filmed(scene)) > 18


def test_places_with_one_backdrop_keep_near_while_the_camera_travels() -> None:
    scenes = [Scene((), place, camera=Camera("truck left"), duration_s=1.1, seed=3) for place in ("city", "mountain")]
    assert min(decibels(laid(scene)[-4:], filmed(scene)[-4:]) for scene in scenes) > 21


def test_the_figure_is_where_the_world_has_it() -> None:
    scene = Scene((FOX,), "snowfield", duration_s=1.1, camera=Camera("pan right"), seed=5)
    truth = render_clips([scene], 112, 64, 13, 12, masks=True)
    assert truth.masks_BKFHW is not None
    figure = (laid(scene).float() - laid(scene, bare=True).float()).abs().amax(-1) > 25
    for frame in (0, 6, 12):
        mask = truth.masks_BKFHW[0, 0, frame] > 0.5
        both, either = (figure[frame] & mask).sum(), (figure[frame] | mask).sum()
        assert float(both / either) > 0.5
    assert decibels(laid(scene), filmed(scene)) > 22


def test_the_first_frame_has_no_move_but_its_roll() -> None:
    layers = observe(sample_scene(31, duration_s=1.1), CANVAS)
    assert float(layers.camera[0, :6].abs().max()) == 0.0
    assert layers.plate.shape[1] % CELL == layers.plate.shape[2] % CELL == 0
    assert layers.articulation.shape[1:] == (13, ARTICULATION)
    assert layers.poses.shape[2] == len(POSE)
    assert [KINDS[k] for k in layers.kinds.tolist()] == [a.subject for a in sample_scene(31, duration_s=1.1).actors]


def test_sprites_pair_a_standing_figure_with_its_poses() -> None:
    made = sprites([Scene((FOX,), duration_s=1.1)], torch.Generator().manual_seed(0), per_actor=3)
    assert made.posed.shape == made.sheets.shape == (3, 4, SPRITE, SPRITE)
    assert (made.standing == made.standing[:1]).all()
    assert not (made.posed[0] == made.posed[2]).all()
    # Premultiplied: no colour without opacity.
    assert bool((made.posed[:, :3].float() <= made.posed[:, 3:].float() + 2).all())


def test_a_sheet_shows_the_colour_it_was_asked() -> None:
    for colour, channel in (("red", 0), ("green", 1), ("blue", 2)):
        picture = sheet(replace(FOX, colour=colour), Scene()).float()
        inside = picture[3] > 250
        assert int(torch.stack([picture[c][inside].mean() for c in range(3)]).argmax()) == channel


def test_shots_keep_held_out_combinations_apart_and_come_back_from_disk(tmp_path: Path) -> None:
    canvas = Canvas(5)
    made = shots(5, "train", canvas)
    scene = sample_scene(5, split="train", duration_s=canvas.frames / canvas.fps)
    assert not held_out(scene)
    assert len(made) >= 2
    assert len({shot.names for shot in made}) == len(made)
    cache = ShotCache(tmp_path, "train", canvas, shard=2)
    back = list(cache.read(cache.make(0)))
    again = shots(0, "train", canvas) + shots(1, "train", canvas)
    assert len(back) == len(again)
    for one, other in zip(back, again, strict=True):
        assert one.captions == other.captions
        assert torch.equal(one.layers.plate, other.layers.plate)
        assert torch.equal(one.layers.sheets, other.layers.sheets) or not len(one.names)
        assert torch.allclose(one.layers.articulation, other.layers.articulation, atol=2e-3)


def test_a_sheet_has_a_name() -> None:
    assert named(replace(FOX, acts=())) == "An orange fox."
