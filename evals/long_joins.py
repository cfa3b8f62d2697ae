"""Does a shot go on from the one before it: ``python -m evals.long_joins --sheet joins.png``.

A fox walks and jumps for twelve seconds in the snow; in the next shot, which continues that one, it runs back and an
owl flies in. The second is filmed from what the first was made of, and from its last picture alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from evals.looks import Strip, drawn, tile_of
from storyboards.clock import FrameRate
from storyboards.shot import Action, CameraWork, Element, Part, Shot
from tools.backends.reel import ReelBackend
from tools.contract import Opening, ShotRequest, quiet
from tools.media import png_bytes, read_frames

TILE = (144, 81)
TILES = 9
FOX = Element(id="fox", subject="fox", colour="red", identity=7)
OWL = Element(id="owl", subject="owl", colour="blue", identity=8)
WALKS = (Action(verb="walk", direction="right", end=0.7), Action(verb="jump", start=0.7))
FIRST = Shot(
    id="s1", frames=288, setting="forest", weather="snow", time="night", camera=CameraWork(move="truck right"),
    parts=(Part(element="fox", side="left", actions=WALKS),),
)  # fmt: skip
SECOND = FIRST.model_copy(
    update={
        "id": "s2", "frames": 144, "continues": True, "camera": CameraWork(move="dolly out"),
        "parts": (
            Part(element="owl", side="left", actions=(Action(verb="fly", direction="right"),)),
            Part(element="fox", side="right", actions=(Action(verb="run", direction="left"),)),
        ),
    }
)  # fmt: skip


def filmed(folder: Path) -> dict[str, list[np.ndarray]]:
    """Frames of the first shot, and of the second in both ways."""
    backend, still = ReelBackend(), folder / "last.png"
    first = ShotRequest(FIRST, (FOX,), "storybook", 256, 144, FrameRate(numerator=24), place_seed=5)
    (folder / "first.latents").write_bytes(backend.film(first, folder / "first.mp4", "", quiet).latents)
    frames = {"first": list(read_frames(folder / "first.mp4"))}
    still.write_bytes(png_bytes(frames["first"][-1]))
    opening = Opening(still, "", folder / "first.latents", ("fox",), FIRST.frames)
    second = replace(first, shot=SECOND, elements=(OWL, FOX), opening=opening)
    ways = {"from its latents": second, "from its last picture": replace(second, opening=replace(opening, frames=0))}
    for way, request in ways.items():
        backend.film(request, folder / "second.mp4", "", quiet)
        frames[way] = list(read_frames(folder / "second.mp4"))
    return frames


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two frames, of 255."""
    return round(float(np.abs(one.astype(int) - other).mean()), 2)


def strip_of(frames: Sequence[np.ndarray], words: str) -> Strip:
    shown = np.linspace(0, len(frames) - 1, TILES).round().astype(int)
    tiles = [tile_of(torch.from_numpy(frames[n].copy()).permute(2, 0, 1).float() / 255.0, TILE) for n in shown]
    return Strip(tuple(tiles), words)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sheet", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        frames = filmed(Path(folder))
    first = frames["first"]
    told = {way: apart(first[-1], shown[0]) for way, shown in frames.items() if way != "first"}
    inside = [apart(first[-2], first[-1]), apart(*frames["from its latents"][:2])]
    print(json.dumps({"across the cut": told, "before and after it": inside}))
    if chosen.sheet:
        chosen.sheet.write_bytes(png_bytes(drawn([strip_of(shown, way) for way, shown in frames.items()], 1, 1)))


if __name__ == "__main__":
    main()
