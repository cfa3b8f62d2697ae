"""What the actors do over time: the contract between choreography, drawing, sound and truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch


@dataclass(frozen=True)
class SoundEvent:
    """Something heard at a time because of what is seen (or because it was asked for).

    Attributes:
        sound: from ``vocabulary.SOUNDS``.
        at_s: seconds of the onset.
        actor: index of who makes it; -1 for the world.
        gain_db: loudness relative to the sound's usual level.
        pan: -1 left to 1 right.
        surface: for footsteps: ``leaves sand stone snow grass wood`` (``vocabulary.SURFACES``).
    """

    sound: str
    at_s: float
    actor: int = -1
    gain_db: float = 0.0
    pan: float = 0.0
    surface: str = ""


@dataclass(frozen=True)
class Track:
    """One actor over F frames. Every tensor is float32 and shaped (F,) unless said.

    Attributes:
        x, y: the point between the feet in stage units (y = 0 stands on the nearest ground; a flier is higher).
        depth: 0 nearest to 1 farthest walkable plane.
        height: of the standing figure in stage units, perspective included.
        facing: -1 left to 1 right; values between are a turn in progress.
        lean: rotation of the whole figure in radians, counter-clockwise.
        pose: (F, P) articulation channels, named by ``action.CHANNELS``.
        waterline: stage y of the surface of the water that hides what is below; far below where there is none.
        aboard: 0 to 1, how much it is in its seat; None for who never rides.
    """

    x: torch.Tensor
    y: torch.Tensor
    depth: torch.Tensor
    height: torch.Tensor
    facing: torch.Tensor
    lean: torch.Tensor
    pose: torch.Tensor
    waterline: torch.Tensor | None = None
    aboard: torch.Tensor | None = None

    def part(self, frames: slice | torch.Tensor) -> Track:
        """Some of the frames."""
        kept = {name: value[frames] for name, value in self.__dict__.items() if value is not None}
        return replace(self, **kept)


@dataclass(frozen=True)
class Performance:
    """All tracks at the given times, and every sound event of the whole clip (``times`` does not change events)."""

    times: torch.Tensor
    tracks: tuple[Track, ...]
    events: tuple[SoundEvent, ...]
