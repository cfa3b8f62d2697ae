"""What is said about a finished film whose every frame and sample is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from storyboards.claims import compile_claims
from storyboards.clock import FrameRate, FrameSpan
from storyboards.critique import Verdict
from storyboards.shot import Line, Shot
from storyboards.storyboard import MusicPlan, Storyboard
from storyboards.timeline import Caption, Clip, SoundClip, Timeline
from tests.measure.clips import texture
from tools.measure import measure_cut
from tools.media import FrameWriter, run_ffmpeg, write_wave

RATE = FrameRate(numerator=24)
FRAMES, SHOTS = 24, 3
MINUS_14_LUFS = 0.2
"""Amplitude of a stereo sine of 997 Hz at -14 LUFS (BS.1770-5: 0 dBFS on both sides is 0 LUFS)."""


@dataclass(frozen=True)
class Film:
    video: Path
    board: Storyboard
    timeline: Timeline

    def verdicts(self) -> dict[str, Verdict]:
        claims = tuple(claim for claim in compile_claims(self.board))
        return {verdict.claim_id: verdict for verdict in measure_cut(self.video, self.board, claims, self.timeline)}


def board(music: bool = False, words: str = "") -> Storyboard:
    lines = (Line(text=words, at_s=0.25),) if words else ()
    shots = tuple(
        Shot(id=f"s{k + 1}", frames=FRAMES, setting="meadow", lines=lines if k == 1 else ()) for k in range(SHOTS)
    )
    return Storyboard(
        title="Blobs", rate=RATE, width=320, height=180, music=MusicPlan(mood="calm") if music else None, shots=shots
    )


def tone(hz: float = 997.0, level: float = MINUS_14_LUFS) -> np.ndarray:
    time = np.arange(round(48_000 * SHOTS * FRAMES / 24)) / 48_000
    return np.stack([level * np.sin(2 * np.pi * hz * time)] * 2).astype(np.float32)


def made(folder: Path, plan: Storyboard, wave: np.ndarray, pictures: tuple[int, ...] = (0, 1, 2),
         captions: tuple[Caption, ...] = (), sounds: tuple[SoundClip, ...] = ()) -> Film:  # fmt: skip
    picture, sound, film = folder / "picture.mp4", folder / "sound.wav", folder / "film.mp4"
    with FrameWriter(picture, 320, 180, RATE) as writer:
        for number, seed in enumerate(pictures):
            blobs = (texture(180, 400, seed)[..., None] * 255).astype(np.uint8).repeat(3, -1)
            for frame in range(number * FRAMES, (number + 1) * FRAMES):
                writer.write(blobs[:, frame : frame + 320])
    write_wave(sound, wave)
    run_ffmpeg(["-f", "mov", "-i", str(picture), "-f", "wav", "-i", str(sound), "-c:v", "copy", "-c:a", "aac",
                "-b:a", "192k", "-f", "mp4", str(film)])  # fmt: skip
    clips = tuple(
        Clip(shot_id=shot.id, take_key="k", video_sha256="v", source=FrameSpan(start=0, end=FRAMES),
             record=FrameSpan(start=k * FRAMES, end=(k + 1) * FRAMES))
        for k, shot in enumerate(plan.shots)
    )  # fmt: skip
    return Film(film, plan, Timeline(title="Blobs", rate=RATE, width=320, height=180, picture=clips, sound=sounds,
                                     captions=captions))  # fmt: skip


def test_a_film_as_planned_passes(tmp_path: Path) -> None:
    found = made(tmp_path, board(), tone()).verdicts()
    for name in ("film.duration", "film.order", "film.size", "film.streams", "film.loudness"):
        assert found[name].outcome == "pass", found[name]
    assert found["film.size"].measured == "320x180@24"
    assert found["film.loudness"].measured.startswith("-14.")


@pytest.mark.parametrize(("level", "outcome"), [(0.2, "pass"), (0.224, "pass"), (0.24, "fail"), (0.1, "fail")])
def test_loudness_of_a_calibrated_sine(tmp_path: Path, level: float, outcome: str) -> None:
    verdict = made(tmp_path, board(), tone(level=level)).verdicts()["film.loudness"]
    assert verdict.outcome == outcome
    assert float(verdict.measured.split()[0]) == pytest.approx(20 * np.log10(level), abs=0.25)


def test_a_missing_cut_and_another_order_fail(tmp_path: Path) -> None:
    same = made(tmp_path, board(), tone(), pictures=(0, 0, 0)).verdicts()["film.order"]
    assert same.outcome == "fail"
    assert same.evidence.frame == FRAMES
    plan = board()
    swapped = plan.changed(shots=(plan.shots[1], plan.shots[0], plan.shots[2]))
    film = made(tmp_path, plan, tone())
    assert Film(film.video, swapped, film.timeline).verdicts()["film.order"].outcome == "fail"


def test_a_film_that_is_too_short_fails(tmp_path: Path) -> None:
    verdict = made(tmp_path, board(), tone(), pictures=(0, 1)).verdicts()["film.duration"]
    assert (verdict.outcome, verdict.measured) == ("fail", "48 frames, 2.000 s")


def test_music_is_heard_where_it_is_and_missed_where_it_is_not(tmp_path: Path) -> None:
    chord = sum(tone(hz, 0.07) for hz in (220.0, 277.2, 329.6))
    laid = (SoundClip(track="music", sha256="m", at_s=0.0, length_s=3.0),)
    hiss = np.random.default_rng(0).normal(0, 0.02, chord.shape).astype(np.float32)
    assert made(tmp_path, board(music=True), chord, sounds=laid).verdicts()["film.music"].outcome == "pass"
    assert made(tmp_path, board(music=True), hiss, sounds=laid).verdicts()["film.music"].outcome == "fail"
    assert made(tmp_path, board(), hiss).verdicts()["film.music"].outcome == "pass"
    assert made(tmp_path, board(), chord).verdicts()["film.music"].outcome == "unmeasurable"


def test_a_voice_is_heard_where_it_is_planned(tmp_path: Path) -> None:
    time = np.arange(48_000 * 3) / 48_000
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, 1) * ((time > 1.25) & (time < 1.95))
    hiss = np.random.default_rng(0).normal(0, 0.003, len(time))
    spoken = np.stack([0.2 * syllables * np.sin(2 * np.pi * 600 * time) + hiss] * 2).astype(np.float32)
    laid = (SoundClip(track="dialogue", sha256="d", at_s=1.25, length_s=0.7, shot_id="s2"),)
    plan = board(words="Hello there.")
    assert made(tmp_path, plan, spoken, sounds=laid).verdicts()["s2.narration.1"].outcome == "pass"
    assert made(tmp_path, plan, 0 * spoken, sounds=laid).verdicts()["s2.narration.1"].outcome == "fail"
    unspoken = made(tmp_path, plan, spoken).verdicts()["s2.narration.1"]
    assert unspoken.outcome == "unmeasurable"
    assert "captions" in unspoken.measured


@pytest.mark.parametrize(
    ("text", "start_s", "outcome"),
    [("Hello\nthere.", 1.25, "pass"), ("Hello.", 1.25, "fail"), ("Hello there.", 0.2, "fail")],
)
def test_captions_are_word_for_word_and_in_time(tmp_path: Path, text: str, start_s: float, outcome: str) -> None:
    rows = (Caption(start_s=start_s, end_s=start_s + 0.7, text=text, shot_id="s2"),)
    film = made(tmp_path, board(words="Hello there."), tone(), captions=rows)
    assert film.verdicts()["film.captions"].outcome == outcome
