"""The judge on small takes of the world: it sees files only, and what it says is true of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load, save

from evals.foils import Known
from evals.scenes import board_of
from evals.truth import film_frames, foley, put_on_disk
from models.finder import WEIGHTS, WeightsDiffer, load_finder
from models.world import render
from models.world.scene import Act, Actor, Camera, Cue, Scene
from storyboards.claims import BEGINS_WITH, Claim, shot_claims
from storyboards.critique import Verdict
from storyboards.errors import JudgeFailed
from storyboards.storyboard import Storyboard
from tools.contract import Footage, request_for
from tools.measure import Measurements, measure_continuity
from tools.measure.colour import NAMES
from tools.measure.pictures import _another_has
from tools.staging import scene_of

FOX = Scene(
    actors=(Actor("fox", "orange", acts=(Act("walk", 0.0, 2.5, "right"),), side="left"),),
    setting="meadow", camera=Camera("pan right"), duration_s=2.5, cues=(Cue("bell", 1.2),), seed=11,
)  # fmt: skip


@dataclass(frozen=True)
class Filmed:
    footage: Footage
    board: Storyboard
    known: Known
    frames: np.ndarray
    wave: np.ndarray

    def judge(self, *kinds: str, footage: Footage | None = None) -> dict[str, Verdict]:
        shot = self.board.shots[0]
        claims = tuple(c for c in shot_claims(self.board, shot) if not kinds or c.kind in kinds)
        verdicts = Measurements().judge(footage or self.footage, claims, request_for(self.board, shot))
        assert [v.claim_id for v in verdicts] == [c.id for c in claims]
        return {claim.kind: verdict for claim, verdict in zip(claims, verdicts, strict=True)}


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    return film(FOX, tmp_path_factory.mktemp("fox"))


def film(scene: Scene, folder: Path) -> Filmed:
    board = board_of(scene)
    frames, known = film_frames(scene, 320, 180)
    wave = foley(known)
    return Filmed(put_on_disk(frames, wave, folder), board, known, frames, wave)


def respoilt(fox: Filmed, folder: Path, frames: np.ndarray, wave: np.ndarray | None = None) -> Footage:
    return put_on_disk(frames, fox.wave if wave is None else wave, folder)


def test_what_is_true_of_a_clear_take_passes(fox: Filmed) -> None:
    found = fox.judge()
    for kind in ("colour", "direction", "camera", "time", "sound", "duration", "flicker", "freeze", "black"):
        assert found[kind].outcome == "pass", found[kind]
        assert found[kind].judge == "measure"
    for kind in ("subject", "setting", "action"):
        assert found[kind].outcome == "unmeasurable"


def test_evidence_points_at_the_subject(fox: Filmed) -> None:
    verdict = fox.judge("colour")["colour"]
    assert verdict.evidence.box is not None
    assert verdict.evidence.frame is not None
    x0, y0, x1, y1 = verdict.evidence.box
    true = fox.known.truth.boxes_KF4[0, verdict.evidence.frame].tolist()
    wide, tall = min(x1, true[2]) - max(x0, true[0]), min(y1, true[3]) - max(y0, true[1])
    assert wide > 0.5 * (true[2] - true[0])
    assert tall > 0.5 * (true[3] - true[1])


def test_only_the_files_are_looked_at(fox: Filmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the judge looked at the renderer")

    expected = fox.judge()
    assert fox.footage.sound is not None
    video = Path(shutil.copy(fox.footage.video, tmp_path / "a.bin"))
    sound = Path(shutil.copy(fox.footage.sound, tmp_path / "b.bin"))
    copied = replace(fox.footage, video=video, sound=sound)
    for name in ("Film", "render_clips", "_truth"):
        monkeypatch.setattr(render, name, never)
    assert fox.judge(footage=copied) == expected


def test_mirrored_and_reversed_takes_fail(fox: Filmed, tmp_path: Path) -> None:
    mirrored = respoilt(fox, tmp_path, fox.frames[:, :, ::-1].copy())
    found = fox.judge("direction", "camera", footage=mirrored)
    assert found["direction"].outcome == "fail"
    assert found["camera"].outcome == "fail"
    backwards = respoilt(fox, tmp_path, fox.frames[::-1].copy())
    assert fox.judge("camera", footage=backwards)["camera"].measured == "pan left"


def test_another_colour_fails_and_says_which(fox: Filmed, tmp_path: Path) -> None:
    purple = replace(FOX, actors=(replace(FOX.actors[0], colour="purple"),))
    frames, _ = film_frames(purple, 320, 180)
    verdict = fox.judge("colour", footage=respoilt(fox, tmp_path, frames))["colour"]
    assert (verdict.outcome, verdict.measured) == ("fail", "purple")


def test_a_late_sound_fails_with_its_lag_and_silence_fails(fox: Filmed, tmp_path: Path) -> None:
    late = np.zeros_like(fox.wave)
    late[:, 9600:] = fox.wave[:, :-9600]
    verdict = fox.judge("sound", footage=respoilt(fox, tmp_path, fox.frames, late))["sound"]
    assert verdict.outcome == "fail"
    assert "+200 ms" in verdict.measured
    silent = fox.judge("sound", footage=respoilt(fox, tmp_path, fox.frames, 0 * late))["sound"]
    assert (silent.outcome, silent.measured) == ("fail", "silence")


def test_frozen_black_flickering_and_short_takes_fail(fox: Filmed, tmp_path: Path) -> None:
    frozen, black = fox.frames.copy(), fox.frames.copy()
    frozen[20:] = frozen[20]
    black[30:34] = 2
    flicker = (fox.frames * np.where(np.arange(len(fox.frames)) % 2, 0.9, 1.0)[:, None, None, None]).astype(np.uint8)
    for kind, frames in {"freeze": frozen, "black": black, "flicker": flicker, "duration": fox.frames[::2]}.items():
        assert fox.judge(kind, footage=respoilt(fox, tmp_path, frames))[kind].outcome == "fail", kind


def test_the_same_element_agrees_between_shots_and_another_does_not(fox: Filmed, tmp_path: Path) -> None:
    element = fox.board.elements[0].id
    claim = Claim(id="s2.continuity.fox", kind="continuity", text="", shot_id="s2", element=element, other="s1")
    request = request_for(fox.board, fox.board.shots[0])

    def compared(colour: str) -> str:
        lead = replace(FOX.actors[0], colour=colour)
        frames, _ = film_frames(replace(FOX, actors=(lead,), setting="beach", time="dusk", seed=5), 320, 180)
        other = put_on_disk(frames, None, tmp_path)
        (verdict,) = measure_continuity((claim,), {"s1": fox.footage, "s2": other}, {"s1": request, "s2": request})
        return verdict.outcome

    assert compared("orange") == "pass"
    assert compared("blue") == "fail"


def test_a_shot_that_begins_where_another_ends_is_told_from_one_that_does_not(fox: Filmed, tmp_path: Path) -> None:
    claim = Claim(id="s2.continuity.start", kind="continuity", text="", shot_id="s2", other="s1", expected=BEGINS_WITH)

    def compared(frames: np.ndarray) -> Verdict:
        after = put_on_disk(frames, None, tmp_path)
        (verdict,) = measure_continuity((claim,), {"s1": fox.footage, "s2": after}, {})
        return verdict

    assert compared(fox.frames[::-1]).outcome == "pass"
    other = compared(255 - fox.frames[::-1])
    assert (other.outcome, other.tier) == ("fail", "T1")
    (unseen,) = measure_continuity((claim,), {"s1": fox.footage}, {})
    assert unseen.outcome == "unmeasurable"


def test_a_file_that_is_no_film_is_a_failure_of_judging(fox: Filmed, tmp_path: Path) -> None:
    (tmp_path / "take.mp4").write_bytes(b"not a film at all")
    with pytest.raises(JudgeFailed, match="could not be measured"):
        fox.judge("freeze", footage=Footage(tmp_path / "take.mp4", None, fox.footage.rate, 60))


def test_a_plan_made_from_a_scene_stages_that_scene() -> None:
    board = board_of(FOX)
    staged = scene_of(request_for(board, board.shots[0]))
    assert replace(staged, seed=FOX.seed) == FOX


def test_weights_that_do_not_fit_their_card_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "finder.safetensors"
    shutil.copy(WEIGHTS.with_suffix(".json"), path.with_suffix(".json"))
    with pytest.raises(WeightsDiffer, match="train_finder"):
        load_finder(path)
    tensors = load(WEIGHTS.read_bytes())
    tensors["stem.conv.weight"] = tensors["stem.conv.weight"] + 1
    path.write_bytes(save(tensors))
    with pytest.raises(WeightsDiffer, match="card says"):
        load_finder(path)


def test_weights_stay_small() -> None:
    assert WEIGHTS.stat().st_size <= 2 << 20
    assert sum(p.numel() for p in load_finder().parameters()) <= 900_000


def test_a_colour_that_another_subject_has_is_no_failure_where_sides_alone_tell_who_is_who() -> None:
    """The dog is planned on the left and green; on the left is somebody pink, and somebody green on the right."""
    at = NAMES.index

    def somebody(colour: str) -> Any:
        return SimpleNamespace(colour=lambda: np.eye(len(NAMES))[at(colour)])

    claim = Claim(
        id="s1.colour.dog", kind="colour", text="The dog is green.", shot_id="s1", element="dog", expected="green"
    )
    left, right = somebody("pink"), somebody("green")
    assert _another_has(claim, left, SimpleNamespace(survey=SimpleNamespace(tracks=(left, right))))
    assert not _another_has(claim, left, SimpleNamespace(survey=SimpleNamespace(tracks=(left, somebody("blue")))))
    assert not _another_has(claim, right, SimpleNamespace(survey=SimpleNamespace(tracks=(left, right))))
