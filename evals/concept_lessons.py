"""What the generator is taught to see whether teaching works: moves, styles and figures that no word of it says.

A person's files are made of the world's own clips of training scenes: filmed through a window that moves, drawn over by
a filter, or with a figure whose colours are exchanged. So it is known what was to be learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from torch.nn import functional

from models.layers.parts import CAMERA
from models.world.render import render_clips
from models.world.sample import sample_scene
from models.world.scene import Actor, Scene
from storyboards.clock import FrameRate

FIRST_FILE, FIRST_FIGURE = 900_000, 1_200_000
"""Seeds of the scenes of files; they are of the split ``val``, what is measured of ``test``."""
FRAMES, FPS = 49, 12
FILE_SIZE = (256, 448)
WINDOW = 1.5
"""How much wider the world is filmed than the window that moves over it shows."""
Filter = Callable[[torch.Tensor], torch.Tensor]
Way = Callable[[float], tuple[float, float, float, float]]


def _eight(t: float) -> tuple[float, float, float, float]:
    return 0.22 * math.sin(2 * math.pi * t), 0.10 * math.sin(4 * math.pi * t), 0.0, 0.0


def _spiral(t: float) -> tuple[float, float, float, float]:
    return 0.0, 0.0, 0.28 * t, 0.35 * t


def _steps(t: float) -> tuple[float, float, float, float]:
    return 0.16 * (min(1.0, t / 0.3) + min(1.0, max(0.0, (t - 0.6) / 0.3))), 0.0, 0.0, 0.0


def _breath(t: float) -> tuple[float, float, float, float]:
    return 0.0, 0.06 * math.sin(math.pi * t), 0.25 * math.sin(math.pi * t) ** 2, 0.0


MOVES: dict[str, Way] = {"eight": _eight, "spiral": _spiral, "steps": _steps, "breath": _breath}
"""Right, up, ln of the size and roll of the camera at a share of the clip."""


def true_path(move: str, frames: int = FRAMES) -> torch.Tensor:
    """The path of a move as rows of ``models.layers.parts.CAMERA``, (F, 9): near and far alike."""
    rows = torch.zeros(frames, len(CAMERA))
    for f in range(frames):
        x, y, growth, roll = MOVES[move](f / (frames - 1))
        for at in (0, 3):
            rows[f, at : at + 3] = torch.tensor([x * math.exp(growth), y * math.exp(growth), growth])
        rows[f, 6] = roll
    return rows


def moved_clip(move: str, seed: int) -> torch.Tensor:
    """A scene of the world through a window that makes the move, (F, 3, H, W), 0 to 1."""
    scene = sample_scene(seed, split="val", duration_s=FRAMES / FPS)
    scene = replace(scene, camera=replace(scene.camera, move="static"))
    height, width = FILE_SIZE
    wide = render_clips([scene], width, height, FRAMES, FPS).video_BCFHW[0].transpose(0, 1)
    path, aspect = true_path(move), width / height
    up, right = torch.meshgrid(
        0.5 - (torch.arange(144) + 0.5) / 144, ((torch.arange(252) + 0.5) / 252 - 0.5) * aspect, indexing="ij"
    )
    made = []
    for frame, row in zip(wide, path, strict=True):
        sin, cos, size = math.sin(float(row[6])), math.cos(float(row[6])), math.exp(float(row[2]))
        x = (cos * right + sin * up + row[0]) / size / WINDOW
        y = (cos * up - sin * right + row[1]) / size / WINDOW
        grid = torch.stack([2 * x / aspect, -2 * y], -1)[None]
        made.append(
            functional.grid_sample(frame[None], grid, mode="bilinear", padding_mode="border", align_corners=False)[0]
        )
    return torch.stack(made).clamp(0, 1)


def _light(v: torch.Tensor) -> torch.Tensor:
    return (v * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(-3, keepdim=True)


def _ramp(light: torch.Tensor, *colours: tuple[float, float, float]) -> torch.Tensor:
    nodes, last = torch.tensor(colours), len(colours) - 1
    at = (light * last).clamp(0, last - 1e-4)
    below = at.floor().long()[..., 0, :, :]
    return torch.lerp(nodes[below].movedim(-1, -3), nodes[below + 1].movedim(-1, -3), at - at.floor())


def _edges(v: torch.Tensor) -> torch.Tensor:
    light = _light(v)
    across = functional.pad(light[..., :, 1:] - light[..., :, :-1], (0, 1))
    down = functional.pad(light[..., 1:, :] - light[..., :-1, :], (0, 0, 0, 1))
    return ((across**2 + down**2).sqrt() * 6).clamp(0, 1)


def _blueprint(v: torch.Tensor) -> torch.Tensor:
    paper = _ramp(_light(v), (0.03, 0.10, 0.34), (0.07, 0.22, 0.55), (0.16, 0.36, 0.70))
    return torch.lerp(paper, torch.tensor([0.88, 0.94, 1.0])[:, None, None].expand_as(paper), _edges(v))


def _charcoal(v: torch.Tensor) -> torch.Tensor:
    return ((0.35 + 0.6 * _light(v) ** 0.8) * (1 - 0.9 * _edges(v))).expand_as(v)


def _pastel(v: torch.Tensor) -> torch.Tensor:
    light = _light(v)
    return 0.5 * (light + 0.55 * (v - light)) + 0.5 * torch.tensor([0.98, 0.94, 0.92])[:, None, None]


STYLES: dict[str, Filter] = {
    "sepia": lambda v: _ramp(_light(v) ** 0.9, (0.12, 0.07, 0.04), (0.55, 0.40, 0.26), (0.98, 0.93, 0.80)),
    "blueprint": _blueprint,
    "charcoal": _charcoal,
    "duotone": lambda v: _ramp(_light(v), (0.16, 0.02, 0.30), (0.85, 0.20, 0.45), (1.0, 0.80, 0.35)),
    "pastel": _pastel,
}


def still(seed: int, split: str = "val") -> torch.Tensor:
    """The first frame of a scene of the world, (3, H, W), 0 to 1."""
    height, width = FILE_SIZE
    scene = sample_scene(seed, split=split, duration_s=FRAMES / FPS)
    return render_clips([scene], width, height, 1, FPS).video_BCFHW[0, :, 0]


@dataclass(frozen=True)
class Odd:
    """A figure whose red, green and blue are exchanged; ``said`` is the colour word nearest to it."""

    subject: str
    colour: str
    channels: tuple[int, int, int]
    said: str
    identity: int = 77

    @property
    def actor(self) -> Actor:
        return Actor(self.subject, self.colour, "large", identity=self.identity)

    def exchanged(self, picture_3HW: torch.Tensor, cover_HW: torch.Tensor) -> torch.Tensor:
        """A picture with what the figure covers in other colours."""
        return torch.lerp(picture_3HW, picture_3HW[list(self.channels)], cover_HW[None]).clamp(0, 1)


ODD: dict[str, Odd] = {
    "Moss": Odd("fox", "orange", (2, 0, 1), "green"),
    "Plum": Odd("knight", "white", (0, 2, 1), "white"),
    "Lime": Odd("penguin", "black", (1, 0, 2), "black"),
    "Rust": Odd("robot", "blue", (2, 1, 0), "brown"),
    "Inky": Odd("cat", "yellow", (2, 1, 0), "blue"),
    "Rosa": Odd("dragon", "green", (1, 0, 2), "red"),
}


def scenes_with(odd: Odd, count: int, first: int, split: str, tries: int = 6000) -> list[Scene]:
    """Scenes in which such a figure is alone, with this one in."""
    found = []
    for seed in range(first, first + tries):
        scene = sample_scene(seed, split=split, duration_s=FRAMES / FPS)
        if len(scene.actors) == 1 and scene.actors[0].subject == odd.subject:
            actor = replace(scene.actors[0], colour=odd.colour, identity=odd.identity, accessories=(), size="large")
            found.append(replace(scene, actors=(actor,)))
        if len(found) == count:
            break
    return found


def odd_pictures(odd: Odd, count: int) -> list[torch.Tensor]:
    """Pictures of the figure in scenes in which it is well in view, (3, H, W)."""
    made: list[torch.Tensor] = []
    height, width = FILE_SIZE
    for scene in scenes_with(odd, 4 * count, FIRST_FIGURE, "val"):
        clip = render_clips([scene], width, height, 9, 2, masks=True)
        truth = clip.truths[0]
        assert truth.masks_KFHW is not None, "asked for"
        for f in (0, 4, 8):
            if float(truth.visible_KF[0, f]) > 0.8 and float(truth.masks_KFHW[0, f].mean()) > 0.012:
                made.append(odd.exchanged(clip.video_BCFHW[0, :, f], truth.masks_KFHW[0, f]))
                break
        if len(made) == count:
            break
    return made


@lru_cache(maxsize=32)
def true_sheet(subject: str, colour: str, identity: int, channels: tuple[int, int, int] = (0, 1, 2)) -> torch.Tensor:
    """How a figure stands in plain light, premultiplied RGBA (4, 64, 64), its channels exchanged."""
    from models.layers.observe import sheet

    actor = Actor(subject, colour, "large", identity=identity)
    plain = Scene((actor,), "meadow", "day", "clear", style="storybook")
    painted = sheet(actor, plain).float() / 255.0
    return torch.cat([painted[list(channels)], painted[3:]])


def write_png(picture_3HW: torch.Tensor, path: Path) -> Path:
    """Write a picture, 0 to 1, as a person would give it."""
    from tools.media import png_bytes

    path.write_bytes(png_bytes(picture_3HW.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()))
    return path


def write_clip(clip_F3HW: torch.Tensor, path: Path) -> Path:
    """Write a clip at ``FPS``, 0 to 1, as H.264."""
    from tools.media import FrameWriter

    with FrameWriter(path, clip_F3HW.shape[-1], clip_F3HW.shape[-2], FrameRate(numerator=FPS)) as writer:
        writer.write(clip_F3HW.mul(255).round().byte().permute(0, 2, 3, 1).contiguous())
    return path


def lesson_files(name: str, folder: Path, count: int) -> tuple[Path, ...]:
    """The files of a move, a style or a figure, by its name.

    Raises:
        KeyError: there is none of that name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if name in MOVES:
        return tuple(write_clip(moved_clip(name, FIRST_FILE + k), folder / f"{name}-{k}.mp4") for k in range(count))
    if name in STYLES:
        return tuple(write_png(STYLES[name](still(FIRST_FILE + k)), folder / f"{name}-{k}.png") for k in range(count))
    pictures = odd_pictures(ODD[name], count)
    return tuple(write_png(picture, folder / f"{name}-{k}.png") for k, picture in enumerate(pictures))
