"""What the generators are asked for and what would be right: held-out scenes as captions, with the world's own clip.

A maker may look at an :class:`Asked`'s caption, number of subjects, camera and seed. The scene is there for those who
draw it (the oracle and the animatic) and for the scorer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from models.reader_parts import FRAMES
from models.world.scene import Scene

FIRST_SEED = 6_500_000
CLIP_FRAMES, FPS = 49, 12
READ_HZ = FPS * (FRAMES - 1) / (CLIP_FRAMES - 1)
"""Frames a second of a clip that are read."""
HEIGHT, WIDTH = 64, 112


@dataclass(frozen=True)
class Asked:
    """One thing to make.

    Attributes:
        seed: of the scene; the maker's noise comes from it, too.
        caption: the full caption without the sentence about sound.
        short: who does what where.
        scene: the truth.
    """

    seed: int
    caption: str
    short: str
    scene: Scene

    @property
    def subjects(self) -> int:
        """How many subjects the caption names."""
        return len(self.scene.actors)

    @cached_property
    def path(self) -> torch.Tensor:
        """The camera path that the words ask for, (49, 9), rows of ``models.layers.parts.CAMERA``."""
        from models.codec import Canvas
        from models.layers.moves import path_of

        camera = self.scene.camera
        return path_of(camera.move, Canvas(CLIP_FRAMES, HEIGHT, WIDTH, FPS), camera.strength, self.scene.seed)


def silent(caption: str) -> str:
    """The caption without the sentence that says what is heard."""
    return caption.partition(" We hear ")[0]


def asked_of(scene: Scene, seed: int) -> Asked:
    """What is asked of a maker for a scene."""
    from models.world.caption import captions

    said = captions(scene)
    return Asked(seed, silent(said.full), said.short, scene)


def asked_at(seed: int, split: str = "test") -> Asked:
    """The caption of a held-out scene that lasts a whole clip."""
    from models.world.sample import sample_scene

    return asked_of(sample_scene(seed, split=split, duration_s=CLIP_FRAMES / FPS), seed)


@dataclass(frozen=True)
class World:
    """The world's own clip of a scene, and what can be seen in it.

    Attributes:
        video_FCHW: uint8, 49 frames at 12 a second.
        boxes_KF4, visible_KF: as in :class:`models.world.render.Truth`, of all frames.
    """

    video_FCHW: torch.Tensor
    boxes_KF4: torch.Tensor
    visible_KF: torch.Tensor


def world_of(scene: Scene, frames: int = CLIP_FRAMES) -> World:
    """Film a scene as the networks see it."""
    from models.world.render import render_clips

    clips = render_clips([scene], WIDTH, HEIGHT, frames, FPS)
    truth = clips.truths[0]
    video = (clips.video_BCFHW[0].transpose(0, 1) * 255.0).round().byte()
    return World(video, truth.boxes_KF4, truth.visible_KF)


def read_frames(count: int) -> np.ndarray:
    """Which frames of so many the reader looks at (:func:`models.reader.fitted` does the same)."""
    return torch.linspace(0, count - 1, min(FRAMES, count)).round().long().numpy()
