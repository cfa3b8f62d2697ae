"""What is written is read back; what is not media, or not what it says, is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from storyboards.clock import FrameRate, FrameSpan
from storyboards.errors import BadMedia, BadOutput, MediaFailed
from tools import media
from tools.media.program import guarded
from tools.store import Store


def ramp(frames: int, width: int = 96, height: int = 64) -> np.ndarray:
    """Frames (N, H, W, 3) whose red says which frame it is, with a gradient across."""
    pictures = np.zeros((frames, height, width, 3), np.uint8)
    pictures[..., 0] = (np.arange(frames) * 4 + 20)[:, None, None]
    pictures[..., 1] = np.linspace(20, 220, width).astype(np.uint8)
    pictures[..., 2] = 90
    return pictures


def written(path: Path, frames: np.ndarray | torch.Tensor, rate: int | str = 24) -> Path:
    with media.FrameWriter(path, frames.shape[2], frames.shape[1], FrameRate.model_validate(rate)) as writer:
        writer.write(frames)
    return path


def test_frames_come_back_in_order_and_in_colour(tmp_path: Path) -> None:
    frames = ramp(30)
    back = np.stack(list(media.read_frames(written(tmp_path / "a.mp4", frames))))
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).max() <= 12
    assert np.abs(back.astype(int) - frames).mean() < 2


def test_tensors_and_arrays_give_the_same_bytes_each_time(tmp_path: Path) -> None:
    frames = ramp(12)
    first = written(tmp_path / "a.mp4", frames).read_bytes()
    assert written(tmp_path / "b.mp4", torch.from_numpy(frames)).read_bytes() == first
    assert b"x264" not in first, "no version of the encoder in the file"


def test_encoding_a_hundred_times_gives_one_result(tmp_path: Path) -> None:
    """With the encoder's usual assembly about one run in a hundred differs: see docs/decisions/0010."""
    frames = np.zeros((24, 64, 96, 3), np.uint8) + (np.arange(24, dtype=np.uint8) * 6)[:, None, None, None]
    assert len({written(tmp_path / "a.mp4", frames).read_bytes() for _ in range(100)}) == 1


def test_facts_are_counted(tmp_path: Path) -> None:
    facts = media.probe(written(tmp_path / "a.mp4", ramp(30), "30000/1001"))
    assert (facts.frames, facts.width, facts.height, str(facts.rate)) == (30, 96, 64, "30000/1001")
    assert (facts.video_codec, facts.pixel_format, facts.colour_space) == ("h264", "yuv420p", 1)
    assert facts.duration_s == pytest.approx(30 * 1001 / 30000, abs=1e-4)
    assert not facts.has_sound


def test_key_frames_stand_every_second_and_headers_do_not_depend_on_the_picture(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 64, 96, 3), np.uint8)
    rate = FrameRate(numerator=24)
    busy, plain = (media.strip_of(written(tmp_path / f"{n}.mp4", f)) for n, f in enumerate((noise, ramp(60))))
    assert busy.keys == plain.keys == (0, 24, 48)
    assert busy.signature == plain.signature == media.house_signature(tmp_path, 96, 64, rate)
    assert busy.signature != media.house_signature(tmp_path, 64, 96, rate)


def test_a_still_is_the_frame_of_that_number(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", ramp(50))
    every = list(media.read_frames(path))
    for number in (0, 1, 23, 24, 37, 49):
        assert (media.extract_still(path, number) == every[number]).all()
    with pytest.raises(BadMedia, match="no frame 50"):
        media.extract_still(path, 50)


def test_frames_are_skipped_and_scaled(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", ramp(10))
    few = list(media.read_frames(path, 48, 32, every=3))
    assert [picture.shape for picture in few] == [(32, 48, 3)] * 4
    assert [p[..., 0].mean() for p in few] == pytest.approx([20, 32, 44, 56], abs=4)


def test_pieces_join_exactly(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", ramp(50))
    every = list(media.read_frames(path))
    spans = [FrameSpan(start=24, end=31), FrameSpan(start=0, end=1), FrameSpan(start=48, end=50)]
    out = tmp_path / "joined.mp4"
    assert media.join_pictures([(path, span) for span in spans], FrameRate(numerator=24), out) == 10
    joined = list(media.read_frames(out))
    wanted = [*range(24, 31), 0, 48, 49]
    assert all((joined[n] == every[number]).all() for n, number in enumerate(wanted))
    assert media.probe(out).duration_s == pytest.approx(10 / 24, abs=1e-4)


def test_a_piece_must_begin_on_a_key_frame_and_fit(tmp_path: Path) -> None:
    path, rate = written(tmp_path / "a.mp4", ramp(30)), FrameRate(numerator=24)
    with pytest.raises(MediaFailed, match="not a key frame"):
        media.join_pictures([(path, FrameSpan(start=3, end=9))], rate, tmp_path / "x.mp4")
    with pytest.raises(MediaFailed, match="has 6 of the 10 frames"):
        media.join_pictures([(path, FrameSpan(start=24, end=34))], rate, tmp_path / "x.mp4")
    other = written(tmp_path / "b.mp4", ramp(5, 64, 64))
    spans = [(path, FrameSpan(start=0, end=2)), (other, FrameSpan(start=0, end=2))]
    with pytest.raises(MediaFailed, match="other settings"):
        media.join_pictures(spans, rate, tmp_path / "x.mp4")


def test_wrong_frames_leave_no_file(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaFailed, match=r"uint8 \(N, 64, 96, 3\)"),
        media.FrameWriter(tmp_path / "a.mp4", 96, 64, FrameRate(numerator=24)) as writer,
    ):
        writer.write(np.zeros((4, 32, 32, 3), np.uint8))
    assert not (tmp_path / "a.mp4").exists()
    with pytest.raises(MediaFailed, match="even size"):
        media.FrameWriter(tmp_path / "a.mp4", 95, 64, FrameRate(numerator=24))


def test_a_place_that_cannot_be_written_is_the_caller_s_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    frames = ramp(2)
    with pytest.raises(BadOutput):
        written(tmp_path / "file" / "a.mp4", frames)


def test_waves_come_back_sample_for_sample(tmp_path: Path) -> None:
    wave = np.random.default_rng(1).uniform(-1, 1, (2, 4801)).astype(np.float32)
    media.write_wave(tmp_path / "f.wav", wave)
    assert (media.read_wave(tmp_path / "f.wav") == wave).all()
    media.write_wave(tmp_path / "i.wav", wave, form="int16")
    assert np.abs(media.read_wave(tmp_path / "i.wav") - wave).max() <= 1 / 32768
    media.write_wave(tmp_path / "m.wav", wave[0])
    assert (media.read_wave(tmp_path / "m.wav") == wave[:1]).all(), "one channel is heard on both sides, unchanged"


def test_a_stretch_of_a_wave_is_read_from_where_it_lies(tmp_path: Path) -> None:
    wave = np.random.default_rng(1).uniform(-1, 1, (2, 4801)).astype(np.float32)
    for form in ("float32", "int16"):
        media.write_wave(tmp_path / "w.wav", wave, form=form)  # type: ignore[arg-type]
        reader = media.WaveReader(tmp_path / "w.wav")
        assert reader.length == 4801
        assert (reader.read(100, 300) == media.read_wave(tmp_path / "w.wav")[:, 100:300]).all()
        over = reader.read(-10, 4811)
        assert not over[:, :10].any()
        assert not over[:, -10:].any()
    media.write_wave(tmp_path / "m.wav", wave[0], rate_hz=24_000)
    assert media.WaveReader(tmp_path / "m.wav").length == pytest.approx(9602, abs=2)
    (tmp_path / "w.wav").write_bytes((tmp_path / "w.wav").read_bytes()[:-100])
    with pytest.raises(BadMedia, match="its end is missing"):
        media.WaveReader(tmp_path / "w.wav")


def test_waves_at_another_rate_are_brought_to_ours(tmp_path: Path) -> None:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)
    media.write_wave(tmp_path / "w.wav", wave, rate_hz=24_000)
    back = media.read_wave(tmp_path / "w.wav")
    assert back.shape[0] == 2
    assert abs(back.shape[1] - 48_000) <= 48
    spectrum = np.abs(np.fft.rfft(back[0]))
    assert int(spectrum.argmax() * 48_000 / back.shape[1] + 0.5) == 440


def test_samples_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaFailed, match="finite"):
        media.write_wave(tmp_path / "w.wav", np.array([0.0, np.nan]))


def test_loudness_of_a_known_tone() -> None:
    """ITU-R BS.1770-5: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LUFS, so in both at -20 dBFS -20.0."""
    time = np.arange(48_000 * 3) / 48_000
    tone = 0.1 * np.sin(2 * np.pi * 997 * time)
    level = media.loudness(np.stack([tone, tone]))
    assert level.lufs == pytest.approx(-20.0, abs=0.1)
    assert level.true_peak_dbtp == pytest.approx(-20.0, abs=0.2)


def test_silence_has_no_loudness() -> None:
    assert media.loudness(np.zeros((2, 48_000), np.float32)) == (None, None)
    assert media.loudness(np.zeros((2, 0), np.float32)) == (None, None)


def test_a_list_of_files_disguised_as_a_film_is_refused(tmp_path: Path) -> None:
    """An ffconcat script makes ffmpeg open the files it names, whatever its own name is."""
    written(tmp_path / "secret.mp4", ramp(4))
    disguised = tmp_path / "film.mp4"
    disguised.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    for read in (media.probe, lambda path: list(media.read_frames(path)), media.read_wave, media.loudness):
        with pytest.raises(BadMedia, match="none of the formats"):
            read(disguised)


@pytest.mark.parametrize("content", [b"", b"not media at all", b"#EXTM3U\nhttp://example.invalid/a.ts\n"])
def test_what_is_not_media_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(BadMedia):
        media.probe(path)


def test_a_truncated_film_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", ramp(30))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    for read in (media.probe, lambda path: list(media.read_frames(path)), media.strip_of):
        with pytest.raises(BadMedia, match="its end is missing"):
            read(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(BadMedia):
            media.probe(path)


def test_a_picture_over_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(bomb)
    assert bomb.stat().st_size < 200_000
    with pytest.raises(BadMedia, match="pixels"):
        media.read_picture(bomb)
    with pytest.raises(BadMedia, match="pixels"):
        list(media.read_frames(bomb))


def test_a_picture_is_read_by_what_it_is(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6), (10, 200, 30)).save(tmp_path / "green.dat", format="PNG")
    assert media.read_picture(tmp_path / "green.dat").shape == (6, 8, 3)
    Image.new("RGB", (8, 6)).save(tmp_path / "x.png", format="GIF")
    with pytest.raises(BadMedia):
        media.read_picture(tmp_path / "x.png")


def test_every_input_of_ffmpeg_is_forced_and_limited() -> None:
    with pytest.raises(ValueError, match="no -f"):
        guarded(["-i", "a.mp4"])
    with pytest.raises(ValueError, match=r"'b\.mp4' has no -f"):
        guarded(["-f", "mov", "-i", "a.mp4", "-i", "b.mp4"])
    words = guarded(["-f", "mov", "-i", "a.mp4"])
    assert words[2:4] == ["-protocol_whitelist", "file,pipe"]
    assert "-max_pixels" in words


def test_ffmpeg_s_last_words_are_kept(tmp_path: Path) -> None:
    with pytest.raises(MediaFailed, match="ffmpeg failed"):
        media.run_ffmpeg(["-f", "wav", "-i", str(tmp_path / "none.wav"), "-f", "null", "-"])
    source = ["-f", "lavfi", "-i", "testsrc2=size=3840x2160:rate=60:duration=3000"]
    with pytest.raises(MediaFailed, match="stopped after"):
        media.run_ffmpeg([*source, "-f", "null", "-"], timeout_s=0.5)


def test_a_contact_sheet_shows_its_frames(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", ramp(48))
    sheet = np.asarray(Image.open(io.BytesIO(media.contact_sheet([(path, [0, 40])], 2, ["a"], cell_width=96))))
    step = 96 + 8
    reds = [int(sheet[40, 8 + column * step + 48, 0]) for column in range(2)]
    assert reds[0] == pytest.approx(20, abs=8)
    assert reds[1] == pytest.approx(180, abs=8)
