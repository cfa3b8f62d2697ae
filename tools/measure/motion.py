"""How the whole picture moves from frame to frame, and how single patches of it move.

Lucas–Kanade registration ("An iterative image registration technique", 1981) of every pair of neighbouring frames at
once: the constraints of all pixels are summed over tiles, then a similarity (translation, growth, turn) is fitted to
the tiles, robustly, so that a subject or a few raindrops cannot pull it. What the fit leaves over is the motion of
each tile by itself, which shows parallax.

Signs are those of the *picture*: x to the right, y down, growth and turn about its middle (positive turns clockwise
as seen). The camera moves the other way: when it pans right the scenery goes left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

TILE = 10
WIDTH = 160
_MIN_TEXTURE = 2e-3


@dataclass(frozen=True)
class Flow:
    """Motion of P frame pairs. Distances are shares of the frame *height*, turns radians, growth ln(size ratio).

    Attributes:
        step: frames between the two frames of a pair.
        shift_P2, growth_P, turn_P: the similarity that most of the scenery follows.
        tiles_PRC2: displacement of each tile (rows, columns).
        trust_PRC: texture of the tile, 0 for flat ones, whose motion is unknown in at least one direction.
        error_P: mean absolute brightness difference (0 to 1) that is left after the fit.
        aspect: width over height.
    """

    step: int
    shift_P2: np.ndarray
    growth_P: np.ndarray
    turn_P: np.ndarray
    tiles_PRC2: np.ndarray
    trust_PRC: np.ndarray
    error_P: np.ndarray
    aspect: float

    @property
    def pairs(self) -> int:
        return len(self.growth_P)

    def scenery_at(self, x: np.ndarray, y: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Displacement (N, 2) in frame heights that the fitted scenery has at normalised points (N,) of pairs (N,)."""
        dx, dy = (x - 0.5) * self.aspect, y - 0.5
        grow, turn = self.growth_P[pairs], self.turn_P[pairs]
        return self.shift_P2[pairs] + np.stack([grow * dx - turn * dy, turn * dx + grow * dy], -1)


def measure_flow(frames_THWC: np.ndarray, subject_TRC: np.ndarray | None = None) -> Flow:
    """Register neighbouring frames.

    Args:
        frames_THWC: uint8 RGB, T ≥ 2.
        subject_TRC: share of each tile that a subject covers, to leave it out of the fit (see :func:`tile_grid`).
    """
    import torch

    grey = _small_grey(frames_THWC)
    count, height, width = grey.shape
    rows, columns = height // TILE, width // TILE
    grey = grey[:, : rows * TILE, : columns * TILE]
    height, width = grey.shape[-2:]
    outside = torch.ones(count - 1, rows, columns)
    if subject_TRC is not None:
        covered = torch.from_numpy(np.maximum(subject_TRC[:-1], subject_TRC[1:]).astype(np.float32))
        outside = (1.0 - covered.clamp(0, 1)) ** 2 + 1e-3
    half = torch.nn.functional.avg_pool2d(grey[:, None], 2)[:, 0]
    motion = torch.zeros(count - 1, 4)
    motion[:, :2] = _whole_shift(half) * 2.0
    for level, image, rounds in ((2, half, 4), (1, grey, 3)):
        first, second = image[:-1], image[1:]
        for _ in range(rounds):
            a, q, _ = _tile_sums(first, second, motion, level, rows, columns)
            motion = motion + _similarity(a, q, outside, height, width, level)
    a, q, error = _tile_sums(grey[:-1], grey[1:], motion, 1, rows, columns)
    own, trust = _tile_motion(a, q)
    flow = _model_at_tiles(motion, rows, columns, height, width) + own
    return Flow(
        step=1, shift_P2=(motion[:, :2] / height).double().numpy(), growth_P=motion[:, 2].double().numpy(),
        turn_P=motion[:, 3].double().numpy(), tiles_PRC2=(flow / height).numpy(), trust_PRC=trust.numpy(),
        error_P=error.numpy(), aspect=width / height,
    )  # fmt: skip


def tile_grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of tiles that :func:`measure_flow` uses for frames of this size."""
    small = _small_size(height, width)
    return small[0] // TILE, small[1] // TILE


def _small_size(height: int, width: int) -> tuple[int, int]:
    long = max(height, width)
    scale = min(1.0, WIDTH / long)
    return max(2 * TILE, round(height * scale / TILE) * TILE), max(2 * TILE, round(width * scale / TILE) * TILE)


def _small_grey(frames_THWC: np.ndarray) -> torch.Tensor:
    """Grey frames (T, h, w), 0 to 1, evenly lit: a slow change of light must not look like motion."""
    import torch

    rgb = torch.from_numpy(np.ascontiguousarray(frames_THWC))
    weights = torch.tensor([0.299, 0.587, 0.114]) / 255.0
    grey = (rgb.to(torch.float32) * weights).sum(-1)[:, None]
    size = _small_size(frames_THWC.shape[1], frames_THWC.shape[2])
    grey = torch.nn.functional.interpolate(grey, size=size, mode="area")
    grey = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(grey, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return (grey - grey.mean((-1, -2), keepdim=True))[:, 0]


def _whole_shift(grey: torch.Tensor) -> torch.Tensor:
    """Displacement (P, 2) of whole pixels by phase correlation, zero where not moving explains the pair better."""
    import torch

    count, height, width = grey.shape
    window = torch.hann_window(height, False)[:, None] * torch.hann_window(width, False)[None]
    spectrum = torch.fft.rfft2(grey * window)
    cross = spectrum[1:] * spectrum[:-1].conj()
    peak = torch.fft.irfft2(cross / (cross.abs() + 1e-4), s=(height, width)).flatten(1).argmax(1)
    dy, dx = torch.div(peak, width, rounding_mode="floor"), peak % width
    shift = torch.stack([(dx + width // 2) % width - width // 2, (dy + height // 2) % height - height // 2], -1)
    chosen = torch.zeros(count - 1, 2)
    for pair in torch.nonzero(shift.abs().amax(1) >= 1).flatten().tolist():
        x, y = (int(v) for v in shift[pair])
        if abs(x) > 0.6 * width or abs(y) > 0.6 * height:
            continue
        a, b = grey[pair], grey[pair + 1]
        ax, ay = slice(max(0, -x), width - max(0, x)), slice(max(0, -y), height - max(0, y))
        bx, by = slice(max(0, x), width - max(0, -x)), slice(max(0, y), height - max(0, -y))
        moved = (a[ay, ax] - b[by, bx]).abs().mean()
        still = (a[ay, ax] - b[ay, ax]).abs().mean()
        if moved < 0.8 * still:
            chosen[pair] = shift[pair].float()
    return chosen


def _tile_sums(
    first: torch.Tensor, second: torch.Tensor, motion: torch.Tensor, level: int, rows: int, columns: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Structure tensor (P, R, C, 3: xx, xy, yy), gradient times error (P, R, C, 2) in full pixels, mean error (P,)."""
    import torch

    height, width = first.shape[1:]
    ys = torch.arange(height) + 0.5 - height / 2
    xs = torch.arange(width) + 0.5 - width / 2
    tx, ty, grow, turn = (motion[:, k, None, None] for k in range(4))
    dx = tx / level + grow * xs - turn * ys[:, None]
    dy = ty / level + grow * ys[:, None] + turn * xs
    to = torch.stack([(xs + dx) * (2 / width), (ys[:, None] + dy) * (2 / height)], -1)
    warped = torch.nn.functional.grid_sample(
        second[:, None], to, mode="bilinear", padding_mode="border", align_corners=False
    )[:, 0]
    inside = (to.abs() < 1.0).all(-1).float()
    error = (warped - first) * inside
    mean = 0.5 * (warped + first)
    gx, gy = torch.zeros_like(mean), torch.zeros_like(mean)
    gx[:, :, 1:-1] = (mean[:, :, 2:] - mean[:, :, :-2]) * (0.5 / level)
    gy[:, 1:-1] = (mean[:, 2:] - mean[:, :-2]) * (0.5 / level)
    sums = torch.stack([gx * gx, gx * gy, gy * gy, gx * error, gy * error], 1) * inside[:, None]
    pooled = torch.nn.functional.avg_pool2d(sums, TILE // level)[:, :, :rows, :columns].permute(0, 2, 3, 1)
    return pooled[..., :3], pooled[..., 3:], error.abs().mean((1, 2))


def _centres(rows: int, columns: int) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    ys = (torch.arange(rows) + 0.5 - rows / 2) * TILE
    xs = (torch.arange(columns) + 0.5 - columns / 2) * TILE
    y, x = torch.meshgrid(ys, xs, indexing="ij")
    return y, x


def _basis(rows: int, columns: int) -> torch.Tensor:
    """(R, C, 2, 4): displacement at a tile's centre per unit of shift x, shift y, growth and turn."""
    import torch

    y, x = _centres(rows, columns)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    return torch.stack([torch.stack([one, zero, x, -y], -1), torch.stack([zero, one, y, x], -1)], -2)


def _model_at_tiles(motion: torch.Tensor, rows: int, columns: int, height: int, width: int) -> torch.Tensor:
    import torch

    return torch.einsum("rcij,pj->prci", _basis(rows, columns), motion)


def _similarity(
    a: torch.Tensor, q: torch.Tensor, outside: torch.Tensor, height: int, width: int, level: int
) -> torch.Tensor:
    """The change (P, 4) of the similarity that the tiles' constraints ask for, by reweighted least squares."""
    import torch

    rows, columns = a.shape[1:3]
    basis = _basis(rows, columns)
    full = torch.stack([torch.stack([a[..., 0], a[..., 1]], -1), torch.stack([a[..., 1], a[..., 2]], -1)], -2)
    trace = a[..., 0] + a[..., 2]
    # A tile with strong edges must not outvote many with weak ones.
    even = outside / (trace + _MIN_TEXTURE * 0.02)
    size = torch.tensor([1.0, 1.0, 2.0 / height, 2.0 / height])
    scaled = basis * size
    quad = torch.einsum("rcik,prcij,rcjl->prckl", scaled, full, scaled)
    line = torch.einsum("rcik,prci->prck", scaled, q)
    own = _solve(full, -q, trace)
    weight = even
    change = torch.zeros(a.shape[0], 4)
    for sigma in (2.0, 0.6, 0.3):
        left = (weight[..., None, None] * quad).sum((1, 2)) + 1e-4 * torch.eye(4)
        right = -(weight[..., None] * line).sum((1, 2))
        change = torch.linalg.solve(left, right)
        rest = torch.einsum("rcij,pj->prci", scaled, change) - own
        miss = torch.einsum("prci,prcij,prcj->prc", rest, full, rest) / (trace + 1e-9)
        weight = even / (1.0 + miss / (sigma * sigma)) ** 2
    return (change * size).clamp(-12.0 * level, 12.0 * level)


def _solve(full: torch.Tensor, right: torch.Tensor, trace: torch.Tensor) -> torch.Tensor:
    """Each tile's own displacement (P, R, C, 2), damped where texture is missing."""
    damp = 0.02 * trace + 1e-5
    a, b, d = full[..., 0, 0] + damp, full[..., 0, 1], full[..., 1, 1] + damp
    determinant = (a * d - b * b).clamp_min(1e-14)
    x = (d * right[..., 0] - b * right[..., 1]) / determinant
    y = (a * right[..., 1] - b * right[..., 0]) / determinant
    import torch

    return torch.stack([x, y], -1)


def _tile_motion(a: torch.Tensor, q: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    full = torch.stack([torch.stack([a[..., 0], a[..., 1]], -1), torch.stack([a[..., 1], a[..., 2]], -1)], -2)
    trace = a[..., 0] + a[..., 2]
    gap = ((a[..., 0] - a[..., 2]) ** 2 + 4 * a[..., 1] ** 2).sqrt()
    weakest = 0.5 * (trace - gap)
    return _solve(full, -q, trace).clamp(-TILE, TILE), (weakest / (weakest + _MIN_TEXTURE * 0.05)).clamp(0, 1)
