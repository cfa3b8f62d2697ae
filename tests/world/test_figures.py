"""How subjects are drawn: the named colour dominates, individuals differ, turning and blinking show."""

from __future__ import annotations

import itertools

import pytest
import torch

from models.world import vocabulary
from models.world.action import CHANNELS, perform
from models.world.figures import draw_actor, joints_of, shadow, table_of
from models.world.figures.channels import INDEX
from models.world.performance import Track
from models.world.scene import Accessory, Act, Actor, Scene
from models.world.strokes import Strokes, paint


def held(frames: int = 1, **channels: float) -> Track:
    """A figure of height 1 at the origin in one pose."""
    zero, pose = torch.zeros(frames), torch.zeros(frames, len(CHANNELS))
    for name, value in channels.items():
        pose[:, INDEX[name]] = value
    return Track(zero, zero, zero, zero + 1.0, pose[:, INDEX["yaw"]].cos(), zero, pose)


def drawn(actor: Actor, **channels: float) -> Strokes:
    return draw_actor(actor, held(**channels), torch.zeros(1))


def picture(actor: Actor, size: int = 96, **channels: float) -> torch.Tensor:
    half = max(0.75, vocabulary.SUBJECTS[actor.subject].width * 0.5 + 0.15)
    return paint(drawn(actor, **channels), 0, (-half, -0.2, half, 2 * half - 0.2), size, size)


def lab(rgb: torch.Tensor) -> torch.Tensor:
    """CIELAB of sRGB colours (..., 3), D65; lightness halved, because shading moves it most."""
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    rows = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ rows.T / torch.tensor([0.9505, 1.0, 1.089])
    f = torch.where(xyz > 0.008856, xyz.clamp_min(1e-9) ** (1 / 3), 7.787 * xyz + 16 / 116)
    return torch.stack([58 * f[..., 1] - 8, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


@pytest.mark.parametrize("subject", vocabulary.SUBJECTS)
def test_the_named_colour_dominates(subject: str) -> None:
    known = lab(torch.tensor(list(vocabulary.COLOURS.values())))
    for number, colour in enumerate(vocabulary.COLOURS):
        rgba = picture(Actor(subject, colour, identity=3))
        seen = (rgba[:3] / rgba[3].clamp_min(1e-6)).permute(1, 2, 0)[rgba[3] > 0.9]
        nearest = (lab(seen)[:, None] - known).norm(dim=-1).argmin(1)
        assert float((nearest == number).float().mean()) >= 0.52, colour
        assert int(nearest.bincount(minlength=len(known)).argmax()) == number, colour


@pytest.mark.parametrize("subject", vocabulary.SUBJECTS)
def test_two_identities_differ_and_one_is_constant(subject: str) -> None:
    colour = vocabulary.SUBJECTS[subject].natural
    first, again, other = (picture(Actor(subject, colour, identity=i)) for i in (1, 1, 2))
    assert torch.equal(first, again)
    assert float((first - other).abs().sum()) > 0.02 * float(first[3].sum())


def test_a_figure_is_as_tall_as_the_vocabulary_says() -> None:
    for subject, kind in vocabulary.SUBJECTS.items():
        strokes = drawn(Actor(subject, kind.natural))
        solid = strokes.boxes()[0][strokes.alpha_FK[0] > 0.5]
        top, bottom = float(solid[:, 3].max()), float(solid[:, 1].min())
        assert 0.72 <= top <= 1.45, subject
        assert (-0.40 if subject == "kite" else -0.12) <= bottom <= 0.30, subject
        assert float(solid[:, 2].max() - solid[:, 0].min()) <= max(1.4 * kind.width, kind.width + 0.25), subject


def test_figures_are_cheap_to_describe() -> None:
    worn = tuple(Accessory(name, "red") for name in vocabulary.ACCESSORIES)
    for subject, kind in vocabulary.SUBJECTS.items():
        assert drawn(Actor(subject, kind.natural)).count <= 45, subject
        assert drawn(Actor(subject, kind.natural, accessories=worn)).count <= 80, subject


@pytest.mark.parametrize("name", vocabulary.ACCESSORIES)
def test_every_accessory_is_seen_on_every_body(name: str) -> None:
    for subject, kind in vocabulary.SUBJECTS.items():
        colour = "purple"
        bare, worn = Actor(subject, kind.natural), Actor(subject, kind.natural, accessories=(Accessory(name, colour),))
        change = (picture(bare, 64) - picture(worn, 64)).abs().amax(0) > 0.08
        assert int(change.sum()) >= 4, subject


def test_a_carried_thing_is_there_only_while_it_is_carried() -> None:
    for thing, subject in itertools.product(vocabulary.CARRIED, ("child", "fox", "owl", "car", "kite", "whale")):
        actor = Actor(subject, vocabulary.SUBJECTS[subject].natural, acts=(Act("carry", 0.0, 2.0, thing=thing),))
        with_it, without = picture(actor, 64, carry=1.0), picture(actor, 64, carry=0.0)
        plain = picture(Actor(subject, actor.colour), 64)
        assert torch.allclose(without, plain, atol=1e-5)
        assert int(((with_it - without).abs().amax(0) > 0.1).sum()) >= 6, (thing, subject)


def test_a_figure_that_faces_left_is_the_mirror_of_the_one_that_faces_right() -> None:
    # Resting views are turned towards the viewer by the same angle on both sides, and near and far limbs swap.
    for subject in ("child", "fox", "horse", "dragon"):
        actor = Actor(subject, vocabulary.SUBJECTS[subject].natural)
        right, left = picture(actor), picture(actor, yaw=torch.pi).flip(-1)
        assert float((right[3] - left[3]).abs().mean()) < 0.02, subject


def test_a_blink_hides_the_eyes() -> None:
    for subject in ("child", "fox", "whale", "penguin"):
        actor = Actor(subject, vocabulary.SUBJECTS[subject].natural)
        assert float((picture(actor, 160) - picture(actor, 160, blink=1.0)).abs().sum()) > 1.0, subject


def test_a_face_is_not_seen_from_behind() -> None:
    front, behind = (drawn(Actor("child", "yellow"), yaw=y) for y in (torch.pi / 2, 3 * torch.pi / 2))
    hidden = (front.alpha_FK[0] > 0.9) & (behind.alpha_FK[0] < 0.1)
    assert int(hidden.sum()) >= 8


def test_knees_join_hips_and_feet() -> None:
    scene = Scene((Actor("man", "blue", acts=(Act("walk", 0.0, 4.0, "right"),)),))
    track = perform(scene, torch.linspace(0, 4, 60), 16 / 9).tracks[0]
    joints = joints_of(scene.actors[0], track)
    for side in ("near", "far"):
        thigh = (joints[f"{side}.knee"] - joints[f"hip.{side}"]).norm(dim=-1) / track.height
        shin = (joints[f"{side}.foot"] - joints[f"{side}.knee"]).norm(dim=-1) / track.height
        assert float(thigh.max() - thigh.min()) < 0.05
        assert float(shin.max() - shin.min()) < 0.05


def test_shadows_fade_with_height_and_vanish_without_ground() -> None:
    bird = Actor("bird", "blue", acts=(Act("fly", 0.0, 4.0, "right"),))
    stood = Actor("bird", "blue")
    times = torch.linspace(0, 4, 5)
    strengths = []
    for actor, setting in ((stood, "meadow"), (bird, "meadow"), (bird, "sky")):
        x, y, wide, strength = shadow(actor, perform(Scene((actor,), setting=setting), times, 16 / 9).tracks[0])
        assert torch.isfinite(torch.stack([x, y, wide, strength])).all()
        strengths.append(float(strength.mean()))
    assert strengths[0] > 0.95
    assert 0.0 < strengths[1] < 0.6
    assert strengths[2] == 0.0


def test_a_wrong_number_of_times_is_refused() -> None:
    with pytest.raises(ValueError, match="frames"):
        draw_actor(Actor("fox", "orange"), held(3), torch.zeros(2))


def test_actors_that_look_alike_share_a_table() -> None:
    assert table_of(Actor("fox", "orange", side="left")) is table_of(Actor("fox", "orange", side="right"))
