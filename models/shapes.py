"""The legend of axis letters, and the one clock that pictures and sound share.

Tensors carry their axes in their names::

    B  rows of a batch          S  samples (a row may hold several, a sample is in one row)
    L  tokens in a row          N  tokens of one modality in the whole batch
    D  width of the network     K  attention heads          P  pairs of channels that turn together
    C  channels of a token      E  every element of every token, flat
    F  frames of a clip         T  latent frames            W  words of a caption
    H, W in pixels and h, w in cells where a picture is meant
    U  anything else that is counted

The clock is made of integers. A clip has 1 + 4k frames: the first is alone in its latent, each later latent holds
four. At the base rate of 12 frames a second, 24 audio latents a second are exactly two to a frame. A position in time
is the middle of what a token covers, in units of 1/24 s, so that it means the same at every frame rate.
"""

from __future__ import annotations

from fractions import Fraction

import torch

FPS = 12
"""Frames a second of the generator."""
UNITS_PER_S = 24
"""Positions in time count these."""
AUDIO_PER_S = 24
"""Audio latents a second, at any frame rate."""
TIME_STRIDE = 4
"""Frames in a latent, except the first, which holds one."""
REFERENCE_SPACING = 100.0 * UNITS_PER_S
"""References lie this far apart before the clip, where no history reaches."""

Rate = int | Fraction


def clip_frames(duration_s: float, fps: Rate = FPS) -> int:
    """Fewest 1 + 4k frames that last at least ``duration_s``."""
    if not duration_s > 0:
        raise ValueError(f"a clip lasts more than 0 s, got {duration_s}")
    frames = Fraction(duration_s).limit_denominator(1_000_000) * Fraction(fps)
    return 1 + TIME_STRIDE * max(0, -(-(frames - 1) // TIME_STRIDE))


def latent_frames(frames: int) -> int:
    """Latent frames of a clip.

    Raises:
        ValueError: the clip has not 1 + 4k frames.
    """
    if frames < 1 or (frames - 1) % TIME_STRIDE:
        near = 1 + TIME_STRIDE * max(0, round((frames - 1) / TIME_STRIDE))
        raise ValueError(f"a clip has 1 + {TIME_STRIDE}k frames, got {frames}; the nearest is {near}")
    return 1 + (frames - 1) // TIME_STRIDE


def frames_of(latents: int) -> int:
    """Frames that so many latent frames hold."""
    if latents < 1:
        raise ValueError(f"a clip has at least one latent frame, got {latents}")
    return 1 + TIME_STRIDE * (latents - 1)


def latent_of(frame: int) -> int:
    """The latent frame that holds a frame."""
    if frame < 0:
        raise ValueError(f"frames count from 0, got {frame}")
    return -(-frame // TIME_STRIDE)


def audio_latents(frames: int, fps: Rate = FPS) -> int:
    """Audio latents that cover a clip: two to a frame at 12 fps, the last one partly empty where it does not divide."""
    return -(-frames * AUDIO_PER_S // Fraction(fps))


def frame_times(frames: int, fps: Rate = FPS) -> torch.Tensor:
    """Middles of the frames in 1/24 s, (F,) fp32. Rounded once, from exact fractions."""
    unit = Fraction(UNITS_PER_S) / Fraction(fps)
    return torch.tensor([float((2 * frame + 1) * unit / 2) for frame in range(frames)], dtype=torch.float32)


def latent_times(latents: int, fps: Rate = FPS) -> torch.Tensor:
    """Middles of the latent frames in 1/24 s, (T,) fp32: the mean of the middles of the frames each one holds."""
    unit = Fraction(UNITS_PER_S) / Fraction(fps)
    middles = [unit / 2, *(unit * (TIME_STRIDE * latent - 1) for latent in range(1, latents))]
    return torch.tensor([float(middle) for middle in middles[:latents]], dtype=torch.float32)


def audio_times(latents: int) -> torch.Tensor:
    """Middles of the audio latents in 1/24 s, fp32."""
    return (torch.arange(latents, dtype=torch.float32) + 0.5) * (UNITS_PER_S / AUDIO_PER_S)


def grid_positions(times_T: torch.Tensor, rows: int, columns: int, pitch: float = 1.0) -> torch.Tensor:
    """Positions (time, row, column) of a grid of cells at each time, (T·rows·columns, 3) fp32.

    The middle of the picture is (0, 0), so that a wider picture grows outwards. ``pitch`` is the side of a cell;
    a picture in cells of half the size covers the same positions with a pitch of one half.
    """
    down = (torch.arange(rows, dtype=torch.float32) - (rows - 1) / 2) * pitch
    along = (torch.arange(columns, dtype=torch.float32) - (columns - 1) / 2) * pitch
    time, row, column = torch.meshgrid(times_T.float(), down, along, indexing="ij")
    return torch.stack([time, row, column], -1).reshape(-1, 3)


def line_positions(times_T: torch.Tensor) -> torch.Tensor:
    """Positions of tokens that have a time and no place (sound, camera), (T, 3) fp32."""
    return grid_positions(times_T, 1, 1)
