"""Training of the finisher on the world: ``train`` films, learns, measures and writes the weights with their card."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from models import checkpoint
from models.finisher import FACTOR, WEIGHTS, Finisher, FinisherParams, bicubic, phases
from models.optim import Ema, rate_scale
from models.train.finisher_pairs import SIZES, Pairs, Smear, batches, decibel, fill, whole
from models.train.recipe import commit
from models.train.resumable import Run, log
from models.train_finder import world_digest
from models.world.sheet import write_png

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".state" / "finisher"
SAVE_EVERY_S = 60.0
SHOW_EVERY_S = 300.0
NETWORKS = {"tiny": FinisherParams.tiny(), "nano": FinisherParams(), "small": FinisherParams()}


def begun(size: str, device: str) -> Run[Finisher]:
    """A training of a size at its first step, on a device."""
    params = NETWORKS[size]

    def build() -> Finisher:
        return Finisher(params).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    return Run(build, params, "finisher-run", rate=1.5e-3)


def train(
    minutes: float, device: str = "cpu", resume: bool = True, folder: Path | None = None, size: str = "nano",
    out: Path | None = None, scenes: int | None = None,
) -> dict[str, float]:  # fmt: skip
    """Train the finisher and write its weights.

    Args:
        minutes: of learning in all runs together, of the processor's own time on a CPU, so that a busy machine does
            not make it learn less; filming the scenes is not counted.
        resume: go on with a stopped training of this folder.
        folder: of scenes, state, progress (``log.jsonl``) and sheets; ``.state/finisher/<size>`` if None.
        size: ``tiny``, ``nano`` or ``small``.
        out: card of the weights; ``finisher.json`` in the folder if None.
        scenes: to train on, if not as many as the size has.

    Returns:
        What was measured on scenes that were never trained on; see :func:`metrics`.
    """
    folder = folder or STATE / size
    plan = SIZES[size]
    held = fill(folder, "val", plan, plan.held)
    files = fill(folder, "train", plan, scenes or plan.scenes)
    smear = Smear.kept(folder / "smear.json", files)
    run, state = begun(size, device), folder / "training.json"
    if resume and state.exists():
        run.resume(state)
    else:
        solve_head(run.net, batches(files, plan, smear, np.random.default_rng(5)), 30)
        run.average = Ema(run.net, run.average.decay)
    _learn(run, minutes * 60.0, batches(files, plan, smear, np.random.default_rng([7, run.step])), folder, held, smear)
    run.save(state)
    net = run.averaged()
    measured = metrics(net, held, smear)
    recipe = {
        "scenes": len(files), "steps": run.step, "batch": plan.batch, "crop": list(plan.crop), "world": world_digest(),
        "rate": run.optimiser.params.rate, "average": run.average.decay, "device": device,
    }  # fmt: skip
    card = checkpoint.Card("", {}, recipe, round(run.spent_s / 60.0, 1), commit(), measured)
    net.save(out or folder / "finisher.json", card)
    write_png(folder / "finished.png", sheet(net, held[:12], smear))
    return measured


def _learn(
    run: Run[Finisher], budget_s: float, stream: Iterator[Pairs], folder: Path, held: list[Path], smear: Smear
) -> None:
    device = next(run.net.parameters()).device
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    saved = shown = time.perf_counter()
    before_s, began = run.spent_s, clock()
    for pairs in stream:
        if run.spent_s >= budget_s:
            return
        parts = losses(run.net, pairs.to(device), sighted=run.step % 2 == 1, between=run.step % 3 == 2)
        torch.stack(list(parts.values())).sum().backward()
        run.optimiser.step(rate_scale(run.step, run.spent_s / budget_s))
        run.average.update(run.net)
        run.step += 1
        run.spent_s = before_s + clock() - began
        if run.step % 50 == 0:
            shares = {name: round(float(part.detach()), 5) for name, part in parts.items()}
            log(folder, {"step": run.step, "s": round(run.spent_s), **shares})
        if time.perf_counter() - saved > SAVE_EVERY_S:
            run.save(folder / "training.json")
            saved = time.perf_counter()
        if time.perf_counter() - shown > SHOW_EVERY_S:
            net = run.averaged()
            log(folder, {"step": run.step, **metrics(net, held[:6], smear)})
            write_png(folder / f"step-{run.step:06d}.png", sheet(net, held[:6], smear))
            shown = time.perf_counter()


@torch.no_grad()
def solve_head(net: Finisher, stream: Iterator[Pairs], count: int, ridge: float = 1e-3) -> None:
    """Set the head to the least squares solution for the trunk as it is, over ``count`` batches.

    Even a random trunk gives features from which much can be read, and from here the trunk has something to follow;
    from a head of zeros its gradient would be nothing at first. Detail from a first frame is not touched.
    """
    device = next(net.parameters()).device
    taps = net.head.weight[0].numel() + 1
    square = torch.zeros(taps, taps, device=device)
    cross = torch.zeros(taps, 3 * FACTOR**2, device=device)
    for pairs in islice(stream, count):
        small, large = pairs.to(device).small_BFCHW.flatten(0, 1), pairs.to(device).large_BFCHW[:, ::2].flatten(0, 1)
        seen = F.unfold(net.read(small).near, 3, padding=1).transpose(1, 2).flatten(0, 1)
        seen = torch.cat([seen, seen.new_ones(len(seen), 1)], 1)
        missing = (F.pixel_unshuffle(large, FACTOR) - phases(small)).flatten(2).transpose(1, 2).flatten(0, 1)
        square += seen.T @ seen
        cross += seen.T @ missing
    # A ridge in shares of each feature's own strength; features that are always zero get nothing.
    damped = square + torch.diag(ridge * square.diagonal() + 1e-6 * square.diagonal().mean())
    solved = torch.linalg.solve(damped, cross).T
    net.head.weight[: len(solved)] = solved[:, :-1].reshape(len(solved), *net.head.weight.shape[1:])
    net.head.bias[: len(solved)] = solved[:, -1]  # type: ignore[index]


def losses(net: Finisher, pairs: Pairs, sighted: bool, between: bool) -> dict[str, torch.Tensor]:
    """Parts of the loss, to be added: pixels, edges and changes in time.

    Args:
        sighted: whether the first frame is given.
        between: whether the frames between are looked for too, which costs more than all the rest.
    """
    sight = net.glance(pairs.first_BCHW) if sighted else None
    smalls = pairs.small_BFCHW.unbind(1)
    reads = [net.read(small, sight) for small in smalls]
    film = [net.paint(small, read, sight) for small, read in zip(smalls, reads, strict=True)]
    true = pairs.large_BFCHW
    if between:
        middles = [net.middle(*reads[n : n + 2], *film[n : n + 2]) for n in range(len(film) - 1)]
        film = [film[n // 2] if n % 2 == 0 else middles[n // 2] for n in range(2 * len(film) - 1)]
    else:
        true = true[:, ::2]
    off = torch.stack(film, 1) - true
    edges = off.diff(dim=-1).abs().mean() + off.diff(dim=-2).abs().mean()
    return {
        "pixels": off.square().add(1e-6).sqrt().mean(), "edges": 0.5 * edges,
        "time": 0.2 * off.diff(dim=1).abs().mean(),
    }  # fmt: skip


@torch.inference_mode()
def metrics(net: Finisher, files: list[Path], smear: Smear) -> dict[str, float]:
    """Means over scenes, of clean small frames and of those a middling codec gives (``codec_``).

    ``db`` and ``bicubic_db``; ``edge`` and ``bicubic_edge``: mean absolute error of the differences of neighbouring
    pixels, in 1/255; ``between_db`` of the frames between, ``average_db`` of the mean of the finished neighbours in
    their place; ``sight_db`` with the first frame given.
    """
    rows: list[dict[str, float]] = []
    for file in files:
        row: dict[str, float] = {}
        for name, spoil in (("", None), ("codec_", smear)):
            scene = whole(file, spoil)
            small, true, first = (each[0] for each in (scene.small_BFCHW, scene.large_BFCHW, scene.first_BCHW))
            film = net.between(small)
            kept, plain = film[::2], bicubic(small).clamp(0.0, 1.0)
            mean = (kept[1:] + kept[:-1]) / 2
            seen = torch.cat([net.enlarge(torch.cat([F.avg_pool2d(first, 4)[None], small]), 4, first)])[1:]
            row |= {
                f"{name}db": decibel(kept, true[::2]), f"{name}bicubic_db": decibel(plain, true[::2]),
                f"{name}edge": edge_error(kept, true[::2]), f"{name}bicubic_edge": edge_error(plain, true[::2]),
                f"{name}between_db": decibel(film[1::2], true[1::2]), f"{name}average_db": decibel(mean, true[1::2]),
                f"{name}sight_db": decibel(seen, true[::2]),
            }  # fmt: skip
        rows.append(row)
    return {name: round(float(np.mean([row[name] for row in rows])), 3) for name in rows[0]}


def edge_error(made: torch.Tensor, true: torch.Tensor) -> float:
    """Mean absolute error of differences between neighbouring pixels, in 1/255."""
    off = made - true
    return 255.0 * float(off.diff(dim=-1).abs().mean() + off.diff(dim=-2).abs().mean()) / 2


def sheet(net: Finisher, files: list[Path], smear: Smear) -> np.ndarray:
    """Rows of small, bicubic, finished and true; every second scene as a codec gives it; a row more of frames between
    (mean of neighbours, found, true) for every third. (H, W, 3) uint8."""
    rows = []
    for n, file in enumerate(files):
        scene = whole(file, smear if n % 2 else None)
        small, true = scene.small_BFCHW[0], scene.large_BFCHW[0]
        film = net.between(small)
        tall = small[1:2].repeat_interleave(4, -1).repeat_interleave(4, -2)
        rows.append(torch.cat([tall, bicubic(small[1:2]), film[2:3], true[2:3]], -1))
        if n % 3 == 2:
            rows.append(torch.cat([film[2:3], (film[2:3] + film[4:5]) / 2, film[3:4], true[3:4]], -1))
    picture = torch.cat(rows, -2)[0].clamp(0.0, 1.0).mul(255.0).round().byte()
    return picture.permute(1, 2, 0).cpu().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--size", choices=list(SIZES), default="nano")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--fresh", action="store_true", help="do not go on with a stopped training")
    parser.add_argument("--scenes", type=int, help="to train on, if not as many as the size has")
    parser.add_argument("--land", action="store_true", help="write the weights where the program looks for them")
    chosen = parser.parse_args()
    out = WEIGHTS if chosen.land else None
    measured = train(chosen.minutes, chosen.device, not chosen.fresh, None, chosen.size, out, chosen.scenes)
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
