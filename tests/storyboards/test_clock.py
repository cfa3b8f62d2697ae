from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from storyboards.clock import FrameRate, FrameSpan, timecode


def test_a_rate_reads_and_writes_its_fraction():
    assert FrameRate.model_validate("30000/1001").fraction == Fraction(30000, 1001)
    assert FrameRate.model_validate(24).model_dump() == "24"


@pytest.mark.parametrize("bad", ["0", "-24", "1/0", "fast", 1000])
def test_an_impossible_rate_is_refused(bad):
    with pytest.raises(ValidationError, match="frame rate"):
        FrameRate.model_validate(bad)


@given(st.integers(0, 50_000), st.sampled_from(["24", "25", "30000/1001", "12", "60"]))
def test_frames_survive_the_way_through_seconds(frames, rate):
    rate = FrameRate.model_validate(rate)
    assert rate.frames(rate.seconds(frames)) == frames
    assert rate.frames(round(rate.seconds(frames), 6)) == frames


def test_spans_are_half_open():
    span = FrameSpan(start=10, end=20)
    assert 10 in span
    assert 20 not in span
    assert span.overlap(FrameSpan(start=20, end=30)) is None
    assert span.overlap(FrameSpan(start=15, end=30)) == FrameSpan(start=15, end=20)
    assert span.shifted(-10) == FrameSpan(start=0, end=10)
    with pytest.raises(ValidationError):
        FrameSpan(start=3, end=2)


def test_timecodes_carry_over_minutes_and_hours():
    assert timecode(3661.0406) == "01:01:01,041"
    assert timecode(59.9996, ".") == "00:01:00.000"
