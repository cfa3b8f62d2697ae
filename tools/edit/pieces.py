"""Which stretches of a cut can be taken over as they are, and which must be encoded: the whole plan, before any work.

A take is used as it is from one of its key frames to any later frame. Under a dissolve, a fade, a title or a burnt-in
caption the picture changes, so that stretch is encoded anew, up to the next key frame. Each such piece has a content
key of everything that shows in it; a piece whose key is known is not encoded twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from storyboards.clock import FrameSpan
from storyboards.errors import MediaFailed
from storyboards.storyboard import digest_of
from storyboards.timeline import Caption, Clip, Timeline
from tools.media import CODEC_VERSION, Strip
from tools.titles import TITLES_VERSION, Role

LAYERS_VERSION = "layers.1"
TITLE_AFTER_S, TITLE_REST_S = 0.3, 0.4
"""A title waits this long after its shot is fully there, and is gone this long before the shot ends."""
TITLE_LEAST_S, READING_S_PER_WORD = 2.0, 0.4


@dataclass(frozen=True)
class Laid:
    """Words over the picture during ``span`` (frames of the film)."""

    kind: Literal["title", "caption"]
    text: str
    span: FrameSpan
    role: Role = "lower"
    face: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch of the film made of one clip.

    Attributes:
        record: frames of the film it fills.
        source: the first frame of the clip's take that shows.
        copied: it is taken over as it is.
        under: hash of the take that is still seen dissolving away, from its frame ``under_source``; empty for none.
        entered: frames of the clip that played before this piece (where in a dissolve or fade it is).
    """

    clip: Clip
    record: FrameSpan
    source: int
    copied: bool
    under: str = ""
    under_source: int = 0
    entered: int = 0
    laid: tuple[Laid, ...] = ()

    def recipe(self, timeline: Timeline) -> dict[str, Any]:
        """Everything that determines the pixels of an encoded piece."""
        entering = self.entered < self.clip.transition.frames
        return {
            "versions": [CODEC_VERSION, LAYERS_VERSION, TITLES_VERSION],
            "size": [timeline.width, timeline.height], "rate": str(timeline.rate), "frames": self.record.length,
            "video": self.clip.video_sha256, "source": self.source, "under": self.under,
            "under_source": self.under_source if self.under else 0,
            "entry": [self.clip.transition.kind, self.clip.transition.frames, self.entered] if entering else None,
            "laid": [[laid.kind, laid.text, laid.role, laid.face, laid.span.start - self.record.start, laid.span.length]
                     for laid in self.laid],
        }  # fmt: skip

    def key(self, timeline: Timeline) -> str:
        return digest_of(self.recipe(timeline))


def plan_pieces(
    timeline: Timeline,
    strip_of: Callable[[str], Strip],
    signature: str,
    burnt: tuple[Caption, ...] = (),
    face: str = "",
) -> tuple[Piece, ...]:
    """The pieces of the film in order, without gaps.

    Args:
        strip_of: what is known of a take's file by its hash.
        signature: of the house's own encoding; a take of another kind is encoded anew as a whole.
        face: typeface of the titles and captions (:func:`tools.titles.face_for`).
        burnt: captions to lay over the picture; empty when they are soft or unwanted.

    Raises:
        MediaFailed: a take is shorter than the timeline says.
    """
    laid = tuple(title_of(timeline, number, face) for number, clip in enumerate(timeline.picture) if clip.title)
    laid += tuple(_burnt(timeline, caption, face) for caption in burnt)
    pieces: list[Piece] = []
    for number, clip in enumerate(timeline.picture):
        strip = strip_of(clip.video_sha256)
        before = timeline.picture[number - 1] if number else None
        _check_lengths(clip, strip, before, strip_of)
        keys = strip.keys if strip.signature == signature else ()
        pieces += _clip_pieces(clip, before, keys, laid)
    return tuple(pieces)


def title_of(timeline: Timeline, number: int, face: str) -> Laid:
    """When and how the title of a clip shows: a card on the first and last shot, a lower third between."""
    clip = timeline.picture[number]
    rate = timeline.rate
    last = len(timeline.picture) - 1
    role: Role = "opening" if number == 0 else "closing" if number == last else "lower"
    start = clip.record.start + clip.transition.frames + rate.frames(TITLE_AFTER_S)
    end = clip.record.end - rate.frames(TITLE_REST_S)
    wanted = rate.frames(max(TITLE_LEAST_S, READING_S_PER_WORD * len(clip.title.split()) + 1.2))
    if end - start < rate.frames(TITLE_LEAST_S):  # a short shot shows its title from its first frame to its last
        start, end = clip.record.start, clip.record.end
    return Laid("title", clip.title, FrameSpan(start=start, end=min(end, start + wanted)), role, face)


def _burnt(timeline: Timeline, caption: Caption, face: str) -> Laid:
    start = min(timeline.rate.frames(caption.start_s), timeline.frames)
    end = min(timeline.rate.frames(caption.end_s), timeline.frames)
    return Laid("caption", caption.text, FrameSpan(start=start, end=max(start, end)), face=face)


def _clip_pieces(clip: Clip, before: Clip | None, keys: tuple[int, ...], laid: tuple[Laid, ...]) -> Iterator[Piece]:
    shift = clip.source.start - clip.record.start
    starts = {key - shift for key in keys}
    busy = [laid_one.span for laid_one in laid]
    if clip.transition.frames:
        busy.append(FrameSpan(start=clip.record.start, end=clip.record.start + clip.transition.frames))
    busy = [span for span in busy if span.length]
    at = clip.record.start
    while at < clip.record.end:
        copied = at in starts and not any(at in span for span in busy)
        if copied:
            end = min([clip.record.end, *(span.start for span in busy if span.start > at)])
        else:
            free = (frame for frame in sorted(starts) if frame > at and not any(frame in span for span in busy))
            end = min(clip.record.end, next(free, clip.record.end))
        yield _piece(clip, before, FrameSpan(start=at, end=end), copied, laid)
        at = end


def _piece(clip: Clip, before: Clip | None, record: FrameSpan, copied: bool, laid: tuple[Laid, ...]) -> Piece:
    entered = record.start - clip.record.start
    dissolving = clip.transition.kind == "dissolve" and entered < clip.transition.frames and before is not None
    return Piece(
        clip=clip, record=record, source=clip.source.start + entered, copied=copied, entered=entered,
        under=before.video_sha256 if dissolving and before else "",
        under_source=before.source.end + entered if dissolving and before else 0,
        laid=tuple(one for one in laid if one.span.overlap(record)),
    )  # fmt: skip


def _check_lengths(clip: Clip, strip: Strip, before: Clip | None, strip_of: Callable[[str], Strip]) -> None:
    if clip.source.end > strip.frames:
        raise MediaFailed(
            f"its take has {strip.frames} frames and {clip.source.end} are wanted.", shot_id=clip.shot_id,
            next_step="Film the shot again: `storyreel edit PROJECT \"redo this shot\"`.",
        )  # fmt: skip
    if clip.transition.kind == "dissolve" and before is not None:
        spare = strip_of(before.video_sha256).frames - before.source.end
        if spare < clip.transition.frames:
            raise MediaFailed(
                f"its take goes on for {spare} frames after its end; the dissolve needs {clip.transition.frames}.",
                shot_id=before.shot_id, next_step="Film the shot again, or make the next transition a cut.",
            )  # fmt: skip
