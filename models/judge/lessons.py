"""What the judge's sight is told while it learns: batches of clips with their answers, and the losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.judge.clips import Clips
from models.judge.close import SIDE, around, places_of, shaken
from models.judge.cutouts import WIDER, Cutouts
from models.judge.eye import Seen
from models.judge.network import Sight
from models.judge.shapes import DEEDS, NOBODY
from models.reader_lessons import UNCLEAR, masked_entropy
from models.reader_parts import WAYS, close_up
from models.reader_smear import smeared
from models.world.vocabulary import CAMERA_MOVES

SEEN_SHARE, SEEN_CELLS = 0.3, 1.2
UNSEEN = 0.3
"""Share of a look that is left out where it is asked for a posture."""
DOUBTED, HIDDEN = 0.5, 0.15
"""Share of a look that is left out where tracks are learned, and the noise on it as a share of its spread; and how many
of all somebodies in clips are not looked at."""
ASKED = 2
"""Somebodies of a clip that are looked at closely in one step; one of them may be nobody."""
_LEFT_RIGHT = {"left": "right", "right": "left"}
MIRRORED_MOVES = torch.tensor([
    CAMERA_MOVES.index(" ".join(_LEFT_RIGHT.get(word, word) for word in move.split())) for move in CAMERA_MOVES
])  # fmt: skip
MIRRORED_WAYS = torch.tensor([0, 2, 1, 3, 4])


@dataclass(frozen=True)
class Lesson:
    """B clips of M moments as tensors: see :class:`models.judge.clips.Clips`; pictures are 0 to 1.

    ``small`` is ``first`` at half its size. ``seen`` (B, M, 3) says who is well enough in view to be asked about.
    """

    first: torch.Tensor
    small: torch.Tensor
    later: torch.Tensor
    cover: torch.Tensor
    boxes: torch.Tensor
    seen: torch.Tensor
    words: torch.Tensor
    subjects: torch.Tensor
    colours: torch.Tensor
    actions: torch.Tensor
    ways: torch.Tensor
    gap_s: torch.Tensor

    @property
    def aspect(self) -> float:
        return self.first.shape[-1] / self.first.shape[-2]


def lesson_of(clips: Clips, rng: np.random.Generator | None = None, spoilt: float = 0.4) -> Lesson:
    """Clips as they are or, with ``rng``, mirrored by chance and this share of the lessons spoilt as generators and
    encoders spoil pictures."""
    first = torch.from_numpy(np.ascontiguousarray(clips.frames)).float() / 255.0
    later = torch.from_numpy(np.ascontiguousarray(clips.later)).float() / 255.0
    cover = torch.from_numpy(clips.masks).float() / 255.0
    boxes, words = torch.from_numpy(clips.boxes), torch.from_numpy(clips.words)
    ways = torch.from_numpy(clips.ways)
    if rng is not None and rng.random() < 0.5:
        first, later, cover = first.flip(-1), later.flip(-1), cover.flip(-1)
        boxes = torch.stack([1.0 - boxes[..., 2], boxes[..., 1], 1.0 - boxes[..., 0], boxes[..., 3]], -1)
        words = torch.cat([words[:, :6], MIRRORED_MOVES[words[:, 6:7]], words[:, 7:]], 1)
        ways = torch.where(ways >= 0, MIRRORED_WAYS[ways.clamp_min(0)], ways)
    if rng is not None and rng.random() < spoilt:
        count = first.shape[1]
        grown = F.interpolate(later.flatten(0, 1), scale_factor=2, mode="bilinear", align_corners=False)
        both = smeared(torch.cat([first, grown.unflatten(0, later.shape[:2])], 1), rng)
        first = both[:, :count]
        later = F.avg_pool2d(both[:, count:].flatten(0, 1), 2).unflatten(0, later.shape[:2])
    small = F.avg_pool2d(first.flatten(0, 1), 2).unflatten(0, first.shape[:2])
    visible = torch.from_numpy(clips.visible)
    seen = (visible > SEEN_SHARE) & (cover.sum((-1, -2)) > SEEN_CELLS)
    return Lesson(
        first, small, later, cover, boxes, seen, words, torch.from_numpy(clips.subjects),
        torch.from_numpy(clips.colours), torch.from_numpy(clips.actions), ways,
        torch.from_numpy(clips.gap_s),
    )  # fmt: skip


def eye_loss(seen: Seen, lesson: Lesson) -> dict[str, torch.Tensor]:
    """What single moments teach."""
    moments = lesson.first.shape[1]
    words = lesson.words.repeat_interleave(moments, 0)
    there = lesson.seen.flatten(0, 1)
    columns = ("setting", "time", "weather", "style", "framing", "exposure")
    parts = {name: 0.4 * F.cross_entropy(seen.words[name], words[:, k]) for k, name in enumerate(columns)}
    parts["count"] = 0.3 * F.cross_entropy(seen.words["count"], there.sum(1))
    cover = lesson.cover.flatten(0, 1)
    target = cover.sum(1).clamp(0.0, 1.0)
    p = seen.cover_Nhw.sigmoid()
    overlap = 1.0 - (2.0 * (p * target).sum((-1, -2)) + 1.0) / ((p + target).sum((-1, -2)) + 1.0)
    parts["cover"] = F.binary_cross_entropy_with_logits(seen.cover_Nhw, target) + 0.3 * overlap.mean()
    centre, weight, edges = _centres(lesson)
    q = seen.centre_Nhw.sigmoid()
    # Focal: the many cells that are easily nobody's middle count little (Law and Deng 2018, eq. 1).
    hard = torch.where(centre > 0.99, (1 - q).square(), (1 - centre).pow(4) * q.square())
    told = F.binary_cross_entropy_with_logits(seen.centre_Nhw, (centre > 0.99).float(), reduction="none")
    parts["centre"] = (hard * told).sum() / there.sum().clamp_min(1)
    off = (seen.box_N4hw - edges).abs().sum(1) * weight
    parts["box"] = 2.0 * off.sum() / weight.sum().clamp_min(1.0)
    return parts


def _centres(lesson: Lesson) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Bells around the middles of boxes (N, h, w), weights of cells near them, and the edges of the box from there."""
    boxes, there = lesson.boxes.flatten(0, 1), lesson.seen.flatten(0, 1)
    height, width = lesson.cover.shape[-2:]
    y = (torch.arange(height).float() + 0.5)[:, None] / height
    x = (torch.arange(width).float() + 0.5)[None] / width
    middle = 0.5 * (boxes[..., :2] + boxes[..., 2:])
    size = (boxes[..., 2:] - boxes[..., :2]).clamp_min(1e-3)
    # The cell of the middle itself is 1; the bell's width follows the box.
    column, row = (
        (middle[..., 0] * width).long().clamp(0, width - 1),
        (middle[..., 1] * height).long().clamp(0, height - 1),
    )
    cx, cy = (column + 0.5) / width, (row + 0.5) / height
    wide = (0.12 * size[..., 0]).clamp(0.6 / width, 3.0 / width)[..., None, None]
    tall = (0.12 * size[..., 1]).clamp(0.6 / height, 3.0 / height)[..., None, None]
    bell = torch.exp(-0.5 * (((x - cx[..., None, None]) / wide) ** 2 + ((y - cy[..., None, None]) / tall) ** 2))
    bell = bell * there[..., None, None]
    centre, who = bell.max(1)
    own = boxes.gather(1, who.flatten(1)[..., None].expand(-1, -1, 4)).unflatten(1, who.shape[1:])
    edges = torch.stack([x - own[..., 0], y - own[..., 1], own[..., 2] - x, own[..., 3] - y], 1)
    return centre, (centre > 0.3).float() * centre, edges


def picture_loss(
    net: Sight, lesson: Lesson, rng: np.random.Generator, queue: Queue | None = None
) -> dict[str, torch.Tensor]:
    """Everything that moments teach: where anybody is, what the frame is like, who is looked at, in which colour."""
    clips = len(lesson.first)
    small, later = lesson.small.flatten(0, 1), lesson.later.flatten(0, 1)
    seen = net.eye(small, later)
    parts = eye_loss(seen, lesson)
    with torch.no_grad():
        own = seen.cover_Nhw.sigmoid()
        told = torch.from_numpy(rng.random((len(own), 1, 1)) < 0.5)
        cover = torch.where(told, lesson.cover.flatten(0, 1).sum(1).clamp(0, 1), own)
        cast, boxes, who = _cast(lesson, seen, rng)
    box = around(boxes, *lesson.first.shape[-2:]).flatten(0, 1)
    look = net.close(lesson.first.flatten(0, 1), later, cover, box)
    there = _of(lesson.seen, cast) & (cast >= 0)[:, None]
    parts["who"] = masked_entropy(net.close.who(look).unflatten(0, (clips, -1)), who, who >= 0)
    colours = lesson.colours.gather(1, cast.clamp_min(0))[:, None].expand_as(there)
    parts["tint"] = 0.6 * masked_entropy(net.close.tint(look).unflatten(0, (clips, -1)), colours, there)
    acts = _of(lesson.actions, cast)
    guessed = net.close.deed(F.dropout(look, UNSEEN, net.close.training))
    parts["posture"] = masked_entropy(guessed.unflatten(0, (clips, -1)), acts, there)
    if queue is not None:
        parts["alike"] = 0.3 * queue.loss(net, look.unflatten(0, (clips, -1)), there, cast)
    return parts


def figure_loss(net: Sight, figures: Cutouts, picks: np.ndarray, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """What figures alone teach the close look. Half of them are given other hues, so that what somebody is is not told
    by its usual colour; those are not asked for their colour."""
    cut = torch.from_numpy(figures.pictures[picks]).float() / 255.0
    light = torch.from_numpy(figures.light[picks]) - 0.5
    dice = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
    count = len(cut)
    turn = 0.15 * torch.randn(count, generator=dice)
    scale = (0.12 * torch.randn(count, generator=dice)).exp() / WIDER
    off = 0.08 * torch.randn(count, 2, generator=dice) / WIDER
    flip = torch.where(torch.rand(count, generator=dice) < 0.5, 1.0, -1.0)
    rows = [torch.stack([scale * turn.cos() * flip, -scale * turn.sin(), off[:, 0]], 1),
            torch.stack([scale * turn.sin() * flip, scale * turn.cos(), off[:, 1]], 1)]  # fmt: skip
    grid = F.affine_grid(torch.stack(rows, 1), [count, 5, SIDE, SIDE], align_corners=False)
    grey = torch.tensor([0.5, 0.5, 0.5, 0.5, 0.0])[None, :, None, None]
    near = F.grid_sample(cut - grey, grid, mode="bilinear", align_corners=False)
    other = torch.rand(count, generator=dice) < 0.5
    colours = torch.where(other[:, None, None, None], _other_hues(near[:, :3], dice), near[:, :3])
    if rng.random() < 0.5:
        soft = F.avg_pool2d(F.pad(colours, (1, 1, 1, 1), mode="replicate"), 3, 1)
        colours = torch.lerp(colours, soft, float(rng.uniform(0.2, 1.0)))
    colours = colours + float(rng.uniform(0.0, 0.03)) * torch.randn(colours.shape, generator=dice)
    moves = 6.0 * near[:, 3:4] * (torch.rand(count, 1, 1, 1, generator=dice) < 0.7)
    with torch.autocast("cpu", torch.bfloat16):
        look = net.close.seen(torch.cat([colours, moves, near[:, 4:]], 1), light[..., None, None])
        who, tint = net.close.who(look).float(), net.close.tint(look).float()
        posture = net.close.deed(F.dropout(look, UNSEEN, net.close.training)).float()
    actions = torch.from_numpy(figures.actions[picks])
    subjects, tints = torch.from_numpy(figures.subjects[picks]), torch.from_numpy(figures.colours[picks])
    return {"f.who": F.cross_entropy(who, subjects, label_smoothing=0.03),
            "f.tint": 0.6 * masked_entropy(tint, tints, ~other),
            "f.posture": masked_entropy(posture, actions, actions >= 0)}  # fmt: skip


def _other_hues(colours_N3HW: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Hues turned by any angle about the grey axis, and a little more or less of them."""
    count = len(colours_N3HW)
    angle = 2.0 * torch.pi * torch.rand(count, generator=dice)
    much = 0.6 + 0.7 * torch.rand(count, generator=dice)
    third, root = 1.0 / 3.0, 3.0**-0.5
    c, s = angle.cos() * much, angle.sin() * much
    diagonal, left, right = third + 2 * third * c, third - third * c - root * s, third - third * c + root * s
    turn = torch.stack([torch.stack([diagonal, left, right], 1), torch.stack([right, diagonal, left], 1),
                        torch.stack([left, right, diagonal], 1)], 1)  # fmt: skip
    return torch.einsum("nij,njhw->nihw", turn, colours_N3HW)


def drift_loss(net: Sight, lesson: Lesson) -> dict[str, torch.Tensor]:
    """What clips teach about the camera."""
    cover = lesson.cover.flatten(0, 1).sum(1).clamp(0, 1)
    move, _, _ = net.drift(lesson.small.flatten(0, 1), lesson.later.flatten(0, 1), cover, len(lesson.small))
    return {"camera": F.cross_entropy(move, lesson.words[:, 6])}


def _of(all_BMK: torch.Tensor, cast_BQ: torch.Tensor) -> torch.Tensor:
    """Those of the cast among all actors, (B, M, Q)."""
    return all_BMK.gather(2, cast_BQ.clamp_min(0)[:, None].expand(-1, all_BMK.shape[1], -1))


def _cast(lesson: Lesson, seen: Seen, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Who is looked at (B, ASKED), -1 for a place where nobody is; in which boxes (B, M, ASKED, 4); and what the right
    answer is at each moment (B, M, ASKED), which may be ``UNCLEAR``."""
    clips, moments = lesson.first.shape[:2]
    cast = np.full((clips, ASKED), -1)
    for b in range(clips):
        actors = np.flatnonzero((lesson.subjects[b] >= 0).numpy() & lesson.seen[b].any(0).numpy())
        # The lead comes first, because pairs of clips share it.
        others = rng.permutation(actors[actors > 0])
        chosen = [*actors[actors == 0], *others][: ASKED if rng.random() < 0.7 else 1]
        cast[b, : len(chosen)] = chosen
    cast_BQ = torch.from_numpy(cast)
    dice = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
    index = cast_BQ.clamp_min(0)[:, None, :, None].expand(-1, moments, -1, 4)
    true = shaken(lesson.boxes.gather(2, index), dice)
    nobody = _elsewhere(lesson, seen, rng)
    boxes = torch.where((cast_BQ >= 0)[:, None, :, None], true, nobody[:, :, None])
    there = torch.gather(lesson.seen, 2, cast_BQ.clamp_min(0)[:, None].expand(-1, moments, -1))
    who = lesson.subjects.gather(1, cast_BQ.clamp_min(0))[:, None].expand(-1, moments, -1)
    who = torch.where(there, who, UNCLEAR)
    touched = _covered(lesson, nobody)[..., None].expand(-1, -1, ASKED)
    empty = torch.where(touched < 0.04, NOBODY, UNCLEAR)
    return cast_BQ, boxes, torch.where((cast_BQ >= 0)[:, None], who, empty)


def _elsewhere(lesson: Lesson, seen: Seen, rng: np.random.Generator) -> torch.Tensor:
    """Boxes (B, M, 4) where the eye believes somebody to be who is not there, or by chance anywhere."""
    clips, moments = lesson.first.shape[:2]
    height, width = lesson.cover.shape[-2:]
    taken = F.max_pool2d(lesson.cover.flatten(0, 1).sum(1, keepdim=True).clamp(0, 1), 5, 1, 2)[:, 0]
    score = seen.centre_Nhw.detach().sigmoid() * (taken < 0.02).float()
    at = score.flatten(1).argmax(1)
    y, x = (at // width).float() + 0.5, (at % width).float() + 0.5
    edge = seen.box_N4hw.detach().flatten(2).gather(2, at[:, None, None].expand(-1, 4, -1))[..., 0].clamp(0.01, 0.5)
    x, y = x / width, y / height
    own = torch.stack([x - edge[:, 0], y - edge[:, 1], x + edge[:, 2], y + edge[:, 3]], 1).unflatten(0, (clips, -1))
    middle = torch.from_numpy(rng.random((clips, 1, 2)).astype(np.float32)).expand(-1, moments, -1)
    half = torch.from_numpy(rng.uniform(0.03, 0.25, (clips, 1, 1)).astype(np.float32))
    chance = torch.cat([middle - half, middle + half], -1)
    choose = torch.from_numpy(rng.random((clips, 1, 1)) < 0.6)
    return torch.where(choose, own, chance)


def _covered(lesson: Lesson, boxes_BM4: torch.Tensor) -> torch.Tensor:
    """Share of a box that anybody covers (B, M)."""
    cover = lesson.cover.flatten(0, 1).sum(1, keepdim=True).clamp(0, 1)
    flat = boxes_BM4.flatten(0, 1)[:, None] * 2.0 - 1.0
    return close_up(cover, flat, 12).mean((-1, -2, -3))[:, 0].unflatten(0, boxes_BM4.shape[:2])


def under(flow_BM3hw: torch.Tensor, boxes_BMQ4: torch.Tensor) -> torch.Tensor:
    """The flow of the picture in the middle of boxes (B, M, Q, 3), of the order of 1."""
    flat = boxes_BMQ4.flatten(0, 1)
    middle, size = 0.5 * (flat[..., :2] + flat[..., 2:]), flat[..., 2:] - flat[..., :2]
    inner = torch.cat([middle - 0.3 * size, middle + 0.3 * size], -1) * 2.0 - 1.0
    return close_up(flow_BM3hw.flatten(0, 1), inner, 4).mean((-1, -2)).unflatten(0, boxes_BMQ4.shape[:2])


@dataclass(frozen=True)
class Steps:
    """What tracks are learned from, of B clips and K = 3 actors: see :class:`models.judge.close.Tracks`."""

    looks: torch.Tensor
    places: torch.Tensor
    drift: torch.Tensor
    flow: torch.Tensor
    seen: torch.Tensor
    actions: torch.Tensor
    ways: torch.Tensor


@torch.no_grad()
def steps_of(net: Sight, lesson: Lesson, rng: np.random.Generator) -> Steps:
    """Close looks at every actor, in boxes as a detector might give them, and how all move."""
    clips = len(lesson.first)
    small, later = lesson.small.flatten(0, 1), lesson.later.flatten(0, 1)
    cover = net.eye(small, later).cover_Nhw.sigmoid()
    _, drift, flow = net.drift(small, later, cover, clips)
    boxes = shaken(lesson.boxes, torch.Generator().manual_seed(int(rng.integers(1 << 62))))
    look = net.close(lesson.first.flatten(0, 1), later, cover, around(boxes, *lesson.first.shape[-2:]).flatten(0, 1))
    places = places_of(boxes, lesson.seen, drift.float(), lesson.gap_s, lesson.aspect)
    return Steps(
        look.unflatten(0, (clips, -1)).half(), places.half(), drift.half(), under(flow.float(), boxes).half(),
        lesson.seen & (lesson.subjects >= 0)[:, None], lesson.actions, lesson.ways,
    )  # fmt: skip


def track_loss(net: Sight, steps: Steps, dice: torch.Generator | None = None) -> dict[str, torch.Tensor]:
    """What somebody does and where to. With ``dice`` looks and places are blurred and some looks missing, for there are
    few clips and a look says which of them it is."""
    looks, places = steps.looks.float(), steps.places.float()
    if dice is not None:
        looks = looks * (torch.rand(looks.shape, generator=dice) >= DOUBTED) / (1.0 - DOUBTED)
        looks = looks + DOUBTED * looks.std() * torch.randn(looks.shape, generator=dice)
        places = places + 0.15 * places.std() * torch.randn(places.shape, generator=dice)
        looks = looks * (torch.rand(len(looks), 1, looks.shape[2], 1, generator=dice) >= HIDDEN)
    done = net.tracks(looks, places, steps.drift.float(), steps.flow.float())
    deeds, ways = done.split([DEEDS, len(WAYS)], -1)
    return {"deed": masked_entropy(deeds, steps.actions, steps.seen),
            "way": 0.6 * masked_entropy(ways, steps.ways, steps.seen)}  # fmt: skip


class Queue:
    """Prints of leads of earlier lessons, which a print is told from (He et al. 2020, without the second encoder)."""

    def __init__(self, room: int = 256) -> None:
        self.room = room
        self.prints: torch.Tensor | None = None

    def loss(
        self, net: Sight, looks_BMQC: torch.Tensor, there_BMQ: torch.Tensor, cast_BQ: torch.Tensor
    ) -> torch.Tensor:
        """Clips (0, 1), (2, 3) … share their lead, who is looked at first (InfoNCE, van den Oord et al. 2018)."""
        both = (cast_BQ[:, 0] == 0) & there_BMQ[:, :, 0].any(1)
        both = both[::2] & both[1::2]
        if not bool(both.any()):
            return looks_BMQC.new_zeros(())
        prints = print_of(net, looks_BMQC[:, :, 0], there_BMQ[:, :, 0])
        a, b = prints[::2][both], prints[1::2][both]
        kept = [] if self.prints is None else [self.prints]
        others = torch.cat([b, *kept])
        scores = a @ others.T * net.warmth.exp().clamp(1.0, 30.0)
        self.prints = torch.cat([b.detach(), *kept])[: self.room]
        return F.cross_entropy(scores, torch.arange(len(a)))


def print_of(net: Sight, look_BMC: torch.Tensor, there_BM: torch.Tensor) -> torch.Tensor:
    """The print of one somebody per clip (B, likeness), of length 1, over the moments at which it is seen."""
    each = net.close.print(look_BMC).float() * there_BM[..., None]
    return F.normalize(each.sum(1), dim=-1)
