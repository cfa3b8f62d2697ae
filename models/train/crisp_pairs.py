"""What the enlarger of decoded layers learns from: the same plates and figures painted at 64 and at 256 pixels.

Both are painted by the world, so they are exact; what the codec makes of the small ones is computed while training,
because the codec changes. Pictures in pixel style are painted like all others: ``compose`` cuts a film of them into its
squares by single points of plates and sprites, so these have to be hard at 256 pixels, as the world's own are.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from models.layers.codec import LayersNetwork
from models.layers.crisp import FACTOR
from models.layers.observe import backdrop, sprites
from models.layers.parts import CELL, DENSITY, SPRITE
from models.layers.sheet import premultiplied
from models.train.quiet import quieten
from models.world.sample import sample_scene

SHARD = 20
"""Scenes in a file."""
PER_ACTOR = 4
CROP = (4, 7)
"""Rows and columns of cells that are kept of a plate."""

Rows = dict[str, torch.Tensor]
"""``plate`` (P, 4, 64, 112) and ``plate_fine`` (P, 3, 256, 448); ``sheet`` and ``posed`` (N, 4, 64, 64) and
``posed_fine`` (N, 4, 256, 256), premultiplied; all uint8. ``articulation`` (N, ARTICULATION) fp32 of the poses."""


def rendered(seeds: Iterable[int], split: str) -> Rows:
    """Scenes painted twice: a piece of each plate, and its actors in some of their poses."""
    scenes = [(seed, sample_scene(seed, split=split)) for seed in seeds]
    plates = [_piece(seed, backdrop(s, CROP[1] / CROP[0]), backdrop(s, CROP[1] / CROP[0], FACTOR * DENSITY))
              for seed, s in scenes]  # fmt: skip
    small, fine = (
        sprites([s for _, s in scenes], torch.Generator().manual_seed(scenes[0][0]), PER_ACTOR, side)
        for side in (SPRITE, FACTOR * SPRITE)
    )
    return {
        "plate": torch.stack([each for each, _ in plates]), "plate_fine": torch.stack([each for _, each in plates]),
        "sheet": small.sheets, "posed": small.posed, "posed_fine": fine.posed, "articulation": small.articulation,
    }  # fmt: skip


def _piece(seed: int, plate_4HW: torch.Tensor, fine_4HW: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``CROP`` of a plate, at whole cells, and of the fine one without parallax."""
    height, width = CROP[0] * CELL, CROP[1] * CELL
    spare = ((plate_4HW.shape[1] - height) // CELL, (plate_4HW.shape[2] - width) // CELL)
    top, left = (CELL * int(each) for each in np.random.default_rng([seed, 5]).integers(np.array(spare) + 1))
    fine = fine_4HW[:3, FACTOR * top : FACTOR * (top + height), FACTOR * left : FACTOR * (left + width)]
    return plate_4HW[:, top : top + height, left : left + width], fine


def shard(folder: Path, split: str, number: int) -> Path:
    """The file of ``SHARD`` scenes; painted if it is not there, whole or not at all."""
    path = folder / f"pairs-{split}-{number:05d}.safetensors"
    if not path.exists():
        torch.set_num_threads(1)
        made = rendered(range(number * SHARD, (number + 1) * SHARD), split)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        save_file({name: value.contiguous() for name, value in made.items()}, unfinished)
        os.replace(unfinished, path)
    return path


def fill(folder: Path, split: str, count: int, workers: int = 1) -> list[Path]:
    """Files of ``count`` shards, painted by so many processes where they are missing."""
    if workers == 1:
        return [shard(folder, split, number) for number in range(count)]
    quieten(os.environ)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(shard, [folder] * count, [split] * count, range(count)))


class Pairs:
    """All pairs of some files, as bytes on a device; what is drawn from them are floats, 0 to 1."""

    def __init__(self, files: list[Path], device: torch.device) -> None:
        shards = [load_file(file) for file in files]
        self.rows: Rows = {name: torch.cat([each[name] for each in shards]).to(device) for name in shards[0]}
        self.device = device

    @property
    def counts(self) -> tuple[int, int]:
        """Plates and sprites that there are."""
        return len(self.rows["plate"]), len(self.rows["posed"])

    def plates(self, chosen: np.ndarray) -> Rows:
        """``plate`` and ``plate_fine``."""
        return self._drawn(chosen, "plate", "plate_fine")

    def figures(self, chosen: np.ndarray) -> Rows:
        """``sheet``, ``posed``, ``posed_fine`` and ``articulation``."""
        return self._drawn(chosen, "sheet", "posed", "posed_fine", "articulation")

    def _drawn(self, chosen: np.ndarray, *names: str) -> Rows:
        index = torch.from_numpy(np.asarray(chosen, np.int64)).to(self.device)
        picked = {name: self.rows[name].index_select(0, index) for name in names}
        return {name: value.float() / 255.0 if value.dtype == torch.uint8 else value for name, value in picked.items()}


def recoloured(rows: Rows, rng: np.random.Generator) -> Rows:
    """The same pictures with their colours exchanged and darkened, all alike."""
    order, gain = [*(int(c) for c in rng.permutation(3)), 3], float(rng.uniform(0.8, 1.0))
    made = dict(rows)
    for name, value in rows.items():
        if value.ndim == 4:
            scale = value.new_tensor([gain, gain, gain, 1.0])[: value.shape[1], None, None]
            made[name] = value[:, order[: value.shape[1]]] * scale
    return made


class Decoding:
    """What a codec makes of small pictures: encoded, tokens noised, decoded. Generators are on the codec's device.

    Args:
        network: of the codec.
        noise: most of the noise on normalised tokens, drawn for each picture: what is sampled is not exact.
        clean: share of the pictures that is left as painted.
    """

    def __init__(self, network: LayersNetwork, device: torch.device, noise: float = 0.0, clean: float = 0.0) -> None:
        self.network = network.to(device).eval().requires_grad_(False)
        self.noise, self.clean = noise, clean

    @torch.no_grad()
    def plates(self, rows: Rows, generator: torch.Generator) -> torch.Tensor:
        """Colours of decoded plates, (B, 3, 64, 112), 0 to 1."""
        net, plate_B4HW = self.network.plate, rows["plate"]
        made = net.decode(self._noisy(net.encode(plate_B4HW), generator)).clamp(0, 1)
        return self._some(made, plate_B4HW, generator)[:, :3]

    @torch.no_grad()
    def figures(self, rows: Rows, generator: torch.Generator) -> torch.Tensor:
        """Decoded sprites, premultiplied (B, 4, 64, 64). Codes are not noised: limbs elsewhere would be no edges."""
        net = self.network.sheet
        tokens = net.encode(rows["sheet"])
        code = net.code(rows["articulation"], tokens)
        made = premultiplied(net.decode(self._noisy(tokens, generator), code))
        return self._some(made, rows["posed"], generator)

    def _noisy(self, latent: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """With noise of 0 to ``noise``, as much in all of one picture."""
        shape, device = (len(latent), *[1] * (latent.ndim - 1)), latent.device
        level = self.noise * torch.rand(shape, generator=generator, device=device)
        return latent + level * torch.randn(latent.shape, generator=generator, device=device)

    def _some(self, made: torch.Tensor, painted: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        chance = torch.rand(len(made), 1, 1, 1, generator=generator, device=made.device)
        return torch.where(chance < self.clean, painted, made)
