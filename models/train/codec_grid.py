"""Train the grid autoencoder: ``python -m models.train.codec_grid --minutes 20``.

Clips are rendered once and kept; the linear start is fitted in closed form; then the convolutions are trained. A run
that is killed goes on from its last minute.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional

from models import checkpoint
from models.checkpoint import Card
from models.grid.autoencoder import GridAutoencoder, GridParams
from models.grid.footage import Footage, batches, shards, tensors, world_digest
from models.grid.patches import PATCH, SPAN, Moments, align, patches_of
from models.layers.observe import camera_rows
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.world.action import perform
from models.world.camera import path
from models.world.sample import sample_scenes
from models.world.sheet import write_png
from models.world.weather import flash

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".state" / "grid_codec"
WEIGHTS = ROOT / "models" / "weights" / "grid.json"
KIND = "grid autoencoder"
SAVE_EVERY_S = 60.0
SHOW_EVERY = 250
"""Steps between two measurements and sheets, at least."""
RARE = 0.05
"""Least deviation of a number of the camera: what is seldom anything but 0, such as lightning, is not blown up."""
SIZES = {"tiny": GridParams.tiny, "nano": GridParams.nano}


@dataclass(frozen=True)
class Recipe:
    """How it is trained. Weights of the loss' parts are relative to L1.

    Attributes:
        batch, frames: clips in a step, and frames cut out of each; 1 + 4k.
        subject: how much more a pixel of a subject counts than one of the background.
        square, motion, edge: of L2, of differences between frames, and between neighbours in the picture.
        noise: on the latents of half of the clips, in deviations of each channel.
        fitted: clips that the linear start is fitted to.
    """

    batch: int = 2
    frames: int = 9
    rate: float = 1.5e-3
    subject: float = 4.0
    square: float = 0.5
    motion: float = 0.3
    edge: float = 0.3
    noise: float = 0.1
    fitted: int = 600
    seed: int = 0


def fit_start(net: GridAutoencoder, mapped: list[np.ndarray], recipe: Recipe) -> None:
    """The closed form: components of first patches and of patches of four frames, turned towards each other."""
    kinds = [(net.first, Moments(net.first.mean_E.numel())), (net.later, Moments(net.later.mean_E.numel()))]
    left = recipe.fitted
    for shard in mapped:
        video, cover = tensors(shard[: max(0, left)])
        left -= len(video)
        if not len(video):
            break
        for start in (0, *range(1, video.shape[2], SPAN)):
            basis, moments = kinds[int(start > 0)]
            frames = slice(start, start + basis.frames)
            share_Bhw = functional.avg_pool2d(cover[:, 0, frames].mean(1), PATCH)
            weight_N = 1 + (recipe.subject - 1) * share_Bhw.reshape(-1)
            moments.add(patches_of(video[:, :, frames]).flatten(0, 2), weight_N)
    for basis, moments in kinds:
        basis.fit(moments)
    align(net.first, net.later)
    net.scale_C.copy_(latents_of(net, mapped, 50).std(0))


@torch.no_grad()
def latents_of(net: GridAutoencoder, mapped: list[np.ndarray], clips: int) -> torch.Tensor:
    """Latents of the first clips, first frames and later ones alike, (N, C)."""
    latents, left = [], clips
    for shard in mapped:
        video, _ = tensors(shard[: max(0, left)])
        left -= len(video)
        for part in video.split(10) if len(video) else ():
            latents.append(rearrange(net.encode(part), "b t c h w -> (b t h w) c"))
    return torch.cat(latents)


def fit_path(net: GridAutoencoder, scenes: int = 400) -> None:
    """Mean and deviation of the camera's nine numbers over scenes of the world."""
    rows = []
    for scene in sample_scenes(41_000_000, scenes, duration_s=4.0):
        times_F = torch.arange(49) / 12.0
        played = perform(scene, times_F, 1.75)
        way = path(scene, played, 1.75, times_F)
        rows.append(camera_rows(way, flash(scene, played.events, times_F)))
    net.path.fit(torch.cat(rows))
    net.path.deviation_C.clamp_(min=RARE)


def loss_of(made: torch.Tensor, video: torch.Tensor, cover: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Weighted means of |d|, d², and |d| of the differences in time and place; all (B, 3, F, H, W), cover (B, 1, …).

    A pixel beside a subject counts with it, so that outlines are sharp too.
    """
    near = functional.max_pool3d(cover, (1, 3, 3), 1, (0, 1, 1))
    weight = 1 + (recipe.subject - 1) * near
    weight = weight / weight.mean()
    wrong = made - video
    total = (weight * wrong.abs()).mean() + recipe.square * (weight * wrong.square()).mean()
    if video.shape[2] > 1:
        jump = (wrong[:, :, 1:] - wrong[:, :, :-1]).abs()
        total = total + recipe.motion * (weight[:, :, 1:] * jump).mean()
    down = (weight[..., 1:, :] * (wrong[..., 1:, :] - wrong[..., :-1, :]).abs()).mean()
    along = (weight[..., 1:] * (wrong[..., 1:] - wrong[..., :-1]).abs()).mean()
    return total + recipe.edge * 0.5 * (down + along)


def decibel(square_error: float) -> float:
    return round(-10 * math.log10(max(square_error, 1e-12)), 3)


@torch.no_grad()
def measure(net: GridAutoencoder, mapped: list[np.ndarray], clips: int, *, linear: bool = False) -> dict[str, object]:
    """PSNR in dB over all pixels of some clips: everywhere, on the subjects, and by latent frame."""
    errors, subjects, covers, held = [], [], [], 0
    for shard in mapped:
        for start in range(0, min(len(shard), clips - held), 10):
            video, cover = tensors(shard[start : min(start + 10, clips - held)])
            made = linear_round(net, video) if linear else net.decode(net.encode(video))
            square = (made.clamp(0, 1) - video).square().mean(1, keepdim=True)
            errors.append(square.mean((1, 3, 4)))
            subjects.append((square * cover).sum())
            covers.append(cover.sum())
        held += len(shard)
    error_NF = torch.cat(errors)
    by_latent = [error_NF[:, :1].mean(1), *(part.mean(1) for part in error_NF[:, 1:].split(SPAN, 1))]
    return {
        "db": decibel(float(error_NF.mean())),
        "db_subjects": decibel(float(torch.stack(subjects).sum() / torch.stack(covers).sum())),
        "db_by_latent": [decibel(float(part.mean())) for part in by_latent],
    }


@torch.no_grad()
def linear_round(net: GridAutoencoder, video: torch.Tensor) -> torch.Tensor:
    """The clip through the closed-form bases alone."""
    rest = rearrange(video[:, :, 1:], "b c (t f) h w -> (b t) c f h w", f=SPAN)
    later = rearrange(net.later.encode(rest), "(b t) c h w -> b t c h w", b=len(video))
    return net.projected(torch.cat([net.first.encode(video[:, :, :1])[:, None], later], 1))


@torch.no_grad()
def write_sheet(net: GridAutoencoder, mapped: list[np.ndarray], target: Path, clips: int = 12) -> None:
    """Rows of input | linear | made, for frames 0, 6 and the last, three times as large."""
    video, _ = tensors(mapped[0][:clips])
    rounds = (video, linear_round(net, video).clamp(0, 1), net.decode(net.encode(video)).clamp(0, 1))
    chosen = [0, 6, video.shape[2] - 1]
    wide = torch.stack([each[:, :, chosen] for each in rounds], 3)
    sheet = rearrange(wide, "b c f k h w -> (b h) (f k w) c").repeat_interleave(3, 0).repeat_interleave(3, 1)
    write_png(target, sheet.mul(255).round().to(torch.uint8).numpy())


class Run:
    """One training: the network, its average, its optimiser, and where it stands."""

    def __init__(self, net: GridAutoencoder, recipe: Recipe, folder: Path, device: str) -> None:
        self.net, self.recipe, self.folder, self.device = net.to(device), recipe, folder, device
        self.optimiser = Optimiser(net, OptimiserParams(rate=recipe.rate, decay=1e-4, muon=False))
        self.ema = Ema(net, 0.998)
        self.step, self.shown, self.spent_s = 0, 0, 0.0
        self.noise = torch.Generator().manual_seed(recipe.seed + 1)

    @property
    def saved(self) -> Path:
        return self.folder / "training.json"

    def save(self) -> None:
        members = {"net": self.net.state_dict(), "ema": self.ema.state(), "optimiser": self.optimiser.state()}
        state = {f"{who}/{name}": value for who, values in members.items() for name, value in values.items()}
        standing = {"step": self.step, "spent_s": self.spent_s}
        card = Card(f"training of a {KIND}", asdict(self.net.params), asdict(self.recipe), metrics=standing)
        checkpoint.save(self.saved, state, card)

    def resume(self) -> None:
        """Go on where ``save`` was called; checkpoints are refused as in :mod:`models.checkpoint`."""
        state, card = checkpoint.load(self.saved, kind=f"training of a {KIND}")
        own: dict[str, dict[str, torch.Tensor]] = {"net": {}, "ema": {}, "optimiser": {}}
        for name, value in state.items():
            who, _, rest = name.partition("/")
            own[who][rest] = value
        self.net.load_state_dict(own["net"], strict=True)
        self.ema.resume(own["ema"])
        self.optimiser.resume(own["optimiser"])
        self.step, self.spent_s = int(card.metrics["step"]), float(card.metrics["spent_s"])
        self.noise.manual_seed(self.recipe.seed + 1 + self.step)

    def learn(self, video: torch.Tensor, cover: torch.Tensor, progress: float) -> float:
        video, cover = video.to(self.device), cover.to(self.device)
        z = self.net.encode(video)
        deviation = z.detach().std((0, 1, 3, 4), keepdim=True)
        level = self.recipe.noise * (torch.rand(len(z), 1, 1, 1, 1, generator=self.noise) < 0.5).float()
        added = level * torch.randn(z.shape, generator=self.noise)
        loss = loss_of(self.net.decode(z + added.to(z) * deviation), video, cover, self.recipe)
        loss.backward()
        self.optimiser.step(rate_scale(self.step, progress))
        self.ema.update(self.net)
        self.step += 1
        return float(loss.detach())

    def averaged(self) -> GridAutoencoder:
        """A copy with the averaged weights, on the CPU."""
        copy = GridAutoencoder(self.net.params)
        copy.load_state_dict({name: value.cpu() for name, value in self.ema.shadow.items()}, strict=True)
        return copy.eval()


def train(
    minutes: float = 20.0,
    device: str = "cpu",
    resume: bool = True,
    folder: Path = STATE,
    size: str = "nano",
    *,
    channels: int = 32,
    recipe: Recipe | None = None,
    footage: Footage | None = None,
    out: Path | None = WEIGHTS,
) -> dict[str, object]:
    """Train, or go on, until so many minutes are spent; write weights with their card to ``out`` if it is given.

    Args:
        minutes: in all, those of an earlier run included; of the CPU's time on a CPU, of the clock elsewhere.
        folder: for clips, state, ``history.jsonl`` and sheets; the clips are shared between runs.
        size: ``tiny`` or ``nano``.
    """
    recipe, footage = recipe or Recipe(), footage or Footage()
    torch.manual_seed(recipe.seed)
    own = folder / f"{size}-{channels}"
    own.mkdir(parents=True, exist_ok=True)
    held, mapped = shards(footage, folder / "clips", "val"), shards(footage, folder / "clips")
    run = Run(GridAutoencoder(SIZES[size](channels)), recipe, own, device)
    if resume and run.saved.exists():
        run.resume()
    else:
        fit_start(run.net, mapped, recipe)
        fit_path(run.net)
        run.ema = Ema(run.net, run.ema.decay)
    for _ in _steps(run, _clips(mapped, run), minutes, held):
        pass
    net = run.averaged()
    net.normaliser.fit(latents_of(net, mapped, 300))
    # What is measured is what is stored.
    net.half().float()
    metrics = {**measure(net, held, footage.held), "linear": measure(net, held, footage.held, linear=True)}
    write_sheet(net, held, own / "sheet.png")
    if out is not None:
        land(net, out, recipe, footage, run, metrics)
    print(json.dumps(metrics), flush=True)
    return metrics


def _clips(mapped: list[np.ndarray], run: Run) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    recipe = run.recipe
    return batches(mapped, recipe.batch, recipe.frames, np.random.default_rng([recipe.seed, run.step]))


def _steps(
    run: Run, stream: Iterator[tuple[torch.Tensor, torch.Tensor]], minutes: float, held: list[np.ndarray]
) -> Iterator[None]:
    # On a CPU its own seconds count, so that a busy machine takes longer and does not learn less.
    clock = time.process_time if run.device == "cpu" else time.perf_counter
    before_s, began, saved_at, mean = run.spent_s, clock(), time.perf_counter(), 0.0
    while run.spent_s < 60 * minutes:
        loss = run.learn(*next(stream), run.spent_s / (60 * minutes))
        mean = loss if not mean else 0.98 * mean + 0.02 * loss
        run.spent_s = before_s + clock() - began
        if time.perf_counter() - saved_at >= SAVE_EVERY_S:
            run.save()
            saved_at = time.perf_counter()
            row: dict[str, object] = {"step": run.step, "minutes": round(run.spent_s / 60, 2), "loss": round(mean, 5)}
            if run.step >= run.shown + SHOW_EVERY:
                run.shown = run.step
                row |= measure(run.averaged(), held, 20)
                write_sheet(run.averaged(), held, run.folder / "sheet.png")
            with open(run.folder / "history.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
        yield
    run.save()


def land(
    net: GridAutoencoder, out: Path, recipe: Recipe, footage: Footage, run: Run, metrics: dict[str, object]
) -> None:  # fmt: skip
    """Write the weights in half precision, with their card."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    made = {**asdict(recipe), "footage": asdict(footage), "world": world_digest(), "steps": run.step}
    card = Card(KIND, asdict(net.params), made, round(run.spent_s / 60, 1), commit, metrics)
    checkpoint.save(out, net.state_dict(), card, dtype=torch.float16)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", choices=tuple(SIZES), default="nano")
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--clip", type=int, nargs=2, default=(112, 64), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--folder", type=Path, default=STATE)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--anew", action="store_true", help="do not go on with a stopped run")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    train(chosen.minutes, chosen.device, not chosen.anew, chosen.folder, chosen.size, channels=chosen.channels,
          footage=Footage(width=chosen.clip[0], height=chosen.clip[1]), out=chosen.out)  # fmt: skip


if __name__ == "__main__":
    main()
