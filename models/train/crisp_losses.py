"""What the enlarger of decoded layers is trained to do, how well it does it, and pictures of that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.crisp import FACTOR, CrispNetwork, bicubic, steep
from models.layers.sheet import premultiplied
from models.train.crisp_pairs import Decoding, Pairs
from models.train.layers_losses import boxed_error, decibel, differences

AT_ONCE = 16
EDGES, STRENGTH = 0.1, 0.3
"""What differences between neighbours, and the strength of edges wherever in a window they lie, count beside pixels."""
WINDOW = 4
GREY = 0.5


def picture_loss(made_BCHW: torch.Tensor, true_BCHW: torch.Tensor) -> torch.Tensor:
    """L1, rounded at zero, differences between neighbours, and strength of edges.

    The codec's pictures do not tell an edge's place to the pixel. The first two then prefer a soft one; the third asks
    for one that is as steep as the true one, wherever it is.
    """
    error = made_BCHW - true_BCHW
    uneven = (strength(made_BCHW) - strength(true_BCHW)).abs().mean()
    return error.square().add(1e-6).sqrt().mean() + EDGES * differences(error) + STRENGTH * uneven


def strength(picture_BCHW: torch.Tensor) -> torch.Tensor:
    """Root of the mean squared differences of neighbours in windows, (B, C, H/4, W/4)."""
    along, down = picture_BCHW.diff(dim=-1), picture_BCHW.diff(dim=-2)
    energy = F.pad(along, (0, 1)).square() + F.pad(down, (0, 0, 0, 1)).square()
    return (F.avg_pool2d(energy, WINDOW) + 1e-5).sqrt()


def sprite_loss(made_B4SS: torch.Tensor, true_B4SS: torch.Tensor, ground_B3: torch.Tensor) -> torch.Tensor:
    """The same of premultiplied sprites laid over grounds of plain colour, and of their opacity."""
    made, true = (
        torch.cat([x[:, :3] + (1.0 - x[:, 3:]) * ground_B3[..., None, None], x[:, 3:]], 1)
        for x in (made_B4SS, true_B4SS)
    )
    return picture_loss(made, true)


@torch.inference_mode()
def quality(net: CrispNetwork, codec: Decoding, held: Pairs, most: int = 1000) -> dict[str, float]:
    """On at most so many pictures of each kind that were never learned from, decoded by the codec.

    Returns:
        For ``plate_`` and ``sprite_`` (over grey): ``db``, ``edge`` (mean absolute error of the differences of
        neighbouring pixels, in 1/255) and ``sharp`` (energy of the differences, as a share of the true picture's);
        the same of bicubic enlargement as ``bicubic_…``, and of sprites also steepened, as films without an enlarger
        show them, as ``steep_…``. Decibels of sprites are those within each figure's box.
    """
    plates, figures = held.counts
    rows = [_of_plates(net, codec, held, at) for at in _parts(plates, most)]
    found = _mean(rows, ("bicubic_plate", "plate"))
    rows = [_of_figures(net, codec, held, at) for at in _parts(figures, most)]
    return found | _mean(rows, ("bicubic_sprite", "steep_sprite", "sprite"))


def _parts(count: int, most: int) -> Iterator[np.ndarray]:
    chosen = np.arange(count)[:: max(1, -(-count // most))]
    return iter(np.array_split(chosen, max(1, len(chosen) // AT_ONCE)))


def _of_plates(net: CrispNetwork, codec: Decoding, held: Pairs, at: np.ndarray) -> torch.Tensor:
    """(ways, 4, B): squared error, edge error, energies of the differences made and true."""
    rows = held.plates(at)
    small, fine = codec.plates(rows, _generator(held, at)), rows["plate_fine"]
    made = [each.clamp(0, 1) for each in (bicubic(small), net.plate(small))]
    return torch.stack([_measured((each - fine).square().mean((1, 2, 3)), each, fine) for each in made])


def _of_figures(net: CrispNetwork, codec: Decoding, held: Pairs, at: np.ndarray) -> torch.Tensor:
    rows = held.figures(at)
    small, fine = codec.figures(rows, _generator(held, at)), rows["posed_fine"]
    made = [premultiplied(each) for each in (bicubic(small), steep(small), net.sprite(small))]
    return torch.stack([_measured(boxed_error(each, fine), over(each), over(fine)) for each in made])


def _measured(square_B: torch.Tensor, made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    off, own, whole = (
        torch.stack([x.diff(dim=-1).abs().pow(power).mean((1, 2, 3)), x.diff(dim=-2).abs().pow(power).mean((1, 2, 3))])
        for x, power in ((made - true, 1), (made, 2), (true, 2))
    )
    return torch.stack([square_B, 255.0 * off.mean(0), own.sum(0), whole.sum(0)]).cpu()


def _mean(rows: list[torch.Tensor], names: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (square, edge, own, true) in zip(names, torch.cat(rows, -1).mean(-1).tolist(), strict=True):
        found[f"{name}_db"] = round(decibel(square), 3)
        found[f"{name}_edge"] = round(edge, 3)
        found[f"{name}_sharp"] = round(own / max(true, 1e-9), 3)
    return found


def over(sprite_B4SS: torch.Tensor, ground: float = GREY) -> torch.Tensor:
    """Premultiplied sprites over grey."""
    return sprite_B4SS[:, :3] + (1.0 - sprite_B4SS[:, 3:]) * ground


@torch.inference_mode()
def sheets(net: CrispNetwork, codec: Decoding, held: Pairs, count: int = 12) -> dict[str, np.ndarray]:
    """Rows of what goes in, as it is shown without an enlarger, enlarged, and true: ``plates`` and ``sprites``.

    Two sprites lie in a row. Every (H, W, 3) uint8.
    """
    from models.world.sheet import tiled

    plates, figures = (np.linspace(0, total - 1, count).astype(int) for total in held.counts)
    rows = held.plates(plates)
    small = codec.plates(rows, _generator(held, plates))
    shown = [F.interpolate(small, scale_factor=float(FACTOR)), bicubic(small), net.plate(small), rows["plate_fine"]]
    rows = held.figures(figures)
    small = codec.figures(rows, _generator(held, figures))
    made = [F.interpolate(small, scale_factor=float(FACTOR)), steep(small), premultiplied(net.sprite(small))]
    figures_shown = [over(each, 0.7) for each in (*made, rows["posed_fine"])]
    return {
        "plates": tiled(_tiles(shown), 4), "sprites": tiled(_tiles(figures_shown), 8),
    }  # fmt: skip


def _tiles(columns: list[torch.Tensor]) -> list[np.ndarray]:
    """Pictures of several columns in order of rows."""
    pixels = [(each.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy() for each in columns]
    return [each[row] for row in range(len(pixels[0])) for each in pixels]


def _generator(held: Pairs, at: np.ndarray) -> torch.Generator:
    return torch.Generator(held.device).manual_seed(int(at[0]))
