"""World clips as the reader learns from them, rendered once: ``python -m models.reader_cache --clips 7000``.

Clips come in pairs that share their lead: the second has the same figure (kind, colour, accessories, identity) in
another place, light and pose, which is what telling one figure from another is learned from. Shards are kept, so that
a stopped run goes on; a change of the world's sources makes new ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.reader_parts import FRAMES, HEIGHT, WAYS, WIDTH
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
SHARD = 100
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


def render_shots(scenes: Sequence[Scene], frames: int = FRAMES) -> Shots:
    """Film the scenes for the reader."""
    from models.world.render import render_clips

    names, colours = list(SUBJECTS), list(COLOURS)
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
        for k, actor in enumerate(scene.actors):
            subjects[n, k], tints[n, k] = names.index(actor.subject), colours.index(actor.colour)
            boxes[n, :, k], visible[n, :, k] = truth.boxes_KF4[k].numpy(), truth.visible_KF[k].numpy()
            for f, time_s in enumerate(truth.times_F.tolist()):
                act = act_at(actor.acts, time_s)
                actions[n, f, k] = ACTIONS.index(act.action) if act else 0
                ways[n, f, k] = WAYS.index(act.direction) if act else 0
    words = np.array([words_of(scene) for scene in scenes], np.int64)
    return Shots(np.stack(video), np.stack(masks), boxes, visible, words, subjects, tints, actions, ways)


def shard(number: int, split: str, folder: Path) -> Shots:
    """Clips ``number * SHARD`` and on, rendered if they are not kept; their pixels stay on disk until asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{split}-{number:03d}.npz"
    if not path.exists():
        shots = render_shots([scene_of(number * SHARD + n, split) for n in range(SHARD)])
        np.save(path.with_suffix(".npy"), shots.video)
        partial = path.with_suffix(".part.npz")
        np.savez(partial, **{name: value for name, value in vars(shots).items() if name != "video"})
        partial.replace(path)
    with np.load(path) as archive:
        return Shots(np.load(path.with_suffix(".npy"), mmap_mode="r"), **{name: archive[name] for name in archive})


def shards(split: str, clips: int, state: Path = STATE, *, only_kept: bool = False) -> list[Shots]:
    """Enough shards for so many clips; with ``only_kept`` those that are rendered already."""
    folder = state / world_digest()
    wanted = range(-(-clips // SHARD))
    return [
        shard(number, split, folder) for number in wanted
        if not only_kept or (folder / f"{split}-{number:03d}.npz").exists()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clips", type=int, default=7000)
    parser.add_argument("--test", type=int, default=500)
    parser.add_argument("--state", type=Path, default=STATE)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for split, clips in (("test", chosen.test), ("train", chosen.clips)):
        for number in range(-(-clips // SHARD)):
            shard(number, split, chosen.state / world_digest())
            print(f"{split} {number}", flush=True)


if __name__ == "__main__":
    main()
