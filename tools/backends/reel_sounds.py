"""Foley by the repository's own generator: the network that films hears, too, what the take shows.

The plan says what is to be heard and when; a take of the generator also says how it looks, by the latents that were
kept of it. Ambience and music are those of :mod:`tools.generate_audio`.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storyboards.errors import BackendUnavailable, GenerationFailed
from storyboards.storyboard import MusicPlan, digest_of
from tools import generate_audio
from tools.backends.reel_words import spoken
from tools.contract import SOUND_RATE_HZ, ShotRequest
from tools.staging import scene_of

if TYPE_CHECKING:
    from models.reel import Reel
    from models.world.performance import SoundEvent

CEILING = 0.95
"""No sample is louder than this."""


class ReelSounds:
    """The sounds of a film with foley by the generator. Equal requests give equal samples on one kind of machine.

    Args:
        folder: of the weights; those of the repository if None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(__file__).resolve().parents[2] / "models" / "weights"
        self._lock = threading.Lock()
        self._reel: Reel | None = None

    @property
    def VERSION(self) -> str:  # noqa: N802 -- the name that every department of sound has
        """Of the weights, and of what beds and music are made by."""
        from models.hearing import listening

        reel = self._loaded()
        return digest_of([generate_audio.VERSION, reel.version, listening(reel.making).card()])[:16]

    def foley(self, request: ShotRequest) -> np.ndarray | None:
        """The sounds of the action and of the cues for a picture that nobody kept the latents of."""
        return self.foley_for(request, None)

    def foley_for(self, request: ShotRequest, latents: Path | None) -> np.ndarray | None:
        """The sounds of the action and of the cues, as long as the shot with its handle: (2, N) at 48 kHz.

        Args:
            latents: of the take that they are for; without them the generator imagines a take of the shot.

        Returns:
            None if nothing is to be heard.

        Raises:
            BadStoryboard: a word that the generator has not learned.
            BackendUnavailable: the weights are missing, or were trained without sound.
            GenerationFailed: the latents are not of this generator.
        """
        events = _events(request)
        if not events:
            return None
        from models.hearing import wave_of, with_sound
        from models.latents import LatentsRefused
        from models.length import long_clip
        from models.reel import Ask, recalled
        from models.sound.codec import RATE
        from tools.speak import resampled

        said, reel = spoken(request), self._loaded()
        ask = Ask(said.caption, said.canvas, said.subjects, said.path, sounding=True, events=events)
        try:
            if latents is None:
                made = long_clip(reel, ask, said.seed, said.told)
            else:
                made = with_sound(reel, recalled(latents.read_bytes(), ask, said.seed), events, said.seed)
        except (LatentsRefused, ValueError) as error:
            raise GenerationFailed(
                f"no sound can be made for this take: {error}",
                next_step="Film the shot again, or set STORYREEL_SOUND=world.",
            ) from error
        wave = resampled(wave_of(reel, made).numpy(), RATE)
        return _placed(wave, events, request.rate.seconds(request.frames))

    def ambience_bed(self, request: ShotRequest, start_s: float, length_s: float) -> np.ndarray | None:
        """See :func:`tools.generate_audio.ambience_bed`."""
        return generate_audio.ambience_bed(request, start_s, length_s)

    def ambience_key(self, request: ShotRequest) -> str:
        """See :func:`tools.generate_audio.ambience_key`."""
        return generate_audio.ambience_key(request)

    def music(self, plan: MusicPlan, length_s: float, seed: int) -> np.ndarray:
        """See :func:`tools.generate_audio.music`."""
        return generate_audio.music(plan, length_s, seed)

    def _loaded(self) -> Reel:
        from models.checkpoint import CheckpointRefused
        from models.reel import Reel
        from models.sound.tokens import sound_of

        with self._lock:
            if self._reel is None:
                try:
                    reel = Reel.load("", self._folder)
                    sound_of(reel.codec)
                except (CheckpointRefused, ValueError) as error:
                    raise BackendUnavailable(
                        f"the reel cannot make sound: {str(error).rstrip('.')}.",
                        next_step="Set STORYREEL_SOUND=world, or train `storyreel train video --size small`.",
                    ) from error
                self._reel = reel
            return self._reel


def _events(request: ShotRequest) -> tuple[SoundEvent, ...]:
    """What the plan's action and cues let hear, within the shot."""
    import torch

    from models.world.action import perform

    scene = scene_of(request)
    events = perform(scene, torch.zeros(1), request.width / request.height).events
    return tuple(event for event in events if 0.0 <= event.at_s < scene.duration_s)


def _placed(wave_N: np.ndarray, events: tuple[SoundEvent, ...], duration_s: float) -> np.ndarray:
    """A mono wave as long as the shot, from the side where each event is: (2, N), constant power."""
    count = round(duration_s * SOUND_RATE_HZ)
    whole = np.zeros(count, np.float32)
    whole[: min(count, len(wave_N))] = wave_N[:count]
    pan = np.interp(np.arange(count) / SOUND_RATE_HZ, [e.at_s for e in events], [e.pan for e in events])
    angle = (np.clip(pan, -1.0, 1.0) + 1.0) * np.pi / 4.0
    # The mean of both sides is what the network makes; at the middle each side is that mean.
    sides = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32) * np.float32(2.0**0.5) * whole
    return sides * np.float32(min(1.0, CEILING / max(1e-9, float(np.abs(sides).max()))))
