"""A stranger's film, scored end to end: the right claims hold and the right ones fail, each with where to look."""

import json

import pytest

from evals import assert_adheres
from evals.edit_list import EditList, ShotSpan, read_edit_list
from evals.score import score_video
from evals.screening import parse_captions
from storyboards.clock import FrameRate
from storyboards.errors import BadEdit, BadMedia
from tests.evals.films import FPS, ffmpeg_film, plan
from tools.media import run_ffmpeg

FILE_KINDS = ("duration", "order", "size", "streams", "loudness", "freeze", "black", "flicker")
THREE = (("red", 1.5), ("blue", 1.0), ("green", 2.0))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return ffmpeg_film(tmp_path_factory.mktemp("film") / "theirs.mp4", *THREE)


@pytest.fixture(scope="module")
def golden(film):
    return score_video(plan(1.5, 1.0, 2.0), film, kinds=FILE_KINDS)


def outcomes(card, kind: str) -> set[str]:
    return {answer.verdict.outcome for answer in card.answers if answer.claim.kind == kind}


def test_shots_are_found_and_matched(golden):
    assert [(place.start, place.stop) for place in golden.placed] == [(0, 18), (18, 30), (30, 54)]


def test_a_film_that_keeps_its_plan_is_scored_one(golden):
    assert golden.failures == ()
    assert golden.adherence == 1.0
    for kind in ("duration", "order", "size", "streams", "loudness", "freeze", "black"):
        assert outcomes(golden, kind) == {"pass"}, kind


def test_tiers_stand_side_by_side_and_the_absent_one_is_not_run(golden):
    document = golden.document()
    assert document["tiers"]["T2"] == "not run"
    assert document["tiers"]["T0"]["pass"] > 0
    assert document["tiers"]["T1"]["pass"] > 0
    assert sum(document["claims"].values()) == len(document["answers"])
    assert json.loads(json.dumps(document)) == document


BROKEN = {
    "duration": ["-t", "3.2"],
    "size": ["-vf", "scale=128:96"],
    "streams": ["-an"],
    "loudness": ["-af", "volume=-14dB"],
    "freeze": ["-vf", f"fps=1/5,fps={FPS}"],
    "black": ["-vf", "drawbox=c=black:t=fill"],
    "flicker": ["-vf", "eq=brightness='-0.12*mod(n,2)':eval=frame"],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_film_that_breaks_one_kind_of_claim_is_scored_nought_on_it(film, tmp_path, kind):
    spoilt = tmp_path / "spoilt.mp4"
    run_ffmpeg(["-f", "mov", "-i", f"file:{film}", *BROKEN[kind], "-f", "mp4", f"file:{spoilt}"])
    edits = EditList(shots=tuple(ShotSpan(shot=f"s{k + 1}", start=a, end=b)
                                 for k, (a, b) in enumerate([(0, 18), (18, 30), (30, 54)])))  # fmt: skip
    claims = [a for a in score_video(plan(1.5, 1.0, 2.0), spoilt, edits=edits, kinds=(kind,)).answers
              if kind != "duration" or not a.claim.shot_id]  # fmt: skip
    assert {answer.verdict.outcome for answer in claims} == {"fail"}


def test_swapped_and_missing_shots_fail_with_their_reason(film):
    card = score_video(plan(1.5, 1.0, 2.0, 6.0), film, kinds=("duration", "order", "black"))
    lost = [a for a in card.failures if a.claim.shot_id == "s4"]
    assert lost
    assert all("s4 is not in the film" in answer.verdict.measured for answer in lost)
    assert outcomes(card, "order") == {"fail"}


def test_another_rate_is_a_wrong_size_but_not_a_wrong_duration(film):
    card = score_video(plan(1.5, 1.0, 2.0, rate="24"), film, kinds=("duration", "size"))
    assert outcomes(card, "duration") == {"pass"}
    assert outcomes(card, "size") == {"fail"}


def test_evidence_is_in_frames_of_the_film(film, tmp_path):
    dark = tmp_path / "dark.mp4"
    box = "drawbox=c=black:t=fill:enable='between(n,36,44)'"
    run_ffmpeg(["-f", "mov", "-i", f"file:{film}", "-vf", box, "-c:a", "copy", "-f", "mp4", f"file:{dark}"])
    edits = EditList(shots=tuple(ShotSpan(shot=f"s{k + 1}", start=a, end=b)
                                 for k, (a, b) in enumerate([(0, 18), (18, 30), (30, 54)])))  # fmt: skip
    (failure,) = score_video(plan(1.5, 1.0, 2.0), dark, edits=edits, kinds=("black",)).failures
    assert failure.claim.shot_id == "s3"
    assert failure.verdict.evidence.frame == pytest.approx(36, abs=1)
    assert failure.verdict.evidence.span_s[0] == pytest.approx(3.0, abs=0.1)


def test_the_name_of_the_file_says_nothing(film, golden, tmp_path):
    other = tmp_path / "score 10 of 10.mp4"
    other.write_bytes(film.read_bytes())
    assert score_video(plan(1.5, 1.0, 2.0), other, kinds=FILE_KINDS).document() == golden.document()


def test_an_assertion_names_what_fails(film):
    assert assert_adheres(plan(1.5, 1.0, 2.0).document(), film, kinds=FILE_KINDS).adherence == 1.0
    with pytest.raises(AssertionError) as raised:
        assert_adheres(plan(1.5, 1.0, 1.0), film, kinds=("duration", "size"))
    assert "s3.duration" in str(raised.value)
    assert "24 frames, 2.000 s" in str(raised.value)
    with pytest.raises(AssertionError, match="could be told"):
        assert_adheres(plan(1.5, 1.0, 2.0), film, kinds=("setting",), adherence=0.0, coverage=0.5)


def test_edit_lists_are_read_in_frames_and_seconds(tmp_path):
    path, rate = tmp_path / "edit.json", FrameRate(numerator=12)
    path.write_text('[{"shot": "s1", "start": 0, "end": 18}, {"shot": "s2", "start_s": 1.5, "end_s": 2.5}]')
    assert [(s.start, s.end) for s in read_edit_list(path, rate).shots] == [(0, 18), (18, 30)]
    for text in ("{}", '[{"shot": "s1", "start": 9, "end": 9}]', "no"):
        path.write_text(text)
        with pytest.raises(BadEdit):
            read_edit_list(path, rate)


def test_an_edit_list_of_another_plan_is_refused(film):
    with pytest.raises(BadEdit, match="s9"):
        score_video(plan(1.5), film, edits=EditList(shots=(ShotSpan(shot="s9", start=0, end=5),)))


def test_a_sound_file_is_no_film(tmp_path):
    sound = tmp_path / "a.mp4"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", "-f", "mp4", f"file:{sound}"])
    with pytest.raises(BadMedia, match="no picture"):
        score_video(plan(1.0), sound)


def test_captions_of_both_forms():
    srt = "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>\nthere.\n\n2\nbroken\n"
    vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello there.\n"
    for text in (srt, vtt):
        (row,) = parse_captions(text)
        assert (row.start_s, row.end_s, row.text) == (1.0, 2.5, "Hello there.")
