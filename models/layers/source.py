"""Scenes taken apart and kept on disk, and examples made of them. Training only.

A scene costs tens of milliseconds to paint, and its place and motion serve for several casts: every seed is kept with
its own actors and with ``RECASTS`` others of the same kind in other colours, clothes and proportions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from models.codec import Canvas
from models.layers.observe import observe, sheet
from models.layers.parts import Layers
from models.world import vocabulary
from models.world.caption import captions
from models.world.sample import held_out, sample_scene
from models.world.scene import Accessory, Actor, Scene

RECASTS = 2
"""Other casts kept with every seed."""
SHARD = 100
"""Seeds in a file."""
_LIGHTS = (("meadow", "day", "storybook"),)


@dataclass(frozen=True)
class Shot:
    """One cast of one scene: its layers, what it is called, and the same subjects in plain light elsewhere.

    ``references`` are (K, 4, SPRITE, SPRITE) uint8 premultiplied sheets; ``names`` what each one is called.
    """

    layers: Layers
    captions: tuple[str, ...]
    references: torch.Tensor
    names: tuple[str, ...]


def casts(seed: int, split: str, canvas: Canvas, recasts: int = RECASTS) -> list[Scene]:
    """A seed's scene with its own cast and with others; none that the split keeps apart."""
    scene = sample_scene(seed, split=split, duration_s=canvas.frames / canvas.fps)
    rng = np.random.default_rng([seed, 77])
    made = [scene]
    for _ in range(recasts if scene.actors else 0):
        other = replace(scene, actors=tuple(_recast(actor, rng) for actor in scene.actors))
        if held_out(other) == (split == "test"):
            made.append(other)
    return made


def shots(seed: int, split: str, canvas: Canvas, recasts: int = RECASTS) -> list[Shot]:
    """All casts of a seed's scene, the scene's own first."""
    first, *others = casts(seed, split, canvas, recasts)
    base = observe(first, canvas)
    return [_shot(first, base), *(_shot(each, replace(base, sheets=observe_sheets(each, base))) for each in others)]


def observe_sheets(scene: Scene, base: Layers) -> torch.Tensor:
    """The sheets of a scene whose poses and place are already known."""
    sides = base.poses[:, 0, 2].exp().tolist()
    return torch.stack([sheet(actor, scene, side) for actor, side in zip(scene.actors, sides, strict=True)])


def _shot(scene: Scene, layers: Layers) -> Shot:
    said = captions(scene, sound=False)
    setting, time, style = _LIGHTS[0]
    plain = replace(scene, setting=setting, time=time, style=style, weather="clear", exposure=0.0, cues=())
    sheets = [sheet(actor, plain) for actor in scene.actors]
    return Shot(
        layers, (said.full, said.short, *said.wordings),
        torch.stack(sheets) if sheets else torch.zeros(0, *layers.sheets.shape[1:], dtype=torch.uint8),
        tuple(named(actor) for actor in scene.actors),
    )  # fmt: skip


def named(actor: Actor) -> str:
    """What a character sheet is called: "A small red fox wearing a blue hat."."""
    worn = " and ".join(
        f"{piece.colour} {piece.name}" if piece.name == "glasses" else f"a {piece.colour} {piece.name}"
        for piece in actor.accessories
    ).replace("a orange", "an orange")
    looks = f"{actor.colour} {actor.subject}"
    held = next((act.thing for act in actor.acts if act.action == "carry" and act.thing), "")
    first = f"{'An' if looks[0] in 'aeiou' else 'A'} {looks}"
    return f"{first}{f' wearing {worn}' if worn else ''}{f' carrying a {held}' if held else ''}."


def _recast(actor: Actor, rng: np.random.Generator) -> Actor:
    colours = tuple(vocabulary.COLOURS)
    worn: tuple[Accessory, ...] = actor.accessories
    if worn:
        names = rng.choice(vocabulary.ACCESSORIES, len(worn), replace=False)
        worn = tuple(Accessory(str(name), colours[int(rng.integers(len(colours)))]) for name in names)
    # A third of the way through each split's own range of identities, so that splits stay apart.
    fresh = int(rng.integers(0, (1 << 31) // 3 - 1)) * 3 + actor.identity % 3
    return replace(actor, colour=colours[int(rng.integers(len(colours)))], accessories=worn, identity=fresh)


class ShotCache:
    """Shots on disk, ``SHARD`` seeds a file, made by any number of processes and read while more are made.

    Args:
        folder: of one split, canvas and number of seeds a file (``shard``).
    """

    def __init__(self, folder: Path, split: str = "train", canvas: Canvas | None = None, shard: int = SHARD) -> None:
        self.folder, self.split, self.canvas, self.shard = folder, split, canvas or Canvas(49), shard
        folder.mkdir(parents=True, exist_ok=True)

    def files(self) -> list[Path]:
        """The finished files, by number."""
        return sorted(self.folder.glob("*.safetensors"))

    def make(self, number: int) -> Path:
        """Make one file unless it is there."""
        target = self.folder / f"{number:05d}.safetensors"
        if target.exists():
            return target
        tensors: dict[str, torch.Tensor] = {}
        said: list[dict[str, object]] = []
        for seed in range(number * self.shard, (number + 1) * self.shard):
            for cast, shot in enumerate(shots(seed, self.split, self.canvas)):
                key = str(len(said))
                shared = {} if cast else _scene_tensors(shot.layers)
                tensors |= {f"{key}.{name}": tensor.contiguous() for name, tensor in shared.items()}
                if len(shot.references):
                    tensors |= {f"{key}.sheets": shot.layers.sheets, f"{key}.references": shot.references}
                of = len(said) - cast
                said.append({"of": of, "corner": shot.layers.corner, "captions": shot.captions, "names": shot.names})
        draft = target.with_suffix(f".{os.getpid()}")
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, draft, {"shots": json.dumps(said)})
        draft.replace(target)
        return target

    def read(self, file: Path) -> Iterator[Shot]:
        """The shots of one file."""
        with safe_open(file, "pt") as held:
            said = json.loads(held.metadata()["shots"])
            names = set(held.keys())
            base: Layers | None = None
            for number, row in enumerate(said):
                first = f"{row['of']}."
                if row["of"] == number or base is None:
                    base = _layers({n: held.get_tensor(first + n) for n in _NAMES}, tuple(row["corner"]))
                cast = f"{number}."
                layers, references = base, base.sheets
                if cast + "sheets" in names:
                    layers = replace(base, sheets=held.get_tensor(cast + "sheets"))
                    references = held.get_tensor(cast + "references")
                yield Shot(layers, tuple(row["captions"]), references, tuple(row["names"]))


_NAMES = ("plate", "poses", "articulation", "kinds", "camera", "look")


def _scene_tensors(layers: Layers) -> dict[str, torch.Tensor]:
    kept = {name: getattr(layers, name) for name in _NAMES}
    return {name: value.half() if name == "articulation" else value for name, value in kept.items()}


def _layers(held: dict[str, torch.Tensor], corner: tuple[int, ...]) -> Layers:
    empty = torch.zeros(0, 4, 64, 64, dtype=torch.uint8)
    return Layers(
        held["plate"], (corner[0], corner[1]), empty, held["poses"], held["articulation"].float(), held["kinds"],
        held["camera"], held["look"],
    )  # fmt: skip


def fill(folder: Path, split: str, numbers: Sequence[int], canvas: Canvas | None = None) -> None:
    """Make many files in order; ``python -m models.layers.source FOLDER SPLIT FIRST LAST`` calls it."""
    cache = ShotCache(folder, split, canvas)
    for number in numbers:
        cache.make(number)


if __name__ == "__main__":
    import sys

    torch.set_num_threads(1)
    fill(Path(sys.argv[1]), sys.argv[2], range(int(sys.argv[3]), int(sys.argv[4])))
