"""Golden and broken: a film scores one on the plan it was made of, and nought on one of which every word is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from evals.corruptions import staged
from evals.footage import Reel
from evals.scenes import board_of
from evals.score import score_video
from evals.truth import film_frames, foley, put_on_disk
from models.world.scene import Scene
from storyboards.storyboard import Storyboard
from tools.media import probe, run_ffmpeg

KINDS = ("colour", "direction", "camera", "framing", "time", "sound")
OTHER = {"pan right": "tilt down", "pan left": "tilt up", "left": "right", "right": "left"}


def golden_scene() -> Scene:
    scene = staged(GOLDEN_SEED)
    return replace(scene, time="night", weather="clear", duration_s=3.0)


GOLDEN_SEED = 80_001


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    frames, known = film_frames(golden_scene(), 320, 180)
    take = put_on_disk(frames, foley(known), folder)
    out = folder / "film.mp4"
    run_ffmpeg(["-f", "mov", "-i", f"file:{take.video}", "-f", "wav", "-i", f"file:{take.sound}", "-c:v", "copy",
                "-c:a", "aac", "-b:a", "192k", "-f", "mp4", f"file:{out}"])  # fmt: skip
    return out


@pytest.fixture(scope="module")
def muted(film):
    out = film.with_name("muted.mp4")
    run_ffmpeg(["-f", "mov", "-i", f"file:{film}", "-c:v", "copy", "-af", "volume=0", "-f", "mp4", f"file:{out}"])
    return out


def broken_plan(board: Storyboard) -> Storyboard:
    """The same plan with every measured word of the picture changed."""
    shot = board.shots[0]
    (part,) = shot.parts
    action = part.actions[0].model_copy(update={"direction": OTHER[part.actions[0].direction]})
    camera = shot.camera.model_copy(update={"move": OTHER[shot.camera.move], "framing": "close"})
    wrong = shot.model_copy(
        update={
            "parts": (part.model_copy(update={"actions": (action,)}),), "camera": camera, "time": "day",
        }
    )  # fmt: skip
    lead = board.elements[0]
    colour = "red" if lead.colour not in ("red", "pink", "orange", "brown") else "blue"
    return board.changed(shots=(wrong,), elements=(lead.model_copy(update={"colour": colour}),))


def outcomes(board: Storyboard, film) -> dict[str, set[str]]:
    card = score_video(board, film, kinds=KINDS)
    rows: dict[str, set[str]] = {}
    for answer in card.answers:
        rows.setdefault(answer.claim.kind, set()).add(answer.verdict.outcome)
    return rows


def test_golden_is_one_and_broken_is_nought(film, muted):
    board = board_of(golden_scene(), 320, 180, 24)
    assert outcomes(board, film) == {kind: {"pass"} for kind in KINDS}
    assert outcomes(broken_plan(board), muted) == {kind: {"fail"} for kind in KINDS}


def test_a_reel_gives_back_the_frames_it_was_asked_for(film, tmp_path):
    reel = Reel(film, probe(film), tmp_path)
    facts = probe(reel.clip(12, 36))
    assert (facts.frames, facts.width) == (24, 320)
    assert reel.wave is not None
    assert np.abs(reel.wave).max() > 0.01
