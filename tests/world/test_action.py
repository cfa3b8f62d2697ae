"""Choreography: feet that stay planted, steps that sound when they touch, actors that stay in view, no popping."""

from __future__ import annotations

import itertools
import random

import pytest
import torch

from models.world import vocabulary
from models.world.action import action_spans, channel, perform, view_of
from models.world.figures import joints_of
from models.world.motion.gaits import stride_of
from models.world.motion.staging import plan_scene
from models.world.scene import Accessory, Act, Actor, Camera, Cue, Scene

WIDE = 16 / 9
WALKERS = (
    "child",
    "woman",
    "man",
    "knight",
    "fox",
    "cat",
    "dog",
    "bear",
    "deer",
    "horse",
    "penguin",
    "turtle",
    "robot",
)


def scene_of(subject: str, *acts: Act, setting: str = "meadow", duration_s: float = 4.0, **rest: object) -> Scene:
    actor = Actor(subject, vocabulary.SUBJECTS[subject].natural, acts=acts, **rest)  # type: ignore[arg-type]
    return Scene((actor,), setting=setting, duration_s=duration_s)


def feet_of(scene: Scene, times: torch.Tensor) -> dict[str, torch.Tensor]:
    joints = joints_of(scene.actors[0], perform(scene, times, WIDE).tracks[0])
    return {name: place for name, place in joints.items() if name.endswith(".foot")}


@pytest.mark.parametrize("subject", WALKERS)
@pytest.mark.parametrize("action", ["walk", "run"])
def test_feet_stay_where_they_touch(subject: str, action: str) -> None:
    scene = scene_of(subject, Act(action, 0.0, 4.0, "right"))
    plan = plan_scene(scene, WIDE)[0]
    stride = stride_of(plan, 0)
    assert stride is not None
    # In the middle of each stance, away from both contacts, two moments 1/100 s apart.
    way_a_second = abs(plan.speeds[0])
    slid = []
    for offset, (name, _) in zip(stride.phases, feet_of(scene, torch.zeros(1)).items(), strict=True):
        del name
        at = ((1.0 - offset) + 0.5 * stride.stance) % 1.0
        slid.append((at + 1.0) * stride.length / way_a_second)
    for foot, at in enumerate(slid):
        pair = torch.tensor([at - 0.01, at + 0.01])
        places = list(feet_of(scene, pair).values())
        order = (
            {"near": 0, "far": 1}
            if plan.gait.legs == 2
            else {"fore.near": 0, "fore.far": 1, "hind.near": 2, "hind.far": 3}
        )
        names = [n.removesuffix(".foot") for n in feet_of(scene, pair)]
        place = places[names.index(next(n for n, slot in order.items() if slot == foot))]
        assert float((place[1] - place[0]).norm()) < 0.02 * plan.height * way_a_second * 0.02 + 2e-4


@pytest.mark.parametrize("subject", ["child", "fox", "horse"])
def test_footsteps_sound_when_a_foot_comes_down(subject: str) -> None:
    scene = scene_of(subject, Act("walk", 0.0, 4.0, "right"), setting="snowfield")
    steps = [e for e in perform(scene, torch.zeros(1), WIDE).events if e.sound == "footstep"]
    assert len(steps) >= 4
    assert {e.surface for e in steps} == {"snow"}
    times = torch.arange(0.0, 4.0, 0.005)
    heights = torch.stack([place[:, 1] for place in feet_of(scene, times).values()], 1)
    lifted = heights - heights.amin(0)
    down = (lifted[1:] < 1e-4) & (lifted[:-1] >= 1e-4)
    touches = times[1:][down.any(1)]
    for step in steps:
        assert float((touches - step.at_s).abs().min()) < 0.02


@pytest.mark.parametrize("action", ["walk", "run", "swim", "carry"])
@pytest.mark.parametrize("direction", ["left", "right"])
def test_a_direction_is_followed_by_a_readable_way(action: str, direction: str) -> None:
    for subject, aspect in itertools.product(("child", "fox", "turtle", "horse"), (WIDE, 9 / 16, 1.0)):
        scene = scene_of(subject, Act(action, 0.0, 4.0, direction))
        track = perform(scene, torch.tensor([0.0, 4.0]), aspect).tracks[0]
        way = float(track.x[1] - track.x[0]) * (1 if direction == "right" else -1)
        left, right = view_of(scene, aspect)
        assert way >= 0.2 * (right - left)
        assert float(track.facing[1]) * (1 if direction == "right" else -1) > 0.8
        assert action_spans(scene)[0].direction == direction


@pytest.mark.parametrize("seed", range(40))
def test_actors_stay_in_view(seed: int) -> None:
    scene, aspect = random_scene(seed)
    if scene.camera.framing != "wide":
        return
    times = torch.linspace(0.0, scene.duration_s, 60)
    for actor, track in zip(scene.actors, perform(scene, times, aspect).tracks, strict=True):
        middle = track.y + 0.5 * track.height
        assert float(track.x.abs().max()) <= aspect / 2, actor
        assert float(middle.min()) > -0.25, actor
        assert float(middle.max()) < 0.75, actor


@pytest.mark.parametrize("seed", range(30))
def test_nothing_pops_between_frames(seed: int) -> None:
    scene, aspect = random_scene(seed)
    times = torch.arange(0.0, scene.duration_s, 1 / 24)
    for actor, track in zip(scene.actors, perform(scene, times, aspect).tracks, strict=True):
        joints = torch.stack(list(joints_of(actor, track).values()), 1)
        spot = torch.stack([track.x, track.y], -1)
        reach = max(1.0, vocabulary.SUBJECTS[actor.subject].width)
        limbs = ((joints - spot[:, None]).diff(dim=0).norm(dim=-1) / (track.height[1:, None] * reach)).max()
        assert float(limbs) < 0.34, actor
        assert float(spot.diff(dim=0).norm(dim=-1).max()) < 0.09, actor


def test_a_subset_of_times_gives_the_same_poses() -> None:
    scene, aspect = random_scene(5)
    times = torch.linspace(0.0, scene.duration_s, 48)
    chosen = torch.tensor([40, 3, 17])
    full, part = perform(scene, times, aspect), perform(scene, times[chosen], aspect)
    assert full.events == part.events
    for a, b in zip(full.tracks, part.tracks, strict=True):
        for name in ("x", "y", "facing", "lean", "pose"):
            assert torch.allclose(getattr(a, name)[chosen], getattr(b, name), atol=1e-6)


def test_every_subject_can_be_asked_for_every_action() -> None:
    times = torch.linspace(0.0, 3.0, 7)
    for subject, action in itertools.product(vocabulary.SUBJECTS, vocabulary.ACTIONS):
        thing = "box" if action == "carry" else ""
        track = perform(scene_of(subject, Act(action, 0.5, 2.5, thing=thing), duration_s=3.0), times, WIDE).tracks[0]
        for value in (track.x, track.y, track.lean, track.pose):
            assert torch.isfinite(value).all(), (subject, action)


def test_sleeping_closes_the_eyes_and_waking_opens_them() -> None:
    for subject in ("child", "cat", "owl", "whale"):
        track = perform(
            scene_of(subject, Act("sleep", 0.0, 2.0), Act("wake", 2.0, 5.0), duration_s=5.0),
            torch.linspace(0.0, 5.0, 101),
            WIDE,
        ).tracks[0]
        closed = channel(track, "blink")
        assert float(closed[:35].min()) > 0.99
        assert float(closed[-15:].median()) < 0.05


def test_two_meet_face_to_face_without_overlap() -> None:
    fox = Actor("fox", "orange", acts=(Act("meet", 0.0, 4.0, target=1),), side="left")
    bear = Actor("bear", "brown", acts=(Act("meet", 0.0, 4.0, target=0),), side="right")
    scene = Scene((fox, bear))
    a, b = perform(scene, torch.tensor([0.0, 4.0]), WIDE).tracks
    assert float(a.x[1] - a.x[0]) > 0.05
    assert float(b.x[1] - b.x[0]) < -0.05
    assert float(a.facing[1]) > 0.8
    assert float(b.facing[1]) < -0.8
    gap = float(b.x[1] - a.x[1])
    assert 0.30 < gap < 0.60


def test_a_chaser_keeps_behind_its_target() -> None:
    dog = Actor("dog", "brown", acts=(Act("chase", 0.0, 4.0, target=1),), side="left")
    cat = Actor("cat", "black", acts=(Act("run", 0.0, 4.0, "right"),), side="right")
    a, b = perform(Scene((dog, cat)), torch.linspace(0.0, 4.0, 50), WIDE).tracks
    gap = b.x - a.x
    assert float(gap.min()) > 0.20
    assert float(gap.max() - gap.min()) < 0.02
    assert float(a.x[-1] - a.x[0]) > 0.2


def test_a_wave_is_on_the_viewers_side_whichever_way_it_faces() -> None:
    for side, arm in (("left", "near"), ("right", "far")):
        scene = scene_of("man", Act("wave", 0.0, 2.0), side=side, duration_s=2.0)
        track = perform(scene, torch.tensor([1.0]), WIDE).tracks[0]
        joints = joints_of(scene.actors[0], track)
        other = "far" if arm == "near" else "near"
        assert float(joints[f"hand.{arm}"][0, 1]) > float(joints["chest"][0, 1])
        assert float(joints[f"hand.{other}"][0, 1]) < float(joints["chest"][0, 1])


def test_whoever_is_met_looks_at_who_comes() -> None:
    child = Actor("child", "yellow", acts=(Act("meet", 0.0, 4.0, target=1),))
    a, b = perform(Scene((child, Actor("dragon", "green"))), torch.tensor([3.9]), WIDE).tracks
    assert float(b.facing[0]) * float(a.x[0] - b.x[0]) > 0


def test_a_spin_is_slower_than_half_a_turn_in_a_third_of_a_second() -> None:
    for duration_s in (1.0, 2.0, 4.0):
        track = perform(
            scene_of("fox", Act("spin", 0.0, duration_s), duration_s=duration_s),
            torch.linspace(0, duration_s, 400),
            WIDE,
        ).tracks[0]
        rate = channel(track, "yaw").diff() / (duration_s / 399)
        assert float(rate.abs().max()) < torch.pi * 3
        assert float(channel(track, "yaw")[-1] - channel(track, "yaw")[0]) > 3.0


def test_sounds_follow_the_action() -> None:
    heard = {
        ("bird", "fly"): "flap",
        ("car", "run"): "engine",
        ("ball", "bounce"): "bounce",
        ("child", "jump"): "whoosh",
        ("dragon", "land"): "thud",
        ("whale", "jump"): "splash",
        ("rocket", "rise"): "engine",
    }
    for (subject, action), sound in heard.items():
        events = perform(scene_of(subject, Act(action, 0.0, 4.0)), torch.zeros(1), WIDE).events
        assert any(e.sound == sound for e in events), (subject, action)
    ball = scene_of("ball", Act("bounce", 0.0, 4.0))
    times = torch.arange(0.0, 4.0, 0.002)
    height = perform(ball, times, WIDE).tracks[0].y
    for event in perform(ball, times, WIDE).events:
        if event.at_s < 3.99:
            assert float(height[(times - event.at_s).abs() < 0.01].min()) < 0.01


def test_asked_for_sounds_are_kept_and_placed() -> None:
    scene = Scene((Actor("owl", "brown", side="right"),), cues=(Cue("hoot", 1.5, 0, -3.0), Cue("thunder", 2.0)))
    events = {e.sound: e for e in perform(scene, torch.zeros(1), WIDE).events}
    assert events["hoot"].at_s == 1.5
    assert events["hoot"].gain_db == -3.0
    assert events["hoot"].pan > 0.1
    assert events["thunder"].pan == 0.0


def test_there_is_no_ground_in_space() -> None:
    scene = scene_of("fox", Act("walk", 0.0, 4.0, "right"), setting="space")
    result = perform(scene, torch.linspace(0, 4, 9), WIDE)
    assert float(result.tracks[0].y.min()) > 0.05
    assert not any(e.sound == "footstep" for e in result.events)


def random_scene(seed: int) -> tuple[Scene, float]:
    """One to three actors with one to three acts each, any setting and framing."""
    rng = random.Random(seed)
    duration = rng.choice([2.0, 4.0, 6.0])
    count = rng.choice([1, 1, 2, 3])
    actors = []
    for index in range(count):
        subject = rng.choice(list(vocabulary.SUBJECTS))
        cuts = sorted(rng.uniform(0, duration) for _ in range(rng.choice([0, 1, 2])))
        edges = [0.0, *cuts, duration]
        acts = []
        for start, end in itertools.pairwise(edges):
            if end - start < 0.8:
                continue
            action = rng.choice(vocabulary.SUBJECTS[subject].actions)
            target = (index + 1) % count if count > 1 and action in ("chase", "meet") else -1
            acts.append(
                Act(action, start, end, rng.choice(["", "left", "right"]), target, "ball" if action == "carry" else "")
            )
        actors.append(
            Actor(
                subject,
                rng.choice(list(vocabulary.COLOURS)),
                rng.choice(list(vocabulary.SIZES)),
                (Accessory("scarf", "red"),) if rng.random() < 0.3 else (),
                rng.randrange(1000),
                tuple(acts),
                rng.choice(list(vocabulary.SIDES)),
                rng.choice([0.0, 0.4, 0.8]),
            )
        )
    framing = rng.choice(vocabulary.FRAMINGS)
    scene = Scene(
        tuple(actors),
        rng.choice(vocabulary.SETTINGS),
        camera=Camera(framing=framing),
        duration_s=duration,
        focus=rng.choice([0, -1]),
    )
    return scene, rng.choice([16 / 9, 1.0, 9 / 16])
