"""Train the enlarger of decoded layers: ``python -m models.train.crisp --minutes 20 --land``.

Pairs are painted once, by several processes, and kept; what the codec makes of the small pictures is computed at each
step. On a GPU everything lies on the device, so the processors only draw numbers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from models import checkpoint
from models.checkpoint import Card
from models.layers.codec import WEIGHTS as CODEC
from models.layers.codec import load_codec
from models.layers.crisp import WEIGHTS, CrispNetwork, CrispParams, save_crisp
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.train.crisp_losses import picture_loss, quality, sheets, sprite_loss
from models.train.crisp_pairs import SHARD, Decoding, Pairs, Rows, fill, recoloured
from models.world.sheet import write_png

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".state" / "crisp"
KIND = "layers crisp training"
SAVE_EVERY_S = 60.0


@dataclass(frozen=True)
class Recipe:
    """How it is trained.

    Attributes:
        shards, held: files of pairs to learn from and to measure on.
        plates, sprites: in a step.
        noise: most of the noise on the codec's tokens.
        clean: share of the pictures that are not decoded but as painted.
    """

    shards: int = 20
    held: int = 2
    plates: int = 3
    sprites: int = 12
    noise: float = 0.15
    clean: float = 0.15
    rate: float = 2e-3
    seed: int = 1

    @classmethod
    def on(cls, device: torch.device, shards: int | None) -> Recipe:
        """What suits a device."""
        if device.type == "cuda":
            return cls(shards=shards or 100, held=4, plates=48, sprites=192)
        return cls(shards=shards or 20)


class Run:
    """A training: networks, optimiser, average, and where it is. Every step draws by its number, so a run that was
    stopped goes on as if it had not been."""

    def __init__(self, net: CrispNetwork, recipe: Recipe, pairs: Pairs, codec: Decoding, device: torch.device) -> None:
        # Weights stay in rows: a resumed optimiser's state has to lie in memory as they do.
        self.net, self.recipe, self.pairs, self.codec, self.device = net.to(device), recipe, pairs, codec, device
        self.optimiser = Optimiser(self.net, OptimiserParams(rate=recipe.rate, muon=False))
        self.average = Ema(self.net, 0.998)
        self.step, self.spent_s = 0, 0.0

    def learn(self, progress: float) -> dict[str, float]:
        """One step of both networks; their losses."""
        rng = np.random.default_rng([self.recipe.seed, self.step])
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        plates, figures = self.pairs.counts
        shown = recoloured(self.pairs.plates(rng.integers(plates, size=self.recipe.plates)), rng)
        acting = recoloured(self.pairs.figures(rng.integers(figures, size=self.recipe.sprites)), rng)
        losses = {"plate": self._plates(shown, rng, generator), "sprite": self._figures(acting, rng, generator)}
        (losses["plate"] + losses["sprite"]).backward()
        self.optimiser.step(rate_scale(self.step, progress))
        self.average.update(self.net)
        self.step += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _plates(self, rows: Rows, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
        small, fine = _mirrored(self.codec.plates(rows, generator), rows["plate_fine"], rng)
        with self._half():
            missing = self.net.plate.missing(small)
        return picture_loss(self.net.plate.enlarged(small, missing), fine)

    def _figures(self, rows: Rows, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
        small, fine = _mirrored(self.codec.figures(rows, generator), rows["posed_fine"], rng)
        with self._half():
            missing = self.net.sprite.missing(small)
        ground_B3 = torch.rand(len(small), 3, generator=generator, device=self.device)
        return sprite_loss(self.net.sprite.enlarged(small, missing), fine, ground_B3)

    def _half(self) -> torch.autocast:
        """bf16 where that is fast."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    def averaged(self) -> CrispNetwork:
        """The networks with averaged weights, rounded as they are kept."""
        net = CrispNetwork(self.net.params)
        self.average.copy_to(net)
        return net.half().float().to(self.device).eval().requires_grad_(False)

    def save(self, path: Path) -> None:
        tensors = {
            **{f"net.{name}": value for name, value in self.net.state_dict().items()},
            **{f"average.{name}": value for name, value in self.average.state().items()},
            **{f"optimiser.{name}": value for name, value in self.optimiser.state().items()},
        }
        where = {"step": self.step, "spent_s": self.spent_s}
        checkpoint.save(path, tensors, Card(KIND, asdict(self.net.params), where, round(self.spent_s / 60, 2)))

    def resume(self, path: Path) -> None:
        """Go on from what ``save`` wrote.

        Raises:
            CheckpointRefused: it is damaged, or of other networks.
        """
        tensors, card = checkpoint.load(path, kind=KIND)
        parts: dict[str, dict[str, torch.Tensor]] = {"net": {}, "average": {}, "optimiser": {}}
        for name, tensor in tensors.items():
            owner, _, rest = name.partition(".")
            parts[owner][rest] = tensor
        checkpoint.fit(path, parts["net"], self.net.state_dict())
        self.net.load_state_dict(parts["net"], strict=True)
        self.average.resume(parts["average"])
        self.optimiser.resume(parts["optimiser"])
        self.step, self.spent_s = int(card.recipe["step"]), float(card.recipe["spent_s"])


def _mirrored(small: torch.Tensor, fine: torch.Tensor, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as in a mirror, half of the time."""
    return (small.flip(-1), fine.flip(-1)) if rng.random() < 0.5 else (small, fine)


def train(
    minutes: float, device: str = "cpu", resume: bool = True, folder: Path = STATE, workers: int = 1,
    codec: Path = CODEC, out: Path | None = None, *, recipe: Recipe | None = None, params: CrispParams | None = None,
) -> dict[str, float]:  # fmt: skip
    """Train, or go on, until so many minutes are spent in all; write the weights; what was measured of them.

    Args:
        minutes: of learning and looking at it: the clock's on a GPU, the processor's own on a CPU; painting is not
            counted.
        folder: of pairs, state, ``log.jsonl`` and sheets of pictures.
        workers: processes that paint.
        codec: card of the codec whose pictures are enlarged.
        out: card of the weights; ``crisp.json`` in the folder if None.
    """
    on = torch.device(device)
    recipe = recipe or Recipe.on(on, None)
    files, held_files = fill(folder, "train", recipe.shards, workers), fill(folder, "val", recipe.held, workers)
    network = load_codec(codec).network
    torch.manual_seed(recipe.seed)
    run = Run(CrispNetwork(params), recipe, Pairs(files, on), Decoding(network, on, recipe.noise, recipe.clean), on)
    held, exact = Pairs(held_files, on), Decoding(network, on)
    state = folder / "training.json"
    if resume and state.exists():
        run.resume(state)
    _learn(run, minutes * 60.0, folder, held, exact)
    run.save(state)
    net = run.averaged()
    measured = quality(net, exact, held)
    made = {**asdict(recipe), "scenes": SHARD * len(files), "steps": run.step, "device": on.type}
    _log(folder, {"step": run.step, **measured})
    _show(folder, net, exact, held)
    card = Card("", {}, made, round(run.spent_s / 60.0, 2), _commit(), measured)
    save_crisp(out or folder / "crisp.json", net, card)
    return measured


def _learn(run: Run, budget_s: float, folder: Path, held: Pairs, exact: Decoding) -> None:
    clock = time.process_time if run.device.type == "cpu" else time.perf_counter
    before_s, began, saved = run.spent_s, clock(), time.perf_counter()
    mean: dict[str, float] = {}
    while run.spent_s < budget_s:
        for name, loss in run.learn(run.spent_s / budget_s).items():
            mean[name] = loss if name not in mean else 0.98 * mean[name] + 0.02 * loss
        run.spent_s = before_s + clock() - began
        if time.perf_counter() - saved > SAVE_EVERY_S:
            run.save(folder / "training.json")
            net = run.averaged()
            row = {"step": run.step, "s": round(run.spent_s), **{f"{k}_loss": round(v, 5) for k, v in mean.items()}}
            _log(folder, {**row, **quality(net, exact, held, 64)})
            _show(folder, net, exact, held)
            saved = time.perf_counter()


def _show(folder: Path, net: CrispNetwork, exact: Decoding, held: Pairs) -> None:
    for name, picture in sheets(net, exact, held).items():
        write_png(folder / f"{name}.png", picture)


def _log(folder: Path, row: Mapping[str, float]) -> None:
    print(json.dumps(row), flush=True)
    with open(folder / "log.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _commit() -> str:
    if shutil.which("git") is None:
        return ""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--workers", type=int, default=1, help="processes that paint the pairs")
    parser.add_argument("--shards", type=int, help=f"files of {SHARD} scenes to learn from")
    parser.add_argument("--codec", type=Path, default=CODEC, help="card of the codec whose pictures are enlarged")
    parser.add_argument("--fresh", action="store_true", help="forget the state of an earlier run")
    parser.add_argument("--only-paint", action="store_true", help="paint the pairs and end")
    parser.add_argument("--folder", type=Path, default=STATE, help="of pairs, state and sheets")
    parser.add_argument("--land", action="store_true", help="write the weights where the program looks for them")
    chosen = parser.parse_args()
    recipe = Recipe.on(torch.device(chosen.device), chosen.shards)
    if chosen.only_paint:
        for split, count in (("train", recipe.shards), ("val", recipe.held)):
            fill(chosen.folder, split, count, chosen.workers)
        return
    if chosen.device == "cpu":
        torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    out = WEIGHTS if chosen.land else None
    measured = train(
        chosen.minutes, chosen.device, not chosen.fresh, chosen.folder, chosen.workers, chosen.codec, out, recipe=recipe
    )
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
