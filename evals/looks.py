"""Contact sheets of what the generator makes: ``python -m evals.looks OUT_DIR --what pictures``.

Held-out captions only, from consecutive seeds, none left out: a sheet shows what one gets and not the best of many.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from evals.adherence_makers import BACKENDS, Maker, bytes_of, maker_of
from evals.adherence_scenes import CLIP_FRAMES, FIRST_SEED, FPS, asked_at, asked_of
from storyboards.errors import BadInput

if TYPE_CHECKING:
    from evals.adherence_reel import ReelMaker

TILE = (224, 128)
"""Width and height of a tile: twice the size that the networks see."""
GAP_PX, LINE_PX, LETTERS = 6, 13, 37
PAPER, INK = (250, 250, 248), (30, 30, 34)
REFERENCES, PLACES = 6, 4
MOMENTS = 5


@dataclass(frozen=True)
class Strip:
    """Tiles that belong together, (H, W, 3) uint8, with the words under them."""

    tiles: tuple[np.ndarray, ...]
    words: str


def drawn(strips: Sequence[Strip], across: int, lines: int = 4) -> np.ndarray:
    """Strips side by side, ``across`` in a row, each with its words under it in at most so many lines.

    Raises:
        ValueError: there is nothing to draw.
    """
    from PIL import Image, ImageDraw, ImageFont

    if not strips:
        raise ValueError("a sheet needs at least one strip")
    width = max(sum(tile.shape[1] + 2 for tile in strip.tiles) for strip in strips) + GAP_PX
    height = max(tile.shape[0] for strip in strips for tile in strip.tiles) + lines * LINE_PX + GAP_PX
    rows = -(-len(strips) // across)
    sheet = Image.new("RGB", (min(across, len(strips)) * width + GAP_PX, rows * height + GAP_PX), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for n, strip in enumerate(strips):
        x, y = GAP_PX + n % across * width, GAP_PX + n // across * height
        at, tall = x, max(tile.shape[0] for tile in strip.tiles)
        for tile in strip.tiles:
            sheet.paste(Image.fromarray(tile), (at, y))
            at += tile.shape[1] + 2
        letters = max(LETTERS, (at - x) * LETTERS // TILE[0])
        told = textwrap.wrap(strip.words, letters, max_lines=lines, placeholder=" …")
        for k, line in enumerate(told):
            pen.text((x, y + tall + 1 + k * LINE_PX), line, fill=INK, font=font)
    return np.asarray(sheet)


def tile_of(picture_3HW: torch.Tensor, size: tuple[int, int] = TILE) -> np.ndarray:
    """A picture, 0 to 1, as a tile; bicubic, so that pixels are not mistaken for style."""
    large = torch.nn.functional.interpolate(
        picture_3HW[None], size=(size[1], size[0]), mode="bicubic", align_corners=False, antialias=True
    )
    return bytes_of(large)[0]


def moments_of(clip_FCHW: torch.Tensor, count: int) -> tuple[np.ndarray, ...]:
    """Tiles of frames evenly spread from the first to the last."""
    wanted = torch.linspace(0, len(clip_FCHW) - 1, count).round().long().tolist()
    return tuple(tile_of(clip_FCHW[frame]) for frame in wanted)


def pictures(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """One picture for each caption."""
    asks = [asked_at(seed) for seed in seeds]
    return drawn([Strip((tile_of(maker.picture(asked)),), asked.short) for asked in asks], 6)


def clips(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """First, middle and last frame of one clip for each caption."""
    asks = [asked_at(seed) for seed in seeds]
    strips = [
        Strip(moments_of(maker.clip(asked), 3), f"{asked.short} Camera: {asked.scene.camera.move}.") for asked in asks
    ]
    return drawn(strips, 3, 2)


def references(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """A figure's sheet, then pictures of it in four places, with and (below) without the sheet as a reference."""
    from evals.adherence_identity import pair_at, sheet_of
    from models.world.sample import sample_scene

    strips = []
    for n in range(min(REFERENCES, len(seeds))):
        figure = pair_at(seeds[n] - FIRST_SEED).figure
        sheet = sheet_of(figure)
        shown, bare = [_on_paper(sheet)], [np.full((TILE[1], TILE[1], 3), 255, np.uint8)]
        for place in range(PLACES):
            scene = sample_scene(4_000_000 + 31 * n + 7 * place, duration_s=CLIP_FRAMES / FPS)
            there = replace(
                scene, actors=(replace(figure, accessories=(), acts=(), side="centre", depth=0.0),), focus=0, cues=()
            )
            asked = asked_of(there, seeds[n] + place)
            shown.append(tile_of(maker.picture(asked, [sheet])))
            bare.append(tile_of(maker.picture(asked)))
        worn = ", ".join(f"{piece.colour} {piece.name}" for piece in figure.accessories) or "nothing worn"
        strips += [Strip(tuple(shown), f"{figure.colour} {figure.subject}, {worn}: with its sheet as reference"),
                   Strip(tuple(bare), "the same captions and seeds, without it")]  # fmt: skip
    return drawn(strips, 1, 1)


def _on_paper(sheet_4HW: torch.Tensor) -> np.ndarray:
    cover = sheet_4HW[3:]
    return tile_of(sheet_4HW[:3] * cover + (1.0 - cover), (TILE[1], TILE[1]))


def camera(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """Every camera move over one caption and seed, as five frames."""
    from models.world.vocabulary import CAMERA_MOVES

    scene = asked_at(seeds[0]).scene
    strips = []
    for move in CAMERA_MOVES:
        moved = replace(scene, camera=replace(scene.camera, move=move, strength=1.0))
        strips.append(Strip(moments_of(maker.clip(asked_of(moved, seeds[0])), MOMENTS), move))
    return drawn(strips, 2, 1)


def keyframes(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """The first and the last frame of the world's clip are given (at the ends); between them what was made."""
    from evals.adherence_scenes import world_of

    reel = _generator(maker)
    strips = []
    for seed in seeds[:8]:
        asked = asked_at(seed)
        world = world_of(asked.scene).video_FCHW.float() / 255.0
        ask = replace(reel.ask(asked), keyframes={0: world[0], -1: world[-1]})
        made = reel.shown(reel.reel.clip(ask, asked.seed))
        tiles = (tile_of(world[0]), *moments_of(made, MOMENTS), tile_of(world[-1]))
        strips.append(Strip(tiles, f"given, made five times, given: {asked.short}"))
    return drawn(strips, 1, 1)


def inpainting(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """A picture, what of it is to be made anew (grey), and two results; all else is kept."""
    reel = _generator(maker)
    strips = []
    for seed in seeds[:12]:
        asked = asked_at(seed)
        made = reel.reel.picture(reel.ask(asked), asked.seed)
        largest = max(made.parts, key=len)
        masks = [(part.position_L3[:, 2] > 0).float() if part is largest else 0.0 for part in made.parts]
        before = reel.shown(made)[0]
        hidden = before.clone()
        hidden[:, :, hidden.shape[2] // 2 :] = 0.5
        again = [reel.shown(reel.reel.inpaint(made, masks, asked.seed + k))[0] for k in (1, 2)]
        strips.append(Strip(tuple(tile_of(picture) for picture in (before, hidden, *again)), asked.short))
    return drawn(strips, 2, 2)


def finisher(maker: Maker, seeds: Sequence[int]) -> np.ndarray:
    """A picture as the networks make it, enlarged by bicubic interpolation, and by the finisher."""
    from models.finisher import FACTOR, Finisher, bicubic

    net = Finisher.load()
    strips = []
    for seed in seeds[:8]:
        asked = asked_at(seed)
        picture = maker.picture(asked)
        size = (picture.shape[2] * FACTOR, picture.shape[1] * FACTOR)
        large = (bicubic(picture[None])[0].clamp(0.0, 1.0), net.enlarge(picture[None])[0])
        strips.append(Strip(tuple(tile_of(one, size) for one in large), f"bicubic, finisher: {asked.short}"))
    return drawn(strips, 1, 1)


def _generator(maker: Maker) -> ReelMaker:
    from evals.adherence_reel import ReelMaker

    if not isinstance(maker, ReelMaker):
        raise BadInput(f"the {maker.name} cannot be given pictures to go on from.", next_step="Use --backend reel.")
    return maker


SHEETS: dict[str, Callable[[Maker, Sequence[int]], np.ndarray]] = {
    "pictures": pictures, "clips": clips, "references": references, "keyframes": keyframes,
    "inpainting": inpainting, "camera": camera, "finisher": finisher,
}  # fmt: skip


def main() -> None:
    from tools.media import png_bytes

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="the folder for the sheet")
    parser.add_argument("--what", choices=tuple(SHEETS), default="pictures")
    parser.add_argument("--backend", choices=BACKENDS, default="reel")
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--captions", type=int, default=48)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    maker = maker_of(chosen.backend, size=chosen.size)
    sheet = SHEETS[chosen.what](maker, range(chosen.seed, chosen.seed + chosen.captions))
    chosen.out.mkdir(parents=True, exist_ok=True)
    path = chosen.out / f"{maker.name}-{chosen.what}.png"
    path.write_bytes(png_bytes(sheet))
    print(path)


if __name__ == "__main__":
    main()
