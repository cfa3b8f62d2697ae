"""Examples of the layers codec, from shots kept on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from models.codec import Canvas, Example
from models.conditions import Segment, segment
from models.layers.codec import LayersCodec, load_codec
from models.layers.places import sheet_positions
from models.layers.source import Shot, ShotCache, casts
from models.sound.codec import RATE
from models.sound.tokens import ClipSound, events_part, load_clip_sound
from models.world.action import perform
from models.world.caption import captions
from models.world.scene import Camera, Scene
from models.world.sound import render_events

KEPT_FILES = 400
"""Files whose examples stay in memory once they are encoded: about 10 MB each."""


@dataclass(frozen=True)
class Shares:
    """Of what kinds the examples are, as shares of all that a shot can give.

    A figure or a place alone is a fifth or a third of a whole shot's tokens, and teaches as much of its looks.

    Attributes:
        whole: shots with everything.
        lit: one subject in the light and style of its scene.
        plain: one subject in plain daylight, which references are.
        place: the plate alone.
    """

    whole: float = 0.85
    lit: float = 0.25
    plain: float = 0.2
    place: float = 0.7


@dataclass(frozen=True)
class Heard:
    """The sound of a clip, and the list of what is heard in it."""

    sound: Segment
    events: Segment


class LayersSource:
    """Encodes kept shots; ``seeds`` are file numbers of the cache, and begin again when all files are used.

    Args:
        codec: trained.
        folder: holds a folder for each split (see :class:`ShotCache`).
        canvas: of the clips.
        files: how many files there are to a split; all that are on disk now if None, at least one.
        shares: kinds of examples for the train split; the others have whole shots only.
    """

    def __init__(
        self,
        codec: LayersCodec,
        folder: Path,
        canvas: Canvas | None = None,
        files: int | None = None,
        shares: Shares | None = None,
    ) -> None:
        self.codec, self.canvas, self.shares = codec, canvas or Canvas(49), shares or Shares()
        self.caches = {split: ShotCache(folder / split, split, self.canvas) for split in ("train", "val", "test")}
        self.numbers = {
            split: [int(file.stem) for file in cache.files()][:files] or [0] for split, cache in self.caches.items()
        }
        self.encoded: dict[tuple[str, int], list[Example]] = {}

    def examples(self, seeds: Sequence[int], split: str = "train") -> list[Example]:
        """All casts of the shots of some files, and some of their character sheets alone, in an order of its own."""
        made: list[Example] = []
        for seed in seeds:
            numbers = self.numbers[split]
            read = self._of(numbers[seed % len(numbers)], split)
            order = torch.randperm(len(read), generator=torch.Generator().manual_seed(seed))
            made += [read[index] for index in order.tolist()]
        return made

    def _of(self, number: int, split: str) -> list[Example]:
        if (split, number) not in self.encoded:
            if len(self.encoded) >= KEPT_FILES:
                self.encoded.pop(next(iter(self.encoded)))
            self.encoded[split, number] = self.of_file(number, split)
        return self.encoded[split, number]

    def of_file(self, number: int, split: str = "train") -> list[Example]:
        """All examples of one file of the cache, which is made if it is not there, in order."""
        cache = self.caches[split]
        chance = torch.Generator().manual_seed(number)
        made: list[Example] = []
        heard: Heard | None = None
        for scene, cast, shot in numbered(cache, number):
            if not cast:
                heard = self.heard(scene)
            whole = self.example(shot, heard)
            if split != "train":
                made.append(whole)
                continue
            every = [(self.shares.whole, whole)]
            if not cast:
                every.append((self.shares.place, self.place(scene, whole)))
            every += [(self.shares.lit, each) for each in self.lit(scene, whole)]
            every += [(self.shares.plain, each) for each in self.plain(shot, whole)]
            kept = torch.rand(len(every), generator=chance).tolist()
            made += [each for (share, each), draw in zip(every, kept, strict=True) if draw < share]
        return made

    def example(self, shot: Shot, heard: Heard | None = None) -> Example:
        """One shot: plate, sheets, look, poses and sound, the camera and the list of what is heard given, its
        subjects' plain sheets as references."""
        clip: tuple[Segment, ...] = self.codec.encode(shot.layers, self.canvas)
        given: tuple[Segment, ...] = (self.codec.camera(shot.layers.camera, self.canvas),)
        if heard is not None:
            clip, given = (*clip, heard.sound), (*given, heard.events)
        return Example(shot.captions, clip, given, self._references(shot))

    def heard(self, scene: Scene) -> Heard | None:
        """What is heard of a scene because of what is seen, if the codec has sound; the same for all of its casts."""
        sound = self.codec.sound
        if not isinstance(sound, ClipSound):
            return None
        canvas = self.canvas
        events = perform(scene, torch.zeros(1), canvas.width / canvas.height).events
        wave_2N = render_events(events, canvas.frames / canvas.fps, scene.seed, RATE)
        return Heard(sound.part(wave_2N.mean(0), canvas), events_part(events, canvas))

    def place(self, scene: Scene, whole: Example) -> Example:
        """The plate alone, and the look that goes with it."""
        empty = replace(scene, actors=(), cues=(), focus=0)
        said = captions(empty, sound=False)
        parts = tuple(part for part in whole.clip if part.role in ("plate", "look"))
        return Example((said.full, said.short, *said.wordings), parts)

    def lit(self, scene: Scene, whole: Example) -> list[Example]:
        """Each subject's sheet in its scene's light, under the caption of a scene with it alone."""
        sheets = [part for part in whole.clip if part.role == "sheet"]
        made = []
        for actor, part in zip(scene.actors, sheets, strict=True):
            held = tuple(act for act in actor.acts if act.action == "carry")[:1]
            alone = replace(scene, actors=(replace(actor, acts=held),), cues=(), focus=0, camera=Camera())
            said = captions(alone, sound=False)
            placed = replace(part, position_L3=sheet_positions(0))
            made.append(Example((said.full, said.short, *said.wordings), (placed,)))
        return made

    def plain(self, shot: Shot, whole: Example) -> list[Example]:
        """Each subject's sheet in plain light: what the reference generator makes."""
        alone = [segment("sheet", part.clean_LC, sheet_positions(0)) for part in whole.references]
        return [Example((name,), (part,)) for name, part in zip(shot.names, alone, strict=True)]

    def _references(self, shot: Shot) -> tuple[Segment, ...]:
        return tuple(self.codec.sheet(sheet.float() / 255, slot) for slot, sheet in enumerate(shot.references))


def training_codec(weights: Path) -> LayersCodec:
    """The layers codec of a folder of weights, with sound if there is a codec of sound."""
    heard = weights / "sound.json"
    return load_codec(weights / "layers.json", sound=load_clip_sound(heard) if heard.exists() else None)


def numbered(cache: ShotCache, number: int) -> Iterator[tuple[Scene, int, Shot]]:
    """The shots of a file with the scene of each and which cast of its seed it is."""
    shots = cache.read(cache.make(number))
    for seed in range(number * cache.shard, (number + 1) * cache.shard):
        for cast, scene in enumerate(casts(seed, cache.split, cache.canvas)):
            yield scene, cast, next(shots)
