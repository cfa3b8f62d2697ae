"""Train the encoder of plain pictures: ``python -m models.train.plain_layers --minutes 20``.

Pictures of the world are rendered once; most of what is learned from are composites of the layers codec's own kept
figures and plates, made on the way. Minutes are the processor's. A stopped run goes on where it was saved.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.checkpoint import Card
from models.layers.codec import LayersCodec, load_codec
from models.layers.plain import WEIGHTS, PlainLayers, latents_digest, save_plain
from models.layers.plain_nets import PlainNetwork, PlainParams
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.train.plain_data import Composites, Pictures, floats, rendered_pictures
from models.train.plain_losses import close_losses, whole_losses
from models.train.plain_quality import quality, write_looks
from models.train.plain_rendered import FINER, Rows

STATE = Path(__file__).parents[2] / ".state" / "plain"
LAYERS = STATE.parent / "layers_codec"
KIND = "plain-layers-training"
SAVE_EVERY_S = 30.0


@dataclass(frozen=True)
class Recipe:
    """How the encoder is trained.

    Attributes:
        rendered: files of rendered pictures; figure_shards, clip_shards: of the layers codec's cache.
        pictures, subjects: in a step.
        composed: share of composites among the pictures; fresh: how many of them are new in a step.
        close_every: steps of which one also looks at subjects closely, which costs more than all else.
    """

    rendered: int = 3
    figure_shards: int = 20
    clip_shards: int = 10
    pictures: int = 12
    subjects: int = 14
    composed: float = 0.7
    fresh: int = 2
    close_every: int = 2
    rate: float = 2e-3
    seed: int = 1


class Run:
    """A training: network, optimiser, average, and where it is."""

    def __init__(
        self, network: PlainNetwork, codec: LayersCodec, pictures: Pictures, recipe: Recipe, folder: Path, device: str
    ) -> None:
        self.net, self.codec, self.pictures, self.recipe = network.to(device), codec, pictures, recipe
        self.sheet = codec.network.sheet.to(device).requires_grad_(False)
        self.saved, self.device = folder / "training.json", device
        self.optimiser = Optimiser(self.net, OptimiserParams(rate=recipe.rate, muon=False, clip=2.0))
        self.ema = Ema(self.net, 0.995)
        self.steps, self.spent_s = 0, 0.0

    def learn(self, progress: float) -> dict[str, float]:
        """One step; the parts of its loss."""
        began = time.process_time()
        rng = np.random.default_rng([self.recipe.seed, self.steps])
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        rows = {
            name: value.to(self.device) for name, value in self.pictures.batch(self.recipe.pictures, rng).items()
        }  # fmt: skip
        self.net.train()
        small = F.avg_pool2d(rows["picture"], FINER)
        parts = whole_losses(self.net.whole(small), rows, small)
        if self.steps % self.recipe.close_every == 0:
            parts |= close_losses(self.net, self.sheet, rows, self.recipe.subjects, generator)
        torch.stack(list(parts.values())).sum().backward()
        self.optimiser.step(rate_scale(self.steps, progress))
        self.ema.update(self.net)
        self.steps += 1
        self.spent_s += time.process_time() - began
        return {name: float(part.detach()) for name, part in parts.items()}

    def averaged(self, steps: int = 40) -> PlainLayers:
        """The encoder with averaged weights, and so many steps of fitting."""
        copy = PlainNetwork(self.net.params)
        self.ema.copy_to(copy)
        return PlainLayers(copy, latents_digest(self.codec.network), steps)

    def save(self) -> None:
        tensors = {f"net.{name}": value for name, value in self.net.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.ema.state().items()}
        tensors |= {f"optimiser.{name}": value for name, value in self.optimiser.state().items()}
        made = {"steps": self.steps, "spent_s": self.spent_s}
        checkpoint.save(self.saved, tensors, Card(KIND, asdict(self.net.params), made, self.spent_s / 60))

    def resume(self) -> None:
        """Go on from what was saved.

        Raises:
            CheckpointRefused: it is damaged, or of another network.
        """
        tensors, card = checkpoint.load(self.saved, kind=KIND)

        def under(prefix: str) -> dict[str, torch.Tensor]:
            return {name.removeprefix(prefix): v for name, v in tensors.items() if name.startswith(prefix)}

        checkpoint.fit(self.saved, under("net."), self.net.state_dict())
        self.net.load_state_dict(under("net."), strict=True)
        self.ema.resume(under("average."))
        self.optimiser.resume(under("optimiser."))
        self.steps, self.spent_s = int(card.recipe["steps"]), float(card.recipe["spent_s"])


def train(
    minutes: float = 20.0, device: str = "cpu", resume: bool = True, folder: Path = STATE, size: str = "nano",
    *, recipe: Recipe | None = None, out: Path | None = WEIGHTS, codec: LayersCodec | None = None,
) -> dict[str, object]:  # fmt: skip
    """Train, or go on, until so many minutes of the processor are spent in all; what was measured of the average.

    Args:
        folder: for rendered pictures, state, ``history.jsonl`` and sheets of pictures.
        size: ``tiny`` or ``nano``.
        out: card of the weights, or None to keep none.
        codec: whose latents are learned; the landed one if None.
    """
    recipe = recipe or Recipe()
    torch.manual_seed(recipe.seed)
    codec = codec or load_codec()
    own = folder / size
    own.mkdir(parents=True, exist_ok=True)
    held = {split: floats(rendered_pictures(folder / "rendered", split, 1)) for split in ("val", "test")}
    composites = Composites(LAYERS, recipe.figure_shards, recipe.clip_shards) if recipe.composed > 0 else None
    rendered = rendered_pictures(folder / "rendered", "train", recipe.rendered)
    pictures = Pictures(rendered, composites, recipe.composed, recipe.fresh)
    run = Run(PlainNetwork(params_of(size, codec)), codec, pictures, recipe, own, device)
    if resume and run.saved.exists():
        run.resume()
    _steps(run, minutes, held["val"])
    codec.network.to("cpu")
    return land(run, held, out)


def params_of(size: str, codec: LayersCodec) -> PlainParams:
    """Sizes of a network for a codec.

    Raises:
        ValueError: there is no such size.
    """
    if size not in ("tiny", "nano"):
        raise ValueError(f"the encoder is tiny or nano, not {size!r}")
    p, sheet = PlainParams.tiny() if size == "tiny" else PlainParams(), codec.network.sheet.params
    return PlainParams(p.half, p.quarter, p.eighth, p.close, sheet.channels, sheet.code)


def land(run: Run, held: dict[str, Rows], out: Path | None) -> dict[str, object]:
    """Write the averaged weights with what was measured of them as they are written, in half precision."""
    plain = run.averaged()
    plain.network.half().float()
    write_looks(plain, run.codec, held["val"], run.saved.with_name("looks.png"))
    metrics: dict[str, object] = {name: quality(plain, run.codec, rows) for name, rows in held.items()}
    if out is not None:
        command = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout
        made = {**asdict(run.recipe), "steps": run.steps, "device": run.device, "codec": run.codec.version}
        save_plain(out, plain, Card("", {}, made, round(run.spent_s / 60, 1), commit.strip(), metrics))
    return metrics


def _steps(run: Run, minutes: float, held: Rows) -> None:
    last_save_s, mean = run.spent_s, dict[str, float]()
    while run.spent_s < 60 * minutes:
        for name, loss in run.learn(run.spent_s / (60 * minutes)).items():
            mean[name] = loss if name not in mean else 0.97 * mean[name] + 0.03 * loss
        if run.spent_s - last_save_s >= SAVE_EVERY_S or run.spent_s >= 60 * minutes:
            last_save_s = run.spent_s
            run.save()
            row = {"minutes": round(run.spent_s / 60, 2), "steps": run.steps,
                   "loss": {name: round(value, 4) for name, value in mean.items()}}  # fmt: skip
            with open(run.saved.with_name("history.jsonl"), "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
            write_looks(run.averaged(0), run.codec, held, run.saved.with_name("looks.png"), most=8)


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train the encoder of plain pictures.")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="nano", choices=("tiny", "nano"))
    parser.add_argument("--fresh", action="store_true", help="forget the state of an earlier run")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(train(chosen.minutes, chosen.device, not chosen.fresh, size=chosen.size)), flush=True)


if __name__ == "__main__":
    main()
