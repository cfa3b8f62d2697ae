"""What the reader is told while it learns: batches with their answers, and the losses.

Nothing here looks at a number on the device before it is asked to, so that a GPU is never waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models.reader import NOBODY, QUESTIONS, Reader, Seen, odds_of, places, pooled_colour
from models.reader_cache import Shots
from models.reader_motion import boxes_around, shaken
from models.reader_parts import WAYS, exact
from models.reader_smear import dice_of
from models.world.vocabulary import ACTIONS, CAMERA_MOVES

SEEN_CELLS, SEEN_SHARE = 1.5, 0.3
"""A subject is seen where it covers so many cells, and so much of it is in view."""
MOVE = 5
"""Column of the camera's move in ``Shots.words``."""
STARS = 2
"""Actors of a clip that are looked at closely in one step."""
UNCLEAR = -100
"""An answer that is not asked for."""
_MIRRORED_MOVES = torch.tensor([
    CAMERA_MOVES.index(move.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right"))
    for move in CAMERA_MOVES
])  # fmt: skip
_MIRRORED_WAYS = torch.tensor([0, 2, 1, 3, 4])


@dataclass(frozen=True)
class Batch:
    """B clips of F frames with their answers, K = 3 actors or fewer.

    Attributes:
        video_BFCHW: 0 to 1.
        cover_BFKhw: of each cell by each actor, 0 to 1.
        boxes_BFK4: shares of the frame.
        seen_BFK: whether the actor can be seen.
        words_BW: as in ``Shots``.
        subjects_BK, colours_BK, actions_BFK, ways_BFK: -1 for nobody.
        alone_BK: the only one of its kind, so that a question by its word is clear.
    """

    video_BFCHW: torch.Tensor
    cover_BFKhw: torch.Tensor
    boxes_BFK4: torch.Tensor
    seen_BFK: torch.Tensor
    words_BW: torch.Tensor
    subjects_BK: torch.Tensor
    colours_BK: torch.Tensor
    actions_BFK: torch.Tensor
    ways_BFK: torch.Tensor
    alone_BK: torch.Tensor

    @property
    def frames(self) -> int:
        return self.video_BFCHW.shape[1]

    def with_video(self, video_BFCHW: torch.Tensor) -> Batch:
        return replace(self, video_BFCHW=video_BFCHW)

    def starring(self, actors_BQ: torch.Tensor) -> Batch:
        """The same clips with only these actors to be asked about."""
        rows = torch.arange(len(actors_BQ), device=actors_BQ.device)[:, None]
        chosen = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.partition("_")[2].startswith("BFK"):
                chosen[field.name] = value.transpose(1, 2)[rows, actors_BQ].transpose(1, 2)
            elif field.name.endswith("_BK"):
                chosen[field.name] = value[rows, actors_BQ]
        return replace(self, **chosen)


def of_clips(shots: Shots, mirrored: bool = False, device: torch.device | str = "cpu") -> Batch:
    """As tensors; ``mirrored`` swaps left and right, in the words too."""
    return batch_of(
        {name: torch.from_numpy(np.array(value)).to(device) for name, value in vars(shots).items()}, mirrored
    )


def batch_of(raw: Mapping[str, torch.Tensor], mirrored: bool = False) -> Batch:
    """The fields of ``Shots`` as tensors of one device, made into a batch there."""
    video, cover = raw["video"].float() / 255.0, raw["masks"].float() / 255.0
    boxes, words = raw["boxes"].float(), raw["words"].long()
    ways, subjects = raw["ways"].long(), raw["subjects"].long()
    if mirrored:
        video, cover = video.flip(-1), cover.flip(-1)
        boxes = torch.stack([1.0 - boxes[..., 2], boxes[..., 1], 1.0 - boxes[..., 0], boxes[..., 3]], -1)
        moves = _MIRRORED_MOVES.to(words.device)[words[:, MOVE]]
        words = torch.cat([words[:, :MOVE], moves[:, None], words[:, MOVE + 1 :]], 1)
        ways = torch.where(ways >= 0, _MIRRORED_WAYS.to(ways.device)[ways.clamp_min(0)], ways)
    seen = (raw["visible"] > SEEN_SHARE) & (cover.sum((-1, -2)) > SEEN_CELLS)
    same = (subjects[:, :, None] == subjects[:, None]).sum(-1)
    return Batch(
        video, cover, boxes, seen, words, subjects, raw["colours"].long(), raw["actions"].long(), ways,
        (same == 1) & (subjects >= 0),
    )  # fmt: skip


def eye_loss(net: Reader, batch: Batch) -> tuple[dict[str, torch.Tensor], Seen]:
    """Everything that single frames can teach the eye."""
    seen = net.eye(batch.video_BFCHW.flatten(0, 1))
    words_NW = batch.words_BW.repeat_interleave(batch.frames, 0)
    parts = {}
    with exact(batch.video_BFCHW):
        for column, name in enumerate(QUESTIONS):
            answer = batch.seen_BFK.flatten(0, 1).sum(1) if name == "count" else words_NW[:, column]
            parts[name] = (0.25 if name == "count" else 0.5) * F.cross_entropy(seen.words[name], answer)
        parts["cells"] = _cell_loss(seen, batch)
        parts["present"] = 4.0 * _presence_loss(seen, batch)
        parts["colour"] = _colour_loss(seen, batch)
    return parts, seen


def _cell_loss(seen: Seen, batch: Batch) -> torch.Tensor:
    """Whose each cell is; cells at the edges of figures are left out."""
    cover = batch.cover_BFKhw.flatten(0, 1)
    most, who = cover.max(1)
    subjects = batch.subjects_BK.repeat_interleave(batch.frames, 0).clamp_min(0)
    own = torch.gather(subjects, 1, who.flatten(1)).view_as(who)
    target = torch.where(most > 0.4, own, torch.where(most < 0.1, NOBODY, UNCLEAR))
    weight = torch.ones(NOBODY + 1, device=cover.device)
    weight[NOBODY] = 0.25
    return F.cross_entropy(seen.subject_NShw, target, weight)


def _presence_loss(seen: Seen, batch: Batch) -> torch.Tensor:
    target = torch.zeros_like(seen.present_NS)
    subjects = batch.subjects_BK.repeat_interleave(batch.frames, 0)
    there = batch.seen_BFK.flatten(0, 1)
    target.scatter_reduce_(1, subjects.clamp_min(0), there.to(target.dtype), "amax")
    return F.binary_cross_entropy_with_logits(seen.present_NS, target)


def _colour_loss(seen: Seen, batch: Batch) -> torch.Tensor:
    """Under the true cells, and where the network itself sees the subject that is asked about."""
    colours = batch.colours_BK.repeat_interleave(batch.frames, 0)
    there = batch.seen_BFK.flatten(0, 1)
    true = pooled_colour(seen, shares(batch.cover_BFKhw.flatten(0, 1)))
    clear = there & batch.alone_BK.repeat_interleave(batch.frames, 0)
    asked = batch.subjects_BK.repeat_interleave(batch.frames, 0)
    own = pooled_colour(seen, places(seen.subject_NShw, asked))
    return masked_entropy(true, colours, there) + 0.5 * masked_entropy(own, colours, clear)


def shares(cover: torch.Tensor) -> torch.Tensor:
    """Covers (…, h, w) as weights that add up to 1, even where nothing is covered."""
    cells = cover.shape[-1] * cover.shape[-2]
    return (cover + 1e-4 / cells) / (cover.sum((-1, -2), keepdim=True) + 1e-4)


def masked_entropy(logits: torch.Tensor, answers: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy (nats) of logits (…, K) where something is asked; 0 where nothing is."""
    target = torch.where(asked, answers, UNCLEAR)
    each = F.cross_entropy(logits.flatten(0, -2).float(), target.flatten(), ignore_index=UNCLEAR, reduction="sum")
    return each / (target >= 0).sum().clamp_min(1)


def stars_of(batch: Batch, rng: np.random.Generator) -> Batch:
    """``STARS`` actors of each clip, drawn by chance, those first who are there."""
    dice = dice_of(rng, batch.subjects_BK.device)
    chance = torch.rand(batch.subjects_BK.shape, generator=dice, device=batch.subjects_BK.device)
    most = min(STARS, chance.shape[1])
    return batch.starring((chance + (batch.subjects_BK >= 0).float()).topk(most, 1).indices)


def close_loss(
    net: Reader, batch: Batch, cast: Batch, seen: Seen, told: bool, rng: np.random.Generator
) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    """What a close look teaches: what it is that is looked at, its colour, and whether it is what was asked for.

    The last that is looked at is a subject that is not there but seems to be.

    Args:
        batch: with all actors, ``cast`` with those that are looked at.
        told: look where the subjects truly are, instead of where the reader sees them itself.

    Returns:
        The losses, the close looks (N, Q, C) at the actors, and where they were (N, Q, h, w).
    """
    asked, everyone = (each.subjects_BK.repeat_interleave(batch.frames, 0) for each in (cast, batch))
    there, actors = cast.seen_BFK.flatten(0, 1), asked.shape[1]
    with exact(batch.video_BFCHW), torch.no_grad():
        suspect = _suspect(seen.present_NS.detach(), everyone)
        named = torch.cat([asked, suspect], 1)
        weight = places(seen.subject_NShw.detach(), named)
        if told:
            weight = torch.cat([shares(cast.cover_BFKhw.flatten(0, 1)), weight[:, actors:]], 1)
        box = shaken(boxes_around(weight, batch.frames), batch.frames, dice_of(rng, weight.device))
        looked_at = _who_is_there(weight, batch.cover_BFKhw.flatten(0, 1), everyone)
        looked_at = torch.where(named >= 0, looked_at, UNCLEAR)
    look = net.close(batch.video_BFCHW.flatten(0, 1), seen.fine_NChw, seen.nobody(), weight, box)
    who, tint = net.who(look).float(), net.tint(look[:, :actors]).float()
    clear = there if told else there & cast.alone_BK.repeat_interleave(batch.frames, 0)
    with exact(batch.video_BFCHW):
        parts = {
            "who": masked_entropy(who, looked_at, looked_at >= 0),
            "tint": 0.5 * masked_entropy(tint, cast.colours_BK.repeat_interleave(batch.frames, 0), clear),
            "verdict": 0.5 * _verdict_loss(net, seen, who, named, there),
        }
    return parts, look[:, :actors], weight[:, :actors]


def _suspect(present_NS: torch.Tensor, asked_NQ: torch.Tensor) -> torch.Tensor:
    """The likeliest subject that is not asked about (N, 1)."""
    rest = torch.cat([present_NS, present_NS[:, :1]], 1)
    taken = torch.where(asked_NQ < 0, NOBODY, asked_NQ)
    return rest.scatter(1, taken, float("-inf"))[:, :NOBODY].argmax(1, keepdim=True)


def _who_is_there(weight_NQhw: torch.Tensor, cover_NKhw: torch.Tensor, subjects_NK: torch.Tensor) -> torch.Tensor:
    """Whom a weight lies on, by what truly covers it: a subject, ``NOBODY``, or ``UNCLEAR`` (N, Q)."""
    hit = torch.einsum("nqhw,nkhw->nqk", weight_NQhw, cover_NKhw)
    most, k = hit.max(-1)
    who = subjects_NK.gather(1, k)
    return torch.where(most > 0.4, who, torch.where(hit.sum(-1) < 0.1, NOBODY, UNCLEAR))


def _verdict_loss(
    net: Reader, seen: Seen, who_NQS: torch.Tensor, asked_NQ: torch.Tensor, there_NK: torch.Tensor
) -> torch.Tensor:
    """How the eye and a close look together tell whether a subject is there; only the weighing is learnt."""
    seems = seen.present_NS.detach().gather(1, asked_NQ.clamp_min(0))
    logits = net.judged(seems, odds_of(who_NQS.detach(), asked_NQ))
    target = torch.cat([there_NK, torch.zeros_like(there_NK[:, :1])], 1).to(logits.dtype)
    real = (asked_NQ >= 0).to(logits.dtype)
    each = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (each * real).sum() / real.sum().clamp_min(1.0)


def picture_loss(net: Reader, batch: Batch, told: bool, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """Everything that single pictures can teach."""
    parts, seen = eye_loss(net, batch)
    return parts | close_loss(net, batch, stars_of(batch, rng), seen, told, rng)[0]


def clip_loss(net: Reader, batch: Batch, told: bool, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """What clips teach: besides what pictures do, the camera's move, what each subject does at each frame, where to.

    Args:
        told: show the reader where the subjects truly are, instead of where it sees them itself.
    """
    clips = len(batch.video_BFCHW)
    parts, seen = eye_loss(net, batch)
    cast = stars_of(batch, rng)
    close, look, weight = close_loss(net, batch, cast, seen, told, rng)
    fine, maps, nobody, looks, where = (
        part.unflatten(0, (clips, -1)) for part in (seen.fine_NChw, seen.map_NChw, seen.nobody(), look, weight)
    )
    move, matches = net.camera(fine, maps, nobody)
    done = net.tracks(looks, maps, matches, nobody, where).transpose(1, 2)
    doing, going = done.split([len(ACTIONS), len(WAYS)], -1)
    clear = cast.seen_BFK if told else cast.seen_BFK & cast.alone_BK[:, None]
    parts["camera"] = F.cross_entropy(move, batch.words_BW[:, MOVE])
    parts["action"] = masked_entropy(doing, cast.actions_BFK, clear)
    parts["way"] = masked_entropy(going, cast.ways_BFK, clear)
    return parts | close


def alike_loss(prints_ND: torch.Tensor, warmth: torch.Tensor, seen_N: torch.Tensor) -> torch.Tensor:
    """Pairs (0, 1), (2, 3) … are the same figure, all others are not (InfoNCE, van den Oord et al. 2018, eq. 4).

    Pairs of which one is not seen are left out.
    """
    first, second = prints_ND[::2], prints_ND[1::2]
    clear = seen_N[::2] & seen_N[1::2]
    with exact(prints_ND):
        scores = first.float() @ second.float().T * warmth.float().exp().clamp(1.0, 30.0)
        scores = scores.masked_fill(~(clear[:, None] & clear[None]), -1e4)
        answers = torch.where(clear, torch.arange(len(scores), device=scores.device), UNCLEAR)
        both = sum(F.cross_entropy(side, answers, ignore_index=UNCLEAR, reduction="sum") for side in (scores, scores.T))
        return 0.5 * both / clear.sum().clamp_min(1)
