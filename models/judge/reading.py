"""What a sight makes of a picture or a clip, as a :class:`models.reader.Reading`, so that it can stand in for a reader.

The reader asks every frame about every subject; a sight finds whoever is there and says what that is. So a subject that
is asked about is answered for by whoever is likest it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F  # noqa: N812

from models.judge.answers import odds
from models.judge.network import Sight
from models.judge.shapes import MOMENT_S, MOMENTS, QUESTIONS, looked_at, moments_of
from models.judge.watch import Somebody, Stretch, watch_moments
from models.reader import Reading
from models.world.vocabulary import CAMERA_MOVES, COLOURS, SUBJECTS

_NAMES = list(SUBJECTS)


def read_by(net: Sight, video_FCHW: torch.Tensor, subjects: Sequence[str] = (), rate_hz: float = 12.0) -> Reading:
    """Read a picture (1, 3, H, W) or a clip (F, 3, H, W), 0 to 1, of this many frames a second.

    Motion is answered for clips of at least 3 frames, and by frame: each frame takes the answer of the nearest moment.

    Raises:
        ValueError: no such subject, or a shape that cannot be judged.
    """
    unknown = [subject for subject in subjects if subject not in SUBJECTS]
    if unknown:
        raise ValueError(f"no such subject: {', '.join(unknown)}; the world knows {', '.join(_NAMES)}")
    count = len(video_FCHW)
    moments = moments_of(count / rate_hz, rate_hz, count, MOMENTS)
    height, width = looked_at(*video_FCHW.shape[-2:])

    def scaled(rows: torch.Tensor, high: int, wide: int) -> torch.Tensor:
        picked = video_FCHW[rows].float()
        picked = picked / 255.0 if video_FCHW.dtype == torch.uint8 else picked
        return F.interpolate(picked, size=(high, wide), mode="bilinear", antialias=True, align_corners=False)

    gap = float((moments[1:, 0] - moments[:-1, 0]).float().mean()) / rate_hz if len(moments) > 1 else MOMENT_S
    seen = watch_moments(net, scaled(moments[:, 0], height, width), scaled(moments[:, 1], height // 2, width // 2), gap,
                         moments[:, 0])  # fmt: skip
    return _reading(seen, subjects, count)


def _reading(seen: Stretch, subjects: Sequence[str], frames: int) -> Reading:
    words = {name: _spread(seen.words[name].mean(0), said) for name, said in QUESTIONS.items()}
    present = {name: _present(seen, place) for place, name in enumerate(_NAMES)}
    cast = {name: max(seen.people, key=lambda who: float(who.who_K[_NAMES.index(name)]), default=None)
            for name in subjects}  # fmt: skip
    colours = {name: _colours(who) for name, who in cast.items()}
    if frames < 3:
        return Reading(words, present, colours, {}, {}, {})
    nearest = (seen.frames_M[None].float() - torch.arange(frames)[:, None].float()).abs().argmin(1)
    actions = {name: _by_frame(who.deeds_MK if who else None, nearest, 18) for name, who in cast.items()}
    ways = {name: _by_frame(who.ways_MK if who else None, nearest, 5) for name, who in cast.items()}
    return Reading(words, present, colours, actions, ways, _spread(seen.moves_K, CAMERA_MOVES))


def _present(seen: Stretch, place: int) -> float:
    best = max((odds(who.who_K[place]) for who in seen.people), default=-9.0)
    return float(torch.tensor(best).sigmoid())


def _colours(who: Somebody | None) -> dict[str, float]:
    tints = torch.zeros(len(COLOURS)) if who is None else who.tint_K
    return _spread(tints, tuple(COLOURS))


def _by_frame(said_MK: torch.Tensor | None, nearest_F: torch.Tensor, answers: int) -> torch.Tensor:
    if said_MK is None:
        return torch.full((len(nearest_F), answers), 1.0 / answers)
    return said_MK.softmax(-1)[nearest_F]


def _spread(logits: torch.Tensor, words: Sequence[str]) -> dict[str, float]:
    return dict(zip(words, logits.softmax(-1).tolist(), strict=True))
