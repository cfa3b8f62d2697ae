"""Scoring what was made: the reader's answer to every question that the caption settles, one row each.

``of`` says of what: a ``picture``; a ``clip``; its first frame for as long (``frozen``); the clip that was made for
another caption (``stranger``), which is what chance looks like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from evals.adherence_scenes import CLIP_FRAMES, FPS, Asked, World, read_frames
from models.reader import Reading, fitted
from models.reader_cache import act_at
from models.reader_parts import WAYS
from models.world.vocabulary import ACTIONS, WEATHERLESS

Eye = Callable[[torch.Tensor, Sequence[str]], Reading]
"""Reads a picture (1, 3, H, W) or the frames of a clip that are read, and is asked about these subjects."""
RULES_VERSION = 2
SEEN = 0.5
"""Share of a subject that has to be in view, in the world's own clip, for questions about it."""
LEAST_VIEWS = 5
"""Frames, of those that are read, in which it has to be."""
MOVING = {"camera", "action", "way"}
QUESTIONS = ("setting", "time", "weather", "style", "framing", "subject", "colour", "camera", "action", "way")


@dataclass(frozen=True)
class Row:
    """One question about one thing that was made.

    Attributes:
        seed: of the scene; rows of one scene are not independent.
        sure: the reader's probability of what was asked for.
    """

    seed: int
    of: str
    kind: str
    asked: str
    said: str
    sure: float

    @property
    def right(self) -> bool:
        return self.asked == self.said

    def document(self) -> dict[str, Any]:
        return asdict(self)


def rows_of_picture(eye: Eye, asked: Asked, world: World, picture_3HW: torch.Tensor) -> list[Row]:
    """Questions about a picture. A subject that the world's own first frame does not show is not asked about."""
    clear = askable(asked, world, 1)
    reading = eye(picture_3HW[None], [asked.scene.actors[k].subject for k in clear])
    return [*_of_place(asked, reading, "picture"), *_of_cast(asked, reading, clear, "picture")]


def rows_of_clip(eye: Eye, asked: Asked, world: World, video_FCHW: torch.Tensor, of: str = "clip") -> list[Row]:
    """Questions about a clip of 49 frames."""
    clear = askable(asked, world, CLIP_FRAMES)
    chosen = torch.from_numpy(read_frames(len(video_FCHW)))
    reading = eye(video_FCHW[chosen], [asked.scene.actors[k].subject for k in clear])
    rows = [*_of_place(asked, reading, of), *_of_cast(asked, reading, clear, of)]
    rows.append(_row(asked, of, "camera", asked.scene.camera.move, reading.camera))
    for k in clear:
        rows += _of_acts(asked, world, reading, k, of)
    return rows


def askable(asked: Asked, world: World, frames: int) -> list[int]:
    """Actors that are the only one of their kind and well in view in the world's own frames that are read."""
    counts = Counter(actor.subject for actor in asked.scene.actors)
    looked = read_frames(frames)
    least = min(len(looked), LEAST_VIEWS)
    return [
        k for k, actor in enumerate(asked.scene.actors)
        if counts[actor.subject] == 1 and int((world.visible_KF[k, looked] > SEEN).sum()) >= least
    ]  # fmt: skip


def _of_place(asked: Asked, reading: Reading, of: str) -> Iterator[Row]:
    scene = asked.scene
    wanted = {"setting": scene.setting, "time": scene.time, "style": scene.style, "framing": scene.camera.framing}
    if scene.setting not in WEATHERLESS:
        wanted["weather"] = scene.weather
    if not scene.actors:
        del wanted["framing"]
    for kind, word in wanted.items():
        yield _row(asked, of, kind, word, reading.words[kind])


def _of_cast(asked: Asked, reading: Reading, clear: list[int], of: str) -> Iterator[Row]:
    """For every actor: with the others that were asked for set aside, is it the likeliest of all? And its colour."""
    everyone = {actor.subject for actor in asked.scene.actors}
    for k in clear:
        actor = asked.scene.actors[k]
        rivals = {name: p for name, p in reading.present.items() if name == actor.subject or name not in everyone}
        yield _row(asked, of, "subject", actor.subject, rivals)
        yield _row(asked, of, "colour", actor.colour, reading.colours[actor.subject])


def _of_acts(asked: Asked, world: World, reading: Reading, k: int, of: str) -> Iterator[Row]:
    """What it does during each of its acts, and where to: the mean over the frames in which it is in view."""
    actor = asked.scene.actors[k]
    looked = read_frames(CLIP_FRAMES)
    acts = [act_at(actor.acts, float(frame) / FPS) for frame in looked]
    for act in dict.fromkeys(acts):
        during = np.array([there == act for there in acts]) & (world.visible_KF[k, looked] > SEEN).numpy()
        if act is None or int(during.sum()) < LEAST_VIEWS:
            continue
        chosen = torch.from_numpy(during)
        done = reading.actions[actor.subject][chosen].mean(0).tolist()
        yield _row(asked, of, "action", act.action, dict(zip(ACTIONS, done, strict=True)))
        if act.direction:
            gone = reading.ways[actor.subject][chosen].mean(0).tolist()
            yield _row(asked, of, "way", act.direction, dict(zip(WAYS, gone, strict=True)))


def _row(asked: Asked, of: str, kind: str, word: str, told: Mapping[str, float]) -> Row:
    said = max(told, key=told.__getitem__)
    return Row(asked.seed, of, kind, word, said, round(float(told[word]), 4))


def energy(video_FCHW: torch.Tensor) -> float:
    """How much moves: mean absolute difference of the frames that are read from those before them, in 8-bit levels."""
    small = fitted(video_FCHW)
    return float((small[1:] - small[:-1]).abs().mean()) * 255.0 if len(small) > 1 else 0.0
