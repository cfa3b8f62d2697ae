"""A training of the layers codec's two networks, step by step, on a processor or a GPU.

A GPU works while the next steps are being asked for; nothing in a step waits for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import checkpoint
from models.checkpoint import Card
from models.flow import Normaliser
from models.layers.codec import ENCODERS, LayersNetwork
from models.layers.plate import PlateCodec, PlateParams
from models.layers.sheet import SheetCodec, SheetParams, bounded, premultiplied
from models.optim import Ema, Optimiser, OptimiserParams, rate_scale
from models.train.layers_data import Data, changed, noised, normal, partly_recoloured, uniform
from models.train.layers_losses import figure_loss, plate_loss

KIND = "layers-codec-training"
RECOLOURED = {"plate": 0.25, "sheet": 0.5}
"""Share of the examples in other colours."""
STILL = 0.15
"""Share of the figures that stand as in their sheets."""

AVERAGED, AVERAGED_EVERY = 0.996, 4
"""Decay of the average of the weights, and steps between two updates of it."""


@dataclass(frozen=True)
class Rate:
    """Learning rate: the most, steps until it is reached, and the share of it at the end."""

    most: float = 2e-3
    warm_up: int = 100
    floor: float = 0.05


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
        half: compute in bf16; losses, closed forms and weights stay in single precision.
    """

    figure_shards: int = 80
    clip_shards: int = 40
    figures: int = 16
    plates: int = 8
    figure_share: float = 0.72
    noise: float = 0.2
    code_noise: float = 0.07
    crop: tuple[int, int] = (4, 7)
    rate: Rate = field(default_factory=Rate)
    half: bool = False
    seed: int = 1

    @classmethod
    def gpu(cls) -> Recipe:
        """Some minutes of one large GPU."""
        return cls(
            figure_shards=400, clip_shards=200, figures=384, plates=192, rate=Rate(2e-3, 400, 0.005), half=True
        )  # fmt: skip

    @classmethod
    def of(cls, device: str) -> Recipe:
        return cls() if torch.device(device).type == "cpu" else cls.gpu()


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


@dataclass
class Spending:
    """Seconds that each network has had.

    A GPU is asked by events when it ended a step, some steps later; the time since the end of the step before is the
    step's, for nothing runs beside it.
    """

    device: torch.device
    spent: dict[str, float] = field(default_factory=lambda: {"plate": 0.0, "sheet": 0.0})
    waiting: deque[tuple[str, torch.cuda.Event]] = field(default_factory=deque)
    began_s: float = 0.0
    last: torch.cuda.Event | None = None

    @property
    def total_s(self) -> float:
        return sum(self.spent.values())

    def begin(self) -> None:
        """A step begins."""
        self.began_s = time.perf_counter()

    def end(self, name: str) -> None:
        """The step, of this network, is done or, on a GPU, asked for."""
        if self.device.type != "cuda":
            self.spent[name] += time.perf_counter() - self.began_s
            return
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        self.waiting.append((name, event))
        while self.waiting and self.waiting[0][1].query():
            name, event = self.waiting.popleft()
            if self.last is not None:
                self.spent[name] += self.last.elapsed_time(event) / 1000.0
            self.last = event

    def pause(self) -> None:
        """What follows until the next step is nobody's."""
        self.waiting.clear()
        self.last = None


class Run:
    """A training run: networks, optimisers, averages, and where it is."""

    def __init__(
        self, nets: Nets, data: Data, recipe: Recipe, folder: Path, device: str, held: LayersNetwork | None = None
    ) -> None:
        self.held, self.device = held, torch.device(device)
        if held is not None:
            nets.hold_encoders(held)
        self.nets, self.data, self.recipe, self.folder = nets.to(self.device), data, recipe, folder
        if self.device.type == "cuda":
            self.nets.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rate = OptimiserParams(rate=recipe.rate.most, muon=False)
        self.optimiser = {name: Optimiser(net, rate) for name, net in nets.named_children()}
        self.ema = Ema(nets, AVERAGED)
        self.spending = Spending(self.device)
        self.steps = {"plate": 0, "sheet": 0}
        self.before_s, self.began_s = 0.0, time.perf_counter()
        self.saved = folder / "state.json"
        self.seen: list[tuple[Normaliser, torch.Tensor, float]] = []

    @property
    def learned_s(self) -> float:
        """Of all sittings: on a processor the time of the steps, on a GPU that of the clock since :meth:`begin`."""
        if self.device.type != "cuda":
            return self.spending.total_s
        return self.before_s + time.perf_counter() - self.began_s

    def begin(self) -> None:
        """A sitting begins."""
        self.began_s = time.perf_counter()

    def behind(self) -> str:
        """The network that is behind its share of the time."""
        spent = self.spending
        return "sheet" if spent.spent["sheet"] <= self.recipe.figure_share * spent.total_s else "plate"

    def learn(self, progress: float) -> tuple[str, torch.Tensor]:
        """One step of the network that is behind; its name and its loss, on the device."""
        self.spending.begin()
        name = self.behind()
        generator = self.generator([self.recipe.seed, self.steps[name], int(name == "sheet")])
        with tuned(self.device):
            loss = self.figures_loss(generator) if name == "sheet" else self.plates_loss(generator)
            loss.backward()
        for normaliser, normalised, share in self.seen if self.held is None else ():
            follow(normaliser, normalised, share)
        self.seen.clear()
        rate = self.recipe.rate
        step(self.optimiser[name], rate_scale(self.steps[name], progress, warm_up=rate.warm_up, floor=rate.floor))
        self.steps[name] += 1
        if sum(self.steps.values()) % AVERAGED_EVERY == 0:
            self.ema.update(self.nets)
        self.spending.end(name)
        return name, loss.detach()

    def generator(self, seed: list[int]) -> torch.Generator:
        """The draws of one step, where the networks are."""
        return torch.Generator(self.device).manual_seed(int(np.random.default_rng(seed).integers(2**62)))

    def plates_loss(self, generator: torch.Generator) -> torch.Tensor:
        """The loss of plates, drawn anew."""
        net, recipe = self.nets.plate, self.recipe
        plates = self.data.plates.pieces(recipe.plates, recipe.crop, generator)
        (plates,) = partly_recoloured([plates], generator, RECOLOURED["plate"])
        with self._computing():
            latent = net.encode(plates)
            natural = latent.detach()[changed(len(latent), RECOLOURED["plate"]) :]
            self.seen.append((net.normaliser, natural.movedim(1, -1).flatten(0, -2), 0.01))
            made = net.decode(noised(latent, recipe.noise, generator))
        return plate_loss(made.float(), plates)

    def figures_loss(self, generator: torch.Generator) -> torch.Tensor:
        """The loss of figures, drawn anew."""
        net, recipe = self.nets.sheet, self.recipe
        figures = self.data.posed(recipe.figures, generator)
        pictures = [part.float() / 255.0 for part in (figures.sheets, figures.posed)]
        sheets, posed = map(premultiplied, partly_recoloured(pictures, generator, RECOLOURED["sheet"]))
        still = uniform((len(sheets),), generator) < STILL
        wanted = torch.where(still[:, None, None, None], sheets, posed)
        limbs = torch.where(still[:, None], figures.standing, figures.articulation)
        with self._computing():
            tokens = net.encode(sheets)
            natural = tokens.detach()[changed(len(tokens), RECOLOURED["sheet"]) :]
            self.seen.append((net.normaliser, natural.flatten(0, 1), 0.01))
            raw = net.code_normaliser(net.raw_code(limbs, tokens).float())
            self.seen.append((net.code_normaliser, raw.detach(), 0.02))
            code = bounded(raw) + recipe.code_noise * normal(raw.shape, generator)
            made = net.decode(noised(tokens, recipe.noise, generator), code)
        ground = uniform((2, len(sheets), 3), generator)
        return figure_loss(made.float(), wanted, ground)

    def _computing(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.half)

    def averaged(self) -> Nets:
        """The networks with averaged weights, on the device."""
        copy = Nets(self.nets.plate.params, self.nets.sheet.params)
        self.ema.copy_to(copy)
        return copy.to(self.device).eval()

    def save(self) -> None:
        tensors = {f"net.{name}": value for name, value in self.nets.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.ema.state().items()}
        for of, optimiser in self.optimiser.items():
            tensors |= {f"optimiser.{of}.{name}": value for name, value in optimiser.state().items()}
        recipe = {"spent": self.spending.spent, "steps": self.steps, "learned_s": self.learned_s}
        checkpoint.save(self.saved, tensors, Card(KIND, {}, recipe, self.learned_s / 60))

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
            lay_out(optimiser)
        if self.held is not None:
            self.ema.copy_to(self.nets)
            self.nets.hold_encoders(self.held)
            steps, self.ema = self.ema.steps, Ema(self.nets, self.ema.decay)
            self.ema.steps = steps
        self.spending.spent, self.steps = dict(card.recipe["spent"]), dict(card.recipe["steps"])
        self.before_s = float(card.recipe["learned_s"])
        self.begin()


@contextmanager
def tuned(device: torch.device) -> Iterator[None]:
    """Let a GPU try which convolutions are quickest: worth it for the steps, whose shapes never change."""
    before, torch.backends.cudnn.benchmark = torch.backends.cudnn.benchmark, device.type == "cuda"
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


def step(optimiser: Optimiser, scale: float) -> None:
    """One step at ``scale`` times the rate. On a processor a gradient that is not finite is an error; a GPU is not
    asked about it, and leaves everything as it is."""
    parameters = list(optimiser.parameters.values())
    if not parameters[0].is_cuda:
        optimiser.step(scale)
        return
    norm = nn.utils.clip_grad_norm_(parameters, optimiser.params.clip)
    for member in optimiser.members:
        member.found_inf = (~norm.isfinite()).float()  # type: ignore[attr-defined]
        for group in member.param_groups:
            group["lr"] = optimiser.params.rate * scale
        member.step()
    for each in parameters:
        each.grad = None


@torch.no_grad()
def lay_out(optimiser: Optimiser) -> None:
    """Moments in memory as their parameters are, which fused steps ask for."""
    for member in optimiser.members:
        for parameter, state in member.state.items():
            for name, value in state.items():
                if value.shape == parameter.shape:
                    state[name] = torch.empty_like(parameter).copy_(value)


@torch.no_grad()
def follow(normaliser: Normaliser, normalised_NC: torch.Tensor, rate: float = 0.01) -> None:
    """Let a normaliser follow latents that it has normalised, so that they keep mean 0 and deviation 1."""
    scale = normaliser.deviation_C
    normaliser.mean_C.add_(rate * scale * normalised_NC.mean(0))
    normaliser.deviation_C.copy_(scale * ((1 - rate) + rate * normalised_NC.square().mean(0)).sqrt())
