"""Who rides is carried: it stays in its seat, is drawn inside or on top, and is said to ride."""

from __future__ import annotations

import pytest
import torch

from models.world.action import action_spans, channel, perform
from models.world.camera import path
from models.world.caption import captions
from models.world.figures import joints_of
from models.world.motion.riding import acts_of, carriers_of, standing_height
from models.world.render import render_clips
from models.world.sample import sample_scenes
from models.world.scene import Act, Actor, Camera, Scene
from models.world.vocabulary import RIDDEN, SUBJECTS

TIMES = torch.linspace(0.0, 4.0, 25)
PAIRS = [
    ("fox", "boat", "river"), ("child", "horse", "meadow"), ("knight", "dragon", "mountain"), ("woman", "car", "city"),
    ("cat", "balloon", "sky"), ("astronaut", "rocket", "space"), ("bird", "whale", "harbour"),
    ("rabbit", "turtle", "beach"), ("man", "train", "village"), ("penguin", "boat", "harbour"),
    ("robot", "bear", "forest"),
]  # fmt: skip


def ride(rider: str, carrier: str, setting: str, way: str = "right", framing: str = "wide") -> Scene:
    how = Act(RIDDEN[carrier], 0.0, 4.0, way)
    return Scene(
        (
            Actor(rider, "orange", acts=(Act("ride", 0.0, 4.0, target=1),), identity=3),
            Actor(carrier, "blue", acts=(how,), identity=5),
        ),
        setting,
        camera=Camera("static", framing),
        seed=4,
    )


@pytest.mark.parametrize("way", ["left", "right"])
@pytest.mark.parametrize(("rider", "carrier", "setting"), PAIRS)
def test_a_rider_travels_with_its_carrier_and_stays_in_its_seat(
    rider: str, carrier: str, setting: str, way: str
) -> None:
    scene = ride(rider, carrier, setting, way)
    top, under = perform(scene, TIMES, 16 / 9).tracks
    far = float(under.x[-1] - under.x[0]) * (1 if way == "right" else -1)
    assert far > 0.2
    seat = joints_of(scene.actors[1], under, ridden=True)["seat"]
    body = joints_of(scene.actors[0], top)
    nearest = torch.stack([(place - seat).norm(dim=-1) for place in body.values()]).amin(0)
    assert float(nearest.max()) < 0.35 * float(top.height[0])
    assert float(channel(top, "ground").max()) == 0.0
    assert float((top.x - under.x).abs().max()) < 0.55 * SUBJECTS[carrier].width * float(under.height[0])
    if SUBJECTS[carrier].body != "floater":
        assert torch.allclose(top.facing, under.facing, atol=1e-4)


@pytest.mark.parametrize(("rider", "carrier", "setting"), PAIRS)
def test_both_can_be_seen_and_their_masks_do_not_overlap(rider: str, carrier: str, setting: str) -> None:
    clips = render_clips([ride(rider, carrier, setting, framing="medium")], 112, 64, 5, 1.25, masks=True)
    assert clips.masks_BKFHW is not None
    on_top, below = clips.masks_BKFHW[0, 0], clips.masks_BKFHW[0, 1]
    assert float((on_top + below).max()) <= 1.001
    assert float((on_top > 0.5).sum((1, 2)).min()) >= 40
    assert float((below > 0.5).sum((1, 2)).min()) >= 200
    # Of its own colour where the mask says that it is.
    assert clips.truths[0].order.index(1) < clips.truths[0].order.index(0)


def test_a_rider_behind_a_window_is_seen_only_through_it() -> None:
    clips = render_clips([ride("man", "rocket", "space", framing="medium")], 112, 64, 3, 1.0, masks=True)
    assert clips.masks_BKFHW is not None
    boxes = clips.truths[0].boxes_KF4
    inner, outer = boxes[0], boxes[1]
    assert bool((inner[:, :2] >= outer[:, :2]).all())
    assert bool((inner[:, 2:] <= outer[:, 2:]).all())


def test_a_rider_gets_on_and_off_without_a_leap_through_the_air() -> None:
    acts = (Act("walk", 0.0, 1.3, "right"), Act("ride", 1.3, 3.0, target=1), Act("walk", 3.0, 4.0, "right"))
    horse = Actor("horse", "brown", acts=(Act("stand", 0.0, 4.0),))
    scene = Scene((Actor("child", "yellow", acts=acts), horse), "meadow")
    times = torch.linspace(0.0, 4.0, 193)
    track = perform(scene, times, 16 / 9).tracks[0]
    assert track.aboard is not None
    assert float(track.aboard[0]) == 0.0
    assert float(track.aboard[110]) == pytest.approx(1.0)
    assert float((track.x[1:] - track.x[:-1]).abs().max()) < 0.05
    assert float((track.y[1:] - track.y[:-1]).abs().max()) < 0.05


def test_waving_is_done_from_the_seat() -> None:
    acts = (Act("ride", 0.0, 2.0, target=1), Act("wave", 2.0, 4.0))
    scene = Scene((Actor("child", "yellow", acts=acts), Actor("boat", "red")), "river")
    track = perform(scene, TIMES, 16 / 9).tracks[0]
    assert track.aboard is not None
    assert float(track.aboard.min()) == pytest.approx(1.0)
    assert [span.action for span in action_spans(scene)] == ["ride", "wave", "swim"]


def test_a_carrier_without_orders_travels_and_rides_in_a_circle_do_not_count() -> None:
    scene = Scene((Actor("child", "red", acts=(Act("ride", 0.0, 4.0, "left", target=1),)), Actor("horse", "brown")))
    assert acts_of(scene, 1) == (Act("run", 0.0, 4.0, "left"),)
    track = perform(scene, TIMES, 16 / 9).tracks[1]
    assert float(track.x[-1] - track.x[0]) < -0.2
    circle = Scene(
        (
            Actor("dog", "red", acts=(Act("ride", 0.0, 4.0, target=1),)),
            Actor("bear", "brown", acts=(Act("ride", 0.0, 4.0, target=0),)),
        )
    )
    assert carriers_of(circle) == {0: 1}
    alone = Scene((Actor("dog", "red", acts=(Act("ride", 0.0, 4.0, target=0),)),))
    assert carriers_of(alone) == {}
    for odd in (circle, alone):
        assert all(bool(torch.isfinite(t.pose).all()) for t in perform(odd, TIMES, 1.0).tracks)


def test_two_share_a_boat_and_one_can_ride_on_a_rider() -> None:
    aboard = (Act("ride", 0.0, 4.0, target=2),)
    scene = Scene(
        (Actor("fox", "orange", acts=aboard), Actor("rabbit", "white", acts=aboard), Actor("boat", "blue")), "river"
    )
    fox, rabbit, _ = perform(scene, TIMES, 16 / 9).tracks
    assert float((fox.x - rabbit.x).abs().min()) > 0.08
    stack = Scene(
        (
            Actor("bird", "red", acts=(Act("ride", 0.0, 4.0, target=1),)),
            Actor("dog", "brown", acts=aboard),
            Actor("boat", "blue"),
        ),
        "river",
    )
    bird, dog, _ = perform(stack, TIMES, 16 / 9).tracks
    assert float((bird.y - dog.y).min()) > 0.05
    clips = render_clips([stack], 112, 64, 3, 1.0, masks=True)
    assert clips.truths[0].order == (2, 1, 0)


def test_everybody_fits_what_carries_it() -> None:
    for rider in (name for name, kind in SUBJECTS.items() if "ride" in kind.actions):
        for carrier in RIDDEN:
            scene = ride(rider, carrier, "meadow")
            assert 0.05 < standing_height(scene, 0) <= 1.01 * SUBJECTS[rider].height
            assert standing_height(scene, 1) <= max(0.62, SUBJECTS[carrier].height)
            for track in perform(scene, TIMES[::8], 1.0).tracks:
                assert bool(torch.isfinite(track.pose).all() & torch.isfinite(track.y).all())


def test_captions_say_in_or_on_and_never_beside() -> None:
    for rider, carrier, inside in (("fox", "boat", True), ("child", "horse", False)):
        said = captions(ride(rider, carrier, "river"))
        texts = [said.full, said.short, *said.wordings]
        words = "rides in|is carried in" if inside else "rides on|is carried by"
        assert any(phrase in said.full for phrase in words.split("|")), said.full
        assert not any("left of" in text or "right of" in text for text in texts)


def test_rides_are_sampled_with_a_carrier() -> None:
    rides = [scene for scene in sample_scenes(0, 600) if carriers_of(scene)]
    assert 15 < len(rides) < 120
    assert all(scene.actors[carrier].subject in RIDDEN for scene in rides for carrier in carriers_of(scene).values())


@pytest.mark.parametrize("framing", ["wide", "medium", "close"])
def test_a_pair_is_framed_together_and_the_rider_is_never_lost(framing: str) -> None:
    for rider, carrier, setting in PAIRS:
        scene = ride(rider, carrier, setting, framing=framing)
        performance = perform(scene, TIMES, 16 / 9)
        view = path(scene, performance, 16 / 9, TIMES).view(1.0, 90, 160)
        head = joints_of(scene.actors[0], performance.tracks[0])["head"]
        x, y = view.pixels(head[:, None])[:, 0].unbind(-1)
        assert bool(((x > 0) & (x < 160) & (y > 0) & (y < 90)).all()), (rider, carrier)
