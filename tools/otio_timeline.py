"""A timeline to OpenTimelineIO and back: every take is an alternate media reference of its clip, the kept one active.

What OpenTimelineIO has words for is said in them, so that an editor's program understands it: spans, dissolves, tracks,
gaps, markers. What it has no words for is in the metadata under ``storyreel``. Reading back trusts the former, since
that is what people change, and uses the latter for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from storyboards.claims import Claim
from storyboards.clock import FrameRate, FrameSpan
from storyboards.critique import Verdict
from storyboards.errors import BadEdit
from storyboards.shot import Take, Transition
from storyboards.timeline import Caption, Clip, SoundClip, Timeline
from tools.contract import SOUND_RATE_HZ

if TYPE_CHECKING:
    import opentimelineio as otio

NAMESPACE = "storyreel"
Locate = Callable[[str], str]
"""The URL of a stored file by its sha256."""


def to_otio(
    timeline: Timeline,
    takes_by_shot: Mapping[str, Sequence[Take]],
    claims: Sequence[Claim] = (),
    verdicts: Sequence[Verdict] = (),
    locate: Locate = lambda sha256: sha256,
    sound_rate: float = SOUND_RATE_HZ,
) -> otio.schema.Timeline:
    """The timeline with its alternates, its sounds, and a marker for every claim that failed.

    Args:
        takes_by_shot: every take of every shot, shown or not.
        sound_rate: sounds are placed to 1 / ``sound_rate`` s; programs that count frames want the film's rate.
    """
    import opentimelineio as otio

    rate = float(timeline.rate.fraction)
    film = otio.schema.Timeline(name=timeline.title, global_start_time=otio.opentime.RationalTime(0, rate))
    film.metadata[NAMESPACE] = {
        "rate": str(timeline.rate), "width": timeline.width, "height": timeline.height, "title": timeline.title,
        "captions": [caption.model_dump(mode="json") for caption in timeline.captions],
    }  # fmt: skip
    picture = otio.schema.Track(name="picture", kind=otio.schema.TrackKind.Video)
    for clip in timeline.picture:
        if clip.transition.kind == "dissolve":
            picture.append(_dissolve(clip.transition.frames, rate))
        picture.append(_clip(clip, takes_by_shot.get(clip.shot_id, ()), timeline.rate, locate))
    film.tracks.append(picture)
    _mark(picture, timeline, claims, verdicts)
    film.tracks.extend(_sound_tracks(timeline, locate, sound_rate))
    return film


def from_otio(film: otio.schema.Timeline) -> Timeline:
    """The timeline of a film that :func:`to_otio` wrote, with whatever was changed since: order, spans, active takes.

    Raises:
        BadEdit: it was not made by storyreel, or a change cannot be played.
    """
    import opentimelineio as otio

    about = _plain(film.metadata.get(NAMESPACE))
    if not about:
        raise BadEdit("this timeline was not made by storyreel.", next_step="Give one that `storyreel export` wrote.")
    try:
        rate = FrameRate.model_validate(about["rate"])
        sounds = [clip for track in film.audio_tracks() for clip in track if isinstance(clip, otio.schema.Clip)]
        sounds.sort(key=lambda clip: int(clip.metadata[NAMESPACE]["order"]))
        return Timeline(
            title=film.name, rate=rate, width=about["width"], height=about["height"],
            picture=tuple(_clips_of(film, rate)), sound=tuple(_sound_of(clip) for clip in sounds),
            captions=tuple(Caption.model_validate(caption) for caption in about.get("captions", ())),
        )  # fmt: skip
    except (KeyError, TypeError, ValidationError) as error:
        raise BadEdit(f"the timeline cannot be played: {error}.", next_step="Undo the last change to it.") from error


def _clip(clip: Clip, takes: Sequence[Take], rate: FrameRate, locate: Locate) -> otio.schema.Clip:
    import opentimelineio as otio

    fps = float(rate.fraction)
    references = {take.key: _reference(take, fps, locate) for take in takes}
    if clip.take_key not in references:
        whole = _range(0, clip.source.end, fps)
        shown = otio.schema.ExternalReference(target_url=locate(clip.video_sha256), available_range=whole)
        shown.metadata[NAMESPACE] = {"key": clip.take_key, "video_sha256": clip.video_sha256}
        references[clip.take_key] = shown
    made = otio.schema.Clip(name=clip.shot_id, source_range=_range(clip.source.start, clip.source.length, fps))
    made.set_media_references(references, clip.take_key)
    made.metadata[NAMESPACE] = {
        "shot_id": clip.shot_id, "title": clip.title, "transition": clip.transition.model_dump(mode="json"),
    }  # fmt: skip
    return made


def _reference(take: Take, fps: float, locate: Locate) -> otio.schema.ExternalReference:
    import opentimelineio as otio

    made = otio.schema.ExternalReference(
        target_url=locate(take.video_sha256), available_range=_range(0, take.frames + take.handle_frames, fps)
    )
    made.name = f"{take.shot_id} take {take.ordinal}"
    made.metadata[NAMESPACE] = take.model_dump(mode="json", exclude={"wall_s"})
    return made


def _dissolve(frames: int, fps: float) -> otio.schema.Transition:
    """All of it lies after the cut: the clip before goes on into its handle while the next one comes up."""
    import opentimelineio as otio

    return otio.schema.Transition(
        name="dissolve", transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
        in_offset=otio.opentime.RationalTime(0, fps), out_offset=otio.opentime.RationalTime(frames, fps),
    )  # fmt: skip


def _mark(picture: otio.schema.Track, timeline: Timeline, claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> None:
    """A red marker where each failed claim is seen: on its clip, or on the track for those of the whole film."""
    import opentimelineio as otio

    about = {claim.id: claim for claim in claims}
    clips = {clip.shot_id: clip for clip in timeline.picture}
    fps = float(timeline.rate.fraction)
    for verdict in verdicts:
        claim = about.get(verdict.claim_id)
        if claim is None or verdict.outcome != "fail":
            continue
        clip = clips.get(claim.shot_id)
        start, length = (clip.source.start, clip.source.length) if clip else (0, timeline.frames)
        if verdict.evidence.span_s is not None:
            begin, end = (timeline.rate.frames(at_s) for at_s in verdict.evidence.span_s)
            start, length = start + begin, max(1, end - begin)
        elif verdict.evidence.frame is not None:
            start, length = start + verdict.evidence.frame, 1
        marker = otio.schema.Marker(
            name=f"failed: {claim.text}", color=otio.schema.MarkerColor.RED, marked_range=_range(start, length, fps),
            metadata={NAMESPACE: {"claim_id": claim.id, "measured": verdict.measured, "tier": verdict.tier}},
        )  # fmt: skip
        owners = [one for one in picture if isinstance(one, otio.schema.Clip) and one.name == claim.shot_id]
        (owners[0] if owners else picture).markers.append(marker)


def _sound_tracks(timeline: Timeline, locate: Locate, sound_rate: float) -> Iterator[otio.schema.Track]:
    """One track per kind of sound, and further ones where its sounds overlap."""
    import opentimelineio as otio

    for name in ("dialogue", "foley", "ambience", "music"):
        lanes: list[list[SoundClip]] = []
        for sound in sorted((s for s in timeline.sound if s.track == name), key=lambda s: s.at_s):
            free = next((lane for lane in lanes if _ends(lane[-1], sound_rate) <= _starts(sound, sound_rate)), None)
            if free is None:
                lanes.append(free := [])
            free.append(sound)
        for number, lane in enumerate(lanes, start=1):
            track = otio.schema.Track(
                name=name if number == 1 else f"{name} {number}", kind=otio.schema.TrackKind.Audio
            )
            playhead = 0
            for sound in lane:
                start = _starts(sound, sound_rate)
                if start > playhead:
                    track.append(otio.schema.Gap(source_range=_range(0, start - playhead, sound_rate)))
                track.append(_sound_clip(sound, timeline.sound.index(sound), locate, sound_rate))
                playhead = max(start, 0) + _ends(sound, sound_rate) - start
            yield track


def _starts(sound: SoundClip, rate: float) -> int:
    return round(Fraction(sound.at_s) * Fraction(rate).limit_denominator(1001))


def _ends(sound: SoundClip, rate: float) -> int:
    return _starts(sound, rate) + max(1, round(Fraction(sound.length_s) * Fraction(rate).limit_denominator(1001)))


def _sound_clip(sound: SoundClip, order: int, locate: Locate, rate: float) -> otio.schema.Clip:
    import opentimelineio as otio

    length = _ends(sound, rate) - _starts(sound, rate)
    offset = round(sound.offset_s * rate)
    made = otio.schema.Clip(
        name=f"{sound.track} {sound.shot_id}".strip(), source_range=_range(offset, length, rate),
        media_reference=otio.schema.ExternalReference(
            target_url=locate(sound.sha256), available_range=_range(0, offset + length, rate)
        ),
    )  # fmt: skip
    made.metadata[NAMESPACE] = {"sound": sound.model_dump(mode="json"), "order": order}
    return made


def _clips_of(film: otio.schema.Timeline, rate: FrameRate) -> Iterator[Clip]:
    import opentimelineio as otio

    tracks = film.video_tracks()
    if len(tracks) != 1:
        raise BadEdit(f"a film has one picture track, this has {len(tracks)}.", next_step="Merge them into one.")
    entered = Transition()
    playhead = 0
    for part in tracks[0]:
        if isinstance(part, otio.schema.Transition):
            frames = _frames(part.in_offset + part.out_offset, rate)
            entered = Transition(kind="dissolve", frames=frames) if frames else Transition()
            continue
        if not isinstance(part, otio.schema.Clip):
            raise BadEdit(f"the picture has a gap at frame {playhead}.", next_step="Close it or put a shot there.")
        about = _plain(part.metadata.get(NAMESPACE))
        span = part.trimmed_range()
        start, length = _frames(span.start_time, rate), _frames(span.duration, rate)
        planned = Transition.model_validate(about.get("transition", {}))
        if entered.kind == "cut" and planned.kind == "fade":
            entered = planned
        take = _plain(part.media_reference.metadata.get(NAMESPACE))
        yield Clip(
            shot_id=about["shot_id"], take_key=take["key"], video_sha256=take["video_sha256"],
            source=FrameSpan(start=start, end=start + length), record=FrameSpan(start=playhead, end=playhead + length),
            transition=entered, title=about.get("title", ""),
        )  # fmt: skip
        playhead += length
        entered = Transition()


def _sound_of(clip: otio.schema.Clip) -> SoundClip:
    """The sound as it was, unless it was moved or trimmed by a sample or more."""
    known = SoundClip.model_validate(_plain(clip.metadata[NAMESPACE])["sound"])
    place, span = clip.range_in_parent(), clip.trimmed_range()
    moved = {
        "at_s": float(place.start_time.to_seconds()),
        "length_s": float(span.duration.to_seconds()),
        "offset_s": float(span.start_time.to_seconds()),
    }
    step_s = 1.0 / span.duration.rate
    changes = {
        name: seconds for name, seconds in moved.items() if abs(seconds - max(0.0, getattr(known, name))) > step_s
    }
    return known.model_copy(update=changes)


def _frames(time: otio.opentime.RationalTime, rate: FrameRate) -> int:
    return round(time.rescaled_to(float(rate.fraction)).value)


def _range(start: float, length: float, rate: float) -> otio.opentime.TimeRange:
    import opentimelineio as otio

    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(length, rate))


def _plain(value: Any) -> dict[str, Any]:
    """OpenTimelineIO's dictionaries as Python's."""
    import json

    from opentimelineio.core import serialize_json_to_string

    return json.loads(serialize_json_to_string(value)) if value is not None else {}
