"""The reader: a network that says what a picture or a clip shows, in the world's words.

It examines the generators and is never part of them: its own design, seeds and weights. Every cell of a frame is told
whose it is (``subject_NShw``); questions about one subject (what it is, its colour, what it does, where it goes) look
closely where that subject is. The camera is read from how frames match. ``models.train_reader`` teaches it.

``N`` counts frames, ``B`` clips, ``F`` frames of a clip, ``Q`` subjects that are asked about, ``S`` the words for
subjects, ``h, w`` cells of 4 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.likeness import Likeness
from models.reader_eye import NOBODY, QUESTIONS, Eye, ReaderParams, Seen, places, pooled_colour
from models.reader_motion import CameraEye, Close, Tracks, boxes_around
from models.reader_parts import FRAMES, HEIGHT, WAYS, WIDTH
from models.world.vocabulary import ACTIONS, CAMERA_MOVES, COLOURS, SUBJECTS

__all__ = [
    "KIND", "NOBODY", "QUESTIONS", "WEIGHTS", "Answers", "Reader", "ReaderParams", "Reading", "Seen", "answered",
    "config_of", "fitted", "load_reader", "odds_of", "places", "pooled_colour", "read", "save_reader",
]  # fmt: skip

WEIGHTS = Path(__file__).parent / "weights" / "reader.json"
KIND = "reader"
SUSPECTS = 4
"""Subjects that are looked at closely because they seem to be there, besides those that are asked about."""
UNLIKELY = -6.0
"""Log-odds that stand for a close look at a subject which does not even seem to be there."""


class Reader(nn.Module):
    """Everything that can be asked, over one eye."""

    def __init__(self, params: ReaderParams | None = None) -> None:
        super().__init__()
        self.params = params or ReaderParams()
        p = self.params
        self.eye = Eye(p)
        self.camera = CameraEye(p.half, p.quarter, p.track, len(CAMERA_MOVES))
        self.close = Close(p.half, p.track)
        self.who = nn.Linear(p.track, NOBODY + 1)
        self.tint = nn.Linear(p.track, len(COLOURS))
        self.verdict = nn.Parameter(torch.tensor([0.5, 0.5, 0.0]))
        self.tracks = Tracks(p.quarter, CameraEye.MATCH, p.track, len(ACTIONS) + len(WAYS))
        self.likeness = Likeness(p.likeness)

    def judged(self, seems: torch.Tensor, looks: torch.Tensor) -> torch.Tensor:
        """Log-odds of a subject being there, from those of the eye and those of a close look."""
        return self.verdict[0] * seems + self.verdict[1] * looks + self.verdict[2]


def odds_of(who_NQS: torch.Tensor, asked_NQ: torch.Tensor) -> torch.Tensor:
    """Log-odds (N, Q) of what is looked at being what was asked for, within ± 12."""
    share = who_NQS.log_softmax(-1).gather(-1, asked_NQ.clamp_min(0)[..., None])[..., 0].clamp_max(-1e-6)
    return (share - torch.log(-torch.expm1(share))).clamp(-12.0, 12.0)


@dataclass(frozen=True)
class Answers:
    """What B clips of F frames show. Logits; motion is absent for single pictures.

    Attributes:
        words: by question of ``QUESTIONS`` (B, answers), of the clip as a whole.
        present_BS: of each subject being in the clip.
        colours_BQK: of each asked subject.
        actions_BQFK, ways_BQFK: of each asked subject at each frame.
        camera_BK: of each move.
    """

    words: dict[str, torch.Tensor]
    present_BS: torch.Tensor
    colours_BQK: torch.Tensor
    actions_BQFK: torch.Tensor | None
    ways_BQFK: torch.Tensor | None
    camera_BK: torch.Tensor | None


@torch.inference_mode()
def answered(net: Reader, video_BFCHW: torch.Tensor, asked_BQ: torch.Tensor) -> Answers:
    """Everything about clips (B, F, 3, 64, 112), 0 to 1, on the network's device.

    Questions about motion are answered for clips of at least 3 frames.

    Args:
        asked_BQ: subjects (places in the vocabulary) to ask about; -1 stands for none, whose answers mean nothing.
    """
    clips, count = video_BFCHW.shape[:2]
    frames = video_BFCHW.flatten(0, 1)
    seen = net.eye(frames)
    nobody = seen.nobody()
    words = {name: logits.log_softmax(-1).unflatten(0, (clips, -1)).mean(1) for name, logits in seen.words.items()}
    seems_BFS = seen.present_NS.unflatten(0, (clips, -1))
    suspects = _likelier(seems_BFS).topk(SUSPECTS, -1).indices
    asked = asked_BQ.shape[1]
    everyone = torch.cat([asked_BQ, suspects], 1).repeat_interleave(count, 0)
    weight = places(seen.subject_NShw, everyone)
    look = net.close(frames, seen.fine_NChw, nobody, weight, boxes_around(weight, count))
    present = _present(net, seems_BFS, net.who(look), everyone)
    colours = _colours(net, seen, weight[:, :asked], look[:, :asked], everyone[:, :asked], clips)
    if count < 3:
        return Answers(words, present, colours, None, None, None)
    fine, maps, cells = (part.unflatten(0, (clips, -1)) for part in (seen.fine_NChw, seen.map_NChw, nobody))
    camera, matches = net.camera(fine, maps, cells)
    own = weight[:, :asked].unflatten(0, (clips, -1))
    done = net.tracks(look[:, :asked].unflatten(0, (clips, -1)), maps, matches, cells, own)
    doing, going = done.split([len(ACTIONS), len(WAYS)], -1)
    return Answers(words, present, colours, doing, going, camera)


def _likelier(logits_BFX: torch.Tensor) -> torch.Tensor:
    """Mean over the likelier half of the frames: whoever is only sometimes in view is in the clip."""
    return logits_BFX.sort(1, descending=True).values[:, : max(1, logits_BFX.shape[1] // 2)].mean(1)


def _present(net: Reader, seems_BFS: torch.Tensor, who_NQS: torch.Tensor, asked_NQ: torch.Tensor) -> torch.Tensor:
    """Log-odds of each subject being in the clip (B, S): looked at closely where it is asked about or suspected."""
    clips, count = seems_BFS.shape[:2]
    asked_BFQ = asked_NQ.clamp_min(0).unflatten(0, (clips, count))
    looks = odds_of(who_NQS, asked_NQ).unflatten(0, (clips, count))
    verdict = _likelier(net.judged(seems_BFS.gather(2, asked_BFQ), looks))
    rest = net.judged(_likelier(seems_BFS), torch.full_like(seems_BFS[:, 0], UNLIKELY))
    # Nobody was asked about in a place of -1, which must not overwrite the first subject.
    spare = torch.cat([rest, rest[:, :1]], 1)
    place = torch.where(asked_NQ < 0, NOBODY, asked_NQ).unflatten(0, (clips, count))[:, 0]
    return spare.scatter(1, place, verdict)[:, :NOBODY]


def _colours(
    net: Reader, seen: Seen, weight_NQhw: torch.Tensor, look_NQC: torch.Tensor, asked_NQ: torch.Tensor, clips: int
) -> torch.Tensor:
    """Log-shares of colours (B, Q, K), half by the cells and half by the close look; frames in which a subject is
    likelier to be count more."""
    both = 0.5 * (pooled_colour(seen, weight_NQhw).log_softmax(-1) + net.tint(look_NQC).log_softmax(-1))
    sure = seen.present_NS.gather(1, asked_NQ.clamp_min(0)).sigmoid() + 1e-3
    both_BFQK, sure_BFQ = both.unflatten(0, (clips, -1)), sure.unflatten(0, (clips, -1))
    return (both_BFQK * sure_BFQ[..., None]).sum(1) / sure_BFQ.sum(1)[..., None]


@dataclass(frozen=True)
class Reading:
    """Probabilities of every answer.

    Attributes:
        words: by question of ``QUESTIONS``, of the clip as a whole.
        present: of each subject being in the clip, by word.
        colours: of each asked subject, by word.
        actions, ways: of each asked subject at each frame, (F, 18) and (F, 5); absent for single pictures.
        camera: of each move; empty for single pictures.
    """

    words: dict[str, dict[str, float]]
    present: dict[str, float]
    colours: dict[str, dict[str, float]]
    actions: dict[str, torch.Tensor]
    ways: dict[str, torch.Tensor]
    camera: dict[str, float]


def fitted(video_FCHW: torch.Tensor, frames: int = FRAMES) -> torch.Tensor:
    """The frames that are read: at most ``frames``, evenly spread from first to last, 64×112, 0 to 1.

    Raises:
        ValueError: it is no (F, 3, H, W), or its numbers are not within 0 to 1 (or bytes).
    """
    if video_FCHW.ndim != 4 or video_FCHW.shape[1] != 3 or not len(video_FCHW):
        raise ValueError(f"a clip is frames (F, 3, H, W), got {tuple(video_FCHW.shape)}")
    count = len(video_FCHW)
    if count > frames:
        wanted = torch.linspace(0, count - 1, frames).round().long()
        video_FCHW = video_FCHW[wanted.to(video_FCHW.device)]
    whole = video_FCHW.dtype == torch.uint8
    video = video_FCHW.float() / 255.0 if whole else video_FCHW.float()
    if float(video.min()) < -0.01 or float(video.max()) > 1.01:
        raise ValueError(f"pixels are 0 to 1, got {float(video.min()):.2f} to {float(video.max()):.2f}")
    if video.shape[-2:] != (HEIGHT, WIDTH):
        mode = "area" if video.shape[-1] > WIDTH else "bilinear"
        video = F.interpolate(video, size=(HEIGHT, WIDTH), mode=mode)
    return video.clamp(0.0, 1.0)


def read(net: Reader, video_FCHW: torch.Tensor, subjects: Sequence[str] = ()) -> Reading:
    """Read a picture (1, 3, H, W) or a clip (F, 3, H, W); ``subjects`` are asked about one by one.

    Questions about motion are answered for clips of at least 3 frames.

    Raises:
        ValueError: no such subject, or not a clip (see :func:`fitted`).
    """
    names = list(SUBJECTS)
    unknown = [subject for subject in subjects if subject not in SUBJECTS]
    if unknown:
        raise ValueError(f"no such subject: {', '.join(unknown)}; the world knows {', '.join(names)}")
    device = net.verdict.device
    asked = torch.tensor([[names.index(subject) for subject in subjects]], dtype=torch.long, device=device)
    return reading_of(answered(net, fitted(video_FCHW).to(device)[None], asked), 0, subjects)


def reading_of(answers: Answers, row: int, subjects: Sequence[str]) -> Reading:
    """One clip's answers as probabilities by word, on the CPU; ``subjects`` are those that it was asked about."""
    words = {name: _spread(logits[row], QUESTIONS[name]) for name, logits in answers.words.items()}
    present = dict(zip(SUBJECTS, answers.present_BS[row].sigmoid().tolist(), strict=True))
    colours = {subject: _spread(answers.colours_BQK[row, q], tuple(COLOURS)) for q, subject in enumerate(subjects)}
    if answers.actions_BQFK is None or answers.ways_BQFK is None or answers.camera_BK is None:
        return Reading(words, present, colours, {}, {}, {})
    actions, ways = answers.actions_BQFK[row].softmax(-1).cpu(), answers.ways_BQFK[row].softmax(-1).cpu()
    return Reading(
        words, present, colours, {subject: actions[q] for q, subject in enumerate(subjects)},
        {subject: ways[q] for q, subject in enumerate(subjects)}, _spread(answers.camera_BK[row], CAMERA_MOVES),
    )  # fmt: skip


def _spread(logits: torch.Tensor, words: Sequence[str]) -> dict[str, float]:
    return dict(zip(words, logits.softmax(-1).tolist(), strict=True))


def save_reader(net: Reader, card: checkpoint.Card, path: Path = WEIGHTS) -> None:
    """Write half-precision weights and their card."""
    checkpoint.save(path, net.state_dict(), card, dtype=torch.float16)


def config_of(net: Reader) -> dict[str, int]:
    """What a card has to say to build the network again."""
    return asdict(net.params)


@lru_cache(maxsize=2)
def load_reader(path: Path = WEIGHTS) -> Reader:
    """The trained network, ready to read.

    Raises:
        CheckpointRefused: weights or card are missing or changed.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    net = Reader(ReaderParams(**card.config))
    checkpoint.fit(path, tensors, net.state_dict())
    net.load_state_dict(tensors, strict=True)
    return net.eval()
