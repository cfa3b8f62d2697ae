"""What the reader is told while it learns: batches with their answers, and the losses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch.nn import functional as F  # noqa: N812

from models.reader import NOBODY, QUESTIONS, Reader, Seen, places, pooled_colour
from models.reader_cache import Shots
from models.reader_parts import WAYS
from models.world.vocabulary import ACTIONS, CAMERA_MOVES

SEEN_CELLS, SEEN_SHARE = 1.5, 0.3
"""A subject is seen where it covers so many cells, and so much of it is in view."""
MOVE = 5
"""Column of the camera's move in ``Shots.words``."""
_MIRRORED_MOVES = torch.tensor([
    CAMERA_MOVES.index(move.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right"))
    for move in CAMERA_MOVES
])  # fmt: skip
_MIRRORED_WAYS = torch.tensor([0, 2, 1, 3, 4])


@dataclass(frozen=True)
class Batch:
    """B clips of F frames with their answers, K = 3.

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

    def with_video(self, video_BFCHW: torch.Tensor) -> Batch:
        return replace(self, video_BFCHW=video_BFCHW)


def of_clips(shots: Shots, mirrored: bool = False) -> Batch:
    """As tensors; ``mirrored`` swaps left and right, in the words too."""
    video = torch.from_numpy(shots.video).float() / 255.0
    cover = torch.from_numpy(shots.masks).float() / 255.0
    boxes = torch.from_numpy(shots.boxes).float()
    words = torch.from_numpy(shots.words).long()
    ways = torch.from_numpy(shots.ways).long()
    subjects = torch.from_numpy(shots.subjects).long()
    if mirrored:
        video, cover = video.flip(-1), cover.flip(-1)
        boxes = torch.stack([1.0 - boxes[..., 2], boxes[..., 1], 1.0 - boxes[..., 0], boxes[..., 3]], -1)
        words = torch.cat([words[:, :MOVE], _MIRRORED_MOVES[words[:, MOVE]][:, None], words[:, MOVE + 1 :]], 1)
        ways = torch.where(ways >= 0, _MIRRORED_WAYS[ways.clamp_min(0)], ways)
    seen = (torch.from_numpy(shots.visible) > SEEN_SHARE) & (cover.sum((-1, -2)) > SEEN_CELLS)
    same = (subjects[:, :, None] == subjects[:, None]).sum(-1)
    return Batch(
        video, cover, boxes, seen, words, subjects, torch.from_numpy(shots.colours).long(),
        torch.from_numpy(shots.actions).long(), ways, (same == 1) & (subjects >= 0),
    )  # fmt: skip


def eye_loss(net: Reader, batch: Batch) -> tuple[dict[str, torch.Tensor], Seen]:
    """Everything that single frames can teach."""
    frames = batch.video_BFCHW.shape[1]
    seen = net.eye(batch.video_BFCHW.flatten(0, 1).contiguous(memory_format=torch.channels_last))
    words_NW = batch.words_BW.repeat_interleave(frames, 0)
    parts = {}
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
    subjects = batch.subjects_BK.repeat_interleave(batch.video_BFCHW.shape[1], 0).clamp_min(0)
    own = torch.gather(subjects, 1, who.flatten(1)).view_as(who)
    target = torch.where(most > 0.4, own, torch.where(most < 0.1, NOBODY, -100))
    weight = torch.ones(NOBODY + 1)
    weight[NOBODY] = 0.25
    return F.cross_entropy(seen.subject_NShw, target, weight)


def _presence_loss(seen: Seen, batch: Batch) -> torch.Tensor:
    target = torch.zeros_like(seen.present_NS)
    subjects = batch.subjects_BK.repeat_interleave(batch.video_BFCHW.shape[1], 0)
    there = batch.seen_BFK.flatten(0, 1)
    target.scatter_reduce_(1, subjects.clamp_min(0), there.float(), "amax")
    return F.binary_cross_entropy_with_logits(seen.present_NS, target)


def _colour_loss(seen: Seen, batch: Batch) -> torch.Tensor:
    """Under the true cells, and where the network itself sees the subject that is asked about."""
    frames = batch.video_BFCHW.shape[1]
    colours = batch.colours_BK.repeat_interleave(frames, 0)
    there = batch.seen_BFK.flatten(0, 1)
    true = pooled_colour(seen, shares(batch.cover_BFKhw.flatten(0, 1)))
    clear = there & batch.alone_BK.repeat_interleave(frames, 0)
    asked = batch.subjects_BK.repeat_interleave(frames, 0)
    own = pooled_colour(seen, places(seen.subject_NShw, asked))
    return _masked_entropy(true, colours, there) + 0.5 * _masked_entropy(own, colours, clear)


def shares(cover: torch.Tensor) -> torch.Tensor:
    """Covers (…, h, w) as weights that add up to 1, even where nothing is covered."""
    cells = cover.shape[-1] * cover.shape[-2]
    return (cover + 1e-4 / cells) / (cover.sum((-1, -2), keepdim=True) + 1e-4)


def _masked_entropy(logits: torch.Tensor, answers: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    if not bool(asked.any()):
        return logits.sum() * 0.0
    return F.cross_entropy(logits[asked], answers[asked])


def clip_loss(net: Reader, batch: Batch, told: bool) -> dict[str, torch.Tensor]:
    """What clips teach: the camera's move, and what each subject does at each frame and where to.

    Args:
        told: show the reader where the subjects truly are, instead of where it sees them itself.
    """
    clips = len(batch.video_BFCHW)
    parts, seen = eye_loss(net, batch)
    maps = seen.map_NChw.unflatten(0, (clips, -1))
    subject = seen.subject_NShw.unflatten(0, (clips, -1)).detach()
    move, matches = net.camera(maps, subject[:, :, NOBODY])
    if told:
        weight = shares(batch.cover_BFKhw)
    else:
        asked = batch.subjects_BK.repeat_interleave(maps.shape[1], 0)
        weight = places(subject.flatten(0, 1), asked).unflatten(0, (clips, -1))
    done = net.tracks(seen.fine_NChw.unflatten(0, (clips, -1)), maps, matches, weight).transpose(1, 2)
    doing, going = done.split([len(ACTIONS), len(WAYS)], -1)
    clear = batch.seen_BFK if told else batch.seen_BFK & batch.alone_BK[:, None]
    parts["camera"] = F.cross_entropy(move, batch.words_BW[:, MOVE])
    parts["action"] = _masked_entropy(doing, batch.actions_BFK, clear)
    parts["way"] = 0.5 * _masked_entropy(going, batch.ways_BFK, clear)
    return parts


def alike_loss(prints_ND: torch.Tensor, warmth: torch.Tensor, seen_N: torch.Tensor) -> torch.Tensor:
    """Pairs (0, 1), (2, 3) … are the same figure, all others are not (InfoNCE, van den Oord et al. 2018, eq. 4).

    Pairs of which one is not seen are left out.
    """
    first, second = prints_ND[::2], prints_ND[1::2]
    clear = seen_N[::2] & seen_N[1::2]
    if int(clear.sum()) < 2:
        return prints_ND.sum() * 0.0
    scores = first[clear] @ second[clear].T * warmth.exp().clamp(1.0, 30.0)
    answers = torch.arange(len(scores))
    return 0.5 * (F.cross_entropy(scores, answers) + F.cross_entropy(scores.T, answers))
