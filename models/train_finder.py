"""Teach the finder from the world's own clips: ``python -m models.train_finder``.

Clips are rendered once into ``.state/finder`` (in shards, so that a stopped run goes on where it was) and learned from
there; a change of the world's sources makes new shards. The last 64 scenes of each shape are kept for the metrics.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.finder import (
    MOMENT_S,
    MOST_SUBJECTS,
    WEIGHTS,
    Finder,
    FinderParams,
    Found,
    load_finder,
    save_finder,
)
from models.world.scene import Scene
from models.world.vocabulary import COLOURS, FRAMINGS, TIMES, WEATHERS

ROOT = Path(__file__).parent
SHAPES: dict[str, tuple[int, int, float]] = {"wide": (72, 128, 0.6), "tall": (128, 72, 0.2), "square": (96, 96, 0.2)}
"""Height, width and share of the scenes."""
SHARD = 32
PAIRS = 4
LEAST_SHARE = 0.0015
"""A subject counts as seen from this share of the frame on."""


@dataclass(frozen=True)
class Recipe:
    """How the finder is trained. ``scenes`` of all shapes together; ``oversample`` renders larger and averages down."""

    scenes: int = 9600
    steps: int = 8000
    batch: int = 32
    rate: float = 3e-3
    weight_decay: float = 0.02
    oversample: int = 2
    seed: int = 1


@dataclass(frozen=True)
class Batch:
    """``pair`` (B, 6, H, W) and ``masks`` (B, K, h, w) 0 to 1; ``colours`` (B, K), -1 for nobody; indices of words."""

    pair: torch.Tensor
    masks: torch.Tensor
    colours: torch.Tensor
    words: torch.Tensor


def world_digest() -> str:
    """sha256 over the sources that decide what a clip looks like."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "world").rglob("*.py")):
        if path.name not in {"caption.py", "caption_words.py", "music.py", "ambience.py", "sheet.py"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def render_shard(shape: str, first_seed: int, oversample: int, split: str) -> dict[str, np.ndarray]:
    """``SHARD`` scenes, ``PAIRS`` pairs of frames of each, as arrays."""
    from models.world.render import render_clips
    from models.world.sample import sample_scene

    height, width, _ = SHAPES[shape]
    rows: dict[str, list[np.ndarray]] = {"pair": [], "masks": [], "colours": [], "words": []}
    for seed in range(first_seed, first_seed + SHARD):
        rng = np.random.default_rng(seed)
        scene = sample_scene(seed, split=split, duration_s=2.2 if seed % 2 else None)
        clips = render_clips([scene], width * oversample, height * oversample, 17, 1.0 / MOMENT_S, masks=True)
        if clips.masks_BKFHW is None:
            raise RuntimeError("masks were asked for")
        video = F.avg_pool2d(clips.video_BCFHW[0].transpose(0, 1), oversample)
        masks = F.avg_pool2d(clips.masks_BKFHW[0].transpose(0, 1), 2 * oversample)
        for at in sorted(rng.choice(16, PAIRS, replace=False).tolist()):
            rows["pair"].append((torch.cat([video[at], video[at + 1]]) * 255).round().byte().numpy())
            rows["masks"].append((masks[at] * 255).round().byte().numpy())
            rows["colours"].append(_colours_of(scene))
            rows["words"].append(_words_of(scene))
    return {name: np.stack(values) for name, values in rows.items()}


def _colours_of(scene: Scene) -> np.ndarray:
    names = list(COLOURS)
    row = np.full(MOST_SUBJECTS, -1, np.int64)
    for index, actor in enumerate(scene.actors):
        row[index] = names.index(actor.colour)
    return row


def _words_of(scene: Scene) -> np.ndarray:
    """Indices of time, weather and framing."""
    return np.array(
        [TIMES.index(scene.time), WEATHERS.index(scene.weather), FRAMINGS.index(scene.camera.framing)], np.int64
    )


@dataclass(frozen=True)
class Shard:
    """A file of scenes that may have to be rendered."""

    path: Path
    shape: str
    first_seed: int
    oversample: int
    split: str

    def render(self) -> None:
        """Render it, if it is not there."""
        if self.path.exists():
            return
        torch.set_num_threads(1)
        rows = render_shard(self.shape, self.first_seed, self.oversample, self.split)
        partial = self.path.with_suffix(".part.npz")
        np.savez(partial, **rows)  # type: ignore[arg-type]
        partial.replace(self.path)


def shards(
    recipe: Recipe, folder: Path, split: str, scenes: int, processes: int = 1
) -> dict[str, dict[str, np.ndarray]]:  # fmt: skip
    """All shards of a split, rendered where they are missing; per shape the arrays joined."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        Shard(folder / f"{split}-{shape}-{number}-{recipe.oversample}.npz", shape, seed * 1_000_000 + number * SHARD,
              recipe.oversample, split)
        for seed, (shape, (_, _, share)) in enumerate(SHAPES.items(), start=1)
        for number in range(max(1, round(scenes * share / SHARD)))
    ]  # fmt: skip
    missing = [shard for shard in wanted if not shard.path.exists()]
    if missing and processes > 1:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            for number, _ in enumerate(pool.imap_unordered(Shard.render, missing), start=1):
                print(f"rendered {number} of {len(missing)}", flush=True)
    joined: dict[str, dict[str, np.ndarray]] = {}
    for shape in SHAPES:
        parts = []
        for shard in wanted:
            if shard.shape == shape:
                shard.render()
                with np.load(shard.path) as archive:
                    parts.append({name: archive[name] for name in archive.files})
        joined[shape] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined


def batches(rows: dict[str, dict[str, np.ndarray]], size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless random batches, each of one shape, mirrored and disturbed."""
    names = list(rows)
    share = np.array([len(rows[name]["pair"]) for name in names], float)
    while True:
        chosen = rows[names[int(rng.choice(len(names), p=share / share.sum()))]]
        picks = rng.choice(len(chosen["pair"]), size, replace=len(chosen["pair"]) < size)
        yield disturbed(_batch(chosen, picks), rng)


def _batch(rows: dict[str, np.ndarray], picks: np.ndarray) -> Batch:
    return Batch(
        torch.from_numpy(rows["pair"][picks]).float() / 255.0, torch.from_numpy(rows["masks"][picks]).float() / 255.0,
        torch.from_numpy(rows["colours"][picks]), torch.from_numpy(rows["words"][picks]),
    )  # fmt: skip


def disturbed(batch: Batch, rng: np.random.Generator) -> Batch:
    """Mirror, change brightness a little, and add what compression does: noise, blur, coarse chroma."""
    pair, masks = batch.pair, batch.masks
    if rng.random() < 0.5:
        pair, masks = pair.flip(-1), masks.flip(-1)
    count = len(pair)
    gain = torch.from_numpy(rng.uniform(0.93, 1.07, (count, 1, 1, 1))).float()
    pair = pair * gain
    if rng.random() < 0.4:
        soft = F.avg_pool2d(F.pad(pair, (1, 1, 1, 1), mode="replicate"), 3, 1)
        pair = torch.lerp(pair, soft, float(rng.uniform(0.2, 0.8)))
    if rng.random() < 0.5:
        frames = pair.reshape(-1, 3, *pair.shape[-2:])
        luma = (frames * torch.tensor([0.2126, 0.7152, 0.0722])[None, :, None, None]).sum(1, keepdim=True)
        chroma = F.interpolate(F.avg_pool2d(frames - luma, 2), scale_factor=2.0)
        pair = (luma + chroma).reshape(pair.shape)
    noise = torch.from_numpy(rng.standard_normal(tuple(pair.shape)).astype(np.float32))
    pair = (pair + noise * float(rng.uniform(0.0, 0.018))).clamp(0.0, 1.0)
    return Batch(pair, masks, batch.colours, batch.words)


def centre_map(masks_BKhw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Gaussians (B, h, w) around the centroid of each subject that is seen, and who is seen (B, K)."""
    height, width = masks_BKhw.shape[-2:]
    area = masks_BKhw.sum((-1, -2))
    seen = area > LEAST_SHARE * height * width
    ys = torch.arange(height).float()[:, None]
    xs = torch.arange(width).float()
    total = area.clamp_min(1e-3)
    cy = (masks_BKhw * ys).sum((-1, -2)) / total
    cx = (masks_BKhw * xs).sum((-1, -2)) / total
    sigma = (0.12 * total.sqrt()).clamp(0.8, 2.5)[..., None, None]
    away = (ys - cy[..., None, None]) ** 2 + (xs - cx[..., None, None]) ** 2
    bumps = torch.exp(-away / (2 * sigma**2)) * seen[..., None, None]
    return bumps.amax(1), seen


def loss_of(found: Found, batch: Batch) -> dict[str, torch.Tensor]:
    """Every part of the loss; their sum is minimised."""
    cover = batch.masks.sum(1).clamp(0, 1)
    target = (cover > 0.5).float()
    bumps, seen = centre_map(batch.masks)
    p = found.subject_Bhw.sigmoid()
    overlap = (p * target).sum((-1, -2))
    dice = 1.0 - (2 * overlap + 1.0) / (p.sum((-1, -2)) + target.sum((-1, -2)) + 1.0)
    subject = F.binary_cross_entropy_with_logits(found.subject_Bhw, target, pos_weight=torch.tensor(2.0)) + dice.mean()
    q = found.centre_Bhw.sigmoid()
    rough = F.binary_cross_entropy_with_logits(found.centre_Bhw, bumps, reduction="none")
    centre = (rough * ((q - bumps).abs() ** 2 + 0.05 * bumps) * (1.0 + 20.0 * bumps)).sum() / seen.sum().clamp_min(1)
    log_colour = found.colour_BKhw.log_softmax(1)
    index = batch.colours.clamp_min(0)[:, :, None, None, None].expand(-1, -1, 1, *target.shape[-2:])
    own = -torch.gather(log_colour[:, None].expand(-1, MOST_SUBJECTS, -1, -1, -1), 2, index)[:, :, 0]
    inside = (batch.masks > 0.5).float() * seen[..., None, None]
    per_actor = (own * inside).sum((-1, -2)) / inside.sum((-1, -2)).clamp_min(1)
    colour = per_actor.sum() / seen.sum().clamp_min(1)
    words = (
        F.cross_entropy(found.time_BK, batch.words[:, 0]) + F.cross_entropy(found.weather_BK, batch.words[:, 1])
        + 0.7 * F.cross_entropy(found.framing_BK, batch.words[:, 2]) + F.cross_entropy(found.count_BK, seen.sum(1))
    )  # fmt: skip
    return {"subject": subject, "centre": 0.15 * centre, "colour": colour, "words": 0.5 * words}


def metrics(net: Finder, rows: dict[str, dict[str, np.ndarray]]) -> dict[str, float]:
    """IoU of the subject's cells, and accuracies, over frames of scenes that were never trained on."""
    net.eval()
    hits: dict[str, list[float]] = {}
    with torch.inference_mode():
        for chosen in rows.values():
            for start in range(0, len(chosen["pair"]), 64):
                picks = np.arange(start, min(start + 64, len(chosen["pair"])))
                batch = _batch(chosen, picks)
                for name, values in _scores(net(batch.pair), batch).items():
                    hits.setdefault(name, []).extend(values)
    net.train()
    return {name: round(float(np.mean(values)), 4) for name, values in hits.items()}


def _scores(found: Found, batch: Batch) -> dict[str, list[float]]:
    target = batch.masks.sum(1) > 0.5
    guess = found.subject_Bhw > 0
    both, either = (target & guess).sum((-1, -2)).float(), (target | guess).sum((-1, -2)).float()
    _, seen = centre_map(batch.masks)
    inside = (batch.masks > 0.5).float()
    votes = torch.einsum("bkhw,bchw->bkc", inside, found.colour_BKhw.log_softmax(1))
    right = (votes.argmax(-1) == batch.colours)[seen]
    return {
        "iou": (both / either.clamp_min(1))[either > 0].tolist(), "colour": right.float().tolist(),
        "count": (found.count_BK.argmax(1) == seen.sum(1)).float().tolist(),
        "time": (found.time_BK.argmax(1) == batch.words[:, 0]).float().tolist(),
        "weather": (found.weather_BK.argmax(1) == batch.words[:, 1]).float().tolist(),
        "framing": (found.framing_BK.argmax(1) == batch.words[:, 2]).float().tolist(),
    }  # fmt: skip


def train(
    recipe: Recipe, state: Path, out: Path = WEIGHTS, seconds: float = 3600.0, start: Path | None = None,
    params: FinderParams | None = None, processes: int = 1,
) -> dict[str, float]:  # fmt: skip
    """Train, or go on with a stopped training, and save the weights with their card.

    The rate of learning falls to nothing when the steps or the seconds are spent, whichever is first, so that a slow
    machine ends with a finished network too.

    Args:
        seconds: of training, without the rendering.
        start: weights to begin with instead of random ones.
        params: sizes of the network.
        processes: that render.
    """
    torch.manual_seed(recipe.seed)
    world = world_digest()
    folder = state / world
    rows, held = (
        shards(recipe, folder, split, scenes, processes) for split, scenes in (("train", recipe.scenes), ("val", 192))
    )
    net = Finder(params or FinderParams()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start is not None:
        net.load_state_dict(load_finder(start).state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    saved, first, before_s = folder / "training.pt", 0, 0.0
    if saved.exists():
        kept = torch.load(saved, weights_only=True)
        if kept["recipe"] == asdict(recipe):
            net.load_state_dict(kept["net"])
            optimiser.load_state_dict(kept["optimiser"])
            first, before_s = kept["step"], kept["spent_s"]
    stream = batches(rows, recipe.batch, np.random.default_rng([recipe.seed, first]))
    began, spent_s, step = time.perf_counter(), before_s, first
    while step < recipe.steps and spent_s < seconds:
        _learn(net, optimiser, next(stream), recipe.rate * pace(max(step / recipe.steps, spent_s / seconds)), step)
        step += 1
        spent_s = before_s + time.perf_counter() - began
        if step % 250 == 0:
            torch.save({"recipe": asdict(recipe), "net": net.state_dict(), "optimiser": optimiser.state_dict(),
                        "step": step, "spent_s": spent_s}, saved)  # fmt: skip
    measured = metrics(net, held)
    save_finder(net, {
        "what": "subjects in a frame: cells, centres, colours, number; time, weather and framing of the frame",
        "recipe": asdict(recipe), "steps_done": step, "trained_s": round(spent_s), "world": world, "commit": _commit(),
        "started_from": hashlib.sha256(start.read_bytes()).hexdigest() if start else "random weights",
        "metrics_on_unseen_scenes": measured, "parameters": sum(p.numel() for p in net.parameters()),
    }, out)  # fmt: skip
    saved.unlink(missing_ok=True)
    print(json.dumps(measured), flush=True)
    return measured


def pace(share: float) -> float:
    """Rate of learning as a share of its highest, after a share of the training: up in a twentieth, then down."""
    return min(share / 0.05, 1.0) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, share))) + 1e-3


def _learn(net: Finder, optimiser: torch.optim.Optimizer, batch: Batch, rate: float, step: int) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
    with torch.autocast("cpu", torch.bfloat16):
        found = net(batch.pair.contiguous(memory_format=torch.channels_last))
    parts = loss_of(Found(*(part.float() for part in vars(found).values())), batch)
    optimiser.zero_grad(set_to_none=True)
    torch.stack(list(parts.values())).sum().backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimiser.step()
    if step % 100 == 0:
        print(step, {name: round(float(part.detach()), 3) for name, part in parts.items()}, flush=True)


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=Recipe.scenes)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--processes", type=int, default=1, help="that render")
    parser.add_argument("--state", type=Path, default=ROOT.parent / ".state" / "finder")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--start", type=Path, help="weights to begin with")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(scenes=chosen.scenes, steps=chosen.steps)
    train(recipe, chosen.state, chosen.out, chosen.seconds, chosen.start, processes=chosen.processes)


if __name__ == "__main__":
    main()
