"""World clips as the reader learns from them, rendered once: ``python -m models.reader_cache --clips 7000``.

Clips come in pairs that share their lead: the second has the same figure (kind, colour, accessories, identity) in
another place, light and pose, which is what telling one figure from another is learned from. Shards are kept, so that
a stopped run goes on; a change of the world's sources makes new ones. ``--workers`` processes render at once, those for
the test first, until all is there or ``--seconds`` are over; a shard is written whole or not at all.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.reader_parts import FRAMES, HEIGHT, WAYS, WIDTH
from models.train.quiet import quieten
from models.train_finder import world_digest
from models.world.sample import held_out, sample_scene
from models.world.scene import Act, Scene
from models.world.vocabulary import (
    ACTIONS,
    CAMERA_MOVES,
    COLOURS,
    FRAMINGS,
    SETTINGS,
    STYLES,
    SUBJECTS,
    TIMES,
    WEATHERS,
)

STATE = Path(__file__).parent.parent / ".state" / "reader"
CLIP_S = 48 / 12
"""From the first frame that is read to the last: a clip of 1 + 48 frames at 12 a second."""
CELL = 4
"""Pixels of the side of a mask's cell."""
SHARD = 50
FIRST_SEEDS = {"train": 5_000_000, "test": 6_000_000}
ELSEWHERE = 9_000_000


@dataclass(frozen=True)
class Shots:
    """N clips, or single pictures (then T = 1), with up to three subjects; numbers are places in the vocabulary.

    Attributes:
        video: (N, T, 3, 64, 112) uint8.
        masks: (N, T, 3, 16, 28) uint8: how much of a cell the actor covers, 0 to 255.
        boxes: (N, T, 3, 4): x0, y0, x1, y1 as shares of the frame, 0 where nothing can be seen.
        visible: (N, T, 3): share of the actor that can be seen.
        words: (N, 7): setting, time, weather, style, framing, camera move, number of actors.
        subjects, colours: (N, 3), -1 for nobody.
        actions, ways: (N, T, 3): what each does then and where to, -1 for nobody.
    """

    video: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    visible: np.ndarray
    words: np.ndarray
    subjects: np.ndarray
    colours: np.ndarray
    actions: np.ndarray
    ways: np.ndarray

    def __len__(self) -> int:
        return len(self.words)


def lead_elsewhere(scene: Scene, seed: int, split: str = "train", duration_s: float | None = None) -> Scene:
    """Another scene, drawn from ``seed``, whose lead is the same figure as the lead of ``scene``.

    What the figure does there and where it stands are the other scene's.
    """
    if not scene.actors:
        return sample_scene(seed, split=split, duration_s=duration_s)
    lead = scene.actors[0]
    for attempt in range(2000):
        other = sample_scene(seed + attempt, split=split, duration_s=duration_s)
        if not other.actors or other.actors[0].subject != lead.subject:
            continue
        there = other.actors[0]
        same = replace(lead, acts=there.acts, side=there.side, depth=there.depth)
        moved = replace(other, actors=(same, *other.actors[1:]))
        if held_out(moved) == (split == "test"):
            return moved
    raise AssertionError("a subject leads every 28th scene or so")


def scene_of(number: int, split: str, duration_s: float = CLIP_S + 1 / 12) -> Scene:
    """The scene of a clip; an odd one has the lead of the even one before it."""
    first = FIRST_SEEDS[split]
    scene = sample_scene(first + number - number % 2, split=split, duration_s=duration_s)
    if number % 2 == 0:
        return scene
    return lead_elsewhere(scene, ELSEWHERE + first + 1000 * number, split, duration_s)


def act_at(acts: Sequence[Act], time_s: float) -> Act | None:
    """What is done at a time: of several acts the one that began last; before the first and after the last, those."""
    begun = [act for act in acts if act.start_s <= time_s + 1e-6]
    return max(begun, key=lambda act: act.start_s) if begun else (acts[0] if acts else None)


def words_of(scene: Scene) -> list[int]:
    """The row of ``Shots.words``."""
    return [
        SETTINGS.index(scene.setting), TIMES.index(scene.time), WEATHERS.index(scene.weather),
        STYLES.index(scene.style), FRAMINGS.index(scene.camera.framing), CAMERA_MOVES.index(scene.camera.move),
        len(scene.actors),
    ]  # fmt: skip


def cast_of(
    scene: Scene, times_s: Sequence[float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Up to three actors as places in the vocabulary: subjects and colours (3,), actions and ways (T, 3) at each time;
    -1 for nobody."""
    subjects, tints = np.full(3, -1, np.int64), np.full(3, -1, np.int64)
    actions, ways = np.full((len(times_s), 3), -1, np.int64), np.full((len(times_s), 3), -1, np.int64)
    for k, actor in enumerate(scene.actors):
        subjects[k], tints[k] = list(SUBJECTS).index(actor.subject), list(COLOURS).index(actor.colour)
        for t, time_s in enumerate(times_s):
            act = act_at(actor.acts, time_s)
            actions[t, k] = ACTIONS.index(act.action) if act else 0
            ways[t, k] = WAYS.index(act.direction) if act else 0
    return subjects, tints, actions, ways


def render_shots(scenes: Sequence[Scene], frames: int = FRAMES) -> Shots:
    """Film the scenes for the reader."""
    from models.world.render import render_clips

    count = len(scenes)
    subjects, tints = np.full((count, 3), -1, np.int8), np.full((count, 3), -1, np.int8)
    actions, ways = np.full((count, frames, 3), -1, np.int8), np.full((count, frames, 3), -1, np.int8)
    boxes, visible = np.zeros((count, frames, 3, 4), np.float32), np.zeros((count, frames, 3), np.float32)
    video, masks = [], []
    for n, scene in enumerate(scenes):
        clips = render_clips([scene], WIDTH, HEIGHT, frames, (FRAMES - 1) / CLIP_S, masks=True)
        if clips.masks_BKFHW is None:
            raise RuntimeError("masks were asked for")
        video.append((clips.video_BCFHW[0].transpose(0, 1) * 255.0).round().byte().numpy())
        covers = F.avg_pool2d(clips.masks_BKFHW[0].transpose(0, 1), CELL)
        masks.append((covers * 255.0).round().byte().numpy())
        truth = clips.truths[0]
        subjects[n], tints[n], actions[n], ways[n] = cast_of(scene, truth.times_F.tolist())
        for k in range(len(scene.actors)):
            boxes[n, :, k], visible[n, :, k] = truth.boxes_KF4[k].numpy(), truth.visible_KF[k].numpy()
    words = np.array([words_of(scene) for scene in scenes], np.int64)
    return Shots(np.stack(video), np.stack(masks), boxes, visible, words, subjects, tints, actions, ways)


class OutOfTime(Exception):
    """The time for rendering was over before a shard was whole."""


@lru_cache(maxsize=8)
def folder_of(state: Path = STATE) -> Path:
    """Where the shards of this world, read at this rate, are kept."""
    return state / f"{world_digest()}-{FRAMES}"


def shard(number: int, split: str, folder: Path, until: float = float("inf")) -> Shots:
    """Clips ``number * SHARD`` and on, rendered if they are not kept; their pixels stay on disk until asked for.

    Args:
        until: ``time.time()`` at which rendering has to end.

    Raises:
        OutOfTime: the shard was not whole by then; nothing is written.
    """
    path = folder / f"{split}-{number:03d}.npz"
    if not path.exists():
        _render_shard(number, split, path, until)
    with np.load(path) as archive:
        return Shots(np.load(path.with_suffix(".npy"), mmap_mode="r"), **{name: archive[name] for name in archive})


def _render_shard(number: int, split: str, path: Path, until: float) -> None:
    parts = []
    for n in range(SHARD):
        if time.time() > until:
            raise OutOfTime(path.name)
        parts.append(render_shots([scene_of(number * SHARD + n, split)]))
    shots = joined(parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".part-{os.getpid()}")
    with draft.open("wb") as file:
        np.save(file, shots.video)
    draft.replace(path.with_suffix(".npy"))
    with draft.open("wb") as file:
        np.savez(file, **{name: value for name, value in vars(shots).items() if name != "video"})
    # What makes a shard be there is the last to come.
    draft.replace(path)


def joined(parts: Sequence[Shots]) -> Shots:
    """Several lots of clips as one."""
    return Shots(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})


def shards(split: str, clips: int, state: Path = STATE, *, only_kept: bool = False) -> list[Shots]:
    """Enough shards for so many clips; with ``only_kept`` those that are rendered already."""
    wanted = kept_numbers(split, clips, state) if only_kept else range(-(-clips // SHARD))
    return [shard(number, split, folder_of(state)) for number in wanted]


def kept_numbers(split: str, clips: int, state: Path = STATE) -> list[int]:
    """The shards that are rendered already, of those that hold the first so many clips."""
    folder = folder_of(state)
    return [number for number in range(-(-clips // SHARD)) if (folder / f"{split}-{number:03d}.npz").exists()]


@dataclass(frozen=True)
class Rendering:
    """What is to be rendered: so many clips of each split, the test's first, until a time (``time.time()``)."""

    clips: int = 7000
    test: int = 500
    until: float = float("inf")
    state: Path = STATE

    def wanted(self) -> list[tuple[str, int]]:
        """Splits and numbers of all shards, in order."""
        counts = (("test", self.test), ("train", self.clips))
        return [(split, number) for split, clips in counts for number in range(-(-clips // SHARD))]


def fill(rendering: Rendering, worker: int = 0, workers: int = 1) -> int:
    """Render one worker's share; returns how many shards of it are there at the end."""
    torch.set_num_threads(1)
    there = 0
    for split, number in rendering.wanted()[worker::workers]:
        try:
            shard(number, split, folder_of(rendering.state), rendering.until)
        except OutOfTime:
            break
        there += 1
    return there


def start_rendering(rendering: Rendering, workers: int) -> list[multiprocessing.process.BaseProcess]:
    """Render in processes of one thread and of lower priority, which end with this one."""
    quieten(os.environ)
    context = multiprocessing.get_context("spawn")
    started: list[multiprocessing.process.BaseProcess] = []
    for worker in range(workers):
        process = context.Process(target=_modestly, args=(rendering, worker, workers), daemon=True)
        process.start()
        started.append(process)
    return started


def _modestly(rendering: Rendering, worker: int, workers: int) -> None:
    os.nice(5)
    fill(rendering, worker, workers)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clips", type=int, default=7000)
    parser.add_argument("--test", type=int, default=500)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="render for so long at most")
    parser.add_argument("--state", type=Path, default=STATE)
    chosen = parser.parse_args()
    rendering = Rendering(chosen.clips, chosen.test, time.time() + chosen.seconds, chosen.state)
    for process in start_rendering(rendering, chosen.workers):
        process.join()
    for split, clips in (("test", chosen.test), ("train", chosen.clips)):
        print(f"{split}: {sum(map(len, shards(split, clips, chosen.state, only_kept=True)))} clips", flush=True)


if __name__ == "__main__":
    main()
