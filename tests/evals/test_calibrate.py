"""Calibration: known judges get known numbers, and nothing is asked twice."""

import numpy as np
import pytest

from evals import ladders
from evals.calibrate import Calibrating, calibrate, crosstalk_rows, exploit_rows, ladder_rows, null_rows
from evals.foils import FOIL
from storyboards.critique import Verdict

SMALL = {"scenes": 1, "others": 1}


class Knows:
    """Told apart by their ids, claims are answered right: a perfect judge. ``asked`` counts the calls."""

    name, version = "knows", "1"

    def __init__(self) -> None:
        self.asked = 0

    def judge(self, footage, claims, request):
        self.asked += 1
        return tuple(
            Verdict(claim_id=c.id, outcome="fail" if c.id.startswith(FOIL) else "pass", tier="T2", judge=self.name)
            for c in claims
        )


def test_a_judge_that_knows_is_right_about_every_pair_and_is_asked_once(tmp_path):
    judge = Knows()
    job = Calibrating(tmp_path, (judge,), seed=60_000, parts=("pairs",), **SMALL)
    found = calibrate(job)
    kinds = {row["kind"]: row for row in found["judges"][0]["kinds"]}
    assert {"subject", "setting", "action", "camera", "time"} <= set(kinds)
    assert all(row["accuracy"]["mean"] == 1.0 for row in kinds.values())
    assert all(row["false"] for kind, row in kinds.items() if kind in ("subject", "setting", "camera", "time"))
    assert "| camera |" in (tmp_path / "calibration.md").read_text()
    asked = judge.asked
    assert calibrate(job) == found
    assert judge.asked == asked
    judge.version = "2"
    calibrate(job)
    assert judge.asked > asked


def clip(frames: int = 24) -> ladders.Clip:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (frames, 12, 16, 3), np.uint8), np.ones((2, frames * 2000), np.float32)


@pytest.mark.parametrize("ladder", ladders.LADDERS, ids=lambda ladder: ladder.name)
def test_a_dose_of_nothing_changes_nothing_and_more_changes_more(ladder):
    clean = clip()
    same = ladder.spoil(clean, 0)
    assert np.abs(same[0].astype(int) - clean[0]).max() <= 1
    assert np.array_equal(same[1], clean[1])

    def away(dose: float) -> float:
        spoilt = ladder.spoil(clean, dose)
        if len(spoilt[0]) != len(clean[0]):
            return float(abs(len(spoilt[0]) - len(clean[0])))
        moved = np.abs(spoilt[0].astype(float) - clean[0]).mean() + np.abs(spoilt[1] - clean[1]).mean()
        return float(moved)

    assert away(ladder.doses[-1]) > away(0)


def test_a_turn_of_hue_keeps_brightness():
    grey = np.full((2, 4, 4, 3), 120, np.uint8)
    assert np.abs(ladders.turned((grey, np.zeros((2, 1))), 90)[0].astype(int) - 120).max() <= 1
    mild = np.full((1, 2, 2, 3), (140, 110, 120), np.uint8)
    weights = np.array([0.299, 0.587, 0.114])
    turned = ladders.turned((mild, np.zeros((2, 1))), 90)[0]
    assert (turned @ weights).mean() == pytest.approx((mild @ weights).mean(), abs=1.0)


def row(outcome: str, seed: int = 0, kind: str = "colour", **more: object) -> dict:
    return {"seed": seed, "kind": kind, "claim": f"s1.{kind}", "outcome": outcome, **more}


def test_rows_become_tables():
    steps = ladder_rows([row("pass", ladder="hue turned", dose=0), row("fail", ladder="hue turned", dose=180)])[0]
    assert (steps["steps"][0]["fail"], steps["steps"][-1]["fail"]) == (0.0, 1.0)
    faults = crosstalk_rows(
        [
            row("pass", fault="clean"),
            row("pass", fault="clean", kind="time"),
            row("fail", fault="wrong colour"),
            row("pass", fault="wrong colour", kind="time"),
        ]
    )
    assert faults[0]["kinds"] == {"colour": 1.0, "time": 0.0}
    nulls = null_rows([row("pass", change="clean"), row("fail", change="one pixel"), row("pass", change="crf 28")])
    assert {r["change"]: r["flips"] for r in nulls if r["claims"]} == {"one pixel": 1.0, "crf 28": 0.0}
    scores = exploit_rows(
        [row("pass", exploit=name) for name in ("clean", "static")]
        + [row("fail", exploit=name) for name in ("blank", "duplicated", "juddering", "text card", "reversed")]
    )
    assert {r["exploit"]: r["below"] for r in scores} == {
        "static": 0, "blank": 1, "duplicated": 1, "juddering": 1, "text card": 1, "reversed": 1,
    }  # fmt: skip
