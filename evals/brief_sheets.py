"""Look at the plans: one row of stills per brief, filmed small (``python -m evals.brief_sheets FOLDER OUT.png``).

Every shot of a brief's plan gives one still, from its middle; a number and the shot's sentence are printed to standard
output, so that a person can hold the picture against the brief.
"""

from __future__ import annotations

import argparse
import asyncio
import math
from pathlib import Path

import numpy as np

from storyboards.brief import Brief
from storyboards.storyboard import Storyboard

STILL_HEIGHT_PX = 144
COLUMNS = 8
STILLS_FPS = 4.0


def stills_of(board: Storyboard, height_px: int = STILL_HEIGHT_PX) -> list[np.ndarray]:
    """A still from the middle of every shot, (height, width, 3) uint8."""
    from models.world.render import Film
    from tools.contract import request_for
    from tools.staging import scene_of

    width_px = 2 * round(height_px * board.aspect / 2)
    stills = []
    for shot in board.shots:
        film = Film(scene_of(request_for(board, shot)), width_px, height_px, STILLS_FPS)
        frames = [frame for chunk in film.frames() for frame in chunk.numpy()]
        stills.append(frames[len(frames) // 2])
    return stills


def row_of(stills: list[np.ndarray], columns: int, width_px: int) -> np.ndarray:
    """Stills side by side on white, in as many lines as they need."""
    height_px = stills[0].shape[0]
    lines = math.ceil(len(stills) / columns)
    row = np.full((lines * (height_px + 4), columns * (width_px + 4), 3), 255, np.uint8)
    for index, still in enumerate(stills):
        top, left = index // columns * (height_px + 4), index % columns * (width_px + 4)
        row[top : top + height_px, left : left + still.shape[1]] = still
    return row


def main() -> None:
    """Plan every ``*.txt`` of a folder by the rulebook, film it small, and write the sheet."""
    from agent.rulebook import Rulebook
    from tools.media import png_bytes

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="leave out this many briefs")
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    rows = []
    for path in sorted(options.folder.glob("*.txt"))[options.skip : options.skip + options.count]:
        board = asyncio.run(Rulebook().plan(Brief(text=path.read_text(encoding="utf-8"), seed=options.seed)))
        print(f"{path.stem}: {board.title}, {board.duration_s:g} s")
        for number, shot in enumerate(board.shots, start=1):
            print(f"  {number} {shot.prompt}")
        rows.append(row_of(stills_of(board), COLUMNS, round(STILL_HEIGHT_PX * 16 / 9)))
    options.out.write_bytes(png_bytes(np.concatenate(rows)))


if __name__ == "__main__":
    main()
