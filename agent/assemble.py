"""From kept takes to a film: the timeline with its sounds and captions, and the cut made of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import groupby

from agent.crew import Crew
from agent.memory.cuts import Cut
from agent.narration import narrate
from agent.sounds import SILENCE, gain_to, is_whole, stem_of
from agent.state import Note
from storyboards.brief import CaptionMode
from storyboards.clock import FrameSpan
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, digest_of
from storyboards.timeline import Clip, SoundClip, Timeline
from tools.contract import Progress, ShotRequest, quiet, request_for
from tools.faults import reached

CROSSFADE_S = 0.5
"""Of two ambiences, centred on the boundary between them."""
MUSIC_FADE_S = 2.0
MUSIC_LUFS, AMBIENCE_LUFS = -27.0, -34.0
"""Levels in the mix before the whole is set to its loudness: under speech, which is at -18."""
FOLEY_GAIN_DB = 7.0
"""Foley is made at the level of the place it happens in; in a film it has to be heard over music."""


def build_timeline(crew: Crew, board: Storyboard, kept: Mapping[str, Take]) -> tuple[Timeline, tuple[Note, ...]]:
    """The edit of the film: one clip a shot, its foley, ambience that runs on across cuts, lines and music.

    Args:
        kept: the take to use of every shot.
    """
    narration = narrate(crew, board)
    sound = (*narration.clips, *_foley(board, kept), *_ambience(crew, board), *_music(crew, board))
    timeline = Timeline(
        title=board.title, rate=board.rate, width=board.width, height=board.height,
        picture=tuple(_clip(board, shot, kept[shot.id]) for shot in board.shots), sound=sound,
        captions=narration.captions,
    )  # fmt: skip
    return timeline, narration.notes


def cut_timeline(
    crew: Crew, project: str, board: Storyboard, timeline: Timeline, captions: CaptionMode, notes: tuple[Note, ...],
    progress: Progress = quiet,
) -> Cut:  # fmt: skip
    """The film of this timeline in the store, cut now unless it was before."""
    key = digest_of(
        {"timeline": timeline.model_dump(mode="json"), "captions": captions, "language": board.language,
         "editor": crew.editor.VERSION}
    )  # fmt: skip
    known = crew.memory.cuts.find(project, key)
    if known is not None and known.board == board.digest() and is_whole(crew, known.sha256):
        return known
    began = time.monotonic()
    with crew.store.scratch(".mp4") as draft:
        reached("cut.encode.before")
        facts = crew.editor.cut_film(timeline, crew.store, draft, captions, board.language, progress)
        reached("cut.encode.after")
        sha256 = crew.store.put(draft, ".mp4")
    notes += tuple(Note(text=text) for text in facts.notes)
    crew.memory.cuts.record(project, key, board.digest(), sha256, timeline, notes, time.monotonic() - began)
    cut = crew.memory.cuts.find(project, key)
    assert cut is not None, "it was recorded in the line above"
    return cut


def _clip(board: Storyboard, shot: Shot, take: Take) -> Clip:
    return Clip(
        shot_id=shot.id, take_key=take.key, video_sha256=take.video_sha256, source=FrameSpan(start=0, end=shot.frames),
        record=board.span_of(shot.id), transition=shot.transition, title=shot.title,
    )  # fmt: skip


def _foley(board: Storyboard, kept: Mapping[str, Take]) -> list[SoundClip]:
    """In step with the picture, whatever the ambience does at the cut."""
    return [
        SoundClip(
            track="foley",
            sha256=take.sound_sha256,
            gain_db=FOLEY_GAIN_DB,
            at_s=board.rate.seconds(board.span_of(shot.id).start),
            length_s=board.rate.seconds(shot.frames),
            fade_out_s=min(0.06, board.rate.seconds(shot.frames) / 4),
            shot_id=shot.id,
        )
        for shot in board.shots
        if (take := kept[shot.id]).sound_sha256
    ]


def _ambience(crew: Crew, board: Storyboard) -> list[SoundClip]:
    """One bed for every run of shots whose ambience is the same, crossfaded where it changes (J- and L-cuts)."""
    requests = {shot.id: request_for(board, shot) for shot in board.shots}

    def place(shot: Shot) -> str:
        return crew.sound.ambience_key(requests[shot.id]) if shot.ambience else ""

    clips = []
    for key, run in groupby(board.shots, key=place):
        shots = list(run)
        if key:
            begin_s, end_s = _boundary(board, shots[0]), _boundary(board, _after(board, shots[-1]))
            clips += _bed(crew, board, requests[shots[0].id], key, begin_s, end_s)
    return clips


def _bed(
    crew: Crew, board: Storyboard, request: ShotRequest, key: str, begin_s: float, end_s: float
) -> list[SoundClip]:
    """A bed from ``begin_s`` to ``end_s``, and half a crossfade more at each end that is inside the film."""
    at_s = max(0.0, begin_s - CROSSFADE_S / 2)
    length_s = round(min(board.duration_s, end_s + CROSSFADE_S / 2) - at_s, 4)
    if length_s <= 0:
        return []
    shot = request.shot
    recipe = {
        "key": key, "place": [shot.setting, shot.time, shot.weather, request.place_seed, shot.seed],
        "length_s": length_s, "version": crew.sound.VERSION,
    }  # fmt: skip
    stem = stem_of(crew, "ambience", recipe, lambda: (crew.sound.ambience_bed(request, 0.0, length_s), {}))
    if stem.sha256 == SILENCE:
        return []
    fade_s = min(CROSSFADE_S, length_s / 2)
    return [
        SoundClip(
            track="ambience",
            sha256=stem.sha256,
            at_s=round(at_s, 4),
            length_s=length_s,
            gain_db=gain_to(AMBIENCE_LUFS, stem),
            fade_in_s=fade_s,
            fade_out_s=fade_s,
            shot_id=shot.id,
        )
    ]


def _after(board: Storyboard, shot: Shot) -> Shot | None:
    index = board.shots.index(shot)
    return board.shots[index + 1] if index + 1 < len(board.shots) else None


def _boundary(board: Storyboard, shot: Shot | None) -> float:
    """Where the sound of the place gives way to that of ``shot``: at the cut, or as far from it as the shot asks.

    Never beyond the middle of either shot, so that boundaries stay in order.
    """
    if shot is None:
        return board.duration_s
    start = board.span_of(shot.id).start
    if start == 0:
        return 0.0
    before = board.shots[board.shots.index(shot) - 1]
    lead_s = min(shot.sound_lead_s, board.rate.seconds(before.frames) / 2)
    return board.rate.seconds(start) - max(lead_s, -board.rate.seconds(shot.frames) / 2)


def _music(crew: Crew, board: Storyboard) -> list[SoundClip]:
    plan = board.music
    if plan is None:
        return []
    length_s = round(board.duration_s, 4)
    recipe = {
        "mood": plan.mood, "tempo_bpm": plan.tempo_bpm, "length_s": length_s, "seed": board.seed,
        "version": crew.sound.VERSION,
    }  # fmt: skip
    stem = stem_of(crew, "music", recipe, lambda: (crew.sound.music(plan, length_s, board.seed), {}))
    if stem.sha256 == SILENCE:
        return []
    fade_s = min(MUSIC_FADE_S, length_s / 4)
    return [
        SoundClip(
            track="music",
            sha256=stem.sha256,
            at_s=0.0,
            length_s=length_s,
            gain_db=gain_to(MUSIC_LUFS, stem) + plan.gain_db,
            fade_in_s=min(0.3, length_s / 8),
            fade_out_s=fade_s,
        )
    ]
