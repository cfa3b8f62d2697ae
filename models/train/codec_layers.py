"""Train the layers codec: ``python -m models.train.codec_layers --minutes 26 --land``.

Figures and clips are rendered once (``models.train.layers_cache``) and learned again and again in other colours. The
two networks share the time; each step belongs to the one that is further behind its share. On a GPU many processes
render first: ``--device cuda --minutes 2.2 --workers 14 --fresh --land``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from models.checkpoint import Card
from models.layers.codec import KIND, WEIGHTS, LayersNetwork, LayersParams, halved, load_codec, save_codec
from models.optim import Ema
from models.train.layers_data import Data, chosen_of
from models.train.layers_losses import figure_quality, plate_quality
from models.train.layers_rendering import render
from models.train.layers_rows import fit_rows, latent_scale, row_errors
from models.train.layers_run import Nets, Recipe, Run
from models.train.layers_sheets import write_sheets

STATE = Path(__file__).parents[2] / ".state" / "layers_codec"
SAVE_EVERY_S = 90.0
SAY_EVERY_S = 15.0


def train(
    minutes: float = 25.0,
    device: str = "cpu",
    resume: bool = True,
    folder: Path = STATE,
    size: str = "nano",
    *,
    recipe: Recipe | None = None,
    out: Path | None = WEIGHTS,
    held: Path | None = None,
    workers: int | None = None,
    render_s: float = math.inf,
) -> dict[str, object]:
    """Train, or go on, until so many minutes are spent in all; write the codec; returns what was measured of it.

    Args:
        minutes: of steps; on a GPU of the clock from the first step on, and rendering and measuring come on top.
        folder: for examples (shared between sizes), state, ``history.jsonl`` and sheets of pictures.
        size: ``tiny`` or ``nano``.
        out: card of the weights, or None to keep none.
        held: card of weights whose encoders are kept as they are, so that only pictures become better and latents
            mean what they meant: for when a transformer already learns from them.
        workers: processes that render what is missing; 0 to render here; None for 0, and most cores where a GPU is.
        render_s: after so many seconds the workers end and what is there is learned from.
    """
    recipe = recipe or Recipe.of(device)
    torch.manual_seed(recipe.seed)
    own = folder / size
    own.mkdir(parents=True, exist_ok=True)
    workers = most_workers(device) if workers is None else workers
    if workers:
        prepare(folder, recipe, workers, render_s)
    data = Data(folder, recipe.figure_shards, recipe.clip_shards, recipe.crop, device, kept=workers > 0)
    params = LayersParams.tiny() if size == "tiny" else LayersParams()
    kept = None if held is None else load_codec(held).network
    run = Run(Nets(params.plate, params.sheet), data, recipe, own, device, kept)
    if resume and run.saved.exists():
        run.resume()
    else:
        start(run.nets, data)
        if kept is not None:
            run.nets.hold_encoders(kept)
        run.ema = Ema(run.nets, run.ema.decay)
    for _ in steps(run, minutes):
        pass
    network = whole(run.averaged(), params, data, kept)
    if out is None:
        return describe(network, data)
    return land(network, data, run, out)


def most_workers(device: str) -> int:
    """Processes that render where nobody says how many."""
    return 0 if torch.device(device).type == "cpu" else max(1, (os.cpu_count() or 1) - 2)


def prepare(folder: Path, recipe: Recipe, workers: int, seconds: float) -> None:
    """Render what is missing and say how far that went."""
    began_s = time.monotonic()
    made, missing = render(folder, recipe.figure_shards, recipe.clip_shards, workers, seconds)
    row = {"rendered": made, "missing": missing, "seconds": round(time.monotonic() - began_s, 1)}
    print(json.dumps(row), flush=True)


def whole(nets: Nets, params: LayersParams, data: Data, kept: LayersNetwork | None = None) -> LayersNetwork:
    """The codec's network: what was learned, and what is fitted to it in closed form or kept; on the device."""
    network = LayersNetwork(params) if kept is None else kept
    network.plate, network.sheet = nets.plate, nets.sheet
    network.to(nets.sheet.place.device)
    if kept is None:
        fit_rows(network, data.clips)
    return network.eval().requires_grad_(False)


def describe(network: LayersNetwork, data: Data) -> dict[str, object]:
    """Quality of the whole codec on what was never learned from."""
    nets = Nets(network.params.plate, network.params.sheet)
    nets.plate, nets.sheet = network.plate, network.sheet
    noisy = figure_quality(nets.sheet, data.held_figures, noise=0.1)
    return {
        **measure(nets, data), "noisy_figure_db": noisy["figure_db"], "rows": row_errors(network, data.held_clips),
        "deviation": latent_scale(network, data.held_clips),
    }  # fmt: skip


def land(network: LayersNetwork, data: Data, run: Run, out: Path) -> dict[str, object]:
    """Write the weights in half precision, with a card that says how good they are as they were written."""
    made = {**asdict(run.recipe), "steps": run.steps, "device": run.device.type}
    made |= {"figure_count": len(data.figures.sheets), "plate_count": len(data.plates)}
    rounded = LayersNetwork(network.params)
    rounded.load_state_dict(halved(network), strict=True)
    metrics = describe(rounded.eval().to(run.device), data)
    save_codec(out, network, Card(KIND, {}, made, round(run.learned_s / 60, 1), commit(), metrics))
    return metrics


def commit() -> str:
    """Of the code, where there is a repository and git."""
    if shutil.which("git") is None:
        return ""
    command = ["git", "rev-parse", "--short", "HEAD"]
    made = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return made.stdout.strip()


@torch.no_grad()
def start(nets: Nets, data: Data, most: int = 4000) -> None:
    """The closed form of both networks."""
    device = nets.sheet.place.device
    generator = torch.Generator(device).manual_seed(0)
    nets.plate.start(data.plates.pieces(400, (4, 4), generator))
    figures = data.figures
    chosen = torch.randperm(len(figures.sheets), generator=generator, device=device)[:most]
    articulation = torch.cat([figures.articulation[chosen], figures.standing[chosen]])
    nets.sheet.start(figures.sheets[chosen].float() / 255.0, articulation)


def steps(run: Run, minutes: float) -> Iterator[None]:
    """Steps until the minutes are spent, with a line now and then, and sheets and a saved state more seldom."""
    run.begin()
    said_s = saved_s = run.learned_s
    mean: dict[str, torch.Tensor] = {}
    while run.learned_s < 60 * minutes:
        name, loss = run.learn(run.learned_s / (60 * minutes))
        mean[name] = loss if name not in mean else mean[name].lerp(loss, 0.02)
        over = run.learned_s >= 60 * minutes
        if over or run.learned_s - said_s >= SAY_EVERY_S:
            said_s = run.learned_s
            row = say(run, mean)
            if over or said_s - saved_s >= SAVE_EVERY_S:
                saved_s = said_s
                keep(run, row)
            run.spending.pause()
        yield


def say(run: Run, mean: dict[str, torch.Tensor]) -> dict[str, object]:
    """Print where the run is.

    Raises:
        FloatingPointError: a loss is not finite.
    """
    losses = {of: round(float(value), 4) for of, value in mean.items()}
    if not all(map(math.isfinite, losses.values())):
        raise FloatingPointError(f"the losses are {losses}; go back to the last saved state")
    row: dict[str, object] = {"minutes": round(run.learned_s / 60, 2), "steps": dict(run.steps), "loss": losses}
    print(json.dumps(row), flush=True)
    return row


def keep(run: Run, row: dict[str, object]) -> None:
    """Save the state, measure the averaged networks on some of what is held back, and show them."""
    run.save()
    nets = run.averaged()
    row |= measure(nets, run.data, 200)
    with open(run.folder / "history.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)
    write_sheets(nets, run.data, run.folder)


def measure(nets: Nets, data: Data, most: int = 10_000) -> dict[str, object]:
    """Quality on what was never learned from; at most so many figures, and a tenth as many plates."""
    every = max(1, len(data.held_figures.sheets) // most)
    figures = chosen_of(data.held_figures, slice(None, None, every))
    return {**plate_quality(nets.plate, data.held_clips[: max(1, most // 10)]), **figure_quality(nets.sheet, figures)}


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train the layers codec.")
    parser.add_argument("--minutes", type=float, default=25.0, help="of steps; rendering and measuring come on top")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="nano", choices=("tiny", "nano"))
    parser.add_argument("--fresh", action="store_true", help="forget the state of an earlier run")
    parser.add_argument("--land", action="store_true", help="write the weights that come with this package")
    parser.add_argument("--out", type=Path, help="card of the weights, if they are not to land")
    parser.add_argument("--held", type=Path, help="card of weights whose encoders, and so latents, stay as they are")
    parser.add_argument("--state", type=Path, default=STATE, help="folder of examples and state")
    parser.add_argument("--workers", type=int, help="processes that render; most cores where there is a GPU, else none")
    parser.add_argument("--render-seconds", type=float, default=math.inf, help="then learn from what is there")
    parser.add_argument("--render-only", action="store_true", help="end when the examples are there")
    chosen = parser.parse_args()
    torch.set_num_threads(1 if torch.device(chosen.device).type == "cpu" else 8)
    if chosen.render_only:
        workers = chosen.workers or max(1, most_workers(chosen.device))
        prepare(chosen.state, Recipe.of(chosen.device), workers, chosen.render_seconds)
        return
    measured = train(
        chosen.minutes, chosen.device, not chosen.fresh, chosen.state, chosen.size,
        out=WEIGHTS if chosen.land else chosen.out, held=chosen.held, workers=chosen.workers,
        render_s=chosen.render_seconds,
    )  # fmt: skip
    print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
