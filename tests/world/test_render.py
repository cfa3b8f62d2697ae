"""Films and training clips: one picture, the same bytes every time, streamed."""

from __future__ import annotations

import itertools
import resource

import pytest
import torch

from models.world.draw import paint_into
from models.world.light import expose
from models.world.render import BLOCK, Film, render_clips
from models.world.scene import Act, Actor, Camera, Cue, Scene
from models.world.speed import varied_scenes
from models.world.strokes import CAPSULE, ELLIPSE, POLYGON, StrokeList, Strokes, distance, paint
from models.world.vocabulary import CAMERA_MOVES, SETTINGS, STYLES, TIMES, WEATHERS

FOX = Actor("fox", "orange", acts=(Act("walk", 0.0, 2.0, "right"),), identity=4)
GIRL = Actor("child", "yellow", side="left", depth=0.4)


def whole(film: Film, chunk: int = 8) -> torch.Tensor:
    return torch.cat(list(film.frames(chunk)))


def test_the_same_scene_gives_the_same_bytes_whatever_the_chunk() -> None:
    scene = Scene((FOX, GIRL), "river", weather="rain", camera=Camera("truck left"), duration_s=1.6, seed=5)
    first = whole(Film(scene, 160, 90, 12.0))
    assert first.shape == (19, 90, 160, 3)
    assert first.dtype == torch.uint8
    for chunk in (1, 5, 64):
        pieces = list(Film(scene, 160, 90, 12.0).frames(chunk))
        assert max(len(piece) for piece in pieces) <= chunk
        assert torch.equal(torch.cat(pieces), first)


def test_large_frames_do_not_depend_on_the_chunk_either() -> None:
    scene = Scene((FOX,), "beach", camera=Camera("bolt", "medium"), duration_s=0.8)
    assert torch.equal(whole(Film(scene, 480, 270, 12.0), 3), whole(Film(scene, 480, 270, 12.0), 10))


def test_another_seed_is_another_place_and_another_camera_the_same_place() -> None:
    def still(seed: int, move: str) -> torch.Tensor:
        return whole(Film(Scene((), "forest", camera=Camera(move), duration_s=0.2, seed=seed), 160, 90, 5.0))[0].float()

    assert (still(1, "static") - still(2, "static")).abs().mean() > 8
    # A zoom starts where a static camera stands.
    assert (still(1, "static") - still(1, "crash zoom")).abs().mean() < 2


@pytest.mark.parametrize("scene", varied_scenes(8, 17 / 8), ids=lambda s: f"{s.setting}-{s.style}-{s.camera.move}")
def test_training_clips_and_films_are_one_picture(scene: Scene) -> None:
    film = whole(Film(scene, 112, 64, 8.0)).permute(3, 0, 1, 2).float() / 255.0
    clips = render_clips([scene], 112, 64, 17, 8.0, masks=True)
    assert clips.video_BCFHW.shape == (1, 3, 17, 64, 112)
    assert clips.masks_BKFHW is not None
    assert clips.masks_BKFHW.shape == (1, 3, 17, 64, 112)
    assert float((clips.video_BCFHW[0] - film).abs().mean()) < 0.004
    assert float((clips.video_BCFHW[0] - film).abs().max()) < 0.25


def test_a_static_camera_films_a_still_place_in_clear_weather() -> None:
    frames = whole(Film(Scene((), "mountain", duration_s=2.0, seed=6), 192, 108, 8.0)).float()
    change = (frames - frames[0]).abs().amax(-1)
    assert float(change[:, 60:].max()) == 0.0
    assert float(change.mean()) < 1.5  # clouds drift
    rain = whole(Film(Scene((), "mountain", weather="rain", duration_s=1.0, seed=6), 192, 108, 8.0)).float()
    assert float((rain[1:] - rain[:-1]).abs().mean()) > 0.3


def test_exposure_is_monotone_and_zero_changes_nothing() -> None:
    ramp = torch.linspace(0, 1, 101)[:, None].expand(-1, 3)
    assert torch.equal(expose(ramp, 0.0), ramp)
    developed = [expose(ramp, stops) for stops in (-2.0, -1.0, -0.25, 0.25, 1.0, 2.0)]
    for darker, brighter in itertools.pairwise(developed):
        assert bool((brighter[1:-1] > darker[1:-1]).all())
    assert all(bool((rows[1:] >= rows[:-1]).all()) for rows in developed)
    means = [
        float(whole(Film(Scene((GIRL,), "city", exposure=e, duration_s=0.2), 112, 64, 5.0)).float().mean())
        for e in (-1.5, -0.5, 0.0, 0.5, 1.5)
    ]
    assert means == sorted(means)
    assert means[-1] - means[0] > 60


def test_lightning_follows_thunder() -> None:
    scene = Scene((), "meadow", weather="storm", duration_s=2.0, cues=(Cue("thunder", 1.0),))
    levels = whole(Film(scene, 112, 64, 8.0)).float().mean((1, 2, 3))
    assert int(levels.argmax()) == 8
    assert float(levels[8]) > 1.3 * float(levels[7])


@pytest.mark.parametrize("style", STYLES)
def test_every_style_keeps_the_hue_of_the_subject(style: str) -> None:
    actor = Actor("ball", "red", size="large")
    clips = render_clips([Scene((actor,), "meadow", style=style)], 112, 64, 2, 8.0, masks=True)
    assert clips.masks_BKFHW is not None
    mask = clips.masks_BKFHW[0, 0, 0] > 0.9
    r, g, b = clips.video_BCFHW[0, :, 0][:, mask].mean(1).tolist()
    assert r > 1.6 * g
    assert r > 1.6 * b


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("weather", WEATHERS)
def test_the_subject_can_be_told_from_what_is_behind_it(time: str, weather: str) -> None:
    for colour in ("black", "white", "yellow", "green"):
        scene = Scene((Actor("dog", colour, identity=2),), "meadow", time, weather, seed=3)
        clips = render_clips([scene], 112, 64, 1, 8.0, masks=True)
        assert clips.masks_BKFHW is not None
        mask = clips.masks_BKFHW[0, 0, 0]
        near = torch.nn.functional.max_pool2d((mask > 0.5).float()[None], 7, 1, 3)[0]
        around = (near - (mask > 0.05).float()).clamp_min(0) > 0
        picture = clips.video_BCFHW[0, :, 0]
        contrast = (picture[:, mask > 0.9].mean(1) - picture[:, around].mean(1)).norm()
        assert float(contrast) > 0.10, (colour, float(contrast))


def test_masks_boxes_and_what_hides_what_agree() -> None:
    front = Actor("bear", "brown", side="centre", depth=0.0, size="large")
    back = Actor("child", "yellow", side="centre", depth=1.0)
    truth = Film(Scene((front, back), duration_s=1.0), 320, 180, 8.0).truth(masks=True, height=90)
    assert truth.masks_KFHW is not None
    assert truth.masks_KFHW.shape == (2, 8, 90, 160)
    assert truth.order == (1, 0)
    assert float(truth.visible_KF[0].min()) > 0.97
    assert float((truth.masks_KFHW.sum(0)).max()) < 1.01
    for k in range(2):
        for f in (0, 7):
            ys, xs = torch.nonzero(truth.masks_KFHW[k, f] > 0.5, as_tuple=True)
            box = [float(xs.min()) / 160, float(ys.min()) / 90, (float(xs.max()) + 1) / 160, (float(ys.max()) + 1) / 90]
            assert truth.boxes_KF4[k, f].tolist() == pytest.approx(box, abs=1e-6)


def test_the_mask_covers_what_the_actor_changes() -> None:
    scene = Scene((Actor("bear", "purple", size="large"),), "snowfield", seed=2)
    empty = Scene((), "snowfield", seed=2)
    clips = render_clips([scene, empty], 112, 64, 1, 8.0, masks=True)
    assert clips.masks_BKFHW is not None
    changed = (clips.video_BCFHW[0, :, 0] - clips.video_BCFHW[1, :, 0]).abs().amax(0) > 0.12
    mask = clips.masks_BKFHW[0, 0, 0] > 0.5
    assert float((changed & mask).sum()) / float(mask.sum()) > 0.95
    # The rest is the shadow under it.
    assert float((changed & ~mask).sum()) / float(mask.sum()) < 0.9


@pytest.mark.parametrize("size", [(112, 64), (64, 112), (96, 96)])
def test_no_camera_move_shows_the_edge_of_a_canvas(size: tuple[int, int]) -> None:
    width, height = size
    for n, move in enumerate(CAMERA_MOVES):
        scene = Scene((FOX,), SETTINGS[n], camera=Camera(move), duration_s=1.0, seed=n)
        video = render_clips([scene], width, height, 8, 8.0).video_BCFHW[0]
        assert bool(torch.isfinite(video).all())
        assert float(video.min()) >= 0.0
        assert float(video.max()) <= 1.0
        # Where a canvas ended, its last column would be repeated.
        repeated = (video[:, :, :, 1:] - video[:, :, :, :-1]).abs().amax((0, 2)) < 1e-7
        assert not bool(repeated[:, -2:].any()), move
        assert not bool(repeated[:, :2].any()), move


def test_a_long_film_is_streamed() -> None:
    scene = Scene((FOX,), "village", camera=Camera("pan right"), duration_s=20.0)
    film = Film(scene, 640, 360, 24.0)
    next(iter(film.frames()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 0
    for block in film.frames():
        count += len(block)
        if count >= 20 * BLOCK:
            break
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 60  # 160 frames as bytes are 110 MB


def test_a_film_refuses_what_cannot_be_filmed() -> None:
    with pytest.raises(ValueError, match="positive rate"):
        Film(Scene(), 640, 360, 0.0)
    with pytest.raises(ValueError, match="at least 16 x 16"):
        Film(Scene(), 8, 360)
    with pytest.raises(ValueError, match="at least one frame"):
        next(Film(Scene(), 64, 64, 2.0).frames(0))


def strokes_of(kind: int) -> Strokes:
    rows = StrokeList()
    if kind == CAPSULE:
        rows.capsule((-0.3, -0.1), (0.25, 0.2), 0.12, 0.05, (1, 0, 0), shade=0.0)
    elif kind == ELLIPSE:
        rows.ellipse((0.05, 0.0), (0.3, 0.15), 0.11, (1, 0, 0), shade=0.0)
    else:
        rows.polygon([(-0.3, -0.2), (0.3, -0.25), (0.2, 0.2), (-0.1, 0.3)], (1, 0, 0), 0.0, shade=0.0)
    return rows.finish()


@pytest.mark.parametrize("kind", [CAPSULE, ELLIPSE, POLYGON])
def test_the_painter_agrees_with_the_signed_distance(kind: int) -> None:
    strokes = strokes_of(kind)
    picture = paint(strokes, 0, (-0.5, -0.5, 0.5, 0.5), 80, 80)
    at = (torch.arange(80) + 0.5) / 80 - 0.5
    p = torch.stack(torch.broadcast_tensors(at[None, :], -at[:, None]), -1)
    d = distance(kind, p, strokes.points_FKC2[0, 0], strokes.radii_FK2[0, 0])
    wanted = (0.5 - d * 80).clamp(0, 1)
    assert float((picture[3] - wanted).abs().max()) < 0.08
    assert float(picture[3].sum()) == pytest.approx(float(wanted.sum()), rel=0.005)
    assert torch.allclose(picture[0], picture[3], atol=1e-6)


def test_later_strokes_lie_on_top_and_outside_of_the_canvas_nothing_breaks() -> None:
    rows = StrokeList()
    rows.circle((8.0, 8.0), 6.0, (1, 0, 0), shade=0.0)
    rows.circle((8.0, 8.0), 3.0, (0, 0, 1), shade=0.0)
    rows.circle((400.0, 8.0), 3.0, (0, 1, 0), shade=0.0)
    canvas = torch.zeros(1, 4, 16, 16)
    paint_into(canvas, rows.finish())
    assert canvas[0, :, 8, 8].tolist() == pytest.approx([0, 0, 1, 1])
    assert canvas[0, :, 8, 3].tolist() == pytest.approx([1, 0, 0, 1])
    assert float(canvas[0, 1].max()) == 0.0
