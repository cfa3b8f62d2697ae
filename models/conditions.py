"""The one mechanism of conditioning: which tokens are clean, which are noisy, and where in time and space they are.

A codec turns pictures and sound into segments. What is asked of the network is said by masks alone: m = 1 is made
from noise, m = 0 is kept as it is, and what lies between starts from a noised original. So text-to-video,
image-to-video, keyframes, inpainting, retakes, edits with a strength, references and history are the same call.

The first functions below say what is made, and take only parts that the network makes; the ``with_`` functions then
put what is given in front of it. What is given in every frame, such as a camera path, is given by ``with_given``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from models.flow import path
from models.shapes import REFERENCE_SPACING
from models.text import null_caption

MOST_REFERENCES = 9
TIMELESS = -1
"""Latent frame of a token that belongs to no frame: a reference, a background, a character sheet."""


@dataclass(frozen=True)
class Segment:
    """Tokens of one role that a codec made together.

    Attributes:
        role: what the tokens are for; chooses the rows of the modulation tables.
        modality: what they are made of; chooses the projections in and out.
        clean_LC: normalised latents; anything where m is 1.
        mask_L: m in [0, 1], fp32.
        position_L3: time in 1/24 s, row, column; fp32.
        frame_L: latent frame of each token, long; ``TIMELESS`` where there is none. Sound has the latent frame that
            it is heard in.
    """

    role: str
    modality: str
    clean_LC: torch.Tensor
    mask_L: torch.Tensor
    position_L3: torch.Tensor
    frame_L: torch.Tensor

    def __post_init__(self) -> None:
        count = len(self.clean_LC)
        lengths = {count, len(self.mask_L), len(self.position_L3), len(self.frame_L)}
        if count < 1 or lengths != {count} or self.position_L3.shape != (count, 3):
            raise ValueError(f"a segment of {self.role} has as many masks, positions and frames as tokens, at least 1")
        if not bool(((self.mask_L >= 0) & (self.mask_L <= 1)).all()):
            raise ValueError(f"the masks of {self.role} are between 0 and 1")

    def __len__(self) -> int:
        return len(self.clean_LC)

    def masked(self, mask_L: torch.Tensor | float) -> Segment:
        """The same tokens with other masks."""
        return replace(self, mask_L=torch.as_tensor(mask_L, dtype=torch.float32).expand(len(self)).clone())

    def filled(self, clean_LC: torch.Tensor) -> Segment:
        """The same places with other latents."""
        return replace(self, clean_LC=clean_LC)

    def only(self, chosen_L: torch.Tensor) -> Segment:
        """The tokens where ``chosen_L`` is True."""
        return replace(
            self,
            clean_LC=self.clean_LC[chosen_L],
            mask_L=self.mask_L[chosen_L],
            position_L3=self.position_L3[chosen_L],
            frame_L=self.frame_L[chosen_L],
        )


def segment(
    role: str,
    latent_LC: torch.Tensor,
    position_L3: torch.Tensor,
    *,
    frame_L: torch.Tensor | None = None,
    modality: str = "",
) -> Segment:
    """Tokens to be made from noise; ``modality`` is the role if not said, ``frame_L`` timeless."""
    count = len(latent_LC)
    frames = torch.full((count,), TIMELESS) if frame_L is None else frame_L.long()
    return Segment(role, modality or role, latent_LC, torch.ones(count), position_L3.float(), frames)


@dataclass(frozen=True)
class Sequence:
    """What the network is asked: a caption (numbers of the tokenizer, (W,) long) and segments."""

    caption: torch.Tensor
    segments: tuple[Segment, ...]

    def __len__(self) -> int:
        return len(self.caption) + sum(len(part) for part in self.segments)

    @property
    def generated(self) -> int:
        """How many tokens are made: what the shift of the noise depends on."""
        return sum(int((part.mask_L > 0).sum()) for part in self.segments)

    def roles(self) -> set[str]:
        return {part.role for part in self.segments}

    def of(self, role: str) -> tuple[Segment, ...]:
        return tuple(part for part in self.segments if part.role == role)

    def with_segments(self, segments: Iterable[Segment]) -> Sequence:
        return replace(self, segments=tuple(segments))


def text_to_image(caption: torch.Tensor, *parts: Segment) -> Sequence:
    """A single picture: one latent frame, all of it noise.

    Raises:
        ValueError: a part has a second frame.
    """
    if any(int(part.frame_L.max()) > 0 for part in parts):
        raise ValueError("a picture has one latent frame; for more, ask for a video")
    return text_to_video(caption, *parts)


def text_to_video(caption: torch.Tensor, *parts: Segment) -> Sequence:
    """Everything is made from noise: pictures, and sound if there is a part for it."""
    return Sequence(caption, tuple(part.masked(1.0) for part in parts))


def keyframed(caption: torch.Tensor, frames: Iterable[int], *parts: Segment, roles: tuple[str, ...] = ()) -> Sequence:
    """Latent frames that are given: (0,) for image-to-video, (0, −1) for first and last, or any.

    Args:
        frames: latent frames to keep; negative ones count from the end.
        roles: whose frames are kept; those of every part that has frames, except sound, if empty.

    Raises:
        ValueError: there is no such frame.
    """
    wanted = tuple(frames)
    held = [part for part in parts if (part.role in roles if roles else part.role != "audio")]
    count = 1 + max((int(part.frame_L.max()) for part in held), default=TIMELESS)
    outside = [frame for frame in wanted if not -count <= frame < count]
    if outside:
        raise ValueError(f"keyframes {outside} asked of {count} latent frames")
    kept = torch.tensor([frame % count for frame in wanted], dtype=torch.long)
    return Sequence(
        caption,
        tuple(
            part.masked(1.0 - torch.isin(part.frame_L, kept).float()) if part in held else part.masked(1.0)
            for part in parts
        ),
    )


def image_to_video(caption: torch.Tensor, *parts: Segment) -> Sequence:
    """The first latent frame is given; it holds one frame alone, so a picture is all it needs."""
    return keyframed(caption, (0,), *parts)


def inpainting(caption: torch.Tensor, part: Segment, mask_L: torch.Tensor, *others: Segment) -> Sequence:
    """Make the tokens of a part where ``mask_L`` is 1 anew and keep the rest, and all of the others."""
    return Sequence(caption, (part.masked(mask_L), *(other.masked(0.0) for other in others)))


def retake(caption: torch.Tensor, start: float, end: float, *parts: Segment) -> Sequence:
    """Make the time [start, end) anew, in 1/24 s, in pictures and sound; what is timeless is kept.

    Raises:
        ValueError: no token lies in that time.
    """
    masks = []
    for part in parts:
        time_L = part.position_L3[:, 0]
        masks.append(((time_L >= start) & (time_L < end) & (part.frame_L != TIMELESS)).float())
    if not any(bool(mask.any()) for mask in masks):
        raise ValueError(f"nothing of the clip lies between {start / 24:.2f} s and {end / 24:.2f} s")
    return Sequence(caption, tuple(part.masked(mask) for part, mask in zip(parts, masks, strict=True)))


def edited(sequence: Sequence, strength: float) -> Sequence:
    """Start what is made from its noised original instead of from noise (SDEdit, Meng et al., arXiv:2108.01073).

    ``strength`` in (0, 1]: 1 forgets the original, little keeps most of it. It multiplies the masks, so that the
    token's own time runs from the strength down to 0.
    """
    if not 0 < strength <= 1:
        raise ValueError(f"the strength of an edit is more than 0 and at most 1, got {strength}")
    return sequence.with_segments(part.masked(part.mask_L * strength) for part in sequence.segments)


def kept(sequence: Sequence, role: str) -> Sequence:
    """Give every token of a role: the sound, to film what is heard, or the picture, to hear what is seen."""
    return sequence.with_segments(part.masked(0.0) if part.role == role else part for part in sequence.segments)


def with_given(sequence: Sequence, *parts: Segment) -> Sequence:
    """Put parts before the clip as clean tokens in their own roles and times, such as the path of the camera."""
    return sequence.with_segments((*(part.masked(0.0) for part in parts), *sequence.segments))


def with_references(sequence: Sequence, pictures: Iterable[Segment]) -> Sequence:
    """Put up to nine references before the clip, each as clean tokens at a time of its own.

    Raises:
        ValueError: there are more than nine.
    """
    given = tuple(pictures)
    if len(given) > MOST_REFERENCES:
        raise ValueError(f"a clip takes at most {MOST_REFERENCES} references, got {len(given)}")
    placed = []
    for index, picture in enumerate(given):
        position_L3 = picture.position_L3.clone()
        position_L3[:, 0] = -REFERENCE_SPACING * (index + 1)
        frames = torch.full_like(picture.frame_L, TIMELESS)
        placed.append(replace(picture.masked(0.0), role="reference", position_L3=position_L3, frame_L=frames))
    return sequence.with_segments((*placed, *sequence.segments))


def with_history(sequence: Sequence, *past: Segment, shift: float = 0.0) -> Sequence:
    """Put what came before the clip in front of it as clean tokens; ``shift`` moves its times, in 1/24 s.

    History that is folded into larger patches brings its own modality. A prefix that the clip should hold, instead
    of follow, is a keyframe.
    """
    placed = []
    for part in past:
        position_L3 = part.position_L3 + torch.tensor([shift, 0.0, 0.0])
        frames = torch.full_like(part.frame_L, TIMELESS)
        placed.append(replace(part.masked(0.0), role="history", position_L3=position_L3, frame_L=frames))
    return sequence.with_segments((*placed, *sequence.segments))


def corrupted(part: Segment, level: float, generator: torch.Generator) -> Segment:
    """The part with its clean latents noised to ``level``: history as the network will one day have made it."""
    noise_LC = torch.randn(part.clean_LC.shape, generator=generator)
    return part.filled(path(part.clean_LC, noise_LC, level))


def without(sequence: Sequence, condition: str) -> Sequence:
    """The sequence as if a condition had not been given: ``text``, or the segments of a role."""
    if condition == "text":
        return replace(sequence, caption=null_caption())
    return sequence.with_segments(part for part in sequence.segments if part.role != condition)


def first_frame(sequence: Sequence) -> Sequence:
    """The picture that a clip begins with: its timeless tokens and those of latent frame 0, without the sound."""
    parts = (part.only(part.frame_L <= 0) for part in sequence.segments if part.role != "audio" and has_start(part))
    return sequence.with_segments(parts)


def has_start(part: Segment) -> bool:
    """Has the part a token that is timeless or of latent frame 0?"""
    return bool((part.frame_L <= 0).any())


def with_first_frame(sequence: Sequence, picture: Sequence) -> Sequence:
    """The clip with the latents of ``first_frame(sequence)``, now made, as clean tokens."""
    made = iter(picture.segments)
    parts = []
    for part in sequence.segments:
        if part.role == "audio" or not has_start(part):
            parts.append(part)
            continue
        known_L = part.frame_L <= 0
        clean_LC = part.clean_LC.clone()
        clean_LC[known_L] = next(made).clean_LC.to(clean_LC.dtype)
        parts.append(part.filled(clean_LC).masked(part.mask_L * ~known_L))
    return sequence.with_segments(parts)
