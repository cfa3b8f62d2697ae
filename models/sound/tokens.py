"""Where sound lies among the tokens of a clip: one token a base frame, and the list of what is to be heard.

The list is optional. It has a first token, which says that there is a list, and one token for each event at its own
time: which sound, on what, how loud, from which side. Without it the network hears what the picture shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch.nn import functional as F  # noqa: N812

from models.codec import Canvas, Codec
from models.conditions import Segment, segment
from models.packing import TokenSpec
from models.shapes import FPS, TIME_STRIDE, UNITS_PER_S, frame_times, line_positions
from models.sound.codec import CHANNELS, HOP, RATE, WEIGHTS, SoundCodec, load_sound

AUDIO, EVENT = "audio", "event"
SOUND_ROW = -56
"""Row of all tokens of sound: below those of the camera."""
SOUND_WORDS = (
    "footstep", "splash", "bounce", "whoosh", "engine", "thunder", "bell", "flap", "thud", "rustle", "laugh", "hello",
    "clank", "radio", "beep", "yip", "meow", "bark", "squeak", "growl", "snort", "neigh", "chirp", "hoot", "honk",
    "bubble", "whale song", "roar", "horn", "whistle", "chime", "knock",
)  # fmt: skip
"""The world's sounds, each with a channel of its own: weights know them by their place, so new ones come last."""
SURFACE_WORDS = ("grass", "leaves", "sand", "snow", "stone", "wood")
"""What footsteps may be on, in the same way."""
LISTED = 0
"""Channel that is 1 in the first token of a list and 0 in an event."""
_SOUND = {name: 1 + n for n, name in enumerate(SOUND_WORDS)}
_SURFACE = {name: 1 + len(SOUND_WORDS) + n for n, name in enumerate(SURFACE_WORDS)}
GAIN = 1 + len(SOUND_WORDS) + len(SURFACE_WORDS)
PAN = GAIN + 1
EVENT_CHANNELS = PAN + 1
MOST_EVENTS = 40
"""Events of a list; the loudest are kept."""
GAIN_DB = 12.0
"""What counts as one in the channel of loudness."""


def sound_specs(channels: int = CHANNELS) -> tuple[TokenSpec, TokenSpec]:
    """The kinds of tokens that sound brings."""
    return TokenSpec(AUDIO, channels), TokenSpec(EVENT, EVENT_CHANNELS)


class Audible(Protocol):
    """Something to be heard: a sound's word, seconds of its onset, decibels beside its usual level, -1 left to 1 right,
    and what a footstep is on. The world's ``SoundEvent`` is one."""

    @property
    def sound(self) -> str: ...
    @property
    def at_s(self) -> float: ...
    @property
    def gain_db(self) -> float: ...
    @property
    def pan(self) -> float: ...
    @property
    def surface(self) -> str: ...


class ClipSound:
    """A sound codec as the sound of clips: its kinds of tokens, and waves and latents as parts of a clip."""

    def __init__(self, codec: SoundCodec) -> None:
        self.codec = codec
        self.specs: tuple[TokenSpec, ...] = sound_specs(codec.network.params.channels)
        self.meaning, self.version = codec.meaning, codec.version

    def part(self, wave_N: torch.Tensor, canvas: Canvas) -> Segment:
        """The sound of a clip, mono at ``RATE``, as its part; cut to the clip, or filled with silence."""
        wanted = sound_tokens(canvas) * HOP
        whole = F.pad(wave_N[:wanted].float(), (0, max(0, wanted - len(wave_N))))
        return sound_part(self.codec.encode(whole).clone(), canvas)

    def blank(self, canvas: Canvas) -> Segment:
        """Places for the sound of a clip: zeros, mask 1."""
        return sound_part(torch.zeros(sound_tokens(canvas), self.specs[0].channels), canvas)

    def wave(self, part: Segment, canvas: Canvas) -> torch.Tensor:
        """The sound of a part, mono at ``RATE``, as long as the clip: (N,)."""
        return self.codec.decode(part.clean_LC.float())[: clip_samples(canvas)]


def sound_of(codec: Codec) -> ClipSound:
    """The sound of a codec of clips.

    Raises:
        ValueError: it has none.
    """
    sound = getattr(codec, "sound", None)
    if not isinstance(sound, ClipSound):
        raise ValueError("this generator was trained without sound; film it silently, or with weights that have it")
    return sound


def load_clip_sound(path: Path = WEIGHTS) -> ClipSound:
    """The sound codec of a card.

    Raises:
        CheckpointRefused: it is not there, or not exactly what its card says.
    """
    return ClipSound(load_sound(path))


def sound_tokens(canvas: Canvas) -> int:
    """Tokens of sound that cover a clip."""
    return max(1, math.ceil(canvas.frames * FPS / canvas.fps))


def sound_part(latent_TC: torch.Tensor, canvas: Canvas) -> Segment:
    """Latents of the clip's sound, a token a base frame, as its part of role ``audio``; all of it is made.

    Raises:
        ValueError: not as many tokens as cover the clip.
    """
    count = sound_tokens(canvas)
    if len(latent_TC) != count:
        raise ValueError(f"a clip of {canvas.frames} frames has {count} tokens of sound, got {len(latent_TC)}")
    position_L3 = line_positions(frame_times(count)) + torch.tensor([0.0, SOUND_ROW, 0.0])
    return segment(AUDIO, latent_TC, position_L3, frame_L=_heard_in(torch.arange(count) / FPS, canvas))


def events_part(events: Sequence[Audible], canvas: Canvas) -> Segment:
    """What is to be heard, as clean tokens of role ``event``; events outside the clip are left out.

    Raises:
        ValueError: a sound or a surface is not in the world's vocabulary.
    """
    duration_s = canvas.frames / canvas.fps
    inside = [event for event in events if 0.0 <= event.at_s < duration_s]
    loudest = sorted(inside, key=lambda event: -event.gain_db)[:MOST_EVENTS]
    listed = sorted(loudest, key=lambda event: event.at_s)
    token_LC = torch.zeros(1 + len(listed), EVENT_CHANNELS)
    token_LC[0, LISTED] = 1.0
    at_L = torch.zeros(1 + len(listed))
    for row, event in enumerate(listed, 1):
        token_LC[row, _channel(_SOUND, event.sound, "sound")] = 1.0
        if event.surface:
            token_LC[row, _channel(_SURFACE, event.surface, "surface")] = 1.0
        token_LC[row, GAIN], token_LC[row, PAN] = event.gain_db / GAIN_DB, event.pan
        at_L[row] = event.at_s * UNITS_PER_S
    position_L3 = line_positions(at_L) + torch.tensor([0.0, SOUND_ROW, 0.0])
    frame_L = _heard_in(at_L / UNITS_PER_S, canvas)
    return segment(EVENT, token_LC, position_L3, frame_L=frame_L).masked(0.0)


def _heard_in(at_s: torch.Tensor, canvas: Canvas) -> torch.Tensor:
    """The latent frame of each time: the first holds one frame, each of the others four."""
    frame_L = (at_s * canvas.fps + 1e-4).long()
    return (frame_L + TIME_STRIDE - 1) // TIME_STRIDE


def _channel(known: dict[str, int], word: str, what: str) -> int:
    if word not in known:
        raise ValueError(f"{what} {word!r} is not in the world; it knows: {', '.join(known)}")
    return known[word]


def clip_samples(canvas: Canvas) -> int:
    """Samples of a clip's sound at ``RATE``."""
    return round(canvas.frames / canvas.fps * RATE)
