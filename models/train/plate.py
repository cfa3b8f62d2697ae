"""Give the layers codec another plate: ``python -m models.train.plate --channels 128 --minutes 30 --out CARD``.

What a plate's tokens mean is then decided at once and in closed form, by principal components of the plates that the
shots on disk show; only the decoder learns, as long as one likes, and a transformer that was trained on the tokens
goes on. Figures, poses, the camera and the look are taken from the codec that is there and mean what they meant.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from models import checkpoint
from models.checkpoint import Card
from models.codec import Canvas
from models.layers.codec import ENCODERS, KIND, WEIGHTS, LayersNetwork, LayersParams, save_codec
from models.layers.parts import CELL, Layers
from models.layers.plate import PlateCodec, PlateParams
from models.layers.source import ShotCache
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.train.layers_data import Plates, noised, partly_recoloured
from models.train.layers_losses import plate_loss, plate_quality
from models.train.recipe import commit

STATE = Path(".state") / "plate"
TRAINING = "layers-codec-plate-training"
RECOLOURED = 0.25
"""Share of the pieces in other colours."""
LEAST_SHOWN = 100
"""Plates from which directions may be taken."""


@dataclass(frozen=True)
class PlateRecipe:
    """How the plate of the layers codec is trained.

    Attributes:
        files: of shots (:class:`models.layers.source.ShotCache`), each of a hundred scenes.
        pieces: in a step, of ``crop`` cells.
        noise: most of the noise on normalised tokens, drawn anew for each piece.
        rate: most of the learning rate, which falls to ``floor`` of it over the whole time.
        ema: decay of the average.
    """

    files: int = 42
    pieces: int = 8
    crop: tuple[int, int] = (4, 7)
    noise: float = 0.2
    rate: float = 2e-3
    floor: float = 0.02
    ema: float = 0.998
    seed: int = 2

    @classmethod
    def of(cls, device: str, shots: Path) -> PlateRecipe:
        """For a device; a GPU learns from all shots that are there."""
        if torch.device(device).type == "cpu":
            return cls()
        numbers = {int(file.stem) for file in (shots / "train").glob("*.safetensors")}
        whole = next(number for number in range(len(numbers) + 1) if number not in numbers)
        return cls(files=max(1, whole), pieces=96)


def shown(shots: Path, split: str, files: int) -> list[Layers]:
    """One layers of each scene of the first files of a split, made where they are not there."""
    cache = ShotCache(shots / split, split, Canvas(49))
    found: list[Layers] = []
    for number in range(files):
        before: torch.Tensor | None = None
        for shot in cache.read(cache.make(number)):
            if before is None or shot.layers.plate.data_ptr() != before.data_ptr():
                found.append(shot.layers)
            before = shot.layers.plate
    return found


def closed_form(base: LayersNetwork, channels: int, plates: Plates, crop: tuple[int, int]) -> LayersNetwork:
    """The network of ``base`` with a plate of so many channels that knows no more than its linear code.

    Raises:
        ValueError: too few plates to take directions from.
    """
    if len(plates) < LEAST_SHOWN:
        raise ValueError(f"directions need at least {LEAST_SHOWN} plates, got {len(plates)}; make more shots")
    params = replace(base.params, plate=replace(base.params.plate, channels=channels))
    network = LayersNetwork(params)
    for name in ("sheet", "pose", "camera", "look"):
        network.get_submodule(name).load_state_dict(base.get_submodule(name).state_dict(), strict=True)
    generator = torch.Generator(plates.start.device).manual_seed(0)
    network.plate.start(plates.pieces(1200, crop, generator).cpu())
    return network


def only_decoding(plate: PlateCodec) -> PlateCodec:
    """The plate with everything held that decides its tokens, and the linear way back."""
    for held in (plate.into, plate.out, plate.seen):
        held.requires_grad_(False)
    return plate


class PlateTraining:
    """Steps of a plate's decoder, and where it is; whole in ``state.json`` of its folder."""

    def __init__(self, network: LayersNetwork, plates: Plates, recipe: PlateRecipe, folder: Path) -> None:
        self.network, self.plates, self.recipe, self.folder = network, plates, recipe, folder
        self.device = plates.start.device
        self.plate = only_decoding(network.to(self.device).plate)
        self.optimiser = Optimiser(self.plate, OptimiserParams(rate=recipe.rate, muon=False))
        self.ema = Ema(self.plate, recipe.ema)
        self.steps, self.seconds = 0, 0.0

    def step(self, progress: float) -> float:
        """One step; ``progress`` is the share of the time that is over. Returns the loss."""
        recipe = self.recipe
        generator = torch.Generator(self.device).manual_seed(recipe.seed * 1_000_003 + self.steps)
        pieces = self.plates.pieces(recipe.pieces, recipe.crop, generator)
        pieces = torch.cat([*partly_recoloured([pieces], generator, RECOLOURED)])
        with torch.no_grad():
            latent = self.plate.encode(pieces)
        loss = plate_loss(self.plate.decode(noised(latent, recipe.noise, generator)).float(), pieces)
        loss.backward()
        self.optimiser.step(rate_scale(self.steps, progress, warm_up=100, floor=recipe.floor))
        self.ema.update(self.plate)
        self.steps += 1
        return float(loss.detach())

    def averaged(self) -> LayersNetwork:
        """The network with the average of the decoder's weights."""
        network = LayersNetwork(self.network.params)
        network.load_state_dict(self.network.state_dict(), strict=True)
        self.ema.copy_to(network.plate)
        # An average of equal numbers is off by a rounding, and tokens would no longer mean the same.
        for name in (each.removeprefix("plate.") for each in ENCODERS if each.startswith("plate.")):
            held = self.plate.get_submodule(name).state_dict()
            network.plate.get_submodule(name).load_state_dict(held, strict=True)
        return network.to(self.device).eval().requires_grad_(False)

    def save(self) -> None:
        """Write the state, whole or not at all."""
        tensors = {f"net.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.ema.state().items()}
        tensors |= {f"optimiser.{name}": value for name, value in self.optimiser.state().items()}
        card = Card(TRAINING, asdict(self.network.params), {"steps": self.steps}, self.seconds / 60)
        checkpoint.save(self.folder / "state.json", tensors, card)

    @classmethod
    def resumed(cls, plates: Plates, recipe: PlateRecipe, folder: Path) -> PlateTraining:
        """Where it was saved.

        Raises:
            CheckpointRefused: there is nothing, or it is damaged.
        """
        tensors, card = checkpoint.load(folder / "state.json", kind=TRAINING)

        def under(prefix: str) -> dict[str, torch.Tensor]:
            return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

        network = LayersNetwork(LayersParams.of(card.config))
        network.load_state_dict(under("net."), strict=True)
        made = cls(network, plates, recipe, folder)
        made.ema.resume(under("average."))
        made.optimiser.resume(under("optimiser."))
        made.steps, made.seconds = int(card.recipe["steps"]), 60.0 * card.minutes
        return made


def train(
    channels: int, minutes: float, out: Path, *, base: Path = WEIGHTS, state: Path = STATE,
    shots: Path = Path(".state") / "shots", recipe: PlateRecipe | None = None, resume: bool = True,
    device: str = "cpu",
) -> dict[str, object]:  # fmt: skip
    """Train, or go on, until so many minutes are spent in all; write the codec to the card ``out``.

    Args:
        minutes: of one processor's time; of the clock on a GPU.
        base: card of the codec whose other parts are kept; its plate, too, if it has so many channels already.
        shots: folder with a folder of shots for each split.

    Returns:
        What was measured on scenes of the ``val`` split.

    Raises:
        CheckpointRefused: ``base`` or the kept state cannot be used.
        FloatingPointError: the loss is not finite.
    """
    recipe = recipe or PlateRecipe.of(device, shots)
    layers = [each for each in shown(shots, "train", recipe.files) if _holds(each, recipe.crop)]
    plates, held = Plates([each.plate for each in layers], device), shown(shots, "val", 1)
    _, card = checkpoint.load(base, kind=KIND)
    if resume and (state / "state.json").exists():
        run = PlateTraining.resumed(plates, recipe, state)
    else:
        network = LayersNetwork(LayersParams.of(card.config))
        network.load_state_dict(checkpoint.load(base, kind=KIND)[0], strict=True)
        if network.params.plate.channels != channels:
            network = closed_form(network, channels, plates, recipe.crop)
        run = PlateTraining(network, plates, recipe, state)
    _steps(run, minutes)
    run.save()
    network = run.averaged().cpu()
    measured = plate_quality(network.plate, held)
    recipes = {**card.recipe, "plate": {**asdict(recipe), "steps": run.steps, "plate_count": len(plates)}}
    metrics = {**card.metrics, **measured}
    save_codec(out, network, Card(KIND, {}, recipes, round(card.minutes + run.seconds / 60, 1), commit(), metrics))
    return dict(measured)


def _holds(layers: Layers, crop: tuple[int, int]) -> bool:
    rows, columns = (side // CELL for side in layers.plate.shape[1:])
    return rows >= crop[0] and columns >= crop[1]


def _steps(run: PlateTraining, minutes: float) -> None:
    clock = time.thread_time if run.device.type == "cpu" else time.monotonic
    said = saved = time.monotonic()
    mean = math.nan
    while run.seconds < 60 * minutes:
        began = clock()
        loss = run.step(run.seconds / (60 * minutes))
        run.seconds += clock() - began
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}; go on from the last saved state")
        mean = loss if math.isnan(mean) else 0.98 * mean + 0.02 * loss
        if time.monotonic() - said > 15:
            said = time.monotonic()
            print(json.dumps({"minutes": round(run.seconds / 60, 2), "steps": run.steps, "loss": mean}), flush=True)
        if time.monotonic() - saved > 45:
            saved = time.monotonic()
            run.save()


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Give the layers codec another plate.")
    parser.add_argument("--channels", type=int, default=PlateParams().channels)
    parser.add_argument("--minutes", type=float, default=30.0, help="of one processor, over all sittings")
    parser.add_argument("--base", type=Path, default=WEIGHTS, help="card of the codec whose other parts are kept")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="card that is written")
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--shots", type=Path, default=Path(".state") / "shots")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--fresh", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(1)
    made = train(
        a.channels, a.minutes, a.out, base=a.base, state=a.state, shots=a.shots, resume=not a.fresh, device=a.device
    )
    print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()
