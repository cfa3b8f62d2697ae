"""Which frames of which take play when, and which sounds under them. Conversion to OTIO lives in ``tools.publish``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from storyboards.clock import FrameRate, FrameSpan, timecode
from storyboards.shot import Transition

TrackName = Literal["dialogue", "foley", "ambience", "music"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clip(_Value):
    """Frames ``source`` of a take played at frames ``record`` of the film.

    ``transition`` is how the clip is entered: during its first ``transition.frames`` a dissolve blends the handle of
    the clip before (its frames after ``source.end``) into this one; a fade comes up from black.
    """

    shot_id: str
    take_key: str
    video_sha256: str
    source: FrameSpan
    record: FrameSpan
    transition: Transition = Transition()
    title: str = ""


class SoundClip(_Value):
    """A wave file placed at ``at_s`` seconds of the film, cut to ``length_s``, with fades at both ends."""

    track: TrackName
    sha256: str
    at_s: float
    length_s: float = Field(gt=0)
    offset_s: float = Field(0.0, ge=0)
    gain_db: float = 0.0
    fade_in_s: float = Field(0.0, ge=0)
    fade_out_s: float = Field(0.0, ge=0)
    shot_id: str = ""


class Caption(_Value):
    """Words on screen from ``start_s`` to ``end_s`` of the film. ``estimated`` times come from syllables."""

    start_s: float
    end_s: float
    text: str
    speaker: str = "narrator"
    shot_id: str = ""
    estimated: bool = False


class Timeline(_Value):
    """The edit of a film: picture without gaps from frame 0, and any number of sounds."""

    title: str
    rate: FrameRate
    width: int
    height: int
    picture: tuple[Clip, ...]
    sound: tuple[SoundClip, ...] = ()
    captions: tuple[Caption, ...] = ()

    @model_validator(mode="after")
    def _gapless(self) -> Timeline:
        playhead = 0
        for clip in self.picture:
            if clip.record.start != playhead:
                raise ValueError(f"shot {clip.shot_id} begins at frame {clip.record.start}, expected {playhead}")
            if clip.record.length != clip.source.length:
                raise ValueError(f"shot {clip.shot_id} plays {clip.source.length} frames in {clip.record.length}")
            playhead = clip.record.end
        return self

    @property
    def frames(self) -> int:
        return self.picture[-1].record.end if self.picture else 0

    @property
    def duration_s(self) -> float:
        return self.rate.seconds(self.frames)


def to_srt(captions: tuple[Caption, ...]) -> str:
    """SubRip text; empty for no captions."""
    return "".join(
        f"{number}\n{timecode(c.start_s)} --> {timecode(c.end_s)}\n{c.text}\n\n"
        for number, c in enumerate(captions, start=1)
    )


def to_vtt(captions: tuple[Caption, ...]) -> str:
    """WebVTT text with its header; who speaks is told by voice tags, except for the narrator."""
    cues = (f"{timecode(c.start_s, '.')} --> {timecode(c.end_s, '.')}\n{_voiced(c)}\n\n" for c in captions)
    return "WEBVTT\n\n" + "".join(cues)


def _voiced(caption: Caption) -> str:
    text = _escaped(caption.text)
    return text if caption.speaker == "narrator" else f"<v {_escaped(caption.speaker)}>{text}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
