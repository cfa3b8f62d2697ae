"""How fast the world is drawn on this machine, over scenes that walk through its whole vocabulary."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

import torch

from models.world import vocabulary
from models.world.render import Film, render_clips
from models.world.scene import Act, Actor, Camera, Scene


def measure_speed(seconds: float = 20.0, processes: int = 2) -> dict[str, float]:
    """Speed of this machine, eager, nothing compiled and nothing cached.

    Args:
        seconds: roughly how long to measure.
        processes: how many render training clips at once, with one thread each.

    Returns:
        ``megapixels_per_s`` at 1280 x 720 over varied scenes, canvases included, in this process with its current
        number of threads; ``clips_per_s`` of 17 frames at 112 x 64, all processes together.
    """
    began, pixels = time.perf_counter(), 0
    for scene in varied_scenes(16):
        for block in Film(scene, 1280, 720, 24.0).frames():
            pixels += block.shape[0] * 1280 * 720
        if time.perf_counter() - began > 0.6 * seconds:
            break
    films_s = time.perf_counter() - began
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        rates = list(pool.map(_clip_rate, [0.4 * seconds] * processes, range(processes)))
    return {"megapixels_per_s": pixels / 1e6 / films_s, "clips_per_s": sum(rates)}


def _clip_rate(seconds: float, part: int) -> float:
    """Training clips a second of this process with one thread, after a first batch to warm up."""
    torch.set_num_threads(1)
    scenes = varied_scenes(96, 17 / 8)
    render_clips(scenes[:2], 112, 64, 17, 8.0)
    began, clips = time.perf_counter(), 0
    while clips == 0 or time.perf_counter() - began < seconds:
        first = (48 * part + clips) % 96
        clips += len(render_clips(scenes[first : first + 8], 112, 64, 17, 8.0, masks=True).truths)
    return clips / (time.perf_counter() - began)


def varied_scenes(count: int, duration_s: float = 4.0) -> list[Scene]:
    """Scenes that walk through every table of the vocabulary; the same every time."""
    subjects, colours = tuple(vocabulary.SUBJECTS), tuple(vocabulary.COLOURS)
    made = []
    for n in range(count):
        actors = []
        for k, side in enumerate(("left", "right")[: 1 + n % 2]):
            subject = subjects[(5 * n + 11 * k) % len(subjects)]
            action = vocabulary.SUBJECTS[subject].actions[n % len(vocabulary.SUBJECTS[subject].actions)]
            act = Act(action if action not in ("chase", "meet", "carry") else "stand", 0.0, duration_s)
            actors.append(Actor(subject, colours[(3 * n + k) % 10], identity=n, acts=(act,), side=side, depth=0.3 * k))
        camera = Camera(vocabulary.CAMERA_MOVES[(5 * n) % 16], vocabulary.FRAMINGS[n % 3])
        time, weather = vocabulary.TIMES[(n // 3) % 4], vocabulary.WEATHERS[(n // 2) % 6]
        setting, style = vocabulary.SETTINGS[n % 16], vocabulary.STYLES[n % 5]
        made.append(Scene(tuple(actors), setting, time, weather, camera, style, duration_s, seed=n))
    return made
