"""The places: each is itself, tells the time of day, and lies in depth."""

from __future__ import annotations

import itertools

import pytest
import torch

from models.world.light import light
from models.world.render import Film, render_clips
from models.world.scene import Camera, Scene
from models.world.settings import PLACES, build
from models.world.settings.sketch import Layer, Plan
from models.world.vocabulary import INDOOR, SETTINGS, TIMES, WEATHERLESS, WEATHERS


def laid_out(setting: str, seed: int = 0, reach: float = 1.0) -> list[Layer]:
    scene = Scene((), setting, seed=seed)
    return build(Plan(scene, light(scene), reach))


def thumbnail(setting: str, time: str = "day", weather: str = "clear", seed: int = 0) -> torch.Tensor:
    """(3, 18, 32) of an empty place."""
    video = render_clips([Scene((), setting, time, weather, seed=seed)], 128, 72, 1, 8.0).video_BCFHW[0, :, 0]
    return torch.nn.functional.avg_pool2d(video, 4)


def test_every_setting_can_be_built() -> None:
    assert set(PLACES) == set(SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_has_depth_from_far_to_near(setting: str) -> None:
    layers = laid_out(setting)
    behind = [layer.parallax for layer in layers if not layer.front]
    assert len({layer.parallax for layer in layers}) >= (2 if setting in INDOOR else 3)
    assert behind == sorted(behind)
    assert all(layer.parallax >= 1.0 for layer in layers if layer.front)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_slot_keeps_its_content_whatever_can_be_seen(setting: str) -> None:
    near, far = (
        {tuple(row) for layer in laid_out(setting, 3, reach) for mark in layer.marks
         if hasattr(mark, "finish") for row in mark.finish().points_FKC2[0].flatten(1).tolist()}
        for reach in (0.9, 2.0)
    )  # fmt: skip
    kept = len(near & far) / max(1, len(near))
    assert kept > 0.85


def test_two_forests_are_different_forests() -> None:
    for setting in SETTINGS:
        assert float((thumbnail(setting, seed=1) - thumbnail(setting, seed=2)).abs().mean()) > 0.012, setting


def test_no_two_settings_look_alike() -> None:
    pictures = {setting: thumbnail(setting, seed=1) for setting in SETTINGS}
    for a, b in itertools.combinations(SETTINGS, 2):
        assert float((pictures[a] - pictures[b]).abs().mean()) > 0.04, (a, b)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_time_of_day_can_be_seen(setting: str) -> None:
    pictures = {time: thumbnail(setting, time, seed=1) for time in TIMES}
    for a, b in itertools.combinations(TIMES, 2):
        assert float((pictures[a] - pictures[b]).abs().mean()) > 0.025, (a, b)
    assert float(pictures["night"].mean()) == min(float(p.mean()) for p in pictures.values())
    assert float(pictures["night"].mean()) > 0.06


def test_overcast_does_not_hide_the_time_of_day() -> None:
    for weather in WEATHERS:
        pictures = {time: thumbnail("meadow", time, weather, seed=1) for time in TIMES}
        for a, b in itertools.combinations(TIMES, 2):
            assert float((pictures[a] - pictures[b]).abs().mean()) > 0.04, (weather, a, b)


def test_every_weather_can_be_told_from_every_other() -> None:
    pictures = {weather: thumbnail("village", "day", weather, seed=1) for weather in WEATHERS}
    for a, b in itertools.combinations(WEATHERS, 2):
        assert float((pictures[a] - pictures[b]).abs().mean()) > 0.02, (a, b)


@pytest.mark.parametrize("setting", sorted(WEATHERLESS))
def test_weather_stays_outdoors(setting: str) -> None:
    frames = [
        torch.cat(list(Film(Scene((), setting, weather=weather, duration_s=0.5), 96, 54, 4.0).frames()))
        for weather in ("clear", "snow")
    ]
    difference = (frames[0].float() - frames[1].float()).abs().mean((1, 2, 3))
    assert float(difference.max()) < 12.0


def test_windows_shine_at_night() -> None:
    for setting in ("city", "village", "harbour"):
        night = render_clips([Scene((), setting, "night", seed=2)], 128, 72, 1, 8.0).video_BCFHW[0, :, 0]
        r, _, b = night
        warm = (r > 0.75) & (r > b + 0.25)
        assert 0.002 < float(warm.float().mean()) < 0.25, setting


def test_nothing_pops_while_it_lives() -> None:
    for setting in ("underwater", "river", "beach", "meadow", "space"):
        scene = Scene((), setting, duration_s=2.0, camera=Camera("static"), seed=4)
        frames = torch.cat(list(Film(scene, 128, 72, 24.0).frames())).float()
        steps = (frames[1:] - frames[:-1]).abs().mean((1, 2, 3))
        assert float(steps.max()) < 3.0 * float(steps.mean()) + 0.05, setting
