"""Train the layers codec: ``python -m models.train.codec_layers --minutes 25``.

Figures and clips are rendered once (``models.train.layers_cache``) and learned again and again in other colours. The
two networks share the time; each step belongs to the one that is further behind its share.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import checkpoint
from models.checkpoint import Card
from models.flow import Normaliser
from models.layers.codec import ENCODERS, WEIGHTS, LayersNetwork, LayersParams, halved, load_codec, save_codec
from models.layers.parts import Sprites
from models.layers.plate import PlateCodec, PlateParams
from models.layers.sheet import SheetCodec, SheetParams, bounded, premultiplied
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.train.layers_data import Data, noised, recoloured
from models.train.layers_losses import figure_loss, figure_quality, plate_loss, plate_quality
from models.train.layers_rows import fit_rows, latent_scale, row_errors

STATE = Path(__file__).parents[2] / ".state" / "layers_codec"
SAVE_EVERY_S = 90.0
KIND = "layers-codec-training"


@dataclass(frozen=True)
class Recipe:
    """How the layers codec is trained.

    Attributes:
        figure_shards, clip_shards: of ``layers_cache.SHARD`` scenes, for training.
        figures, plates: in a step.
        figure_share: of the time.
        noise: most of the noise on normalised tokens, drawn anew for each figure and plate.
        code_noise: noise on codes.
        crop: cells of a plate that is learned from, rows and columns.
    """

    figure_shards: int = 80
    clip_shards: int = 40
    figures: int = 16
    plates: int = 8
    figure_share: float = 0.72
    noise: float = 0.2
    code_noise: float = 0.07
    crop: tuple[int, int] = (4, 7)
    rate: float = 2e-3
    seed: int = 1


class Nets(nn.Module):
    """The two networks that are learned by steps."""

    def __init__(self, plate: PlateParams, sheet: SheetParams) -> None:
        super().__init__()
        self.plate, self.sheet = PlateCodec(plate), SheetCodec(sheet)
        for linear in (self.plate.into, self.plate.out, self.sheet.into, self.sheet.out):
            linear.requires_grad_(False)

    def hold_encoders(self, network: LayersNetwork) -> None:
        """Take the encoders of a network and leave them so: its latents stay what they mean."""
        for name in ENCODERS:
            mine = self.get_submodule(name)
            mine.load_state_dict(network.get_submodule(name).state_dict(), strict=True)
            mine.requires_grad_(False)


class Run:
    """A training run: networks, optimisers, averages, and where it is."""

    def __init__(
        self, nets: Nets, data: Data, recipe: Recipe, folder: Path, device: str, held: LayersNetwork | None = None
    ) -> None:
        self.held = held
        if held is not None:
            nets.hold_encoders(held)
        self.nets, self.data, self.recipe, self.folder = nets.to(device), data, recipe, folder
        self.device = device
        self.optimiser = {
            name: Optimiser(net, OptimiserParams(rate=recipe.rate, muon=False)) for name, net in nets.named_children()
        }
        self.ema = Ema(nets, 0.999)
        self.spent = {"plate": 0.0, "sheet": 0.0}
        self.steps = {"plate": 0, "sheet": 0}
        self.saved = folder / "state.json"
        self.seen: list[tuple[Normaliser, torch.Tensor, float]] = []

    @property
    def spent_s(self) -> float:
        return sum(self.spent.values())

    def learn(self, progress: float) -> tuple[str, float]:
        """One step of the network that is behind its share of the time; its name and its loss."""
        began = time.perf_counter()
        share = self.recipe.figure_share
        name = "sheet" if self.spent["sheet"] <= share * self.spent_s else "plate"
        seed = [self.recipe.seed, self.steps[name], int(name == "sheet")]
        rng = np.random.default_rng(seed)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        loss = self._figures(rng, generator) if name == "sheet" else self._plates(rng, generator)
        loss.backward()
        for normaliser, normalised, rate in self.seen if self.held is None else ():
            follow(normaliser, normalised, rate)
        self.seen.clear()
        self.optimiser[name].step(rate_scale(self.steps[name], progress))
        self.ema.update(self.nets)
        self.steps[name] += 1
        self.spent[name] += time.perf_counter() - began
        return name, float(loss.detach())

    def _plates(self, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
        plates = self.data.plates(self.recipe.plates, self.recipe.crop, rng)
        (plates,) = recoloured([plates], generator, 0.25)
        plates = plates.to(self.device)
        latent = self.nets.plate.encode(plates)
        self.seen.append((self.nets.plate.normaliser, latent.detach().movedim(1, -1).flatten(0, -2), 0.01))
        return plate_loss(self.nets.plate.decode(noised(latent, self.recipe.noise, generator)), plates)

    def _figures(self, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
        net, figures = self.nets.sheet, self.data.figures
        chosen = torch.from_numpy(rng.integers(len(figures.sheets), size=self.recipe.figures))
        sheets, posed = recoloured(
            [part[chosen].float() / 255.0 for part in (figures.sheets, figures.posed)], generator, 0.5
        )
        sheets, posed = premultiplied(sheets).to(self.device), premultiplied(posed).to(self.device)
        still = (torch.rand(len(chosen), generator=generator) < 0.15).to(self.device)
        wanted = torch.where(still[:, None, None, None], sheets, posed)
        limbs = torch.where(
            still[:, None], figures.standing[chosen].to(self.device), figures.articulation[chosen].to(self.device)
        )
        tokens = net.encode(sheets)
        self.seen.append((net.normaliser, tokens.detach().flatten(0, 1), 0.01))
        raw = net.code_normaliser(net.raw_code(limbs, tokens))
        self.seen.append((net.code_normaliser, raw.detach(), 0.02))
        code = bounded(raw) + self.recipe.code_noise * torch.randn(raw.shape, generator=generator).to(self.device)
        made = net.decode(noised(tokens, self.recipe.noise, generator), code)
        ground = torch.rand(2, len(chosen), 3, generator=generator).to(self.device)
        return figure_loss(made, wanted, ground)

    def averaged(self) -> Nets:
        """The networks with averaged weights."""
        copy = Nets(self.nets.plate.params, self.nets.sheet.params)
        self.ema.copy_to(copy)
        return copy.eval()

    def save(self) -> None:
        tensors = {f"net.{name}": value for name, value in self.nets.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.ema.state().items()}
        for of, optimiser in self.optimiser.items():
            tensors |= {f"optimiser.{of}.{name}": value for name, value in optimiser.state().items()}
        recipe = {"spent": self.spent, "steps": self.steps}
        checkpoint.save(self.saved, tensors, Card(KIND, {}, recipe, self.spent_s / 60))

    def resume(self) -> None:
        """Go on from what was saved.

        Raises:
            CheckpointRefused: it is damaged, or of other networks.
        """
        tensors, card = checkpoint.load(self.saved, kind=KIND)

        def under(prefix: str) -> dict[str, torch.Tensor]:
            return {name.removeprefix(prefix): v for name, v in tensors.items() if name.startswith(prefix)}

        checkpoint.fit(self.saved, under("net."), self.nets.state_dict())
        self.nets.load_state_dict(under("net."), strict=True)
        self.ema.resume(under("average."))
        for of, optimiser in self.optimiser.items():
            known = under(f"optimiser.{of}.")
            optimiser.resume({key: v for key, v in known.items() if key.rpartition("//")[0] in optimiser.parameters})
        if self.held is not None:
            self.ema.copy_to(self.nets)
            self.nets.hold_encoders(self.held)
            steps, self.ema = self.ema.steps, Ema(self.nets, self.ema.decay)
            self.ema.steps = steps
        self.spent, self.steps = dict(card.recipe["spent"]), dict(card.recipe["steps"])


@torch.no_grad()
def follow(normaliser: Normaliser, normalised_NC: torch.Tensor, rate: float = 0.01) -> None:
    """Let a normaliser follow latents that it has normalised, so that they keep mean 0 and deviation 1."""
    scale = normaliser.deviation_C
    normaliser.mean_C.add_(rate * scale * normalised_NC.mean(0))
    normaliser.deviation_C.copy_(scale * ((1 - rate) + rate * normalised_NC.square().mean(0)).sqrt())


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
) -> dict[str, object]:
    """Train, or go on, until so many minutes are spent in all; write the codec; returns what was measured of it.

    Args:
        folder: for examples (shared between sizes), state, ``history.jsonl`` and sheets of pictures.
        size: ``tiny`` or ``nano``.
        out: card of the weights, or None to keep none.
        held: card of weights whose encoders are kept as they are, so that only pictures become better and latents
            mean what they meant: for when a transformer already learns from them.
    """
    recipe = recipe or Recipe()
    torch.manual_seed(recipe.seed)
    own = folder / size
    own.mkdir(parents=True, exist_ok=True)
    data = Data(folder, recipe.figure_shards, recipe.clip_shards, recipe.crop)
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
    return land(network, data, recipe, run, out)


def whole(nets: Nets, params: LayersParams, data: Data, kept: LayersNetwork | None = None) -> LayersNetwork:
    """The codec's network: what was learned, and what is fitted to it in closed form or kept."""
    network = LayersNetwork(params) if kept is None else kept
    network.plate, network.sheet = nets.plate, nets.sheet
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


def land(network: LayersNetwork, data: Data, recipe: Recipe, run: Run, out: Path) -> dict[str, object]:
    """Write the weights in half precision, with a card that says how good they are as they were written."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout
    made = {**asdict(recipe), "steps": run.steps, "device": run.device}
    rounded = LayersNetwork(network.params)
    rounded.load_state_dict(halved(network), strict=True)
    metrics = describe(rounded.eval(), data)
    save_codec(out, network, Card(KIND, {}, made, round(run.spent_s / 60, 1), commit.strip(), metrics))
    return metrics


def start(nets: Nets, data: Data, most: int = 4000) -> None:
    """The closed form of both networks."""
    rng = np.random.default_rng(0)
    nets.plate.start(data.plates(400, (4, 4), rng).to(next(nets.parameters()).device))
    figures = data.figures
    chosen = torch.from_numpy(rng.permutation(len(figures.sheets))[:most])
    articulation = torch.cat([figures.articulation[chosen], figures.standing[chosen]])
    device = next(nets.parameters()).device
    nets.sheet.start((figures.sheets[chosen].float() / 255.0).to(device), articulation.to(device))


def steps(run: Run, minutes: float) -> Iterator[None]:
    """Steps until the minutes are spent, with a line, a sheet and a saved state each minute."""
    last_save_s = run.spent_s
    mean: dict[str, float] = {}
    while run.spent_s < 60 * minutes:
        name, loss = run.learn(run.spent_s / (60 * minutes))
        mean[name] = loss if name not in mean else 0.98 * mean[name] + 0.02 * loss
        if run.spent_s - last_save_s >= SAVE_EVERY_S or run.spent_s >= 60 * minutes:
            last_save_s = run.spent_s
            run.save()
            nets = run.averaged()
            losses = {of: round(value, 4) for of, value in mean.items()}
            row = {"minutes": round(run.spent_s / 60, 2), "steps": dict(run.steps), "loss": losses}
            row |= measure(nets, run.data, 200)
            with open(run.folder / "history.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
            write_sheets(nets, run.data, run.folder)
        yield


def measure(nets: Nets, data: Data, most: int = 10_000) -> dict[str, object]:
    """Quality on what was never learned from; at most so many figures, and a tenth as many plates."""
    held = data.held_figures
    every = max(1, len(held.sheets) // most)
    figures = Sprites(
        *(part[::every] for part in (held.sheets, held.posed, held.articulation, held.standing, held.kinds))
    )
    return {**plate_quality(nets.plate, data.held_clips[: max(1, most // 10)]), **figure_quality(nets.sheet, figures)}


@torch.inference_mode()
def write_sheets(nets: Nets, data: Data, folder: Path) -> None:
    """``figures.png``: standing, decoded, then a pose and its decoding, twice a row; ``plates.png``: plate, decoded."""
    from models.world.sheet import tiled, write_png

    held = data.held_figures
    chosen = torch.arange(0, len(held.sheets), max(1, len(held.sheets) // 96))[:96]
    sheets, posed = (part[chosen].float() / 255.0 for part in (held.sheets, held.posed))
    tokens = nets.sheet.encode(sheets)
    stood = premultiplied(nets.sheet.decode(tokens, nets.sheet.code(held.standing[chosen], tokens)))
    acted = premultiplied(nets.sheet.decode(tokens, nets.sheet.code(held.articulation[chosen], tokens)))
    ground = torch.linspace(0.15, 0.85, len(chosen))[:, None, None, None]
    tiles = [shown[i] for i in range(len(chosen)) for shown in (
        _pixels(each[:, :3] + (1 - each[:, 3:]) * ground) for each in (sheets, stood, posed, acted))]  # fmt: skip
    write_png(folder / "figures.png", tiled(tiles, 16))
    tiles = []
    for clip in [clip for clip in data.held_clips if clip.plate.shape[1] >= 64 and clip.plate.shape[2] >= 112][:24]:
        plate = clip.plate[None, :, :64, :112].float() / 255.0
        made = nets.plate.decode(nets.plate.encode(plate))
        tiles += [_pixels(plate[:, :3])[0], _pixels(made[:, :3])[0]]
    write_png(folder / "plates.png", tiled(tiles, 8))


def _pixels(picture_B3HW: torch.Tensor) -> np.ndarray:
    return (picture_B3HW.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train the layers codec.")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="nano", choices=("tiny", "nano"))
    parser.add_argument("--fresh", action="store_true", help="forget the state of an earlier run")
    parser.add_argument("--held", type=Path, help="card of weights whose encoders, and so latents, stay as they are")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(
        json.dumps(train(chosen.minutes, chosen.device, not chosen.fresh, size=chosen.size, held=chosen.held)),
        flush=True,
    )


if __name__ == "__main__":
    main()
