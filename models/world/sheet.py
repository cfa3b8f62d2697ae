"""Contact sheets of the world: ``python -m models.world.sheet OUT.png --what settings``.

Every tile is a real frame of a real scene. Needs numpy and torch only; the PNG is written with the standard library.
"""

from __future__ import annotations

import argparse
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from models.world import vocabulary
from models.world.render import Film
from models.world.scene import Act, Actor, Camera, Scene

FPS = 8.0
GAP_PX = 4


def still(scene: Scene, width: int, height: int, share: float = 0.5) -> np.ndarray:
    """One frame of a scene (height, width, 3) uint8, ``share`` of the way through."""
    film = Film(scene, width, height, FPS)
    wanted = round(share * (film.frame_count - 1))
    with torch.inference_mode():
        return film.stage.filmed(wanted, wanted + 1)[0].numpy()


def strip(scene: Scene, width: int, height: int, count: int) -> list[np.ndarray]:
    """``count`` frames spread evenly over a scene."""
    film = Film(scene, width, height, FPS)
    wanted = [round(n * (film.frame_count - 1) / (count - 1)) for n in range(count)]
    with torch.inference_mode():
        return [film.stage.filmed(n, n + 1)[0].numpy() for n in wanted]


def tiled(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Equal tiles on a white sheet, row by row."""
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX, 3), 255, np.uint8)
    for n, tile in enumerate(tiles):
        y, x = n // columns * (height + GAP_PX), n % columns * (width + GAP_PX)
        sheet[y : y + height, x : x + width] = tile
    return sheet


def write_png(target: Path, picture: np.ndarray) -> None:
    """Write (H, W, 3) uint8 as an 8-bit RGB PNG."""
    height, width = picture.shape[:2]
    # Each row is stored as its difference from the row above (filter 2), which packs gradients well.
    above = np.concatenate([np.zeros_like(picture[:1]), picture[:-1]])
    rows = (picture - above).reshape(height, width * 3)
    raw = np.concatenate([np.full((height, 1), 2, np.uint8), rows], 1).tobytes()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    target.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 6)) + chunk(b"IEND", b"")
    )


def _pair() -> tuple[Actor, Actor]:
    walk = (Act("walk", 0.0, 4.0, "right"),)
    fox = Actor("fox", "orange", side="right", depth=0.35, identity=3)
    return Actor("child", "yellow", acts=walk, side="left"), fox


def settings_sheet() -> np.ndarray:
    """Every setting (rows) at every time of day (columns)."""
    return tiled(
        [
            still(Scene(_pair(), setting, time, seed=3), 384, 216)
            for setting in vocabulary.SETTINGS
            for time in vocabulary.TIMES
        ],
        4,
    )


def weather_sheet() -> np.ndarray:
    """Every weather (rows) in four places."""
    places = (("meadow", "day"), ("city", "night"), ("beach", "dusk"), ("village", "dawn"))
    return tiled([still(Scene(_pair(), s, t, w, seed=5), 384, 216) for w in vocabulary.WEATHERS for s, t in places], 4)


def camera_sheet() -> np.ndarray:
    """Every camera move (rows) as six frames."""
    tiles = []
    for n, move in enumerate(vocabulary.CAMERA_MOVES):
        tiles += strip(Scene(_pair(), vocabulary.SETTINGS[n], camera=Camera(move), seed=5), 320, 180, 6)
    return tiled(tiles, 6)


def styles_sheet() -> np.ndarray:
    """Every style (rows) in four places."""
    places = (("forest", "day"), ("harbour", "dusk"), ("mountain", "day"), ("village", "night"))
    return tiled(
        [still(Scene(_pair(), s, t, style=y, seed=7), 384, 216) for y in vocabulary.STYLES for s, t in places], 4
    )


def subjects_sheet() -> np.ndarray:
    """Every subject in its own colour, in medium framing."""
    homes = {"ground": "meadow", "water": "underwater", "air": "mountain", "space": "moon"}
    tiles = []
    for n, (name, kind) in enumerate(vocabulary.SUBJECTS.items()):
        actor = Actor(name, kind.natural, identity=n)
        place = "harbour" if name == "boat" else homes[kind.home]
        tiles.append(still(Scene((actor,), place, camera=Camera(framing="medium"), seed=n), 320, 240))
    return tiled(tiles, 7)


PERFORMERS: dict[str, tuple[str, str, str]] = {
    "stand": ("woman", "village", ""), "walk": ("fox", "forest", ""), "run": ("dog", "beach", ""),
    "jump": ("rabbit", "meadow", ""), "fly": ("dragon", "mountain", ""), "swim": ("whale", "underwater", ""),
    "sleep": ("cat", "room", ""), "wake": ("bear", "cave", ""), "spin": ("robot", "city", ""),
    "bounce": ("ball", "beach", ""), "wave": ("astronaut", "moon", ""), "look around": ("deer", "snowfield", ""),
    "land": ("owl", "forest", ""), "rise": ("balloon", "desert", ""), "carry": ("knight", "village", ""),
    "chase": ("cat", "meadow", "bird"), "meet": ("child", "harbour", "penguin"), "ride": ("child", "river", "boat"),
}  # fmt: skip
"""Who shows an action on its sheet: subject, setting, and the other one where it takes two."""


def actions_sheet() -> np.ndarray:
    """Every action as four frames, two actions a row."""
    tiles = []
    for action in vocabulary.ACTIONS:
        subject, place, other = PERFORMERS[action]
        act = Act(action, 0.3, 3.7, target=1 if other else -1, thing="lantern" if action == "carry" else "")
        actors = [Actor(subject, vocabulary.SUBJECTS[subject].natural, acts=(act,), side="left")]
        if other:
            going = (Act("walk", 0.3, 3.7, direction="right"),) if action == "ride" else ()
            actors.append(Actor(other, vocabulary.SUBJECTS[other].natural, acts=going, side="right"))
        framing = "medium" if subject != "whale" else "wide"
        tiles += strip(Scene(tuple(actors), place, camera=Camera(framing=framing), seed=2), 240, 160, 4)
    return tiled(tiles, 8)


SHEETS: dict[str, Callable[[], np.ndarray]] = {
    "settings": settings_sheet, "weather": weather_sheet, "camera": camera_sheet,
    "styles": styles_sheet, "subjects": subjects_sheet, "actions": actions_sheet,
}  # fmt: skip


def main() -> None:
    """Write one sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, help="the PNG to write")
    parser.add_argument("--what", choices=tuple(SHEETS), default="settings")
    wanted = parser.parse_args()
    write_png(wanted.out, SHEETS[wanted.what]())


if __name__ == "__main__":
    main()
