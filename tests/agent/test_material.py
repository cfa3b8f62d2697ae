"""A person's clips play as shots and are never filmed; a recorded voice lies over the film, with its words if known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.archive import export_project, import_project
from agent.chat.engine import Chat
from agent.chat.replies import VOICE_WORDS, Attachment
from agent.crew import Crew
from agent.director import Director
from agent.film import Film
from agent.material import Material
from agent.memory.memory import Memory
from storyboards.brief import Brief
from storyboards.clock import FrameRate
from storyboards.errors import BadEdit, BadMedia, UnknownName
from storyboards.storyboard import read_storyboard
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import SOUND_RATE_HZ
from tools.media import FrameWriter, png_bytes, read_frames, read_wave, run_ffmpeg, write_wave
from tools.store import Store

BRIEF = Brief(text="A fox goes home.")
TEXT = "Once there was a fox. It had a long way to go, and it went."


def clip(place: Path, seconds: float = 2.0, sound: bool = True, size: tuple[int, int] = (128, 128)) -> Path:
    """A film at 16 frames a second whose brightness counts its frames, with a tone."""
    picture, wave, out = place / "picture.mp4", place / "tone.wav", place / "clip.mp4"
    frames = round(16 * seconds)
    with FrameWriter(picture, *size, FrameRate(numerator=16)) as writer:
        for number in range(frames):
            writer.write(np.full((size[1], size[0], 3), 20 + 6 * number, np.uint8))
    if not sound:
        return picture
    times = np.arange(round(seconds * SOUND_RATE_HZ)) / SOUND_RATE_HZ
    write_wave(wave, np.stack([0.3 * np.sin(2 * np.pi * 440 * times)] * 2).astype(np.float32))
    run_ffmpeg(["-f", "mov", "-i", f"file:{picture}", "-f", "wav", "-i", f"file:{wave}", "-c:v", "copy", "-c:a", "aac",
                f"file:{out}"])  # fmt: skip
    return out


def recording(place: Path, seconds: float = 3.0) -> Path:
    """A voice of sorts: bursts of a tone, at a low level."""
    times = np.arange(round(seconds * SOUND_RATE_HZ)) / SOUND_RATE_HZ
    wave = 0.02 * np.sin(2 * np.pi * 250 * times) * (times % 0.25 < 0.18)
    write_wave(place / "voice.wav", np.stack([wave, wave]).astype(np.float32))
    run_ffmpeg(["-f", "wav", "-i", f"file:{place / 'voice.wav'}", f"file:{place / 'voice.mp3'}"])
    return place / "voice.mp3"


def crew_of(home: Path, **changes: object) -> Crew:
    planner = ScriptedPlanner(tiny_board(3, 16, music=None))
    return fake_crew(home, **{"planner": planner, "judges": (), **changes})


def shown(crew: Crew, film: Film, shot_id: str) -> list[int]:
    """Numbers of the clip's frames that play in a shot."""
    take = next(take for take in film.takes if film.is_kept(take) and take.shot_id == shot_id)
    return [round((float(f[24:40, 24:40].mean()) - 20) / 6) for f in read_frames(crew.store.path(take.video_sha256))]


async def test_a_clip_plays_as_its_shot_with_its_own_sound_and_is_never_filmed(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home", backend=PaintedBackend(price_usd=0.5))
    backend = crew.backend
    assert isinstance(backend, PaintedBackend)
    film = await Director(crew).make(BRIEF, project="fox", material=Material({"2": clip(tmp_path)}))
    assert sorted(backend.filmed) == ["s1", "s3"]
    assert film.spend_usd == 1.0
    assert shown(crew, film, "s2") == [2 * frame + 1 for frame in range(16)], "every other frame of 16 a second"
    take = next(take for take in film.takes if film.is_kept(take) and take.shot_id == "s2")
    wave = read_wave(crew.store.path(take.sound_sha256))
    assert abs(wave.shape[1] / SOUND_RATE_HZ - 2.0) < 0.1
    assert np.abs(wave).max() == pytest.approx(0.3, abs=0.05)
    assert {v.claim_id for v in film.verdicts} == {claim.id for claim in film.claims}, "it is judged as any other"
    backend.filmed.clear()
    trimmed = await Director(crew).edit("fox", "trim shot 2 by 1 second")
    assert (backend.filmed, len(shown(crew, trimmed, "s2"))) == ([], 8)
    with pytest.raises(BadEdit, match="plays your clip, in which exposure cannot be changed"):
        await Director(crew).edit("fox", "make shot 2 darker")
    again = await Director(crew).edit("fox", "redo shot 2")
    assert backend.filmed == ["s2"]
    assert again.storyboard.shot("s2").cut is None


async def test_a_clip_is_fitted_shortens_its_shot_and_goes_with_the_archive(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    director = Director(crew)
    await director.make(BRIEF, project="fox")
    silent = clip(tmp_path, 1.0, sound=False, size=(256, 128))
    film = await director.edit("fox", "", material=Material({"last": silent}))
    assert film.storyboard.shot("s3").frames == 8
    assert any("put on black" in note or "cropped" in note for note in film.notes)
    assert "shot 3: cut none → 0.00–1.00 s of the clip" in " ".join(film.changes)
    out = export_project(crew, "fox", tmp_path / "fox.zip").out
    away = crew_of(tmp_path / "away", memory=Memory(tmp_path / "away"), store=Store(tmp_path / "away" / "store"))
    name = import_project(away, out)
    assert away.store.holds(film.storyboard.shot("s3").cut.clip)  # type: ignore[union-attr]
    moved = await Director(away).edit(name, "shot 3 half as long")
    assert len(shown(away, moved, "s3")) == 4
    for material, error, why in (
        (Material({"7": silent}), UnknownName, "no shot '7'"),
        (Material({"1": recording(tmp_path)}), BadMedia, "no moving picture"),
        (Material(voice_over=silent), BadMedia, "no sound"),
    ):
        with pytest.raises(error, match=why):
            await director.edit("fox", "", material=material)


async def test_a_recording_is_heard_over_the_film_in_place_of_the_narrator(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    material = Material(voice_over=recording(tmp_path), voice_text=TEXT)
    film = await Director(crew).make(BRIEF, project="fox", material=material)
    (spoken,) = [row for row in film.timeline.sound if row.track == "dialogue"]
    assert (spoken.at_s, round(spoken.length_s, 1)) == (0.0, 3.0)
    assert 5.0 < spoken.gain_db <= 24.0, "brought to the level of speech"
    assert all(not shot.lines for shot in film.storyboard.shots)
    said = " ".join(caption.text.replace("\n", " ") for caption in film.timeline.captions)
    assert said == TEXT
    assert all(caption.estimated for caption in film.timeline.captions)
    assert crew.memory.projects.open("fox").brief.duration_s == 3.5, "as long as the voice, and a breath"
    words = next(v for v in film.verdicts if v.claim_id == "film.narration.words")
    assert words.outcome == "unmeasurable"
    plain = await Director(crew).make(BRIEF, project="owl", material=Material(voice_over=tmp_path / "voice.wav"))
    assert plain.timeline.captions == ()
    assert not any(claim.id in ("film.narration.words", "film.captions") for claim in plain.claims)
    assert read_storyboard(plain.storyboard.document()) == plain.storyboard


async def test_a_recording_longer_than_the_film_is_cut_off_and_said(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    asked = BRIEF.model_copy(update={"duration_s": 6.0})
    film = await Director(crew).make(asked, project="fox", material=Material(voice_over=recording(tmp_path, 8.0)))
    assert film.status == "degraded"
    assert any("before the voice-over does" in reason for reason in film.reasons)


async def test_clips_and_recordings_come_with_messages(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    chat = Chat(Director(crew))
    (tmp_path / "voice.txt").write_text(TEXT)
    attached = [Attachment(recording(tmp_path)), Attachment(tmp_path / "voice.txt")]
    asked = await chat.say(None, "A fox goes home.")
    late = await chat.say(asked.project, "", attachments=attached)
    assert late.text.startswith("voice.mp3 (3.0 s) is heard over the film.\nBefore I plan it"), "no answer, but taken"
    begun = await chat.say(None, "A fox goes home. Use this recording as the voice-over.", attachments=attached)
    project = begun.project or ""
    brief = crew.memory.projects.open(project).brief
    assert (brief.text, brief.duration_s) == ("A fox goes home.", 3.5)
    made = await chat.say(project, "go")
    assert made.film is not None
    assert made.film.storyboard.voice_over is not None
    assert made.film.storyboard.voice_over.text == TEXT
    told = await chat.say(project, "use this clip as shot 2", attachments=[Attachment(clip(tmp_path))])
    assert told.film is not None
    assert told.film.storyboard.shot("s2").cut is not None
    assert "of the clip" in told.text
    script = await chat.say(project, "", attachments=[Attachment(tmp_path / "voice.txt")])
    assert "voice.txt begins a film and does not change one" in script.text, "it is not left out in silence"
    unsaid = await chat.say(project, "", attachments=[Attachment(clip(tmp_path))])
    assert "as which shot is it to play" in unsaid.text


async def test_what_a_file_is_for_may_be_chosen_instead_of_said(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    chat, director = Chat(Director(crew)), Director(crew)
    await director.make(BRIEF, project="fox")
    (tmp_path / "notes.txt").write_text(TEXT)
    film, voice = clip(tmp_path), recording(tmp_path)
    attached = [
        Attachment(film, "beach.mp4", meant="3"), Attachment(voice, "me.mp3"),
        Attachment(tmp_path / "notes.txt", meant=VOICE_WORDS),
    ]  # fmt: skip
    told = await chat.say("fox", "", attachments=attached, film=False)
    assert told.text.startswith("beach.mp4 (2.0 s) plays as shot 3.\nme.mp3 (3.0 s) is heard over the film.")
    board = crew.memory.projects.board("fox", crew.memory.projects.open("fox").board)
    assert [shot.cut is not None for shot in board.shots] == [False, False, True]
    assert board.voice_over is not None
    assert board.voice_over.text == TEXT
    twice = [Attachment(film, meant="1"), Attachment(film, meant="1")]
    assert "two clips are to play as shot 1" in (await chat.say("fox", "", attachments=twice)).text


async def test_two_pictures_of_one_message_show_two(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    await Director(crew).make(BRIEF, project="fox")
    for name, colour in (("a.png", 40), ("b.png", 200)):
        picture = np.zeros((32, 32, 4), np.uint8)
        picture[8:24, 8:24] = (colour, colour, colour, 255)
        (tmp_path / name).write_bytes(png_bytes(picture))
    attached = [Attachment(tmp_path / "a.png", meant="fox"), Attachment(tmp_path / "b.png", meant="owl")]
    told = await Chat(Director(crew)).say("fox", "use this picture for the fox", attachments=attached, film=False)
    assert "fox looks as in a.png" in told.text
    assert "owl looks as in b.png" in told.text
    given = crew.memory.references.of("fox", "given")
    assert given["fox"].sha256 != given["owl"].sha256


async def test_a_clip_for_a_shot_that_is_not_there_is_put_aside_and_the_film_goes_on(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    material = Material({"7": clip(tmp_path)}, names={})
    with pytest.raises(UnknownName, match="no shot '7' for the clip"):
        await Director(crew).make(BRIEF, project="fox", material=material)
    said = [message.text for message in crew.memory.projects.messages("fox")]
    assert "clip.mp4 (2.0 s) plays as shot 7." in said
    film = await Director(crew).resume("fox")
    assert all(shot.cut is None for shot in film.storyboard.shots)


async def test_a_storyboard_comes_with_its_clips(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "home")
    film = await Director(crew).make(BRIEF, project="fox")
    material = Material({"2": clip(tmp_path)}, recording(tmp_path))
    made = await Director(crew).remake("fox", film.storyboard, "with my clip", material=material)
    assert made.storyboard.shot("s2").cut is not None
    assert made.storyboard.voice_over is not None
    assert crew.memory.references.of("fox", "clip")["2"].recipe["called"] == "clip.mp4"
