"""A sitting of the transformer's training from a few words: which recipe, which folder, what to begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from models.train.loop import SAVE_EVERY_S, Sitting, Studio
from models.train.recipe import WEIGHTS, Recipe
from models.train.studios import open_studio


@dataclass(frozen=True)
class Plan:
    """What is wanted of a sitting.

    Attributes:
        stage, size, codec, optimiser: names, see :class:`Recipe` and ``models.train.studios.CODECS``.
        device: ``cpu`` or ``cuda``.
        minutes: of this sitting.
        start: card of weights to begin with, or None for the stage before, then for what has landed.
        anneal: share of the sitting at whose end the rate falls.
        cached: examples come from the cache of latents.
        shortcut: every so many steps one learns the flow map, from the half of the sitting on; 0 for never.
        bank: they are drawn on the device from the bank (layers only).
    """

    stage: str
    size: str = "nano"
    codec: str = "layers"
    device: str = "cpu"
    minutes: float = 30.0
    fresh: bool = False
    muon: bool = True
    land: bool = False
    start: Path | None = None
    anneal: float = 0.0
    cached: bool = False
    bank: bool = False
    compiled: bool = True
    state: Path = Path(".state")
    weights: Path = WEIGHTS
    shortcut: int = 0

    @property
    def folder(self) -> Path:
        """Where state, log, curve and samples of this training are."""
        return folder_of(self.state, self.codec, self.size, self.stage)


def folder_of(state: Path, codec: str, size: str, stage: str) -> Path:
    """Folder of a training."""
    return state / "train" / f"{codec}-{size}-{stage}"


def sitting_of(plan: Plan) -> Sitting:
    """What the loop is told.

    Raises:
        ValueError: a bank of another codec than layers.
    """
    recipe = replace(Recipe.of(plan.size, plan.stage, muon=plan.muon), anneal=plan.anneal, shortcut=plan.shortcut)
    if plan.device == "cuda":
        recipe = recipe.on_gpu()
    landed = plan.weights / f"{plan.size}.json"
    before = folder_of(plan.state, plan.codec, plan.size, "image") / "average.json"
    warm = before if plan.stage == "video" and before.exists() else landed
    build: Callable[[], Studio] = partial(open_studio, plan.codec, plan.state, plan.cached, plan.weights)
    return Sitting(
        build, recipe, plan.folder, minutes=plan.minutes, warm=plan.start or warm, fresh=plan.fresh,
        landing=landed if plan.land else None, compiled=plan.compiled and plan.device == "cuda",
        bank=_bank(plan) if plan.bank else None, save_every_s=SAVE_EVERY_S * (4 if plan.device == "cuda" else 1),
    )  # fmt: skip


def _bank(plan: Plan) -> Path:
    if plan.codec != "layers":
        raise ValueError("only the layers codec has a bank; train the grid codec from its cache")
    from models.train.bank_fill import bank_folder
    from models.train.layers_examples import training_codec

    return bank_folder(plan.state, training_codec(plan.weights))
