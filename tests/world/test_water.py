"""Boats, fish and swimmers lie in the water of a place: below the surface nothing of them is drawn."""

from __future__ import annotations

import pytest
import torch

from models.world.action import perform
from models.world.motion.levels import FAR_WATER, WATER
from models.world.render import render_clips
from models.world.scene import Act, Actor, Camera, Scene
from models.world.stage import Stage

TIMES = torch.linspace(0.0, 4.0, 9)
SWIMMERS = [
    ("boat", "swim"),
    ("whale", "swim"),
    ("fish", "swim"),
    ("child", "swim"),
    ("fox", "swim"),
    ("boat", "stand"),
]


@pytest.mark.parametrize("setting", sorted(WATER))
@pytest.mark.parametrize("framing", ["wide", "medium", "close"])
@pytest.mark.parametrize(("subject", "action"), SWIMMERS)
def test_nothing_is_drawn_below_the_surface(setting: str, framing: str, subject: str, action: str) -> None:
    act = Act(action, 0.0, 4.0, "right" if action == "swim" else "")
    scene = Scene((Actor(subject, "red", acts=(act,), depth=0.2),), setting, camera=Camera("static", framing))
    stage = Stage(scene, 90, 160, TIMES, scenery=False)
    track = stage.performance.tracks[0]
    assert track.waterline is not None
    water = track.waterline
    # In the water: farther than the shore, which ends at about 0.13, and not above the far shore.
    assert 0.14 < float(water.min()) <= float(water.max()) <= FAR_WATER[setting] + 1e-6
    patch = stage.ensemble.patch(0, 0, len(TIMES))
    assert patch is not None
    for f in range(len(TIMES)):
        rows = (patch.alpha[f] > 0.5).any(1).nonzero()
        lowest = patch.top[f] + int(rows.max())
        surface = float(0.5 * 90 - (water[f] - stage.view.y_F[f]) * stage.view.scale_F[f])
        assert lowest <= surface + 0.006 * float(stage.view.scale_F[f]) + 1.0


def test_under_water_and_on_land_nothing_is_cut() -> None:
    for setting, subject, action in (
        ("underwater", "fish", "swim"),
        ("meadow", "boat", "stand"),
        ("river", "fox", "walk"),
    ):
        scene = Scene((Actor(subject, "red", acts=(Act(action, 0.0, 4.0),)),), setting)
        assert perform(scene, TIMES, 16 / 9).tracks[0].waterline is None


def test_a_fish_that_leaps_leaves_the_water_and_one_that_dives_in_is_clipped_again() -> None:
    fish = Actor("fish", "orange", acts=(Act("jump", 0.0, 4.0),))
    track = perform(Scene((fish,), "river"), torch.linspace(0.0, 4.0, 97), 16 / 9).tracks[0]
    assert track.waterline is not None
    assert float((track.y - track.waterline).max()) > 0.0
    assert float((track.y - track.waterline).min()) < 0.0


def test_foam_marks_where_a_boat_breaks_the_surface() -> None:
    boat = Scene((Actor("boat", "red", acts=(Act("stand", 0.0, 4.0),)),), "river", camera=Camera("static", "medium"))
    dry = Scene((Actor("boat", "red", acts=(Act("stand", 0.0, 4.0),)),), "meadow", camera=Camera("static", "medium"))
    assert Stage(boat, 64, 112, TIMES, scenery=False).ensemble._ripples[0] is not None
    assert Stage(dry, 64, 112, TIMES, scenery=False).ensemble._ripples[0] is None
    clip = render_clips([boat], 112, 64, 1, 1.0)
    assert float(clip.truths[0].visible_KF.min()) > 0.95
