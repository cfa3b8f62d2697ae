"""World clips as the judge learns from them, rendered once and kept: ``python -m models.judge.clips --role critic``.

Clips come in pairs that share their lead (:func:`models.reader_cache.lead_elsewhere`): the same figure in another
place, light and pose, which is what continuity is learned from. A stopped run goes on; a change of the world's sources
makes new shards. Each role has seeds of its own, and so has what the judges are calibrated on.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.judge.shapes import CELL, LIGHTS, MOMENT_S, MOMENTS
from models.reader_cache import cast_of, lead_elsewhere
from models.reader_cache import words_of as words_without_light
from models.train_finder import world_digest
from models.world.sample import sample_scene
from models.world.scene import Scene

STATE = Path(__file__).parents[2] / ".state" / "judge"
SHARD = 40
ROLES: dict[str, int] = {"critic": 20_000_000, "examiner": 30_000_000, "calibration": 40_000_000, "held": 50_000_000}
"""First seed of each. ``held`` is drawn from the test split, whose combinations nobody has trained on."""
SHAPES: tuple[tuple[int, int], ...] = ((112, 192), (112, 192), (112, 192), (192, 112), (144, 144))
"""Height and width, by the number of a shard."""
ELSEWHERE = 7_000_000


@dataclass(frozen=True)
class Clips:
    """N clips of M moments of one shape; numbers are places in the vocabulary, K = 3 actors or fewer.

    Attributes:
        frames: (N, M, 3, H, W) uint8; later: the frame after, half as large, (N, M, 3, H/2, W/2) uint8.
        masks: (N, M, 3, h, w) uint8: how much of a cell of 4 pixels the actor covers.
        boxes: (N, M, 3, 4) x0, y0, x1, y1 as shares of the frame; visible: (N, M, 3).
        words: (N, 8): setting, time, weather, style, framing, exposure, camera move, number of actors.
        subjects, colours: (N, 3), -1 for nobody.
        actions, ways: (N, M, 3).
        gap_s: (N,) from one moment to the next.
    """

    frames: np.ndarray
    later: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    visible: np.ndarray
    words: np.ndarray
    subjects: np.ndarray
    colours: np.ndarray
    actions: np.ndarray
    ways: np.ndarray
    gap_s: np.ndarray

    def __len__(self) -> int:
        return len(self.words)


def scene_of(number: int, role: str) -> Scene:
    """The scene of a clip; an odd one has the lead of the even one before it."""
    first, split = ROLES[role], "test" if role == "held" else "train"
    scene = sample_scene(first + number - number % 2, split=split)
    if number % 2:
        scene = lead_elsewhere(scene, ELSEWHERE + first + 1000 * number, split)
    return scene


def words_of(scene: Scene) -> list[int]:
    """The row of ``Clips.words``."""
    light = LIGHTS[0] if scene.exposure < 0 else LIGHTS[2] if scene.exposure > 0 else LIGHTS[1]
    frame, camera = words_without_light(scene)[:5], words_without_light(scene)[5:]
    return [*frame, LIGHTS.index(light), *camera]


def film_clip(scene: Scene, height: int, width: int) -> dict[str, np.ndarray]:
    """One clip as a row of every field of :class:`Clips`."""
    from models.world.render import _truth
    from models.world.stage import Stage

    start_S = torch.linspace(0.0, scene.duration_s - MOMENT_S, MOMENTS)
    times = torch.stack([start_S, start_S + MOMENT_S], 1).flatten()
    with torch.inference_mode():
        stage = Stage(scene, height, width, times, "cpu")
        patches = stage.ensemble.patches(0, len(times))
        video = stage.enlarged(stage.frames(0, len(times), patches))
        truth = _truth(stage, True, [patches])
    video = (video * 255.0).round().byte()
    later = F.avg_pool2d(video[1::2].float(), 2).round().byte()
    row: dict[str, np.ndarray] = {
        "frames": video[::2].numpy(), "later": later.numpy(),
        "masks": np.zeros((MOMENTS, 3, height // CELL, width // CELL), np.uint8),
        "boxes": np.zeros((MOMENTS, 3, 4), np.float32), "visible": np.zeros((MOMENTS, 3), np.float32),
        "words": np.array(words_of(scene), np.int64), "gap_s": np.array(float(start_S[1] - start_S[0]), np.float32),
    }  # fmt: skip
    # What is done in the middle of a moment.
    middles = (start_S + 0.5 * MOMENT_S).tolist()
    row["subjects"], row["colours"], row["actions"], row["ways"] = cast_of(scene, middles)
    if truth.masks_KFHW is None:
        raise RuntimeError("masks were asked for")
    for k in range(len(scene.actors)):
        cover = F.avg_pool2d(truth.masks_KFHW[k, ::2], CELL)
        row["masks"][:, k] = (cover * 255.0).round().byte().numpy()
        row["boxes"][:, k], row["visible"][:, k] = truth.boxes_KF4[k, ::2].numpy(), truth.visible_KF[k, ::2].numpy()
    return row


def folder_of(state: Path = STATE) -> Path:
    return state / f"clips-{world_digest()}-{MOMENTS}"


def shard_path(role: str, number: int, state: Path = STATE) -> Path:
    return folder_of(state) / f"{role}-{number:04d}.npz"


def read_shard(role: str, number: int, state: Path = STATE) -> Clips:
    """A shard that is there; its pixels stay on the disk until they are looked at."""
    path = shard_path(role, number, state)
    with np.load(path) as archive:
        rest = {name: archive[name] for name in archive.files}
    big = {name: np.load(path.with_suffix(f".{name}.npy"), mmap_mode="r") for name in ("frames", "later")}
    return Clips(**big, **rest)


def kept(role: str, state: Path = STATE) -> list[int]:
    """Numbers of the shards that are there."""
    return sorted(int(path.stem.rpartition("-")[2]) for path in folder_of(state).glob(f"{role}-*.npz"))


def make_shard(role: str, number: int, state: Path = STATE) -> None:
    """Render a shard; it is there whole or not at all."""
    height, width = SHAPES[number % len(SHAPES)]
    rows = [film_clip(scene_of(number * SHARD + n, role), height, width) for n in range(SHARD)]
    whole = {field.name: np.stack([row[field.name] for row in rows]) for field in fields(Clips)}
    path = shard_path(role, number, state)
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in ("frames", "later"):
        draft = path.with_suffix(f".{name}.part{os.getpid()}")
        with draft.open("wb") as file:
            np.save(file, whole.pop(name))
        draft.replace(path.with_suffix(f".{name}.npy"))
    draft = path.with_suffix(f".part{os.getpid()}")
    with draft.open("wb") as file:
        np.savez(file, **whole)  # type: ignore[arg-type]
    # What makes a shard be there is the last to come.
    draft.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--role", choices=sorted(ROLES), required=True)
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--every", type=int, default=1, help="only every so many-th shard, so that two may share")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--state", type=Path, default=STATE)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for number in range(chosen.first, chosen.shards, chosen.every):
        if shard_path(chosen.role, number, chosen.state).exists():
            continue
        began = time.perf_counter()
        make_shard(chosen.role, number, chosen.state)
        print(f"{chosen.role} {number}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
