"""What a pipeline of diffusers is asked for: its own steps in frames, pixels and rate, read off the pipeline itself."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import Any

from tools.backends.fitting import Size
from tools.contract import ShotRequest

NATIVE_FPS = {"Wan": 16, "CogVideoX": 8, "HunyuanVideo": 24, "Mochi": 30, "LTX": 24, "Allegro": 15, "Cosmos": 24}
"""Frames a second of the films that families of pipelines have learned from, by the beginning of their names."""
OTHER_FPS = 16
CELLS = {"LTX": 32}
"""Pixels that a family divides sides by, whatever its networks could do."""


@dataclass(frozen=True)
class Filmer:
    """How a pipeline is run.

    Attributes:
        device, dtype: of torch; ``auto`` is a GPU if there is one, and bfloat16 there, float32 on a CPU.
        steps, guidance: the pipeline's own if 0 or None.
        size: at which it films, in its multiples; that of the shot if None.
        fps: of what it makes; 0 for what its family has learned, or the shot's where the pipeline can be told.
        most_frames: that it makes at once; its own usual number if 0. A longer shot plays slower.
        downloads: a name that is not on this machine may be fetched.
    """

    device: str = "auto"
    dtype: str = "auto"
    steps: int = 0
    guidance: float | None = None
    size: Size | None = None
    fps: float = 0.0
    most_frames: int = 0
    downloads: bool = False

    def card(self) -> dict[str, object]:
        """What determines the pixels."""
        return {
            "device": self.device, "dtype": self.dtype, "steps": self.steps, "guidance": self.guidance,
            "size": self.size, "fps": self.fps, "most_frames": self.most_frames,
        }  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What the pipeline is asked for: ``frames`` at ``size``, of which one plays for 1 / ``rate`` seconds."""

    frames: int
    size: Size
    rate: Fraction
    notes: tuple[str, ...] = ()


def plan_for(pipeline: Any, how: Filmer, request: ShotRequest) -> Plan:
    """Frames, size and rate in the steps that the pipeline can make.

    A latent frame is ``t`` frames but for the first, so there are ``t n + 1``; a side is so many cells of the
    autoencoder as the transformer takes for a token.
    """
    takes = inspect.signature(pipeline.__call__).parameters
    duration_s = Fraction(request.frames) / request.rate.fraction
    rate = Fraction(how.fps).limit_denominator(1001) if how.fps else _rate(type(pipeline).__name__, takes, request)
    along = int(_first(pipeline, ("vae_scale_factor_temporal", "vae_temporal_compression_ratio"), 4))
    most = how.most_frames or int(default_of(takes, "num_frames", 81))
    frames = along * ceil((ceil(duration_s * rate) - 1) / along) + 1
    notes: tuple[str, ...] = ()
    if frames > most:
        frames = along * ((most - 1) // along) + 1
        slower = Fraction(frames) / duration_s
        notes = (
            f"{float(duration_s):.1f} s are filmed as {frames} frames, at once the most: they play at "
            f"{float(slower):.1f} a second instead of {float(rate):g}, slower than life",
        )
        rate = slower
    across = int(_first(pipeline, ("vae_scale_factor_spatial", "vae_spatial_compression_ratio", "vae_scale_factor"), 8))
    patch = getattr(getattr(getattr(pipeline, "transformer", None), "config", None), "patch_size", 1)
    cell = across * int(patch[-1] if isinstance(patch, (tuple, list)) else patch)
    own = next((pixels for family, pixels in CELLS.items() if type(pipeline).__name__.startswith(family)), 1)
    cell = lcm(cell, own)
    width, height = (cell * ceil(side / cell) for side in how.size or (request.width, request.height))
    return Plan(frames, (width, height), rate, notes)


def _rate(name: str, takes: Mapping[str, inspect.Parameter], request: ShotRequest) -> Fraction:
    """The shot's, where the pipeline can be told; else what its family has learned."""
    learned = next((fps for family, fps in NATIVE_FPS.items() if name.startswith(family)), OTHER_FPS)
    told = "frame_rate" in takes and request.rate.fraction <= 30
    return request.rate.fraction if told else Fraction(learned)


def _first(pipeline: Any, names: tuple[str, ...], default: int) -> Any:
    return next((value for name in names if (value := getattr(pipeline, name, None))), default)


def default_of(takes: Mapping[str, inspect.Parameter], name: str, otherwise: Any) -> Any:
    """What a call takes for an argument that it is not given; ``otherwise`` where it says nothing."""
    found = takes[name].default if name in takes else None
    return otherwise if found is None or found is inspect.Parameter.empty else found
