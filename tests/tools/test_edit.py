"""The cut, on films of plain colours and steady tones: every frame and every sample has a known answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from storyboards.clock import FrameRate, FrameSpan
from storyboards.errors import BadOutput, ContentMissing, MediaFailed
from storyboards.shot import Transition
from storyboards.timeline import Caption, Clip, SoundClip, Timeline
from tests.tools.conftest import MakeFilm, MakeTone
from tools import faults
from tools.edit import cut_film
from tools.edit.mix import mix
from tools.media import probe, read_frames, read_wave, write_wave
from tools.store import Store

RED, BLUE, GREY = (200, 40, 40), (40, 40, 200), (120, 120, 120)
DISSOLVE = Transition(kind="dissolve", frames=7)
FADE = Transition(kind="fade", frames=6)


def timeline(
    *takes: str, frames: int = 48, entries: dict[int, Transition] | None = None, titles: dict[int, str] | None = None,
    width: int = 96, height: int = 64, **rest: object,
) -> Timeline:  # fmt: skip
    clips = tuple(
        Clip(
            shot_id=f"s{number + 1}", take_key=f"key{number}", video_sha256=take,
            source=FrameSpan(start=0, end=frames),
            record=FrameSpan(start=number * frames, end=(number + 1) * frames),
            transition=(entries or {}).get(number, Transition()), title=(titles or {}).get(number, ""),
        )
        for number, take in enumerate(takes)
    )  # fmt: skip
    return Timeline(title="A film", rate=FrameRate(numerator=24), width=width, height=height, picture=clips, **rest)


def colours_of(path: Path) -> np.ndarray:
    """Mean RGB of every frame, (N, 3)."""
    return np.array([frame.reshape(-1, 3).mean(axis=0) for frame in read_frames(path)])


def level_db(wave: np.ndarray, start_s: float, end_s: float, hz: float | None = None) -> float:
    """RMS in dBFS of a stretch, of one frequency (within 20 Hz) if given."""
    piece = wave[0, round(start_s * 48_000) : round(end_s * 48_000)].astype(np.float64)
    if hz is None:
        return 10 * np.log10(np.mean(piece**2) + 1e-12)
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(piece), 1 / 48_000) - hz) < 20
    return 10 * np.log10(spectrum[near].sum() / len(piece) ** 2 + 1e-12)


def test_cuts_fall_on_their_frames(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    red, blue = make_film(lambda _: RED, 48), make_film(lambda _: BLUE, 60)
    facts = cut_film(timeline(red, blue, red), store, tmp_path / "film.mp4", "none")
    colours = colours_of(facts.path)
    assert facts.frames == len(colours) == 144
    for number, wanted in ((0, RED), (47, RED), (48, BLUE), (95, BLUE), (96, RED), (143, RED)):
        assert np.abs(colours[number] - wanted).max() < 4
    assert (facts.encoded_segments, facts.reused_segments) == (0, 3), "whole takes are used as they are"


def test_a_dissolve_is_the_blend_of_handle_and_head(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    """The handle is green, so that what dissolves away is seen to be the handle and not the end of the shot."""
    green = (40, 200, 40)
    red = make_film(lambda frame: RED if frame < 48 else green, 55)
    blue = make_film(lambda _: BLUE, 48)
    facts = cut_film(timeline(red, blue, entries={1: DISSOLVE}), store, tmp_path / "film.mp4", "none")
    colours = colours_of(facts.path)
    assert len(colours) == 96
    assert np.abs(colours[47] - RED).max() < 4
    assert np.abs(colours[48 + 3] - (np.array(green) + BLUE) / 2).max() < 5, "the middle of seven is half and half"
    assert np.abs(colours[48 + 7] - BLUE).max() < 4
    assert (np.diff(colours[47:56, 2]) > 0).sum() >= 7, "blue rises all the way"
    assert (facts.encoded_segments, facts.reused_segments) == (1, 2), "the take goes on as it is from its key frame"


def test_a_fade_comes_up_from_black(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    take = make_film(lambda _: GREY, 48)
    facts = cut_film(timeline(take, entries={0: FADE}), store, tmp_path / "film.mp4", "none")
    level = colours_of(facts.path).mean(axis=1)
    assert level[0] < 25
    assert (np.diff(level[:7]) > 5).all()
    assert level[6:] == pytest.approx(120, abs=3)


def test_a_take_is_entered_in_its_middle(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    ramp = make_film(lambda frame: (frame * 3, 60, 60), 72)
    clip = Clip(shot_id="s1", take_key="k", video_sha256=ramp, source=FrameSpan(start=10, end=50),
                record=FrameSpan(start=0, end=40))  # fmt: skip
    film = Timeline(title="t", rate=FrameRate(numerator=24), width=96, height=64, picture=(clip,))
    facts = cut_film(film, store, tmp_path / "film.mp4", "none")
    red = colours_of(facts.path)[:, 0]
    assert red == pytest.approx(np.arange(10, 50) * 3, abs=4)
    assert (facts.encoded_segments, facts.reused_segments) == (1, 1)


def test_changing_one_take_encodes_only_what_shows_it(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    a, b, c, d = (make_film(lambda _, level=level: (level, 80, 80), 55) for level in (40, 90, 140, 190))
    entries = dict.fromkeys((1, 2, 3), DISSOLVE)
    first = cut_film(timeline(a, b, c, d, entries=entries), store, tmp_path / "film.mp4", "none")
    assert first.encoded_segments == 3
    again = cut_film(timeline(a, b, c, d, entries=entries), store, tmp_path / "film.mp4", "none")
    assert again.encoded_segments == 0
    assert again.sha256 == first.sha256
    changed = make_film(lambda _: (240, 240, 60), 55)
    recut = cut_film(timeline(a, changed, c, d, entries=entries), store, tmp_path / "film.mp4", "none")
    assert recut.encoded_segments == 2, "into the changed shot, and out of it"
    assert recut.sha256 != first.sha256


def test_equal_input_gives_equal_bytes_in_another_store(make_film: MakeFilm, store: Store, tmp_path: Path) -> None:
    take = make_film(lambda _: RED, 55)
    film = timeline(take, take, entries={1: DISSOLVE}, titles={0: "A title"}, captions=CAPTIONS)
    one = cut_film(film, store, tmp_path / "a.mp4", "burn")
    other = Store(tmp_path / "other")
    other.put(store.path(take), ".mp4")
    two = cut_film(film, other, tmp_path / "b.mp4", "burn")
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.sha256 == hashlib.sha256(one.path.read_bytes()).hexdigest()


CAPTIONS = (Caption(start_s=0.5, end_s=1.5, text="The fox walks home."),)


def test_a_title_shows_and_goes(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    take = make_film(lambda _: GREY, 96, width=320, height=180)
    film = timeline(take, take, frames=96, titles={0: "The Fox"}, width=320, height=180)
    facts = cut_film(film, store, tmp_path / "film.mp4", "none")
    spread = np.array([frame[60:120].astype(int).max() - 120 for frame in read_frames(facts.path)])
    assert len(spread) == 192
    assert spread[:6].max() < 12, "it waits until the shot is there"
    assert spread[24:40].min() > 90, "its letters are white"
    assert spread[100:].max() < 12, "it is gone in the next shot"


def test_burnt_captions_show_at_their_times_and_soft_ones_do_not(
    store: Store, make_film: MakeFilm, tmp_path: Path
) -> None:
    take = make_film(lambda _: GREY, 48, width=320, height=180)
    film = timeline(take, width=320, height=180, captions=CAPTIONS)
    burnt = cut_film(film, store, tmp_path / "burnt.mp4", "burn")
    bright = np.array([int(frame[130:].max()) > 200 for frame in read_frames(burnt.path)])
    assert bright.nonzero()[0].tolist() == list(range(12, 36))
    assert probe(burnt.path).caption_languages == ()
    soft = cut_film(film, store, tmp_path / "soft.mp4", "soft", language="de")
    assert not any(int(frame.max()) > 200 for frame in read_frames(soft.path))
    assert probe(soft.path).caption_languages == ("deu",)
    assert probe(soft.path).frames == 48
    none = cut_film(film, store, tmp_path / "none.mp4", "none")
    assert probe(none.path).caption_languages == ()


def tones(*sounds: SoundClip) -> tuple[SoundClip, ...]:
    return sounds


def test_sound_meets_its_loudness_and_starts_with_the_picture(
    store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path
) -> None:
    take, tone = make_film(lambda _: RED, 96), make_tone(500, 8, level=0.02)
    film = timeline(take, take, frames=96, sound=tones(SoundClip(track="music", sha256=tone, at_s=0, length_s=8)))
    facts = cut_film(film, store, tmp_path / "film.mp4", "none")
    assert facts.lufs == pytest.approx(-14, abs=0.3)
    assert facts.true_peak_dbtp is not None
    assert facts.true_peak_dbtp <= -1.0
    found = probe(facts.path)
    assert (found.sound_codec, found.sound_rate_hz, found.sound_channels) == ("aac", 48_000, 2)
    assert found.video_start_s == pytest.approx(0, abs=0.001)
    assert found.sound_start_s == pytest.approx(0, abs=0.001)
    assert found.sound_s == pytest.approx(8.0, abs=0.001)
    assert found.title == "A film"


def test_loud_short_peaks_are_limited_and_the_loudness_still_met(
    store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path
) -> None:
    take, click, bed = make_film(lambda _: RED, 96), make_tone(2000, 0.02, level=0.9), make_tone(200, 4, level=0.02)
    clicks = [SoundClip(track="foley", sha256=click, at_s=n * 0.5, length_s=0.02) for n in range(8)]
    film = timeline(take, frames=96, sound=(*clicks, SoundClip(track="ambience", sha256=bed, at_s=0, length_s=4)))
    facts = cut_film(film, store, tmp_path / "film.mp4", "none")
    assert facts.true_peak_dbtp is not None
    assert facts.true_peak_dbtp <= -1.0
    assert facts.lufs == pytest.approx(-14, abs=0.3)


def test_a_dense_sound_is_limited_harder_until_it_is_loud_enough(
    store: Store, make_film: MakeFilm, tmp_path: Path
) -> None:
    """Quiet white noise, like surf: its peaks are so many that a gentle limiter would hold the whole of it down."""
    noise = np.random.default_rng(0).normal(0, 0.02, (2, 48_000 * 4)).astype(np.float32)
    with store.scratch(".wav") as draft:
        write_wave(draft, noise)
        surf = store.put(draft, ".wav")
    film = timeline(make_film(lambda _: RED, 96), frames=96, sound=(SoundClip(track="ambience", sha256=surf, at_s=0,
                                                                              length_s=4),))  # fmt: skip
    facts = cut_film(film, store, tmp_path / "film.mp4", "none")
    assert facts.lufs == pytest.approx(-14, abs=0.3)
    assert facts.true_peak_dbtp is not None
    assert facts.true_peak_dbtp <= -1.0


def test_a_mix_of_many_sounds_is_the_same_every_time(
    store: Store, make_tone: MakeTone, make_film: MakeFilm, tmp_path: Path
) -> None:
    tracks = ("music", "ambience", "foley", "dialogue")
    sounds = tuple(
        SoundClip(track=tracks[n % 4], sha256=make_tone(200 + 50 * n, 1.5, 0.05), at_s=n * 0.13, length_s=1.5,
                  fade_in_s=0.1, fade_out_s=0.2, gain_db=-n)
        for n in range(12)
    )  # fmt: skip
    for number in range(12):
        mix(sounds, store, 48_000 * 4, tmp_path / f"{number}.wav")
    assert len({(tmp_path / f"{number}.wav").read_bytes() for number in range(12)}) == 1


def test_sounds_begin_and_end_where_they_are_placed(
    store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path
) -> None:
    take, tone, ping = make_film(lambda _: RED, 96), make_tone(300, 2.0), make_tone(3000, 1.0)
    film = timeline(
        take, frames=96,
        sound=tones(SoundClip(track="ambience", sha256=tone, at_s=0, length_s=2.0),
                    SoundClip(track="foley", sha256=ping, at_s=2.5, length_s=0.25, offset_s=0.1)),
    )  # fmt: skip
    wave = read_wave(cut_film(film, store, tmp_path / "film.mp4", "none").path)
    loud = np.abs(wave[0]).reshape(-1, 480).max(axis=1) > 0.02  # every 10 ms
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int))) / 100
    assert edges.tolist() == pytest.approx([0.0, 2.0, 2.5, 2.75], abs=0.021)


def test_a_j_cut_is_heard_before_its_picture_is_seen(
    store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path
) -> None:
    red, blue, low, high = (
        make_film(lambda _: RED, 48),
        make_film(lambda _: BLUE, 48),
        make_tone(200, 2),
        make_tone(900, 3),
    )
    film = timeline(
        red, blue,
        sound=tones(SoundClip(track="ambience", sha256=low, at_s=0, length_s=2),
                    SoundClip(track="ambience", sha256=high, at_s=1.5, length_s=2.5)),
    )  # fmt: skip
    facts = cut_film(film, store, tmp_path / "film.mp4", "none")
    wave = read_wave(facts.path)
    assert level_db(wave, 1.6, 1.95, hz=900) - level_db(wave, 1.0, 1.4, hz=900) > 40
    assert np.abs(colours_of(facts.path)[46] - RED).max() < 4, "the picture still is the shot before"


def test_music_goes_down_under_speech_and_comes_back(
    store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path
) -> None:
    take, music, speech = make_film(lambda _: RED, 192), make_tone(200, 8, 0.1), make_tone(1000, 2, 0.2, channels=1)
    sounds = tones(SoundClip(track="music", sha256=music, at_s=0, length_s=8),
                   SoundClip(track="dialogue", sha256=speech, at_s=3, length_s=2))  # fmt: skip
    wave = read_wave(cut_film(timeline(take, frames=192, sound=sounds), store, tmp_path / "film.mp4", "none").path)
    before, under, after = (level_db(wave, *span, hz=200) for span in ((1, 2.5), (3.5, 4.8), (6.5, 7.8)))
    assert 6 < before - under < 18
    assert after == pytest.approx(before, abs=1)


def test_gain_and_fades_are_kept(store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path) -> None:
    take, low, high = make_film(lambda _: RED, 96), make_tone(200, 4), make_tone(2000, 4)
    sounds = tones(SoundClip(track="music", sha256=low, at_s=0, length_s=4, fade_in_s=2, fade_out_s=1),
                   SoundClip(track="ambience", sha256=high, at_s=0, length_s=4, gain_db=-12))  # fmt: skip
    wave = read_wave(cut_film(timeline(take, frames=96, sound=sounds), store, tmp_path / "film.mp4", "none").path)
    assert level_db(wave, 2.2, 2.8, hz=200) - level_db(wave, 2.2, 2.8, hz=2000) == pytest.approx(12, abs=0.7)
    assert level_db(wave, 2.2, 2.8, hz=200) - level_db(wave, 0.9, 1.1, hz=200) == pytest.approx(6, abs=1)
    assert level_db(wave, 3.9, 4.0, hz=200) < level_db(wave, 2.2, 2.8, hz=200) - 15


def test_a_silent_film_has_a_silent_track_and_no_loudness(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    facts = cut_film(timeline(make_film(lambda _: RED, 48)), store, tmp_path / "film.mp4", "none")
    assert (facts.lufs, facts.true_peak_dbtp) == (None, None)
    found = probe(facts.path)
    assert found.sound_codec == "aac"
    assert found.sound_s == pytest.approx(2.0, abs=0.001)
    assert np.abs(read_wave(facts.path)).max() < 1e-4


def test_a_sound_that_runs_over_either_end_is_trimmed(
    store: Store, make_film: MakeFilm, make_tone: MakeTone, tmp_path: Path
) -> None:
    take, tone = make_film(lambda _: RED, 48), make_tone(400, 4)
    sounds = tones(SoundClip(track="music", sha256=tone, at_s=-1, length_s=4),
                   SoundClip(track="foley", sha256=tone, at_s=30, length_s=1))  # fmt: skip
    facts = cut_film(timeline(take, sound=sounds), store, tmp_path / "film.mp4", "none")
    assert probe(facts.path).sound_s == pytest.approx(2.0, abs=0.001)
    wave = read_wave(facts.path)
    assert level_db(wave, 0.05, 0.2) == pytest.approx(level_db(wave, 1.7, 1.9), abs=0.5)


def test_a_take_that_is_too_short_or_gone_is_named(store: Store, make_film: MakeFilm, tmp_path: Path) -> None:
    short, blue = make_film(lambda _: RED, 48), make_film(lambda _: BLUE, 48)
    out = tmp_path / "film.mp4"
    with pytest.raises(MediaFailed, match=r"shot s1: .* goes on for 0 frames .* needs 7"):
        cut_film(timeline(short, blue, entries={1: DISSOLVE}), store, out, "none")
    with pytest.raises(MediaFailed, match=r"shot s1: .* 48 frames and 60 are wanted"):
        cut_film(timeline(short, frames=60), store, out, "none")
    with pytest.raises(ContentMissing):
        cut_film(timeline("0" * 64), store, out, "none")
    store.path(blue).write_bytes(b"no longer a film")
    with pytest.raises(MediaFailed, match="damaged"):
        cut_film(timeline(blue), store, out, "none")
    assert not list(tmp_path.glob("*.mp4")), "no half film"
    assert not list(tmp_path.glob(".*")), "no draft of one"


def test_a_foreign_take_is_encoded_anew(store: Store, tmp_path: Path) -> None:
    """Another backend's encoder has other headers; what it made cannot be joined as it is."""
    from tools.media import run_ffmpeg

    with store.scratch(".mp4") as draft:
        source = ["-f", "lavfi", "-i", "color=c=0x2828c8:size=96x64:rate=24:duration=2"]
        run_ffmpeg([*source, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4", str(draft)])
        foreign = store.put(draft, ".mp4")
    facts = cut_film(timeline(foreign, foreign), store, tmp_path / "film.mp4", "none")
    assert facts.frames == 96
    assert facts.encoded_segments == 2


def test_a_place_that_cannot_be_written_is_said_before_the_work(
    store: Store, make_film: MakeFilm, tmp_path: Path
) -> None:
    take = make_film(lambda _: RED, 48)
    (tmp_path / "file").write_text("in the way")
    points: list[str] = []
    faults.watch(points.append)
    for out in (tmp_path / "file" / "film.mp4", tmp_path):
        with pytest.raises(BadOutput):
            cut_film(timeline(take), store, out, "none")
    assert points == []


POINTS = ["edit.encode.before", "edit.encode.after", "edit.mix.before", "edit.mix.after", "store.rename.before",
          "store.rename.after", "store.remember.before", "store.remember.after", "edit.mux.before", "edit.mux.after",
          "edit.rename.before", "edit.rename.after"]  # fmt: skip


class Stopped(BaseException):
    """Stands for the process dying: nothing may catch it."""


@pytest.mark.parametrize("point", POINTS)
def test_a_stop_at_any_point_leaves_the_old_film_or_the_new(
    store: Store, make_film: MakeFilm, tmp_path: Path, point: str
) -> None:
    red, blue = make_film(lambda _: RED, 55), make_film(lambda _: BLUE, 48)
    film, out = timeline(red, blue, entries={1: DISSOLVE}), tmp_path / "film.mp4"
    out.write_bytes(b"the old film")

    def hook(reached: str) -> None:
        if reached == point:
            raise Stopped(reached)

    faults.watch(hook)
    with pytest.raises(Stopped):
        cut_film(film, store, out, "none")
    faults.watch(None)
    after = Store(tmp_path / "clean")
    for take in (red, blue):
        after.put(store.path(take), ".mp4")
    clean = cut_film(film, after, tmp_path / "clean.mp4", "none")
    if point == "edit.rename.after":
        assert out.read_bytes() == clean.path.read_bytes()
    else:
        assert out.read_bytes() == b"the old film"
    assert cut_film(film, store, out, "none").sha256 == clean.sha256
