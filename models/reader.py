"""The reader: a network that says what a picture or a clip shows, in the world's words.

It examines the generators and is never part of them: its own design, seeds and weights. Every cell of a frame is told
whose it is (``subject_NShw``); questions about one subject (its colour, what it does, where it goes) look where that
subject is. The camera is read from how neighbouring frames match. ``models.train_reader`` teaches it.

``N`` counts frames, ``B`` clips, ``F`` frames of a clip, ``Q`` subjects that are asked about, ``S`` the words for
subjects, ``h, w`` cells of 4 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.likeness import Likeness
from models.reader_parts import FRAMES, HEIGHT, WAYS, WIDTH, Block, CameraEye, Tracks, twice
from models.world.vocabulary import (
    ACTIONS,
    CAMERA_MOVES,
    COLOURS,
    FRAMINGS,
    SETTINGS,
    STYLES,
    SUBJECTS,
    TIMES,
    WEATHERS,
)

WEIGHTS = Path(__file__).parent / "weights" / "reader.json"
KIND = "reader"
COUNTS: tuple[str, ...] = ("0", "1", "2", "3")
QUESTIONS: dict[str, tuple[str, ...]] = {
    "setting": SETTINGS, "time": TIMES, "weather": WEATHERS, "style": STYLES, "framing": FRAMINGS, "count": COUNTS,
}  # fmt: skip
"""Questions about a whole frame, and their answers."""
NOBODY = len(SUBJECTS)
SHARP = 2.0
"""Power of a cell's probability in where a subject is sought: hundreds of cells of little must not outweigh it."""


@dataclass(frozen=True)
class ReaderParams:
    """Channels at 1/2, 1/4 and 1/8 of a frame, of a track, and of the print of a likeness."""

    half: int = 24
    quarter: int = 48
    eighth: int = 64
    track: int = 64
    likeness: int = 32

    @classmethod
    def tiny(cls) -> ReaderParams:
        return cls(8, 8, 8, 8, 8)


@dataclass(frozen=True)
class Seen:
    """What the network makes of N frames.

    Attributes:
        fine_NChw, map_NChw: features of 2-pixel and of 4-pixel cells.
        subject_NShw: logits of whose a cell is; the last is nobody's.
        colour_NKhw: logits of the colour that the subject in a cell has.
        present_NS: logits of a subject being in the frame.
        words: logits (N, answers) of each of ``QUESTIONS``.
    """

    fine_NChw: torch.Tensor
    map_NChw: torch.Tensor
    subject_NShw: torch.Tensor
    colour_NKhw: torch.Tensor
    present_NS: torch.Tensor
    words: dict[str, torch.Tensor]


class Eye(nn.Module):
    """A U-Net over single frames: (N, 3, 64, 112), 0 to 1. Any size whose sides are multiples of 16."""

    def __init__(self, p: ReaderParams) -> None:
        super().__init__()
        self.stem = Block(12, p.half)
        self.at2 = Block(p.half, p.half)
        self.down4 = Block(p.half, p.quarter, 2)
        self.at4 = Block(p.quarter, p.quarter)
        self.down8 = Block(p.quarter, p.eighth, 2)
        self.at8 = nn.Sequential(Block(p.eighth, p.eighth), Block(p.eighth, p.eighth))
        self.down16 = Block(p.eighth, p.eighth, 2)
        self.at16 = Block(p.eighth, p.eighth)
        self.whole = nn.Linear(2 * p.eighth, p.eighth)
        self.up8 = nn.Conv2d(p.eighth, p.eighth, 1)
        self.join8 = Block(p.eighth, p.eighth)
        self.up4 = nn.Conv2d(p.eighth, p.quarter, 1)
        self.join4 = Block(p.quarter, p.quarter)
        self.subject = nn.Conv2d(p.quarter, NOBODY + 1, 1)
        self.colour = nn.Conv2d(p.quarter, len(COLOURS), 1)
        self.words = nn.Linear(3 * p.eighth + p.quarter + p.half, sum(map(len, QUESTIONS.values())) + NOBODY)
        self.sure = nn.Parameter(torch.tensor([1.0, 0.0]))

    def forward(self, frames_NCHW: torch.Tensor) -> Seen:
        x = rearrange(frames_NCHW - 0.5, "n c (h p) (w q) -> n (c p q) h w", p=2, q=2)
        x2 = self.at2(self.stem(x))
        x4 = self.at4(self.down4(x2))
        x8 = self.at8(self.down8(x4))
        x16 = self.at16(self.down16(x8))
        whole = torch.cat([x16.mean((-1, -2)), x16.amax((-1, -2))], 1)
        # Every cell hears what the whole frame is like: its light decides what a colour means.
        y8 = self.join8(x8 + twice(self.up8(x16)) + self.whole(whole)[..., None, None])
        y4 = self.join4(x4 + twice(self.up4(y8)))
        subject = self.subject(y4)
        # The finest features know the grain of a style and falling snow.
        grain = [y8.mean((-1, -2)), y4.mean((-1, -2)), x2.mean((-1, -2))]
        answers = self.words(torch.cat([whole, *grain], 1))
        *words, there = answers.split([*map(len, QUESTIONS.values()), NOBODY], 1)
        # A subject is there if some cells in a row are likely its own.
        likely = F.avg_pool2d(subject.log_softmax(1)[:, :NOBODY].clamp_min(-12.0), 2, 1).amax((-1, -2))
        present = self.sure[0] * likely + self.sure[1] + there
        return Seen(x2, y4, subject, self.colour(y4), present, dict(zip(QUESTIONS, words, strict=True)))


class Reader(nn.Module):
    """Everything that can be asked, over one eye. About 0.5 million parameters."""

    def __init__(self, params: ReaderParams | None = None) -> None:
        super().__init__()
        self.params = params or ReaderParams()
        p = self.params
        self.eye = Eye(p)
        self.camera = CameraEye(p.quarter, p.track, len(CAMERA_MOVES))
        self.tracks = Tracks(p.half, p.quarter, CameraEye.WIDTH, p.track, len(ACTIONS) + len(WAYS))
        self.likeness = Likeness(p.likeness)


def places(subject_NShw: torch.Tensor, asked_NQ: torch.Tensor) -> torch.Tensor:
    """Where the asked subjects (places in the vocabulary) are: (N, Q, h, w), each adding up to 1 over the cells.

    A subject that is nowhere still gets the cells that are most like it, so that every question has an answer.
    """
    share_NShw = subject_NShw.log_softmax(1)
    index = asked_NQ.clamp_min(0)[..., None, None].expand(-1, -1, *subject_NShw.shape[-2:])
    own = SHARP * torch.gather(share_NShw, 1, index)
    return own.flatten(2).softmax(-1).view_as(own)


def pooled_colour(seen: Seen, weight_NQhw: torch.Tensor) -> torch.Tensor:
    """Logits of the colour under each weight: (N, Q, 10)."""
    return torch.einsum("nqhw,nkhw->nqk", weight_NQhw, seen.colour_NKhw.log_softmax(1))


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
        video_FCHW = video_FCHW[wanted]
    whole = video_FCHW.dtype == torch.uint8
    video = video_FCHW.float() / 255.0 if whole else video_FCHW.float()
    if float(video.min()) < -0.01 or float(video.max()) > 1.01:
        raise ValueError(f"pixels are 0 to 1, got {float(video.min()):.2f} to {float(video.max()):.2f}")
    if video.shape[-2:] != (HEIGHT, WIDTH):
        mode = "area" if video.shape[-1] > WIDTH else "bilinear"
        video = F.interpolate(video, size=(HEIGHT, WIDTH), mode=mode)
    return video.clamp(0.0, 1.0)


@torch.inference_mode()
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
    video = fitted(video_FCHW)
    seen = net.eye(video)
    count = len(video)
    words = {name: _spread(logits.log_softmax(-1).mean(0), QUESTIONS[name]) for name, logits in seen.words.items()}
    # Whoever is only sometimes in view is in the clip: the mean of the likelier half of the frames.
    often = seen.present_NS.sort(0, descending=True).values[: max(1, count // 2)].mean(0).sigmoid()
    asked = torch.tensor([names.index(subject) for subject in subjects], dtype=torch.long).expand(count, -1)
    colours: dict[str, dict[str, float]] = {}
    actions: dict[str, torch.Tensor] = {}
    ways: dict[str, torch.Tensor] = {}
    camera: dict[str, float] = {}
    matches = None
    if count >= 3:
        move, matches = net.camera(seen.map_NChw[None], seen.subject_NShw[None, :, NOBODY])
        camera = _spread(move[0], CAMERA_MOVES)
    if subjects:
        weight = places(seen.subject_NShw, asked)
        tints = _trusted(pooled_colour(seen, weight), seen.present_NS.gather(1, asked))
        colours = {subject: _spread(tints[q], tuple(COLOURS)) for q, subject in enumerate(subjects)}
        if matches is not None:
            done = net.tracks(seen.fine_NChw[None], seen.map_NChw[None], matches, weight[None])[0]
            doing, going = done.split([len(ACTIONS), len(WAYS)], -1)
            actions = {subject: doing[q].softmax(-1) for q, subject in enumerate(subjects)}
            ways = {subject: going[q].softmax(-1) for q, subject in enumerate(subjects)}
    present = dict(zip(names, often.tolist(), strict=True))
    return Reading(words, present, colours, actions, ways, camera)


def _trusted(logits_FQK: torch.Tensor, present_FQ: torch.Tensor) -> torch.Tensor:
    """Mean over frames (Q, K), those counting more in which the subject is likelier to be."""
    weight = present_FQ.sigmoid() + 1e-3
    return (logits_FQK.log_softmax(-1) * weight[..., None]).sum(0) / weight.sum(0)[..., None]


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
