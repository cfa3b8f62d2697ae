"""Examples for the network from scenes of the world, through the grid codec. Training only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional

from models.codec import Canvas, Example
from models.conditions import Segment
from models.grid.autoencoder import cells
from models.grid.codec import GridCodec
from models.grid.patches import PATCH
from models.layers.observe import camera_rows
from models.shapes import TIME_STRIDE
from models.train.captions import silent
from models.world import vocabulary
from models.world.caption import captions
from models.world.render import render_clips
from models.world.sample import held_out, sample_scene
from models.world.scene import Act, Actor, Scene
from models.world.weather import flash

ELSEWHERE_SEED = 50_000_000
"""Scenes that references are set in are drawn from here on."""
TRIES = 24


class GridSource:
    """Scenes rendered at the canvas' size and encoded.

    Args:
        codec: whose latents they are.
        canvas: size, frames and rate of the clips.
        subject: how much more a token counts in the loss that shows nothing but a subject.
        references: at most so many pictures of the actors elsewhere.
    """

    def __init__(
        self, codec: GridCodec, canvas: Canvas | None = None, *, subject: float = 4.0, references: int = 3
    ) -> None:  # fmt: skip
        self.codec, self.canvas = codec, canvas or Canvas(frames=49)
        self.subject, self.references = subject, references

    def examples(self, seeds: Sequence[int], split: str = "train") -> list[Example]:
        """One example for every seed; ``split`` as in :func:`models.world.sample.sample_scene`."""
        length_s = self.canvas.frames / self.canvas.fps
        scenes = [sample_scene(seed, split=split, duration_s=length_s) for seed in seeds]
        canvas = self.canvas
        clips = render_clips(scenes, canvas.width, canvas.height, canvas.frames, canvas.fps, masks=True)
        assert clips.masks_BKFHW is not None
        made = []
        for scene, video_3FHW, masks, truth, seed in zip(
            scenes, clips.video_BCFHW, clips.masks_BKFHW, clips.truths, seeds, strict=True
        ):
            said = captions(scene)
            words = tuple(dict.fromkeys(silent(each) for each in (said.full, said.short, *said.wordings)))
            path_F9 = camera_rows(truth.camera, flash(scene, truth.events, truth.times_F))
            counts = (("video", self.counts(masks.sum(0).clamp(max=1.0))),)
            made.append(
                Example(
                    words, self.codec.encode(video_3FHW, canvas.fps), (self.codec.camera(path_F9, canvas),),
                    self.pictures(scene, seed, split), counts,
                )
            )  # fmt: skip
        return made

    def counts(self, cover_FHW: torch.Tensor) -> torch.Tensor:
        """1 for a token without a subject up to ``subject`` for one that is all subject, (L,)."""
        rows, columns = cells(self.canvas.height, self.canvas.width)
        below, right = rows * PATCH - cover_FHW.shape[-2], columns * PATCH - cover_FHW.shape[-1]
        filled = functional.pad(cover_FHW[:, None], (0, right, 0, below))
        share_Fhw = functional.avg_pool2d(filled, PATCH)[:, 0]
        later = rearrange(share_Fhw[1:], "(t f) h w -> t f h w", f=TIME_STRIDE).mean(1)
        return 1 + (self.subject - 1) * torch.cat([share_Fhw[:1], later]).flatten()

    def pictures(self, scene: Scene, seed: int, split: str) -> tuple[Segment, ...]:
        """The first actors of a scene, each alone, in another place, light, style and pose."""
        made = []
        for number, actor in enumerate(scene.actors[: self.references]):
            place = elsewhere(actor, ELSEWHERE_SEED + 16 * seed + number, split)
            still = render_clips([place], self.canvas.width, self.canvas.height, 1, self.canvas.fps)
            made.append(self.codec.reference(still.video_BCFHW[0, :, 0]))
        return tuple(made)


def elsewhere(actor: Actor, seed: int, split: str) -> Scene:
    """The same actor, alone and near, in a scene where such a subject is at home.

    In training and validation it is never a combination that the split holds back.
    """
    rng = np.random.default_rng(seed)
    home = vocabulary.SUBJECTS[actor.subject].home
    others = (sample_scene(seed * TRIES + n, split="train", duration_s=2.0) for n in range(TRIES))
    chosen: Scene | None = None
    for other in others:
        lone = _alone(actor, other, rng)
        if split != "test" and held_out(lone):
            continue
        chosen = lone
        if other.actors and vocabulary.SUBJECTS[other.actors[0].subject].home == home:
            break
    if chosen is None:
        raise ValueError(f"no place was found for a {actor.colour} {actor.subject} that training may show")
    return chosen


def _alone(actor: Actor, other: Scene, rng: np.random.Generator) -> Scene:
    doing = tuple(name for name in vocabulary.SUBJECTS[actor.subject].actions if name in STANDING)
    acts = (Act(doing[int(rng.integers(len(doing)))], 0.0, other.duration_s),) if doing else ()
    lone = replace(actor, acts=acts, side="centre", depth=0.0)
    camera = replace(other.camera, move="static", framing="medium")
    return replace(other, actors=(lone,), camera=camera, cues=(), focus=0)


STANDING = ("stand", "look around", "wave", "walk", "run", "fly", "swim")
"""What an actor may be doing in a reference: it is seen whole, near where it starts."""
