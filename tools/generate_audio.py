"""Foley, ambience and music as separate stems, from the shot (and for music the film) alone.

Waves are (2, N) float32 at 48 kHz within ±1. Foley carries the synchronisation that claims are checked against; the
ambience bed runs on over cuts; the music ends with the film.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numpy as np

from storyboards.errors import BadStoryboard, OverLimit
from storyboards.storyboard import MusicPlan
from tools.contract import SOUND_RATE_HZ, ShotRequest
from tools.staging import scene_of

VERSION: str
"""Changes when the same request would give other samples; part of the key of every stem."""

PIECE_SAMPLES = 20 * SOUND_RATE_HZ
SHORTEST_MUSIC_S, LONGEST_MUSIC_S = 2.0, 600.0
_SOURCES = (
    "action.py", "ambience.py", "calls.py", "foley.py", "instruments.py", "moods.py", "motion", "music.py", "score.py",
    "score_figures.py", "sound.py", "tones.py",
)  # fmt: skip
"""The files of the world whose change can be heard."""


def foley(request: ShotRequest) -> np.ndarray | None:
    """The sounds of the action and of the cues, as long as the shot with its handle; None if nothing is heard.

    Raises:
        BadStoryboard: a word the world does not know.
    """
    scene = scene_of(request)
    import torch

    from models.world.action import perform
    from models.world.sound import render_events

    events = perform(scene, torch.zeros(1), request.width / request.height).events
    heard = [event for event in events if 0.0 <= event.at_s < scene.duration_s]
    if not heard:
        return None
    return np.asarray(render_events(heard, scene.duration_s, scene.seed, SOUND_RATE_HZ).numpy())


def ambience_bed(request: ShotRequest, start_s: float, length_s: float) -> np.ndarray | None:
    """The sound of the place from ``start_s`` on an endless bed; None if the shot asks for no ambience.

    Two pieces of one :func:`ambience_key` join without a seam where the second starts at the end of the first.

    Raises:
        BadStoryboard: a word the world does not know, or a piece that is not positive.
    """
    if not request.shot.ambience:
        return None
    if start_s < 0.0 or length_s <= 0.0:
        raise BadStoryboard(
            f"ambience from {start_s:g} s for {length_s:g} s is not possible.", shot_id=request.shot.id,
            next_step="It starts at 0 or later and has a length.",
        )  # fmt: skip
    from models.world.ambience import render_ambience

    scene = scene_of(request)
    bed = np.empty((2, round(length_s * SOUND_RATE_HZ)), np.float32)
    first = round(start_s * SOUND_RATE_HZ)
    # A bed is a function of absolute time, so it can be laid in pieces and memory stays small.
    for at in range(0, bed.shape[1], PIECE_SAMPLES):
        count = min(PIECE_SAMPLES, bed.shape[1] - at)
        piece = render_ambience(scene, SOUND_RATE_HZ, (first + at) / SOUND_RATE_HZ, count / SOUND_RATE_HZ)
        bed[:, at : at + count] = piece.numpy()
    return bed


def ambience_key(request: ShotRequest) -> str:
    """The names of what is heard under the shot: equal keys are one bed; empty if the shot asks for no ambience.

    Raises:
        BadStoryboard: a word the world does not know.
    """
    if not request.shot.ambience:
        return ""
    from models.world.ambience import ambience_names

    return " + ".join(ambience_names(scene_of(request)))


def music(plan: MusicPlan, length_s: float, seed: int) -> np.ndarray:
    """A piece in the mood and tempo of the plan that ends, with its last chord, inside ``length_s``.

    The plan's gain is not applied: it belongs to the mix. What is shorter than two seconds is the beginning of a
    two-second piece, faded out.

    Raises:
        BadStoryboard: the mood or tempo is not known here.
        OverLimit: longer than ten minutes.
    """
    if not 0.0 < length_s <= LONGEST_MUSIC_S + 1.0:
        raise OverLimit(f"music of {length_s:g} s was asked for; it lasts up to {LONGEST_MUSIC_S:g} s.")
    from models.world.music import compose
    from models.world.vocabulary import MOODS

    if plan.mood not in MOODS:
        raise BadStoryboard(
            f"the mood of the music is {plan.mood!r}, which is not known.", next_step=f"Allowed: {', '.join(MOODS)}."
        )
    played_s = min(max(length_s, SHORTEST_MUSIC_S), LONGEST_MUSIC_S)
    wave = np.asarray(compose(plan.mood, plan.tempo_bpm, played_s, seed, SOUND_RATE_HZ).numpy())
    count = round(length_s * SOUND_RATE_HZ)
    if count >= wave.shape[1]:
        return np.pad(wave, ((0, 0), (0, count - wave.shape[1])))
    wave = wave[:, :count].copy()
    fade = max(1, count // 3)
    wave[:, count - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32) ** 2
    return wave


def __getattr__(name: str) -> str:
    # The version is made from the sources when it is first asked for: importing must not read files.
    if name == "VERSION":
        return _sources_digest()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def _sources_digest() -> str:
    import models.world

    folder = Path(models.world.__file__).parent
    digest = hashlib.sha256()
    for name in _SOURCES:
        place = folder / name
        for source in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(source.relative_to(folder).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
