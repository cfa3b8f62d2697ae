"""This repository's generator as a maker of pictures and clips to be scored."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from evals.adherence_makers import NoGenerator
from evals.adherence_scenes import CLIP_FRAMES, FPS, HEIGHT, WIDTH, Asked
from storyboards.errors import BadInput

if TYPE_CHECKING:
    from models.reel import Ask, Made, Making, Reel


def making_of(words: str) -> Making:
    """Steps of the picture and of the clip, ``euler`` or ``map``, and the guidance of the text: "4 4 map 1.5"; with
    ``keep`` behind them what is given is looked at in the first step only.

    Raises:
        BadInput: it is not words of that kind.
    """
    from models.reel import Making

    try:
        picture, clip, solver, text, *keep = words.split()
        if solver not in ("euler", "map") or keep not in ([], ["keep"]):
            raise ValueError(words)
        return Making(int(picture), int(clip), text=float(text), flow_map=solver == "map", keeping=bool(keep))
    except ValueError as error:
        raise BadInput(
            f"{words!r} is no way to make clips.", next_step='Say steps, solver and guidance: "4 4 map 1.5".'
        ) from error


class ReelMaker:
    """The generator at the reader's size.

    Args:
        reel: a generator; if None the shipped one of ``size`` (the largest if empty), loaded when it is needed.
        making: how carefully; as the generator likes it if None.
    """

    name = "reel"

    def __init__(self, reel: Reel | None = None, size: str = "", making: Making | None = None) -> None:
        self.size, self._reel, self._making = size, reel, making

    @property
    def reel(self) -> Reel:
        """The generator.

        Raises:
            NoGenerator: its weights are not there or not as their card says.
        """
        if self._reel is None:
            from models.checkpoint import CheckpointRefused
            from models.reel import Reel

            try:
                self._reel = Reel.load(self.size)
            except CheckpointRefused as error:
                raise NoGenerator(f"the generator {self.size!r} cannot be used: {error}") from error
        return self._reel

    @property
    def version(self) -> str:
        how = json.dumps((self._making or self.reel.making).card(), sort_keys=True)
        return f"{self.reel.version[:24]}.{zlib.crc32(how.encode()):08x}"

    def picture(self, asked: Asked, references: Sequence[torch.Tensor] = ()) -> torch.Tensor:
        made = self.reel.picture(self.ask(asked, references), asked.seed, self._making)
        return self.shown(made)[0]

    def clip(self, asked: Asked, first: torch.Tensor | None = None) -> torch.Tensor:
        ask = self.ask(asked)
        if first is not None:
            from dataclasses import replace

            ask = replace(ask, keyframes={0: first})
        return self.shown(self.reel.clip(ask, asked.seed, self._making))

    def ask(self, asked: Asked, references: Sequence[torch.Tensor] = (), frames: int = CLIP_FRAMES) -> Ask:
        """What the generator is told: the caption, how many subjects, the camera's path, references by their order."""
        from models.codec import Canvas
        from models.reel import Ask

        shown = tuple(enumerate(references))
        return Ask(asked.caption, Canvas(frames, HEIGHT, WIDTH, FPS), asked.subjects, asked.path, shown)

    def shown(self, made: Made, scale: int = 1, fps: float = FPS) -> torch.Tensor:
        """What was made as (F, 3, H, W), 0 to 1, at ``scale`` times the reader's size."""
        frames = self.reel.decode(made, HEIGHT * scale, WIDTH * scale, fps)
        return frames.permute(0, 3, 1, 2).float() / 255.0
