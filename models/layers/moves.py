"""The sixteen camera moves as paths, in closed form: what a shot's move is told to the network as.

The amplitudes and the easing are those of the world that the network has learned from; a test compares the two. A path
says nothing of who is framed: framing is the caption's matter, and a path begins wherever the picture does.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import torch

from models.codec import Canvas
from models.layers.parts import CAMERA

MOVES: tuple[str, ...] = (
    "static", "pan left", "pan right", "tilt up", "tilt down", "dolly in", "dolly out", "truck left", "truck right",
    "crane up", "crane down", "roll", "handheld", "whip pan", "crash zoom", "bolt",
)  # fmt: skip
PAN, TILT, TRUCK, CRANE = 0.42, 0.30, 0.42, 0.26
"""How far the standard moves go, in frame widths (pan, truck) and heights (tilt, crane)."""
DOLLY = 1.35
"""How many times larger the standard dolly makes the actors."""


@dataclass
class _Move:
    """A move as shares of the frame, tensors (F,): turns, travels, lens (a ratio), way towards the actors, roll."""

    pan_x: torch.Tensor
    pan_y: torch.Tensor
    truck_x: torch.Tensor
    truck_y: torch.Tensor
    lens: torch.Tensor
    dolly: torch.Tensor
    roll: torch.Tensor


def path_of(move: str, canvas: Canvas, strength: float = 1.0, seed: int = 0) -> torch.Tensor:
    """The path of a camera move over a whole clip: rows of ``models.layers.parts.CAMERA``, (F, 9) fp32.

    Args:
        move: one of ``MOVES``.
        strength: 1 is the move's usual amplitude.
        seed: which way a roll or a whip pan goes, and how the hand shakes.

    Raises:
        ValueError: no such move.
    """
    if move not in MOVES:
        raise ValueError(f"{move!r} is no camera move; there are {', '.join(MOVES)}")
    times_F = torch.arange(canvas.frames, dtype=torch.float32) / canvas.fps
    m = _moved(move, times_F, canvas.frames / canvas.fps, strength, seed)
    aspect = canvas.width / canvas.height
    # A turn shifts every layer alike; a travel shifts and enlarges the actors' layer, and not what is infinitely far.
    near = m.lens / (1.0 - m.dolly)
    turn_x, turn_y = m.pan_x * aspect, m.pan_y
    x1, y1 = turn_x + m.truck_x * aspect, turn_y + m.truck_y
    speed = torch.zeros_like(times_F)
    if move == "whip pan" and len(speed) > 1:
        speed[1:] = m.pan_x.diff().abs()
        speed[0] = speed[1]
    zero = torch.zeros_like(times_F)
    columns = {
        "x1": (x1 - x1[0]) * near, "y1": (y1 - y1[0]) * near, "log_scale1": (near / near[0]).log(),
        "x0": turn_x * near - turn_x[0] * near[0] * m.lens / m.lens[0],
        "y0": turn_y * near - turn_y[0] * near[0] * m.lens / m.lens[0],
        "log_scale0": (m.lens / m.lens[0]).log(), "roll": m.roll, "blur": torch.where(speed > 0.01, 0.5 * speed, zero),
        "flash": zero,
    }  # fmt: skip
    return torch.stack([columns[name] for name in CAMERA], 1)


def _moved(name: str, times: torch.Tensor, duration_s: float, strength: float, seed: int) -> _Move:
    t = (times / duration_s).clamp(0.0, 1.0)
    # Never still, gentle at both ends: speed 0.65 at the ends, 1.35 in the middle.
    u = t - 0.35 * torch.sin(2 * math.pi * t) / (2 * math.pi)
    zero = torch.zeros_like(t)
    m = _Move(zero, zero, zero, zero, torch.ones_like(t), zero, zero)
    k = strength * min(1.15, max(0.8, duration_s / 4.0))
    sign = -1.0 if name.endswith(("left", "down", "out")) else 1.0
    if name in ("pan left", "pan right"):
        m.pan_x = sign * PAN * k * (u - 0.5)
    elif name in ("tilt up", "tilt down"):
        m.pan_y = sign * TILT * k * (u - 0.5)
    elif name in ("truck left", "truck right"):
        m.truck_x = sign * TRUCK * k * (u - 0.5)
    elif name in ("crane up", "crane down"):
        m.truck_y = sign * CRANE * k * (u - 0.5)
    elif name in ("dolly in", "dolly out"):
        m.dolly = (1.0 - DOLLY**-k) * (u if sign > 0 else 1.0 - u)
    elif name == "roll":
        m.roll = 0.24 * strength * (u - 0.5) * _side(seed)
    elif name == "crash zoom":
        m.lens = 1.0 + 0.6 * strength * (0.93 * _ease((t - 0.3) / 0.28) + 0.07 * t)
    elif name == "handheld":
        m.pan_x, m.pan_y, m.roll = _shaken(times, strength, seed)
    elif name == "whip pan":
        m.pan_x = _side(seed) * strength * _whipped(t)
    elif name == "bolt":
        _bolted(m, t, strength)
    return m


def _whipped(t: torch.Tensor) -> torch.Tensor:
    """From 0.8 of a frame away to here in the first third, a little too far, and settled."""
    left = 2.0 - 2.0 * _ease(0.5 + 0.5 * (t / 0.34))
    late = (t - 0.34).clamp_min(0.0)
    return 0.02 * torch.exp(-6.0 * late) * torch.sin(18.0 * late) - 0.8 * left.clamp(0.0, 1.0)


def _bolted(m: _Move, t: torch.Tensor, strength: float) -> None:
    """A robot arm: in, around and over in one sweep."""
    fast = _ease((t - 0.06) / 0.62) * 0.94 + 0.06 * t
    bow = torch.sin(math.pi * fast)
    m.dolly = 0.30 * strength * fast
    m.truck_x = strength * (0.15 * bow + 0.08 * (1.0 - fast))
    m.truck_y = 0.07 * strength * bow
    m.roll = -0.07 * strength * torch.sin(2 * math.pi * fast)


def _shaken(times: torch.Tensor, strength: float, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sums of slow waves to the side, up and in roll."""
    chance = random.Random(seed * 31 + 5)

    def drift(amount: float) -> torch.Tensor:
        wave = torch.zeros_like(times)
        for rate, weight in ((0.45, 1.0), (0.95, 0.55), (1.9, 0.22)):
            wave = wave + weight * torch.sin(6.2832 * (rate * chance.uniform(0.85, 1.15) * times + chance.random()))
        return amount * strength * (wave - wave.mean())

    return drift(0.010), drift(0.013), drift(0.007)


def _side(seed: int) -> float:
    return random.Random(seed).choice((-1.0, 1.0))


def _ease(t: torch.Tensor) -> torch.Tensor:
    """Smooth from 0 to 1, still at both ends (fifth order)."""
    t = t.clamp(0.0, 1.0)
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)
