"""Figures alone, for the close look: ``python -m models.judge.cutouts --role critic``.

What a figure is has to be learned from many figures, and most of the cost of a clip is its place. So actors of scenes
that are nowhere else are drawn at one moment, laid over a frame of the role's own clips (of the same time of day and
style where there is one), and cut out of it with room around. A stopped run goes on.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.judge.album import Album
from models.judge.clips import ROLES, SHAPES, STATE, Clips, folder_of
from models.judge.close import around
from models.judge.shapes import MOMENT_S
from models.reader_cache import cast_of
from models.reader_parts import close_up
from models.world.sample import sample_scene
from models.world.vocabulary import COLOURS, STYLES, SUBJECTS, TIMES

SIDE = 56
WIDER = 1.4
"""Side of what is kept to the side of what a close look shows, so that boxes can be shaken afterwards."""
SHARD = 1500
FIGURES_AFTER = 5_000_000
"""Scenes of figures begin so far after those of clips."""
LEAST_SHARE = 0.35
LEAST_PX = 9.0


@dataclass(frozen=True)
class Cutouts:
    """N figures: ``pictures`` (N, 5, SIDE, SIDE) uint8, their colours, a half plus half of how much brighter they are a
    moment later, and how much anybody covers; ``light`` (N, 3), the mean colour of the frame, 0 to 1; ``subjects``,
    ``colours`` and ``actions`` (N,), places in the vocabulary, -1 for an action that cannot be told."""

    pictures: np.ndarray
    light: np.ndarray
    subjects: np.ndarray
    colours: np.ndarray
    actions: np.ndarray

    def __len__(self) -> int:
        return len(self.subjects)


class Backgrounds:
    """Frames of a role's clips by shape, time of day and style."""

    def __init__(self, album: Album) -> None:
        self.album = album
        self.by_look: dict[tuple[tuple[int, int], int, int], list[tuple[int, int]]] = defaultdict(list)
        for number, shard in album.shards.items():
            for row in range(len(shard)):
                key = SHAPES[number % len(SHAPES)], int(shard.words[row, 1]), int(shard.words[row, 3])
                self.by_look[key].append((number, row))

    def any(
        self, shape: tuple[int, int], time_: int, style: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """A frame (3, H, W), the later one as large, 0 to 1, and how much anybody covers (H, W)."""
        found = self.by_look.get((shape, time_, style)) or next(v for k, v in self.by_look.items() if k[0] == shape)
        number, row = found[int(rng.integers(len(found)))]
        shard: Clips = self.album.shards[number]
        m = int(rng.integers(shard.frames.shape[1]))
        first = torch.from_numpy(np.array(shard.frames[row, m])).float() / 255.0
        # The later one is kept half as large: the difference between the two is taken from the same size.
        later = torch.from_numpy(np.array(shard.later[row, m])).float()[None] / 255.0
        moved = later - F.avg_pool2d(first[None], 2)
        grown = F.interpolate(moved, size=first.shape[-2:], mode="bilinear", align_corners=False)[0]
        cover = torch.from_numpy(np.array(shard.masks[row, m])).float()[None].sum(1, keepdim=True).clamp(0, 255) / 255.0
        return first, (first + grown).clamp(0, 1), F.interpolate(cover, size=first.shape[-2:], mode="bilinear")[0, 0]


def cutouts_of(
    seed: int, split: str, backgrounds: Backgrounds, rng: np.random.Generator
) -> list[dict[str, np.ndarray]]:
    """The figures of one scene that are well in view."""
    from models.world.render import _truth
    from models.world.stage import Stage

    scene = sample_scene(seed, split=split)
    shapes = sorted({shape for shape, _, _ in backgrounds.by_look})
    height, width = shapes[int(rng.integers(len(shapes)))]
    at_s = float(rng.uniform(0.0, scene.duration_s - MOMENT_S))
    with torch.inference_mode():
        stage = Stage(scene, height, width, torch.tensor([at_s, at_s + MOMENT_S]), "cpu", scenery=False)
        if not scene.actors or stage.block > 1:
            # Pixel art is drawn at another size, which a frame of a clip has not.
            return []
        patches = stage.ensemble.patches(0, 2)
        truth = _truth(stage, True, [patches])
        first, later, cover = backgrounds.any((height, width), TIMES.index(scene.time), STYLES.index(scene.style), rng)
        both = torch.stack([first, later])
        stage.ensemble.compose(both, 0, 2, patches)
    both = both.clamp(0.0, 1.0)
    masks = truth.masks_KFHW
    if masks is None:
        raise RuntimeError("masks were asked for")
    cover = torch.maximum(cover, masks[:, 0].sum(0).clamp(0, 1))
    moved = 0.5 + 0.5 * (both[1] - both[0]).mean(0, keepdim=True)
    # Beyond the frame a close look sees grey and nobody.
    grey = torch.tensor([0.5, 0.5, 0.5, 0.5, 0.0])[None, :, None, None]
    stack = torch.cat([both[0], moved, cover[None]])[None] - grey
    actions = cast_of(scene, [at_s + 0.5 * MOMENT_S])[2]
    rows = []
    for k, actor in enumerate(scene.actors):
        box = truth.boxes_KF4[k, 0]
        size = float(((box[2:] - box[:2]) * torch.tensor([width, height])).max())
        if float(truth.visible_KF[k, 0]) < LEAST_SHARE or size < LEAST_PX:
            continue
        near = around(box[None, None], height, width)
        middle, half = 0.5 * (near[..., :2] + near[..., 2:]), 0.5 * WIDER * (near[..., 2:] - near[..., :2])
        wide = torch.cat([middle - half, middle + half], -1)
        cut = F.avg_pool2d(close_up(stack, wide, 2 * SIDE)[0, 0], 2) + grey[0]
        rows.append({
            "pictures": (cut * 255.0).round().byte().numpy(), "light": both[0].mean((-1, -2)).numpy(),
            "subjects": np.int64(list(SUBJECTS).index(actor.subject)),
            "colours": np.int64(list(COLOURS).index(actor.colour)),
            "actions": np.int64(actions[0, k]),
        })  # fmt: skip
    return rows  # type: ignore[return-value]


def shard_path(role: str, number: int, state: Path = STATE) -> Path:
    return folder_of(state) / f"{role}-cutouts-{number:03d}.npz"


def make_shard(role: str, number: int, backgrounds: Backgrounds, state: Path = STATE) -> None:
    """Draw the figures of ``SHARD`` scenes; the shard is there whole or not at all."""
    rng = np.random.default_rng([ROLES[role], number, 17])
    rows = []
    for n in range(SHARD):
        seed = ROLES[role] + FIGURES_AFTER + number * SHARD + n
        rows += cutouts_of(seed, "test" if role == "held" else "train", backgrounds, rng)
    path = shard_path(role, number, state)
    draft = path.with_suffix(f".part{os.getpid()}")
    with draft.open("wb") as file:
        whole = {field.name: np.stack([row[field.name] for row in rows]) for field in fields(Cutouts)}
        np.savez(file, **whole)  # type: ignore[arg-type]
    draft.replace(path)


def is_drawn(path: Path) -> bool:
    """Whether a shard is there with all that a figure is told with; those of before say no actions."""
    if not path.exists():
        return False
    with np.load(path) as archive:
        return {field.name for field in fields(Cutouts)} <= set(archive.files)


def read_cutouts(role: str, state: Path = STATE) -> Cutouts | None:
    """All figures that are drawn, or None if there are none."""
    parts = []
    for path in filter(is_drawn, sorted(folder_of(state).glob(f"{role}-cutouts-*.npz"))):
        with np.load(path) as archive:
            parts.append({name: archive[name] for name in archive.files})
    if not parts:
        return None
    return Cutouts(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--role", choices=("critic", "examiner"), required=True)
    parser.add_argument("--shards", type=int, default=20)
    parser.add_argument("--state", type=Path, default=STATE)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    backgrounds = Backgrounds(Album(chosen.role, chosen.state))
    for number in range(chosen.shards):
        if is_drawn(shard_path(chosen.role, number, chosen.state)):
            continue
        began = time.perf_counter()
        make_shard(chosen.role, number, backgrounds, chosen.state)
        print(f"{chosen.role} cutouts {number}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
