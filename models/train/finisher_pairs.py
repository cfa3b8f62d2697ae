"""What the finisher learns from: the same moments filmed small and large, and what a codec does to the small ones."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from models import checkpoint
from models.finisher import FACTOR
from models.shapes import FPS
from models.world.sample import sample_scene
from models.world.stage import Stage

FRAMES = 6
"""Frames kept of a scene: its first one, and five in a row at twice the generator's rate."""
SMALL_AT = (1, 3, 5)
"""Of those, the ones that the generator's rate has; the others in the row are to be found between them."""
PIXEL_SHARE = 0.4
"""Share of the scenes in pixel style that are kept: they teach little and would be a fifth of all."""
CELL = 16
LEAST = 96
"""Components that the worst codec keeps of a patch; with fewer, what is lost cannot be guessed any more."""


@dataclass(frozen=True)
class Size:
    """Height and width of the small pictures, scenes for training and validation, and the crop in small pixels."""

    height: int
    width: int
    scenes: int
    held: int
    crop: tuple[int, int]
    batch: int


SIZES = {
    "tiny": Size(32, 48, 6, 2, (16, 24), 2),
    "nano": Size(64, 112, 1000, 24, (32, 48), 4),
    "small": Size(64, 112, 4000, 64, (48, 64), 16),
}


def film_pair(seed: int, split: str, height: int, width: int) -> tuple[np.ndarray, np.ndarray] | None:
    """One scene as (6, 3, H, W) and (6, 3, 4H, 4W) uint8, from a moment that the seed chooses; None if it is left out.

    A picture in pixel style keeps its squares: there the large picture is the small one in larger squares, because the
    world would cut the same scene into other squares.
    """
    scene = sample_scene(seed, split=split)
    rng = np.random.default_rng([seed, 4])
    if scene.style == "pixel" and rng.random() > PIXEL_SHARE:
        return None
    start_s = 0.0 if rng.random() < 0.2 else float(rng.uniform(0.0, max(0.0, scene.duration_s - 0.5)))
    times = torch.tensor([0.0, *(start_s + k / (2 * FPS) for k in range(FRAMES - 1))])
    with torch.inference_mode():
        small = Stage(scene, height, width, times).filmed(0, FRAMES).permute(0, 3, 1, 2)
        if scene.style == "pixel":
            large = small.repeat_interleave(FACTOR, -1).repeat_interleave(FACTOR, -2)
        else:
            large = Stage(scene, FACTOR * height, FACTOR * width, times).filmed(0, FRAMES).permute(0, 3, 1, 2)
    return np.ascontiguousarray(small.numpy()), np.ascontiguousarray(large.numpy())


def fill(folder: Path, split: str, size: Size, count: int) -> list[Path]:
    """Film what is not yet there; the files of ``count`` scenes. A killed run goes on where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    seed = 0
    while len(files) < count:
        target, skipped = folder / f"{split}-{seed:06d}.npz", folder / f"{split}-{seed:06d}.none"
        if not target.exists() and not skipped.exists():
            pair = film_pair(seed, split, size.height, size.width)
            if pair is None:
                skipped.touch()
            else:
                _write(target, *pair)
                if len(files) % 50 == 0:
                    print(f"filmed {len(files)} of {count} scenes for {split}", flush=True)
        if target.exists():
            files.append(target)
        seed += 1
    return files


def _write(target: Path, small: np.ndarray, large: np.ndarray) -> None:
    unfinished = target.with_suffix(f".{os.getpid()}.part")
    with open(unfinished, "wb") as file:
        np.savez(file, small=small, large=large)
    os.replace(unfinished, target)


@dataclass(frozen=True)
class Pairs:
    """Crops of B scenes: three small frames and the five large ones over the same time.

    Attributes:
        small_BFCHW: (B, 3, 3, h, w), as a codec might give them.
        large_BFCHW: (B, 5, 3, 4h, 4w), as they should be; every second one is at a small frame's time.
        first_BCHW: (B, 3, 4h, 4w): the first frame of the scene, in the same place.
    """

    small_BFCHW: torch.Tensor
    large_BFCHW: torch.Tensor
    first_BCHW: torch.Tensor

    def to(self, device: torch.device | str) -> Pairs:
        """The same, elsewhere."""
        return Pairs(*(each.to(device) for each in (self.small_BFCHW, self.large_BFCHW, self.first_BCHW)))


class Smear:
    """What a patch codec loses: patches of 16 x 16 x 3 frames keep their first k principal components.

    Args:
        basis: (components, values of a patch), orthonormal rows; the first is the strongest.
        mean: (values of a patch,).
    """

    def __init__(self, basis: torch.Tensor, mean: torch.Tensor) -> None:
        self.basis, self.mean = basis, mean

    @classmethod
    def learned(cls, files: list[Path], most: int = 400, scenes: int = 500) -> Smear:
        """From the small pictures of some scenes."""
        patches = torch.cat([_patches(_floats(np.load(file)["small"][list(SMALL_AT)])) for file in files[:scenes]])
        mean = patches.mean(0)
        apart = patches - mean
        if len(apart) < apart.shape[1]:
            return cls(torch.linalg.svd(apart, full_matrices=False)[2][:most], mean)
        _, vectors = torch.linalg.eigh(apart.T @ apart)
        return cls(vectors.flip(1)[:, :most].T.contiguous(), mean)

    @classmethod
    def kept(cls, path: Path, files: list[Path]) -> Smear:
        """As it was learned once, so that a resumed training does not have to learn it again."""
        if not path.exists():
            learned = cls.learned(files)
            card = checkpoint.Card("smear", recipe={"scenes": len(files)})
            checkpoint.save(path, {"basis": learned.basis, "mean": learned.mean}, card)
        tensors, _ = checkpoint.load(path, kind="smear")
        return cls(tensors["basis"], tensors["mean"])

    def __call__(self, video_FCHW: torch.Tensor, components: int) -> torch.Tensor:
        """Three frames through the bottleneck; sides that are no whole patches are left as they are."""
        rows, columns = video_FCHW.shape[-2] // CELL, video_FCHW.shape[-1] // CELL
        inner = video_FCHW[..., : rows * CELL, : columns * CELL]
        basis = self.basis[:components]
        kept = (_patches(inner) - self.mean) @ basis.T @ basis + self.mean
        whole = kept.reshape(rows, columns, len(video_FCHW), 3, CELL, CELL).permute(2, 3, 0, 4, 1, 5)
        out = video_FCHW.clone()
        out[..., : rows * CELL, : columns * CELL] = whole.reshape_as(inner)
        return out.clamp_(0.0, 1.0)


def _patches(video_FCHW: torch.Tensor) -> torch.Tensor:
    frames, channels, height, width = video_FCHW.shape
    rows, columns = height // CELL, width // CELL
    cut = video_FCHW[..., : rows * CELL, : columns * CELL].reshape(frames, channels, rows, CELL, columns, CELL)
    return cut.permute(2, 4, 0, 1, 3, 5).reshape(rows * columns, -1)


def harmed(video_FCHW: torch.Tensor, smear: Smear, rng: np.random.Generator) -> torch.Tensor:
    """A clean small clip as a codec might give it: smeared, blurred, noisy, or as it is one time in five."""
    if rng.random() < 0.2:
        return video_FCHW
    if rng.random() < 0.35:
        video_FCHW = smear(video_FCHW, int(LEAST * (len(smear.basis) / LEAST) ** rng.random()))
    if rng.random() < 0.5:
        video_FCHW = softened(video_FCHW, float(rng.uniform(0.3, 1.1)))
    if rng.random() < 0.5:
        noise = torch.from_numpy(rng.standard_normal(tuple(video_FCHW.shape), dtype=np.float32))
        noise = softened(noise, 0.8) * 2.0 if rng.random() < 0.5 else noise
        video_FCHW = video_FCHW + noise * float(rng.uniform(0.0, 0.02))
    return video_FCHW.clamp(0.0, 1.0)


def softened(video_FCHW: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur of at most 7 x 7 pixels."""
    at = torch.arange(-3, 4, dtype=torch.float32)
    row = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = torch.outer(row, row) / row.sum() ** 2
    padded = F.pad(video_FCHW, (3, 3, 3, 3), mode="replicate")
    return F.conv2d(padded, kernel.expand(video_FCHW.shape[1], 1, 7, 7), groups=video_FCHW.shape[1])


def batches(files: list[Path], size: Size, smear: Smear, rng: np.random.Generator) -> Iterator[Pairs]:
    """Batches without end, from scenes in random order."""
    while True:
        order = rng.permutation(len(files))
        for start in range(0, len(order) - size.batch + 1, size.batch):
            rows = [_crop(files[n], size, smear, rng) for n in order[start : start + size.batch]]
            yield Pairs(*(torch.stack(each) for each in zip(*rows, strict=True)))


def whole(file: Path, spoil: Smear | None) -> Pairs:
    """One scene at its full size for measuring; with ``spoil``, as if a middling codec had given the small frames."""
    content = np.load(file)
    small, large = _floats(content["small"]), _floats(content["large"])
    kept = small[list(SMALL_AT)]
    if spoil is not None:
        kept = softened(spoil(kept, 256), 0.5)
    return Pairs(kept[None], large[None, 1:], large[None, 0])


def _crop(file: Path, size: Size, smear: Smear, rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
    content = np.load(file)
    large = content["large"]
    boxed = F.avg_pool2d(_floats(large[list(SMALL_AT)]), FACTOR)
    small = boxed if rng.random() < 0.4 else _floats(content["small"][list(SMALL_AT)])
    small = harmed(small, smear, rng)
    h, w = size.crop
    y, x = _spot(boxed, h, w, rng)
    small = small[..., y : y + h, x : x + w]
    cut = _floats(large[..., FACTOR * y : FACTOR * (y + h), FACTOR * x : FACTOR * (x + w)])
    turn = torch.from_numpy(rng.permutation(3))
    small, cut = small[:, turn], cut[:, turn]
    if rng.random() < 0.5:
        small, cut = small.flip(-1), cut.flip(-1)
    gain = float(rng.uniform(0.8, 1.0))
    return small * gain, cut[1:] * gain, cut[0] * gain


def _spot(boxed_FCHW: torch.Tensor, h: int, w: int, rng: np.random.Generator) -> tuple[int, int]:
    """Where to cut: every second time the liveliest of four places, for most of a picture is quiet background."""
    height, width = boxed_FCHW.shape[-2:]
    tries = 1 if rng.random() < 0.5 else 4
    places = [(int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))) for _ in range(tries)]
    lively = (boxed_FCHW[-1] - boxed_FCHW[0]).abs().sum(0)
    lively[:, 1:] += boxed_FCHW[0].diff(dim=-1).abs().sum(0)
    return max(places, key=lambda at: float(lively[at[0] : at[0] + h, at[1] : at[1] + w].mean()))


def _floats(video: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(video).float().div_(255.0)


def decibel(a: torch.Tensor, b: torch.Tensor) -> float:
    """Peak signal to noise ratio of values between 0 and 1."""
    return -10.0 * math.log10(max(1e-10, float((a - b).square().mean())))
