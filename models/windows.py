"""One window after another along a clip: what each is told, and what it adds. See :mod:`models.length`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from models.codec import Canvas
from models.conditions import Segment
from models.layers.codec import LayersCodec
from models.layers.parts import CAMERA, POSE
from models.layers.places import by_role
from models.layers.rebase import path_from, poses_from, poses_onto
from models.layers.seats import Ride
from models.layers.strip import Strip, decoded, held_on, joined, posed, seen_plate, stretched, viewpoint, with_plate
from models.reel import SEEDS, Ask, Made, Making, Reel
from models.shapes import FPS, TIME_STRIDE, latent_frames
from models.sound.tokens import AUDIO, Audible, sound_of

SPAN = 49
"""Frames of a window: of the clips that the network was trained on."""
AT_ONCE = 61
"""Frames that are still made in one go: five seconds, four and a handle among them."""
VERSION = 1
"""Of how long clips are made: whoever names what made a film names it, too."""
STRIDE = 7919
"""Seeds from one window to the next."""
FLASH = CAMERA.index("flash")

Said = Callable[[float, float], str]
"""The caption of a stretch of a clip, from its start and end in seconds."""


@dataclass(frozen=True)
class Sliding:
    """What a window is given; the defaults are what films are made with, the rest is for measuring.

    Attributes:
        latents: latent frames of history beyond the window's first frame, four frames each.
        sink: sheets, look and plate stay those that were made first; if not, every window makes its own.
        rebased: windows are told from their own first frame; if not, from the clip's.
        course: windows end where the course is then; if not, they go where they like.
    """

    latents: int = 3
    sink: bool = True
    rebased: bool = True
    course: bool = True

    @property
    def frames(self) -> int:
        """Frames of history, the first one included."""
        return 1 + TIME_STRIDE * self.latents


@dataclass(frozen=True)
class Later:
    """A sound as it is heard from a later moment: see :class:`models.sound.tokens.Audible`."""

    sound: str
    at_s: float
    gain_db: float
    pan: float
    surface: str

    @classmethod
    def of(cls, event: Audible, start_s: float) -> Later:
        return cls(event.sound, event.at_s - start_s, event.gain_db, event.pan, event.surface)


class Slide:
    """What is the same in all windows of one clip. ``start`` is the frame from which captions and events count."""

    def __init__(
        self, reel: Reel, ask: Ask, seed: int, said: Said | None, making: Making | None, sliding: Sliding,
        start: int = 0,
    ) -> None:  # fmt: skip
        self.reel, self.ask, self.seed, self.making, self.sliding = reel, ask, seed, making, sliding
        self.codec, self.start = layers_of(reel, ask), start
        self.said: Said = said or (lambda start_s, end_s: ask.caption)

    def along(self, strip: Strip, goal_KFR: torch.Tensor | None, total: int) -> Iterator[Strip]:
        """Windows up to ``total`` frames, each of which ends as the goal (K, total, R) is then."""
        number = 0
        while strip.frames < total:
            number += 1
            start = self.next_start(strip, total)
            span = min(SPAN, total - start)
            goal = goal_KFR if self.sliding.course else None
            strip = self._lengthened(strip, start, span, goal, self.seed + STRIDE * number)
            yield strip

    def next_start(self, strip: Strip, total: int) -> int:
        """Where the next window begins."""
        return max(0, min(strip.frames - self.sliding.frames, total - SPAN))

    def course(self, strip: Strip) -> tuple[Strip, torch.Tensor]:
        """The strip with what is still to be made of it, and the course from its last frame to its path's end,
        (K, F, R), at most ``SPAN`` frames."""
        last = strip.frames - 1
        path = strip.path_F9[last:]
        path = unlit(stretched(path, min(SPAN, len(path))))
        silent = replace(strip, sound_TC=None)
        rides = tuple(ride.over(last - self.start, len(path)) for ride in self.ask.rides)
        window, row_9, wider = self._window(silent, last, path, None, self.ask.caption, self.seed, rides)
        rows_KFR = self._told_back(window, row_9)
        strip = self._furnished(strip, window, row_9, wider)
        if strip.unseen:
            new = sorted(strip.unseen)
            rows = strip.rows_KFR.clone()
            rows[new] = rows_KFR[new, :1]
            strip = replace(strip, rows_KFR=rows, unseen=frozenset())
        return strip, rows_KFR

    def sounds(self, strip: Strip) -> torch.Tensor:
        """Sound for a strip that is there, window by window, each of which hears the end of the one before: (F, C)."""
        total, sound_TC = strip.frames, sound_of(self.codec).blank(strip.canvas).clean_LC[:0]
        number = 0
        while len(sound_TC) < total:
            number += 1
            start = max(0, min(len(sound_TC) - self.sliding.frames, total - SPAN))
            path, known = strip.path_F9[start : start + SPAN], replace(strip, sound_TC=sound_TC)
            window, _, _ = self._window(
                known, start, path, None, self._said(start, len(path)), self.seed + STRIDE * number
            )
            sound_TC = torch.cat([sound_TC, _heard(window)[len(sound_TC) - start :]])
        return sound_TC

    def _said(self, start: int, frames: int) -> str:
        """What is said of a window."""
        return self.said(max(0, start - self.start) / FPS, (start + frames - self.start) / FPS)

    def _lengthened(self, strip: Strip, start: int, span: int, goal_KFR: torch.Tensor | None, seed: int) -> Strip:
        """The strip with what one window adds to it."""
        path = strip.path_F9[start : start + span]
        goal = None if goal_KFR is None else goal_KFR[:, start : start + span]
        window, row_9, wider = self._window(strip, start, path, goal, self._said(start, span), seed)
        known, made_KFR = strip.frames - start, self._told_back(window, row_9)
        pairs = zip(strip.rows_KFR, made_KFR, strict=True)
        rows = [joined(row_FR[start:], made_FR, known) for row_FR, made_FR in pairs]
        added = torch.stack(rows) if rows else made_KFR
        sound_TC = strip.sound_TC
        if sound_TC is not None:
            sound_TC = torch.cat([sound_TC, _heard(window)[len(sound_TC) - start :]])
        strip = self._furnished(strip, window, row_9, wider)
        return replace(
            strip, canvas=replace(strip.canvas, frames=start + span), sound_TC=sound_TC,
            rows_KFR=torch.cat([strip.rows_KFR[:, :start], added], 1),
        )  # fmt: skip

    @torch.no_grad()
    def _window(
        self, strip: Strip, start: int, path: torch.Tensor, goal_KFR: torch.Tensor | None, caption: str, seed: int,
        rides: tuple[Ride, ...] | None = None,
    ) -> tuple[Made, torch.Tensor, bool]:  # fmt: skip
        """Make one window; with it the row of the camera that it is told from, and whether cells of its plate are new.

        Args:
            path: from ``start`` on, told like the strip; its length is the window's.
            goal_KFR: as long; its last latent frame is given.
            rides: as the window tells them; those of the clip from ``start`` on if None.
        """
        codec, sliding = self.codec, self.sliding
        canvas, known = replace(strip.canvas, frames=len(path)), strip.frames - start
        row_9 = viewpoint(path[0]) if sliding.rebased else torch.zeros(len(CAMERA))
        seen, path = path, path_from(path, row_9)
        plate, left_L = seen_plate(codec, strip, codec.blank(canvas, 0, path)[0], row_9, seen)
        given = [(plate, left_L if sliding.sink else torch.ones_like(left_L))]
        timeless = [0.0 if sliding.sink and k not in strip.unseen else 1.0 for k in range(len(strip.sheets))]
        given += [(part, _all(part, mask)) for part, mask in zip(strip.sheets, timeless, strict=True)]
        given.append((strip.look, _all(strip.look, 0.0 if sliding.sink else 1.0)))
        rows_KFR = poses_from(self._laid(strip.rows_KFR[:, start:], goal_KFR, len(path)), row_9)
        for k, part in enumerate(posed(codec, rows_KFR, canvas)):
            mask_L = (part.frame_L >= latent_frames(known)).float()
            if goal_KFR is not None:
                mask_L[-1] = 0.0
            given.append((part, _all(part, 1.0) if k in strip.unseen else mask_L))
        if strip.sound_TC is not None:
            given.append(self._heard(strip.sound_TC[start:], canvas))
        events = self.ask.events
        if events is not None:
            events = tuple(Later.of(event, (start - self.start) / FPS) for event in events)
        ask = replace(
            self.ask, caption=caption, canvas=canvas, path=path, keyframes={}, sounding=strip.sound_TC is not None,
            events=events if strip.sound_TC is not None else None,
            rides=tuple(ride.later(start - self.start) for ride in self.ask.rides) if rides is None else rides,
            references=tuple(each for each in self.ask.references if each[0] in strip.unseen),
        )  # fmt: skip
        before = Made(ask, tuple(part for part, _ in given), codec.camera(path, canvas), seed % SEEDS)
        masks = [mask_L for _, mask_L in given]
        return self.reel.inpaint(before, masks, seed % SEEDS, making=self.making), row_9, bool(given[0][1].any())

    @staticmethod
    def _laid(known_KFR: torch.Tensor, goal_KFR: torch.Tensor | None, frames: int) -> torch.Tensor:
        """Rows of a window: what is known, then the goal, or the last row held."""
        rows = [held_on(row_FR, frames) for row_FR in known_KFR]
        laid_KFR = torch.stack(rows) if rows else known_KFR.new_zeros(0, frames, known_KFR.shape[2])
        if goal_KFR is not None:
            laid_KFR[:, known_KFR.shape[1] :] = goal_KFR[:, known_KFR.shape[1] :]
        return laid_KFR

    def _heard(self, known_TC: torch.Tensor, canvas: Canvas) -> tuple[Segment, torch.Tensor]:
        """The sound of a window, of which the first tokens are known, and its mask."""
        blank = sound_of(self.codec).blank(canvas)
        latent_LC = blank.clean_LC.clone()
        latent_LC[: len(known_TC)] = known_TC
        return blank.filled(latent_LC), (torch.arange(len(blank)) >= len(known_TC)).float()

    def _told_back(self, window: Made, row_9: torch.Tensor) -> torch.Tensor:
        """A window's rows as the strip tells them."""
        return poses_onto(self.codec.rows(window.shown, window.ask.canvas)[0], row_9)

    def _furnished(self, strip: Strip, window: Made, row_9: torch.Tensor, wider: bool) -> Strip:
        """The strip with what a window made that is timeless; ``wider`` if cells of the plate are among it."""
        plate, look, sheets, _, _ = by_role(window.shown)
        strip = replace(strip, look=look, sheets=tuple(sheets))
        if strip.left_L is not None:
            picture = decoded(self.codec, plate, strip.canvas)
            return replace(strip, plate=plate, picture=picture, left_L=None)
        return with_plate(self.codec, strip, plate, row_9, anew=not self.sliding.sink) if wider else strip


def _heard(window: Made) -> torch.Tensor:
    return next(part.clean_LC for part in window.parts if part.role == AUDIO)


def _all(part: Segment, mask: float) -> torch.Tensor:
    return torch.full((len(part),), mask)


def layers_of(reel: Reel, ask: Ask) -> LayersCodec:
    """The codec whose clips can be told anew.

    Raises:
        ValueError: it is another one, or the clip has not the rate of the windows.
    """
    if not isinstance(reel.codec, LayersCodec):
        raise ValueError(f"clips of the {reel.codec.name} codec cannot be made longer, only those of layers")
    if ask.canvas.fps != FPS:
        raise ValueError(f"clips are made longer at {FPS} frames a second, got {ask.canvas.fps}")
    return reel.codec


def paced(course_KFR: torch.Tensor, frames: int) -> torch.Tensor:
    """A course at the true pace, (K, frames, R): places go evenly along it, limbs as fast as they do in four frames.

    Each latent frame ends as the course is then, and the frames before are as far before it as they are in time.
    """
    slow = [stretched(row_FR, frames) for row_FR in course_KFR]
    if not slow:
        return torch.zeros(0, frames, course_KFR.shape[2])
    frame_F = torch.arange(frames)
    end_F = ((frame_F + TIME_STRIDE - 1) // TIME_STRIDE * TIME_STRIDE).clamp(max=frames - 1)
    at_F = (end_F * ((course_KFR.shape[1] - 1) / max(1, frames - 1)) + frame_F - end_F).clamp(min=0.0)
    low_F = at_F.floor().long().clamp(max=course_KFR.shape[1] - 2)
    share_F1 = (at_F - low_F)[:, None]
    paced_KFR = torch.stack(slow)
    fast_KFR = course_KFR[:, low_F] * (1 - share_F1) + course_KFR[:, low_F + 1] * share_F1
    paced_KFR[..., len(POSE) :] = fast_KFR[..., len(POSE) :]
    return paced_KFR


def unlit(path_F9: torch.Tensor) -> torch.Tensor:
    """A path without lightning, which has its own times."""
    dark_F9 = path_F9.clone()
    dark_F9[:, FLASH] = 0.0
    return dark_F9
