import pytest
from pydantic import ValidationError

from storyboards.clock import FrameRate, FrameSpan
from storyboards.timeline import Caption, Clip, Timeline, to_srt, to_vtt


def _clip(name: str, source: tuple[int, int], record: tuple[int, int]) -> Clip:
    return Clip(
        shot_id=name, take_key=name, video_sha256=name,
        source=FrameSpan(start=source[0], end=source[1]), record=FrameSpan(start=record[0], end=record[1]),
    )  # fmt: skip


def _timeline(*clips: Clip) -> Timeline:
    return Timeline(title="t", rate=FrameRate(numerator=24), width=64, height=64, picture=clips)


def test_length_is_the_end_of_the_last_clip():
    assert _timeline(_clip("a", (0, 24), (0, 24)), _clip("b", (6, 30), (24, 48))).duration_s == 2.0


@pytest.mark.parametrize("record", [(25, 49), (23, 47)])
def test_gaps_and_overlaps_are_refused(record):
    with pytest.raises(ValidationError, match="expected 24"):
        _timeline(_clip("a", (0, 24), (0, 24)), _clip("b", (0, 24), record))


def test_a_clip_plays_as_many_frames_as_it_takes():
    with pytest.raises(ValidationError, match="plays 24 frames in 20"):
        _timeline(_clip("a", (0, 24), (0, 20)))


def test_captions_are_written_as_subrip_and_webvtt():
    captions = (Caption(start_s=0.25, end_s=1.5, text="Salt & <fire>"), Caption(start_s=2, end_s=3.0004, text="two"))
    assert to_srt(captions) == (
        "1\n00:00:00,250 --> 00:00:01,500\nSalt & <fire>\n\n2\n00:00:02,000 --> 00:00:03,000\ntwo\n\n"
    )
    assert to_vtt(captions).startswith("WEBVTT\n\n00:00:00.250 --> 00:00:01.500\nSalt &amp; &lt;fire&gt;\n")
