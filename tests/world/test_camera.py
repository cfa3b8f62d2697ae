"""The camera does what it is asked to: measured on its path and on the pixels of the scenery."""

from __future__ import annotations

import math
import random

import pytest
import torch

from models.world.action import perform
from models.world.camera import FRAMED, CameraPath, extent, path
from models.world.figures import joints_of
from models.world.render import Film
from models.world.scene import Act, Actor, Camera, Scene
from models.world.vocabulary import CAMERA_MOVES, FRAMINGS, SUBJECTS

TIMES = torch.arange(48) / 12.0


def filmed(scene: Scene, aspect: float = 16 / 9) -> CameraPath:
    return path(scene, perform(scene, TIMES, aspect), aspect, TIMES)


def scenery(move: str, **words: object) -> torch.Tensor:
    """Grey frames (F, H, W) of a place without actors."""
    scene = Scene((), camera=Camera(move), duration_s=4.0, **words)  # type: ignore[arg-type]
    frames = torch.cat(list(Film(scene, 256, 144, 6.0).frames())).float()
    return frames.mean(-1) / 255.0


def shift(first: torch.Tensor, second: torch.Tensor) -> tuple[float, float]:
    """How far the picture moved, right and down in pixels, by phase correlation."""
    h, w = first.shape
    window = torch.hann_window(h)[:, None] * torch.hann_window(w)[None]
    a, b = ((x - x.mean()) * window for x in (first, second))
    cross = torch.fft.fft2(b) * torch.fft.fft2(a).conj()
    peak = torch.fft.ifft2(cross / cross.abs().clamp_min(1e-6)).real
    y, x = divmod(int(peak.argmax()), w)
    return float((x + w // 2) % w - w // 2), float((y + h // 2) % h - h // 2)


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [
        ("pan right", 0, -1), ("pan left", 0, 1), ("truck right", 0, -1), ("truck left", 0, 1),
        ("tilt up", 1, 1), ("tilt down", 1, -1), ("crane up", 1, 1), ("crane down", 1, -1),
    ],
)  # fmt: skip
def test_scenery_moves_against_the_camera(move: str, axis: int, sign: int) -> None:
    frames = scenery(move, setting="village", seed=4)
    steps = [shift(frames[n], frames[n + 4]) for n in range(8, 16, 2)]
    along = [step[axis] * sign for step in steps]
    across = [abs(step[1 - axis]) for step in steps]
    assert sorted(along)[1] >= 3.0, steps
    assert max(across) <= 2.0, steps


def test_a_pan_shifts_every_layer_by_what_it_describes() -> None:
    frames = scenery("pan right", setting="desert", seed=1)
    scene = Scene((), "desert", camera=Camera("pan right"), seed=1)
    told = filmed(scene).describe["pan_x"]
    assert 0.35 <= told <= 0.5
    measured = 0.0
    for n in range(0, 22, 2):
        measured -= shift(frames[n], frames[n + 2])[0] / 256
    assert measured == pytest.approx(filmed_pan(scene), abs=0.03)


def filmed_pan(scene: Scene) -> float:
    times = torch.arange(24) / 6.0
    camera = path(scene, perform(scene, times, 16 / 9), 16 / 9, times)
    return camera.describe["pan_x"] * float((camera.x[22] - camera.x[0]) / (camera.x[23] - camera.x[0]))


def test_a_truck_parts_near_from_far_and_a_pan_does_not() -> None:
    for move, parts in (("truck right", True), ("pan right", False)):
        camera = filmed(Scene((), "meadow", camera=Camera(move)))
        near, far = camera.view(1.0, 144, 256), camera.view(0.1, 144, 256)
        near_px = float((near.x_F[-1] - near.x_F[0]) * near.scale_F[0])
        far_px = float((far.x_F[-1] - far.x_F[0]) * far.scale_F[0])
        assert near_px > 60
        assert (far_px < 0.2 * near_px) if parts else far_px == pytest.approx(near_px, rel=1e-3)


def test_a_dolly_grows_near_more_than_far_and_a_crash_zoom_all_alike() -> None:
    def growth(camera: CameraPath, parallax: float) -> float:
        scale = camera.view(parallax, 144, 256).scale_F
        return float(scale[-1] / scale[0])

    dolly = filmed(Scene((), camera=Camera("dolly in")))
    assert growth(dolly, 1.0) == pytest.approx(1.35, abs=0.02)
    assert growth(dolly, 0.1) < 1.05
    out = filmed(Scene((), camera=Camera("dolly out")))
    assert growth(out, 1.0) == pytest.approx(1 / 1.35, abs=0.02)
    zoom = filmed(Scene((), camera=Camera("crash zoom")))
    assert growth(zoom, 0.1) == pytest.approx(growth(zoom, 1.0), rel=1e-4)
    steps = zoom.zoom[1:] - zoom.zoom[:-1]
    assert float(steps.max()) > 3.0 * float(steps.mean())


def test_handheld_wanders_around_zero_and_roll_turns() -> None:
    shaky = filmed(Scene((), camera=Camera("handheld"), seed=8))
    assert abs(float((shaky.x - shaky.home_x).mean())) < 1e-4
    assert 0.004 < float(shaky.x.std()) < 0.06
    assert abs(filmed(Scene((), camera=Camera("roll"))).describe["roll"]) > 0.15


def test_a_whip_pan_is_fast_first_and_settles() -> None:
    whip = filmed(Scene((), camera=Camera("whip pan"), seed=2))
    speed = (whip.x[1:] - whip.x[:-1]).abs()
    assert float(speed[:8].max()) > 20 * float(speed[-12:].max())
    assert float(whip.blur[:8].max()) > 0.02
    assert float(whip.blur[-12:].max()) == 0.0


@pytest.mark.parametrize("move", CAMERA_MOVES)
def test_every_move_is_smooth_and_finite(move: str) -> None:
    camera = filmed(Scene((Actor("fox", "orange"),), camera=Camera(move), seed=3))
    for v in (camera.x, camera.y, camera.zoom, camera.roll, camera.dolly):
        assert bool(torch.isfinite(v).all())
    if move not in ("static", "whip pan"):
        jerk = (camera.x[2:] - 2 * camera.x[1:-1] + camera.x[:-2]).abs().max()
        assert float(jerk) < 0.02
    assert camera.stands_still == (move == "static")


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16, 1.0])
@pytest.mark.parametrize("subject", ["child", "whale", "car", "fox"])
def test_the_subject_is_framed_and_stays_in_view(framing: str, aspect: float, subject: str) -> None:
    actor = Actor(subject, "red", acts=(Act("stand", 0.0, 4.0),))
    for move in ("static", "pan right", "truck left", "dolly in"):
        scene = Scene((actor,), camera=Camera(move, framing))
        performance = perform(scene, TIMES, aspect)
        camera = path(scene, performance, aspect, TIMES)
        x0, y0, x1, y1 = extent(actor, performance.tracks[0])
        view = camera.view(1.0, 100, round(100 * aspect))
        corners = view.pixels(torch.stack([torch.stack([x0, y0], -1), torch.stack([x1, y1], -1)], 1))
        middle = corners.mean(1)
        assert float(middle[:, 0].min()) > 0
        assert float(middle[:, 0].max()) < view.width
        if framing != "close":
            slack = 0.03 * view.width
            assert float(corners[..., 0].min()) > -slack, move
            assert float(corners[..., 0].max()) < view.width + slack, move
            assert float(corners[..., 1].min()) > -4, move
        if framing != "wide" and move == "static" and aspect > 1 and SUBJECTS[subject].width < 1:
            tall = float((corners[:, 0, 1] - corners[:, 1, 1]).mean()) / 100
            assert math.isclose(tall, FRAMED[framing], rel_tol=0.12)


def in_view(scene: Scene, aspect: float, who: int = 0) -> tuple[float, float, float]:
    """Of one actor: the share of its box that is in view, how often its head is, and its height in the frame."""
    performance = perform(scene, TIMES, aspect)
    camera = path(scene, performance, aspect, TIMES)
    view = camera.view(1.0, 100, round(100 * aspect))
    actor, track = scene.actors[who], performance.tracks[who]
    x0, y0, x1, y1 = extent(actor, track)
    steps = torch.linspace(0.0, 1.0, 9)
    across, up = x0[:, None] + (x1 - x0)[:, None] * steps, y0[:, None] + (y1 - y0)[:, None] * steps
    grid = torch.stack([across[:, :, None].expand(-1, 9, 9), up[:, None, :].expand(-1, 9, 9)], -1)
    head = joints_of(actor, track).get("head", torch.stack([0.5 * (x0 + x1), 0.5 * (y0 + y1)], -1))
    settled = (1.6 if scene.camera.move == "whip pan" else -1.0) < TIMES

    def inside(points_FN2: torch.Tensor) -> float:
        p = view.pixels(points_FN2)
        hit = (p[..., 0] > 0) & (p[..., 0] < view.width) & (p[..., 1] > 0) & (p[..., 1] < 100)
        return float(hit.float().mean(1)[settled].mean())

    return inside(grid.flatten(1, 2)), inside(head[:, None]), float(((y1 - y0) * view.scale_F).mean()) / 100


def acted_scenes(framing: str) -> list[tuple[Scene, float]]:
    """Every subject in what it can do, with moves, sizes, sides and aspects dealt out."""
    deal = random.Random(11)
    scenes = []
    for subject, kind in SUBJECTS.items():
        for action in kind.actions:
            if action in ("chase", "meet", "ride") or deal.random() < 0.5:
                continue
            act = Act(action, 0.0, 4.0, deal.choice(("", "left", "right")), thing="box" if action == "carry" else "")
            actor = Actor(subject, "red", deal.choice(("small", "medium", "large")), acts=(act,))
            place = deal.choice(("meadow", "river", "space", "underwater"))
            camera = Camera(deal.choice(CAMERA_MOVES), framing)
            scenes.append((Scene((actor,), place, camera=camera), deal.choice((16 / 9, 1.0, 9 / 16))))
    return scenes


@pytest.mark.parametrize("framing", FRAMINGS)
def test_whatever_it_does_the_camera_keeps_it_in_view(framing: str) -> None:
    seen = [in_view(scene, aspect) for scene, aspect in acted_scenes(framing)]
    body, head = (sum(row[n] for row in seen) / len(seen) for n in (0, 1))
    assert head > 0.98
    if framing != "close":
        assert body > 0.97
        assert min(row[0] for row in seen) > 0.6


@pytest.mark.parametrize("subject", ["child", "cat"])
def test_a_sleeper_is_in_a_close_frame(subject: str) -> None:
    actor = Actor(subject, "red", acts=(Act("sleep", 0.0, 4.0),))
    body, head, _ = in_view(Scene((actor,), camera=Camera("static", "close")), 16 / 9)
    assert head == 1.0
    assert body > 0.75


@pytest.mark.parametrize("subject", ["fox", "cat", "child", "owl", "horse", "car", "dragon", "rocket"])
@pytest.mark.parametrize("aspect", [16 / 9, 1.0])
def test_framings_are_ordered_and_a_wide_frame_is_not_empty(subject: str, aspect: float) -> None:
    actor = Actor(subject, "red", acts=(Act("stand", 0.0, 4.0),))
    zooms = [
        float(filmed(Scene((actor,), camera=Camera("static", framing)), aspect).zoom.mean()) for framing in FRAMINGS
    ]
    assert zooms[1] > 1.3 * zooms[0]
    assert zooms[2] > 1.25 * zooms[1]
    share = zooms[0] * SUBJECTS[subject].height
    assert share >= 0.235 or zooms[0] >= 1.45 or SUBJECTS[subject].width > aspect


@pytest.mark.parametrize("subject", ["whale", "train", "car"])
@pytest.mark.parametrize("framing", ["wide", "medium"])
def test_a_long_body_fits_an_upright_frame(subject: str, framing: str) -> None:
    actor = Actor(subject, "blue", "large", acts=(Act("stand", 0.0, 4.0),))
    assert in_view(Scene((actor,), camera=Camera("static", framing)), 9 / 16)[0] > 0.97


@pytest.mark.parametrize("count", [2, 3])
def test_a_medium_frame_keeps_most_of_everybody(count: int) -> None:
    stand = (Act("stand", 0.0, 4.0),)
    cast = (
        Actor("fox", "orange", acts=stand, side="left"),
        Actor("child", "red", acts=stand, side="right"),
        Actor("cat", "black", acts=stand),
    )[:count]
    scene = Scene(cast, camera=Camera("static", "medium"))
    assert min(in_view(scene, 16 / 9, who)[0] for who in range(count)) > 0.66
