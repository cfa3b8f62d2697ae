"""Pictures and latents put into a clip that is still to be made: which of its tokens they give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from models.conditions import TIMELESS, Segment

Key = tuple[str, str, int, float, float, int]
"""Role, modality, latent frame, row, column, and which of the tokens with all of that alike."""


def latent_count(parts: Iterable[Segment]) -> int:
    """Latent frames that parts have; 0 if all of them are timeless."""
    return 1 + max((int(part.frame_L.max()) for part in parts), default=TIMELESS)


def frame_of(parts: Iterable[Segment], frame: int = 0) -> tuple[Segment, ...]:
    """The timeless tokens and those of one latent frame, which is now frame 0; negative ones count from the end. Where
    nothing moves, all there is is frame 0.

    Raises:
        ValueError: there is no such frame.
    """
    held = tuple(parts)
    count = max(1, latent_count(held))
    if not -count <= frame < count:
        raise ValueError(f"latent frame {frame} asked of {count}")
    wanted, picked = frame % count, []
    for part in held:
        chosen_L = (part.frame_L == TIMELESS) | (part.frame_L == wanted)
        if bool(chosen_L.any()):
            only = part.only(chosen_L)
            picked.append(replace(only, frame_L=only.frame_L.clamp(max=0)))
    return tuple(picked)


def held(blank: Sequence[Segment], picture: Sequence[Segment], frame: int, *, timeless: bool) -> tuple[Segment, ...]:
    """The blank clip with a picture as its latent frame ``frame``: those tokens are clean (m = 0), the rest as before.

    A token of the picture gives the token of the same role, frame and place, so that a picture of a part of a larger
    background gives that part.

    Args:
        blank: places of the clip.
        picture: tokens of latent frame 0 and timeless ones.
        frame: where the picture goes; negative ones count from the end.
        timeless: whether the picture's timeless tokens are given, too.

    Raises:
        ValueError: the clip has no such frame, or no token of the picture has a place in it.
    """
    count = max(1, latent_count(blank))
    if not -count <= frame < count:
        raise ValueError(f"a picture for latent frame {frame} of a clip of {count}")
    given: dict[Key, torch.Tensor] = {}
    for key, part, index in _keyed(frame_of(picture)):
        if key[2] == TIMELESS:
            if timeless:
                given[key] = part.clean_LC[index]
        else:
            given[(*key[:2], frame % count, *key[3:])] = part.clean_LC[index]
    clean = [part.clean_LC.clone() for part in blank]
    mask = [part.mask_L.clone() for part in blank]
    found = 0
    for (key, _, index), place in zip(_keyed(blank), _places(blank), strict=True):
        if key in given:
            clean[place][index], mask[place][index] = given[key].to(clean[place].dtype), 0.0
            found += 1
    # Where nothing moves a later picture has nothing to give.
    if not found and (timeless or latent_count(blank)):
        raise ValueError("no token of the picture has a place in the clip; was it made for another canvas or codec?")
    return tuple(replace(part, clean_LC=c, mask_L=m) for part, c, m in zip(blank, clean, mask, strict=True))


def _keyed(parts: Iterable[Segment]) -> list[tuple[Key, Segment, int]]:
    """Every token with what tells it from all others; times do not count, latent frames do."""
    seen: Counter[tuple[object, ...]] = Counter()
    keyed = []
    for part in parts:
        for index, (frame, (_, row, column)) in enumerate(
            zip(part.frame_L.tolist(), part.position_L3.tolist(), strict=True)
        ):
            base = (part.role, part.modality, int(frame), round(row, 2), round(column, 2))
            keyed.append(((*base, seen[base]), part, index))
            seen[base] += 1
    return keyed


def _places(parts: Sequence[Segment]) -> list[int]:
    return [number for number, part in enumerate(parts) for _ in range(len(part))]
