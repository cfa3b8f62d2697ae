"""The generator as one thing to ask: captions, pictures and camera paths in, latents and moving pictures out.

Everything asked is a choice of masks over the tokens of one sequence (``models.conditions``), so each method below
builds a sequence and the sampler makes what is noisy in it. What is made keeps its latents, so that it can be edited,
continued and taken again without being encoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Listing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from models import checkpoint
from models.codec import Canvas, Codec
from models.conditions import (
    Segment,
    Sequence,
    edited,
    retake,
    text_to_video,
    with_given,
    with_references,
)
from models.keyframes import held, latent_count
from models.latents import from_bytes, pictures_of
from models.layers.kept import Kept
from models.layers.moves import path_of
from models.layers.riding import Aboard
from models.layers.seats import Ride
from models.making import Making as Making
from models.sampler import Sampling, sample, sample_first_frame_first
from models.shapes import UNITS_PER_S
from models.sound.tokens import EVENT, Audible, events_part, sound_of
from models.text import Tokenizer
from models.train.recipe import landed, refuse_other_codec
from models.transformer import Transformer

WEIGHTS = Path(__file__).parent / "weights"
SHEET_SIZE = 64
"""Height and width of a sheet, in pixels."""

SEEDS = 2**31
"""Seeds are below this."""
PLACE = -1
"""Whose picture a reference is when it shows the place."""

Picture = torch.Tensor | Listing[Segment]
"""A picture (3, H, W), 0 to 1, or the latents of one."""


@dataclass(frozen=True)
class Ask:
    """One clip or picture, as it is asked for.

    Attributes:
        caption: in the grammar that the network was trained on.
        canvas: its size; one frame is a picture.
        subjects: how many there are, in the order in which the caption names them.
        path: the camera's, (F, 9); none moves it.
        references: what its subjects look like: the subject's number, or ``PLACE``, and a picture of it (RGB or RGBA,
            (C, H, W), 0 to 1, not premultiplied).
        cast: the subjects are in the picture that it begins with; else that shows the place, and they come in.
        sure: all of them are known to be in it.
        kept: the picture that it begins with, whose pixels are shown; :meth:`Reel.opened` sets it.
        sounding: the clip is made with its sound.
        rides: who is carried by whom; whoever rides is kept in its seat.
        events: what is to be heard and when; None leaves it to the picture. It is not said in the caption.
        keyframes: latent frames that are given, by number; negative ones count from the end. The first of them, or
            frame 0, also gives what is timeless.
    """

    caption: str
    canvas: Canvas
    subjects: int = 1
    path: torch.Tensor | None = None
    references: tuple[tuple[int, torch.Tensor], ...] = ()
    keyframes: Mapping[int, Picture] = field(default_factory=dict)
    cast: bool = True
    sure: bool = False
    kept: Kept | None = None
    sounding: bool = False
    rides: tuple[Ride, ...] = ()
    events: tuple[Audible, ...] | None = None

    def along(self) -> torch.Tensor:
        """The path, that of a camera that stands if none was asked for."""
        return path_of("static", self.canvas) if self.path is None else self.path


@dataclass(frozen=True)
class Made:
    """What was made: the parts of the clip with their latents, the camera's path as tokens, and the seed."""

    ask: Ask
    parts: tuple[Segment, ...]
    camera: Segment
    seed: int

    @property
    def shown(self) -> tuple[Segment, ...]:
        """What a codec decodes."""
        return (self.camera, *self.parts)


class Reel:
    """A network, its tokenizer and its codec.

    ``version`` is a digest of all their weights and words. Nothing in it changes after it was made, so threads may
    share it.
    """

    def __init__(self, network: Transformer, tokenizer: Tokenizer, codec: Codec, making: Making | None = None) -> None:
        if network.params.specs != codec.specs or network.params.vocabulary != tokenizer.size:
            raise ValueError("the network, its tokenizer and its codec do not belong together: other tokens or words")
        self.network, self.tokenizer, self.codec = network.eval().requires_grad_(False), tokenizer, codec
        self.making = making or Making()
        self.version = _digest(network, tokenizer, codec)

    @classmethod
    def load(cls, size: str = "", folder: Path = WEIGHTS, making: Making | None = None) -> Reel:
        """The trained generator of a size, the largest that is there if none is said.

        Raises:
            CheckpointRefused: weights are missing, changed, or made for another codec than the one that is there.
        """
        path = folder / f"{size or largest_size(folder)}.json"
        network, tokenizer, card = landed(path)
        wanted = dict(card.config["codec"])
        codec = load_codec(str(wanted.get("name")), folder, sound="+" in str(wanted.get("meaning")))
        refuse_other_codec(path, wanted, codec)
        try:
            return cls(network, tokenizer, codec, making or Making.of(card.recipe))
        except ValueError as error:
            again = f"Run `storyreel train image --size {size} --fresh`."
            raise checkpoint.KeysDiffer(path, str(error), again) from error

    @property
    def reads_places(self) -> bool:
        """Whether a plain picture of a place can be a reference, and a plain picture a frame."""
        return self.codec.name != "layers" or getattr(self.codec, "plain", None) is not None

    def picture(self, ask: Ask, seed: int = 0, making: Making | None = None) -> Made:
        """A single picture, whatever the length of the canvas."""
        return self.pictures([ask], [seed], making)[0]

    def pictures(self, asks: Listing[Ask], seeds: Listing[int], making: Making | None = None) -> list[Made]:
        """Several pictures in one call; each is the same as alone, up to the rounding of a larger batch."""
        still = [_still(ask) for ask in asks]
        how = making or self.making
        return self._sampled(still, [self._asked(ask) for ask in still], seeds, how, first=how.picture)

    def clip(self, ask: Ask, seed: int = 0, making: Making | None = None) -> Made:
        """A clip: from words alone, from a first frame, a last one, or any keyframes; its first frame is made first."""
        return self.clips([ask], [seed], making)[0]

    def clips(self, asks: Listing[Ask], seeds: Listing[int], making: Making | None = None) -> list[Made]:
        """Several clips in one call."""
        asks = [self.opened(ask) for ask in asks]
        return self._sampled(asks, [self._asked(ask) for ask in asks], seeds, making or self.making)

    def opened(self, ask: Ask) -> Ask:
        """The same, with a plain picture that it begins with taken apart and its pixels kept, where the codec can.

        Raises:
            ValueError: it is no picture, or the codec has no encoder of plain pictures.
        """
        first = ask.keyframes.get(0)
        if not isinstance(first, torch.Tensor) or self.codec.name != "layers":
            return ask
        codec: Any = self.codec
        parts, kept = codec.opened(first, ask.canvas, ask.subjects, ask.cast, ask.sure)
        return replace(ask, keyframes={**ask.keyframes, 0: parts}, kept=kept, subjects=len(kept.cover_KHW))

    def inpaint(
        self, made: Made, masks: Listing[torch.Tensor | float], seed: int = 0, caption: str = "",
        making: Making | None = None,
    ) -> Made:  # fmt: skip
        """Make the tokens whose mask is 1 anew and keep the others, bit for bit.

        Args:
            masks: for each of ``made.parts``, one number or one for every token.
            caption: another one, if what is new is to be something else.

        Raises:
            ValueError: not a mask for every part.
        """
        if len(masks) != len(made.parts):
            raise ValueError(f"{len(made.parts)} parts need a mask each, got {len(masks)}")
        parts = tuple(part.masked(mask) for part, mask in zip(made.parts, masks, strict=True))
        return self._again(made, Sequence(self._words(made, caption), parts), seed, caption, making)

    def retake(
        self, made: Made, start_s: float, end_s: float, seed: int = 0, caption: str = "", making: Making | None = None
    ) -> Made:
        """Make a stretch of time anew; what is before, after and timeless is kept.

        Raises:
            ValueError: nothing of the clip lies in it.
        """
        start, end = start_s * UNITS_PER_S, end_s * UNITS_PER_S
        return self._again(made, retake(self._words(made, caption), start, end, *made.parts), seed, caption, making)

    def edit(
        self, made: Made, strength: float, seed: int = 0, caption: str = "", making: Making | None = None
    ) -> Made:  # fmt: skip
        """Make it anew from its noised self; 1 forgets it, little keeps most of it.

        Raises:
            ValueError: the strength is not in (0, 1].
        """
        sequence = edited(text_to_video(self._words(made, caption), *made.parts), strength)
        return self._again(made, sequence, seed, caption, making)

    def sheet(
        self, caption: str, seed: int = 0, reference: torch.Tensor | None = None, making: Making | None = None
    ) -> torch.Tensor:
        """One subject standing by itself, RGBA (4, H, W), 0 to 1, not premultiplied.

        A codec without sheets paints a square picture that covers everything.

        Args:
            caption: names the subject: "A small red fox wearing a blue hat.".
            reference: a picture of it, (C, H, W), 0 to 1.
        """
        how = making or self.making
        if self.codec.name != "layers":
            shown = () if reference is None else ((0, reference),)
            ask = Ask(caption, Canvas(1, SHEET_SIZE, SHEET_SIZE), 1, references=shown)
            frame_HW3 = self.decode(self.picture(ask, seed, how), SHEET_SIZE, SHEET_SIZE, 1.0)[0]
            return torch.cat([frame_HW3.permute(2, 0, 1) / 255, torch.ones(1, SHEET_SIZE, SHEET_SIZE)])
        from models.layers.views import blank_sheet, sheet_picture

        codec: Any = self.codec
        given = () if reference is None else (self._reference(0, reference),)
        sequence = with_references(text_to_video(self.tokenizer.encode(caption), blank_sheet(codec)), given)
        (made,) = sample(self.network, [sequence], [seed], how.picture, how.guidance)
        return _straight(sheet_picture(codec, made.segments[-1]))

    def place(self, caption: str, canvas: Canvas, seed: int = 0, making: Making | None = None) -> torch.Tensor:
        """A place with nobody in it, RGB (3, H, W) of the canvas' size, 0 to 1; no camera is said."""
        still, how = replace(canvas, frames=1), making or self.making
        blank = self.codec.blank(still, 0, path_of("static", still))
        sequence = text_to_video(self.tokenizer.encode(caption), *blank)
        (made,) = sample(self.network, [sequence], [seed], how.picture, how.guidance)
        frame_HW3 = self.codec.decode(made.segments, still, canvas.height, canvas.width, canvas.fps)[0]
        return frame_HW3.permute(2, 0, 1) / 255

    def decode(self, made: Made, height: int, width: int, fps: float) -> torch.Tensor:
        """Frames of what was made, uint8 (F, height, width, 3), as long as its canvas lasts."""
        if made.ask.kept is not None:
            return torch.cat(list(self.pieces(made, height, width, fps)))
        return self.codec.decode(made.shown, made.ask.canvas, height, width, fps)

    def pieces(self, made: Made, height: int, width: int, fps: float) -> Iterator[torch.Tensor]:
        """The frames of :meth:`decode` in order, some at a time where the codec can, so that memory stays small."""
        if self.codec.name == "layers":
            from models.layers.views import pieces

            codec: Any = self.codec
            yield from pieces(codec, made.shown, made.ask.canvas, height, width, fps, made.ask.kept)
        else:
            yield self.decode(made, height, width, fps)

    def _asked(self, ask: Ask) -> Sequence:
        """What the network is asked for a clip: references, the camera's path, then the clip with its masks."""
        parts = self.codec.blank(ask.canvas, ask.subjects, ask.along())
        count = max(1, latent_count(parts))
        places = sorted(ask.keyframes, key=lambda frame: frame % count)
        for order, frame in enumerate(places):
            picture = ask.keyframes[frame]
            if isinstance(picture, torch.Tensor):
                picture = self.codec.picture(picture, ask.canvas, ask.subjects)
            parts = held(parts, picture, frame, timeless=order == 0)
        if ask.sounding:
            parts = (*parts, sound_of(self.codec).blank(ask.canvas))
        return self._conditioned(ask, Sequence(self.tokenizer.encode(ask.caption), tuple(parts)))

    def _conditioned(self, ask: Ask, sequence: Sequence) -> Sequence:
        listed = () if ask.events is None else (events_part(ask.events, ask.canvas),)
        given = with_given(sequence, self.codec.camera(ask.along(), ask.canvas), *listed)
        return with_references(given, [self._reference(subject, picture) for subject, picture in ask.references])

    def _reference(self, subject: int, picture_CHW: torch.Tensor) -> Segment:
        """A reference as tokens; in a codec with a slot for each subject, in that subject's."""
        if self.codec.name == "layers":
            codec: Any = self.codec
            part: Segment = codec.reference(picture_CHW, max(0, subject))
            return part
        return self.codec.reference(picture_CHW)

    def _again(self, made: Made, sequence: Sequence, seed: int, caption: str, making: Making | None) -> Made:
        ask = replace(made.ask, caption=caption or made.ask.caption)
        how = making or self.making
        asked = self._conditioned(ask, sequence)
        return self._sampled([ask], [asked], [seed], how, first=how.clip)[0]

    def _words(self, made: Made, caption: str) -> torch.Tensor:
        return self.tokenizer.encode(caption or made.ask.caption)

    def _sampled(
        self, asks: Listing[Ask], sequences: list[Sequence], seeds: Listing[int], how: Making,
        first: Sampling | None = None,
    ) -> list[Made]:  # fmt: skip
        """Sample at once with ``first``, or the first frame and then the rest."""
        seated = [self._seated(ask) for ask in asks] if any(ask.rides for ask in asks) else []
        if first is not None:
            done = sample(self.network, sequences, seeds, first, how.guidance, seated)
        else:
            done = sample_first_frame_first(self.network, sequences, seeds, how.picture, how.clip, how.guidance, seated)
        made = []
        for ask, each, seed in zip(asks, done, seeds, strict=True):
            camera, *parts = (part for part in each.segments[len(ask.references) :] if part.role != EVENT)
            made.append(Made(ask, tuple(part.masked(0.0) for part in parts), camera, seed))
        return made

    def _seated(self, ask: Ask) -> Aboard | None:
        """What keeps those who ride in their seats; None where nobody does, or the codec does not tell them apart."""
        codec: Any = self.codec
        return Aboard(codec, ask.rides) if ask.rides and codec.name == "layers" else None


def largest_size(folder: Path = WEIGHTS) -> str:
    """Name of the largest generator whose card is there; the smallest if there is none."""
    there = [size for size in ("small", "nano") if (folder / f"{size}.json").exists()]
    return there[0] if there else "nano"


def recalled(content: bytes, ask: Ask, seed: int = 0) -> Made:
    """What was made, from the bytes that ``models.latents.to_bytes(made.shown, …)`` gave: to edit it or go on from it.

    Raises:
        LatentsRefused: the bytes are no such latents.
    """
    (camera, *parts), _ = from_bytes(content)
    return Made(replace(ask, kept=kept_in(content)), tuple(parts), camera, seed)


def kept_in(content: bytes) -> Kept | None:
    """The picture that the clip of these latents began with, if its pixels are kept.

    Raises:
        LatentsRefused: the bytes are no latents.
    """
    pictures = pictures_of(content)
    return Kept.of(pictures) if pictures else None


def load_codec(name: str, folder: Path = WEIGHTS, sound: bool = False) -> Codec:
    """The codec of this name; with ``sound``, what is heard has tokens, too (layers only).

    Raises:
        CheckpointRefused: there is none, or it cannot be read.
    """
    path = folder / f"{name}.json"
    if name == "grid":
        from models.grid.codec import GridCodec

        grid: Any = GridCodec.load(path)
        return grid
    if name == "layers":
        from models.layers import codec as layers
        from models.layers.crisp import load_crisp
        from models.layers.plain import load_plain
        from models.sound.tokens import load_clip_sound

        reader, finer = folder / "plain.json", folder / "crisp.json"
        taken_apart: Any = layers.load_codec(
            path,
            load_plain(reader) if reader.exists() else None,
            load_crisp(finer) if finer.exists() else None,
            load_clip_sound(folder / "sound.json") if sound else None,
        )
        return taken_apart
    raise checkpoint.CardUnreadable(path, f"there is no codec {name!r}", "There are layers and grid.")


def _still(ask: Ask) -> Ask:
    path = None if ask.path is None else ask.path[:1]
    return replace(ask, canvas=replace(ask.canvas, frames=1), path=path)


def _straight(sheet_4HW: torch.Tensor) -> torch.Tensor:
    """Colour that is no longer multiplied by its cover, all within 0 to 1."""
    cover = sheet_4HW[3:].clamp(0, 1)
    colour = (sheet_4HW[:3] / cover.clamp_min(1 / 255)).clamp(0, 1)
    return torch.cat([colour * (cover > 0), cover])


def _digest(network: Transformer, tokenizer: Tokenizer, codec: Codec) -> str:
    digest = hashlib.sha256(f"{codec.name}\0{codec.version}\0{chr(10).join(tokenizer.words)}".encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + b"\0" + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
