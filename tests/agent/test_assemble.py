"""The edit: every frame in its place, sound that runs over the cuts, lines that fit, captions one can read."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.assemble import CROSSFADE_S, build_timeline
from agent.captions import LINE_CHARACTERS, captions_of
from agent.crew import Crew
from agent.director import Director
from agent.narration import FASTEST, narrate
from agent.sounds import gain_to, stem_of
from storyboards.brief import Brief
from storyboards.clock import FrameSpan
from storyboards.errors import SpeechFailed
from storyboards.shot import Take
from storyboards.storyboard import Storyboard, read_storyboard
from storyboards.timeline import SoundClip, Timeline
from tests.fakes import BeepSpeaker, PlainSounds, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import SOUND_RATE_HZ, Speech, Word


def board_of(*shots: dict[str, Any], **film: Any) -> Storyboard:
    rows = [{"id": f"s{i + 1}", "frames": 16, "setting": "forest"} | shot for i, shot in enumerate(shots)]
    return read_storyboard({"title": "T", "rate": "8", "width": 64, "height": 64, "shots": rows} | film)


def takes_of(board: Storyboard, foley: str = "") -> dict[str, Take]:
    return {
        shot.id: Take(
            key=f"key-{shot.id}", shot_id=shot.id, ordinal=1, backend="x", recipe_digest="", video_sha256="video",
            sound_sha256=foley,
            frames=shot.frames, rate=board.rate, width=64, height=64, seed=0,
        )
        for shot in board.shots
    }  # fmt: skip


def timeline_of(crew: Crew, board: Storyboard) -> Timeline:
    return build_timeline(crew, board, takes_of(board))[0]


def track(timeline: Timeline, name: str) -> list[SoundClip]:
    return [clip for clip in timeline.sound if clip.track == name]


def test_the_picture_is_the_storyboard_frame_by_frame(tmp_path: Path) -> None:
    board = board_of(
        {"frames": 16}, {"frames": 24, "transition": {"kind": "dissolve", "frames": 4}, "title": "Later"}, {}
    )
    timeline = timeline_of(fake_crew(tmp_path), board)
    assert [clip.record for clip in timeline.picture] == [
        FrameSpan(start=0, end=16), FrameSpan(start=16, end=40), FrameSpan(start=40, end=56),
    ]  # fmt: skip
    assert all(clip.source == FrameSpan(start=0, end=clip.record.length) for clip in timeline.picture)
    assert (timeline.picture[1].transition.frames, timeline.picture[1].title) == (4, "Later")
    assert timeline.frames == board.frames


def test_foley_starts_with_its_picture(tmp_path: Path) -> None:
    board = board_of({"frames": 16}, {"frames": 24, "sound_lead_s": 0.5})
    timeline = build_timeline(fake_crew(tmp_path), board, takes_of(board, "f" * 64))[0]
    assert [(clip.at_s, clip.length_s) for clip in track(timeline, "foley")] == [(0.0, 2.0), (2.0, 3.0)]


def test_one_bed_runs_on_over_the_cuts_of_a_place(tmp_path: Path) -> None:
    board = board_of({}, {}, {"setting": "river"}, {"setting": "river", "ambience": False}, {"setting": "river"})
    beds = track(timeline_of(fake_crew(tmp_path), board), "ambience")
    half = CROSSFADE_S / 2
    spans = [(clip.at_s, pytest.approx(clip.at_s + clip.length_s)) for clip in beds]
    assert spans == [(0.0, 4.0 + half), (4.0 - half, 6.0 + half), (8.0 - half, 10.0)]
    assert all(clip.fade_in_s == clip.fade_out_s == CROSSFADE_S for clip in beds)


@pytest.mark.parametrize(("lead_s", "boundary_s"), [(0.5, 1.5), (-0.75, 2.75), (2.0, 1.0), (-2.0, 3.0)])
def test_the_sound_of_a_place_leads_or_lags_the_cut(lead_s: float, boundary_s: float, tmp_path: Path) -> None:
    board = board_of({}, {"setting": "river", "sound_lead_s": lead_s})
    before, after = track(timeline_of(fake_crew(tmp_path), board), "ambience")
    assert before.at_s + before.length_s == pytest.approx(boundary_s + CROSSFADE_S / 2)
    assert after.at_s == pytest.approx(boundary_s - CROSSFADE_S / 2)


def test_music_plays_over_the_whole_film_or_not_at_all(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    (music,) = track(timeline_of(crew, board_of({}, {}, music={"mood": "sad", "gain_db": -3.0})), "music")
    assert (music.at_s, music.length_s, music.fade_out_s) == (0.0, 4.0, 1.0)
    assert track(timeline_of(crew, board_of({}, {})), "music") == []


def test_a_stem_is_brought_to_its_level_whatever_it_was_made_at(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path)
    wave = PlainSounds().music(plan=None, length_s=2.0, seed=0)  # type: ignore[arg-type]  # the fake ignores it
    loud = stem_of(crew, "music", {"n": 1}, lambda: (wave, {}))
    soft = stem_of(crew, "music", {"n": 2}, lambda: (wave / 4, {}))
    assert gain_to(-24.0, soft) - gain_to(-24.0, loud) == pytest.approx(12.04, abs=0.2)


def spoken(crew: Crew, *lines: dict[str, Any], frames: int = 16, shots: int = 2) -> Any:
    rows: list[dict[str, Any]] = [{"frames": frames} for _ in range(shots)]
    rows[0]["lines"] = list(lines)
    return narrate(crew, board_of(*rows))


def test_a_line_that_fits_keeps_its_pace(tmp_path: Path) -> None:
    found = spoken(fake_crew(tmp_path), {"text": "one two three four", "at_s": 0.5})
    (clip,) = found.clips
    assert (clip.at_s, clip.length_s) == (0.5, pytest.approx(0.8))
    assert found.notes == ()


def test_a_line_that_nearly_fits_is_spoken_faster(tmp_path: Path) -> None:
    found = spoken(fake_crew(tmp_path), {"text": "w " * 10, "at_s": 0.25})
    (clip,) = found.clips
    assert 2.0 / FASTEST - 0.01 <= clip.length_s <= 1.75
    assert found.notes == ()


def test_a_line_that_is_too_long_runs_on_over_the_cut(tmp_path: Path) -> None:
    found = spoken(fake_crew(tmp_path), {"text": "w " * 14, "at_s": 0.25})
    (clip,) = found.clips
    assert clip.at_s + clip.length_s > 2.0
    assert clip.length_s == pytest.approx(2.8), "at its own pace, since there is room after the cut"
    assert found.notes == ()


def test_the_next_line_waits_and_the_wait_is_noted(tmp_path: Path) -> None:
    found = spoken(fake_crew(tmp_path), {"text": "w " * 10, "at_s": 0.0}, {"text": "w w w", "at_s": 0.5})
    one, two = found.clips
    assert two.at_s >= one.at_s + one.length_s
    assert [("waits" in note.text, note.degrades) for note in found.notes] == [(True, False)]


def test_words_that_the_film_has_no_time_for_degrade_it(tmp_path: Path) -> None:
    found = spoken(fake_crew(tmp_path), {"text": "w " * 40, "at_s": 0.0})
    (clip,) = found.clips
    assert clip.at_s + clip.length_s == pytest.approx(4.0)
    assert [note.degrades for note in found.notes] == [True]


async def test_without_a_voice_the_film_has_captions_and_a_note(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, speaker=BeepSpeaker(voiceless=True))
    film = await Director(crew).make(Brief(text="A fox."))
    assert film.status == "complete"
    assert [caption.estimated for caption in film.timeline.captions] == [True]
    assert any("captions only" in note for note in film.notes)


class HoarseSpeaker(BeepSpeaker):
    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        raise SpeechFailed("lost my voice")


async def test_a_speaker_that_fails_degrades_the_film_but_not_its_captions(tmp_path: Path) -> None:
    film = await Director(fake_crew(tmp_path, speaker=HoarseSpeaker())).make(Brief(text="A fox."), project="fox")
    assert film.status == "degraded"
    assert any("lost my voice" in reason for reason in film.reasons)
    assert [caption.text for caption in film.timeline.captions] == ["Once there was a fox."]
    # A later run tries again.
    mended = await Director(fake_crew(tmp_path)).resume("fox")
    assert mended.status == "complete"
    assert [clip.track for clip in mended.timeline.sound].count("dialogue") == 1


async def test_an_element_speaks_with_its_own_voice(tmp_path: Path) -> None:
    voices: list[str] = []

    class Listening(BeepSpeaker):
        def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
            voices.append(voice)
            return super().say(text, voice, language, pace)

    board = tiny_board(2)
    fox = board.elements[0].model_copy(update={"voice": "alto"})
    lines = board.shots[0].lines[0].model_copy(update={"speaker": "fox"})
    board = board.changed(elements=(fox, *board.elements[1:]), voice="narrator")
    board = board.with_shot(board.shots[0].model_copy(update={"lines": (lines,)}))
    await Director(fake_crew(tmp_path, speaker=Listening(), planner=ScriptedPlanner(board))).make(Brief(text="A fox."))
    assert set(voices) == {"alto"}


def words(text: str, step_s: float = 0.3) -> list[Word]:
    return [Word(word, i * step_s, (i + 0.9) * step_s) for i, word in enumerate(text.split())]


def test_captions_break_where_a_sentence_ends() -> None:
    text = (
        "The fox walks through the snow. She finds a lantern, and it glows in the dark between the trees of the wood."
    )
    found = captions_of(words(text), 1.0, 60.0, "narrator", "s1", False)
    assert [caption.text.replace("\n", " ") for caption in found] == [
        "The fox walks through the snow.",
        "She finds a lantern, and it glows in the dark between the trees of the wood.",
    ]
    assert found[1].start_s == pytest.approx(1.0 + 6 * 0.3)


def test_a_long_sentence_breaks_at_a_pause() -> None:
    text = "She finds a lantern between the trees of the wood, and it glows in the dark for all of the long night."
    first, second = captions_of(words(text), 0.0, 60.0, "narrator", "s1", False)
    assert first.text.endswith("wood,")
    assert second.text.startswith("and it")


def test_a_short_line_stands_for_a_second() -> None:
    (caption,) = captions_of(words("Run!"), 2.0, 60.0, "fox", "s1", False)
    assert (caption.start_s, caption.end_s, caption.speaker) == (2.0, 3.0, "fox")


TEXT = st.lists(st.text("abcdefghij,.!?", min_size=1, max_size=60), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(TEXT, st.floats(0.05, 0.8), st.floats(0, 20), st.floats(0.5, 60))
def test_captions_can_always_be_read(tokens: list[str], step_s: float, at_s: float, room_s: float) -> None:
    found = captions_of(words(" ".join(tokens), step_s), at_s, at_s + room_s, "narrator", "s1", True)
    for caption in found:
        lines = caption.text.split("\n")
        assert len(lines) <= 2
        assert all(len(line) <= LINE_CHARACTERS for line in lines)
        assert at_s - 0.001 <= caption.start_s < caption.end_s <= at_s + room_s + 0.001
    for before, after in pairwise(found):
        assert before.end_s <= after.start_s + 0.001
    if room_s > len(tokens) * step_s + 1:
        assert "".join("".join(c.text.split()) for c in found) == "".join(tokens)


def test_the_rate_of_waves_is_what_the_tools_agreed_on() -> None:
    speech = BeepSpeaker().say("one two", "narrator", "en", 1.0)
    assert speech.wave is not None
    assert len(speech.wave) == round(speech.length_s * SOUND_RATE_HZ)
