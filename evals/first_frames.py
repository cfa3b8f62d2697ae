"""Clips that begin with somebody's picture: is the first frame the picture, and does its detail last?

``python -m evals.first_frames --pictures 40 --sheet begun.png``. First frames of held-out scenes of the world, drawn at
448 × 256, are given with the scene's caption. Measured with the pixels of the picture kept, and of the same latents as
the codec alone decodes them: how near the first frame is to the picture, and how much of its edges there is later on.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from evals.adherence_reel import ReelMaker
from evals.adherence_scenes import FIRST_SEED, asked_at
from evals.statistics import cluster_bootstrap, cluster_interval
from models.reel import Made, Reel

HEIGHT, WIDTH = 256, 448
FPS = 6.0
WAYS = ("kept", "decoded")


def edges(picture_3HW: torch.Tensor) -> float:
    """Mean difference of neighbouring pixels, 0 to 1."""
    across, down = picture_3HW[..., 1:] - picture_3HW[..., :-1], picture_3HW[:, 1:] - picture_3HW[:, :-1]
    return float(across.abs().mean() + down.abs().mean()) / 2


def decibels(one_3HW: torch.Tensor, other_3HW: torch.Tensor) -> float:
    """Peak signal-to-noise ratio of pictures from 0 to 1."""
    return float(-10.0 * (one_3HW - other_3HW).square().mean().clamp_min(1e-9).log10())


def drawn(seed: int) -> torch.Tensor:
    """The first frame of a held-out scene, (3, HEIGHT, WIDTH), 0 to 1."""
    from models.world.render import Film

    return next(iter(Film(asked_at(seed).scene, WIDTH, HEIGHT, 24).frames()))[0].permute(2, 0, 1).float() / 255


def shown(reel: Reel, made: Made, *, kept: bool) -> torch.Tensor:
    """Frames (F, 3, HEIGHT, WIDTH), 0 to 1, with the picture's pixels or as the codec alone decodes them."""
    made = made if kept else replace(made, ask=replace(made.ask, kept=None))
    return reel.decode(made, HEIGHT, WIDTH, FPS).permute(0, 3, 1, 2).float() / 255


def measure(maker: ReelMaker, seeds: Sequence[int], sheet: Path | None = None) -> dict[str, object]:
    """The table, and, if it is wanted, a sheet of the first eight: given, then as decoded and as kept in turn."""
    rows: dict[str, list[float]] = defaultdict(list)
    found, photos = list[tuple[float, int]](), 0
    tiles: list[torch.Tensor] = []
    for seed in seeds:
        asked, picture = asked_at(seed), drawn(seed)
        made = maker.reel.clip(replace(maker.ask(asked), keyframes={0: picture}), asked.seed)
        kept = made.ask.kept
        assert kept is not None
        photos += kept.photo
        found += [(float(there), seed) for there in kept.shown]
        clips = {way: shown(maker.reel, made, kept=way == "kept") for way in WAYS}
        for way, clip in clips.items():
            rows[f"{way}: first frame, dB"].append(decibels(clip[0], picture))
            for name, frame in (("first", clip[0]), ("last", clip[-1])):
                rows[f"{way}: edges of the {name} frame"].append(edges(frame) / edges(picture))
        if len(tiles) < 8:
            tiles.append(torch.cat([picture, *(clips[way][at] for at in (0, 11, 23) for way in WAYS[::-1])], 2))
    if sheet is not None:
        from PIL import Image

        pixels = torch.cat(tiles, 1)[:, ::2, ::2].mul(255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(sheet)
    told: dict[str, object] = {name: str(cluster_bootstrap(values, list(seeds))) for name, values in rows.items()}
    shares = [share for share, _ in found]
    return {
        "pictures": len(seeds), "taken for photographs": photos,
        "figures that are found": str(cluster_interval(shares, [seed for _, seed in found])), **told,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--sheet", type=Path, help="a PNG to be written")
    chosen = parser.parse_args()
    if chosen.pictures < 8:
        parser.error("it takes eight pictures at least")
    torch.set_num_threads(1)
    seeds = range(FIRST_SEED, FIRST_SEED + chosen.pictures)
    print(json.dumps(measure(ReelMaker(size=chosen.size), seeds, chosen.sheet), indent=1))


if __name__ == "__main__":
    main()
