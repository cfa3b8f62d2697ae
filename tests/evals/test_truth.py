"""True claims are true and foils are false by the renderer's own truth; the table counts what it says it counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.corruptions import CORRUPTIONS, late_by, staged
from evals.corruptions import table as corruption_table
from evals.foils import FOIL, Known, foil_of, true_claims
from evals.scenes import board_of
from evals.truth import judge_seed, run, table
from models.world.render import Film
from models.world.scene import Act, Actor, Camera, Cue, Scene
from storyboards.storyboard import Storyboard

PAIR = Scene(
    actors=(
        Actor("cat", "black", acts=(Act("walk", 0.0, 2.0, "right"),), side="left"),
        Actor("dog", "brown", acts=(Act("stand", 0.0, 2.0),), side="right"),
    ),
    setting="meadow", camera=Camera("static"), duration_s=2.0, cues=(Cue("bark", 0.8, 1),), seed=4,
)  # fmt: skip


@pytest.fixture(scope="module")
def pair() -> tuple[Storyboard, Known]:
    return board_of(PAIR), Known.of(Film(PAIR, 160, 90, 24))


def test_claims_of_a_plain_scene_hold_and_no_foil_does(pair: tuple[Storyboard, Known]) -> None:
    board, known = pair
    rng = np.random.default_rng(0)
    claims = true_claims(board, known, rng)
    kinds = {claim.kind for claim in claims}
    assert {"colour", "count", "direction", "relation", "camera", "time", "weather", "sound", "duration"} <= kinds
    foils = [(claim, foil) for claim in claims if (foil := foil_of(claim, known, rng)) is not None]
    assert {claim.kind for claim, _ in foils} >= {"colour", "count", "direction", "camera", "time", "weather", "sound"}
    for claim, foil in foils:
        assert foil.id == FOIL + claim.id
        assert (foil.expected, foil.number, foil.element) != (claim.expected, claim.number, claim.element)


def test_a_sound_foil_is_nowhere_near_such_a_sound(pair: tuple[Storyboard, Known]) -> None:
    board, known = pair
    rng = np.random.default_rng(1)
    heard = [claim for claim in true_claims(board, known, rng) if claim.kind == "sound"]
    foils = [foil for claim in heard for _ in range(20) if (foil := foil_of(claim, known, rng)) is not None]
    assert len(foils) > 10 * len(heard) > 0
    for foil in foils:
        events = [event for event in known.truth.events if event.sound == foil.expected]
        assert not [event for event in events if abs(event.at_s - (foil.number or 0)) < 0.18]


def test_a_claim_that_the_scene_breaks_is_not_called_true(pair: tuple[Storyboard, Known]) -> None:
    board, known = pair
    turned = board.shots[0].parts[0].actions[0].model_copy(update={"direction": "left"})
    part = board.shots[0].parts[0].model_copy(update={"actions": (turned,)})
    shot = board.shots[0].model_copy(update={"parts": (part, board.shots[0].parts[1])})
    claims = true_claims(board.changed(shots=(shot,)), known, np.random.default_rng(0))
    assert [claim for claim in claims if claim.kind == "direction"] == []


def row(seed: int, true: bool, outcome: str) -> dict[str, object]:
    return {"seed": seed, "kind": "colour", "true": true, "outcome": outcome}


def test_the_table_counts_hits_and_what_could_not_be_measured() -> None:
    rows = [row(seed, True, "pass") for seed in range(10)] + [row(seed, False, "fail") for seed in range(8)]
    rows += [row(8, False, "pass"), row(9, False, "unmeasurable")]
    line = table(rows).splitlines()[-1]
    assert line.startswith("| colour | 10 | 10 | 0.947 [")
    assert line.endswith("| 1.000 | 0.889 | 5.0% |")


def test_a_run_keeps_its_rows_and_does_not_judge_twice(tmp_path: Path) -> None:
    rows = judge_seed(70_001, tmp_path / "takes")
    assert {r["seed"] for r in rows} == {70_001}
    assert any(r["true"] for r in rows)
    assert any(not r["true"] for r in rows)
    again = judge_seed(70_001, tmp_path / "takes")
    assert [r["measured"] for r in again] == [r["measured"] for r in rows]
    (tmp_path / "5.json").write_text('[{"seed": 5, "kept": true}]')
    assert run([5], tmp_path) == [{"seed": 5, "kept": True}]


def test_a_late_sound_is_late_by_exactly_that() -> None:
    wave = np.zeros((2, 48_000), np.float32)
    wave[:, 12_000] = 1.0
    assert late_by(0.2)((np.zeros((0, 2, 2, 3)), wave))[1][0].argmax() == 12_000 + 9_600
    assert late_by(-0.2)((np.zeros((0, 2, 2, 3)), wave))[1][0].argmax() == 12_000 - 9_600


def test_the_table_of_corruptions_tells_caught_from_missed_from_false_alarms() -> None:
    kinds = {kind for corruption in CORRUPTIONS.values() for kind in corruption.breaks}
    clean = {kind: ["pass"] for kind in kinds} | {"freeze": ["fail"]}
    found = {name: {kind: ["fail"] for kind in corruption.breaks} for name, corruption in CORRUPTIONS.items()}
    found["black"] = {"black": ["pass"]}
    lines = {
        line.split(" | ")[0].strip("| "): line for line in corruption_table([{"clean": clean, **found}]).splitlines()
    }
    assert lines["frozen"].endswith("| 1/1 | 0 | 0 | 1/1 |")
    assert lines["black"].endswith("| 0/1 | 1 | 0 | 0/1 |")


def test_staged_scenes_have_what_is_spoilt() -> None:
    scene = staged(80_003)
    assert scene.camera.move.startswith("pan")
    assert scene.cues
    assert scene.actors[0].acts[0].direction in ("left", "right")
