"""Foils say another thing in the plan's own words, and never what the plan makes true too."""

from __future__ import annotations

import numpy as np
import pytest

from storyboards.claims import Claim, shot_claims
from storyboards.storyboard import Storyboard, read_storyboard
from tools.contract import request_for
from tools.judge_foils import FOIL, plan_foil, random_foil, restate

CHASE = {
    "title": "Chase", "rate": "24", "width": 320, "height": 180,
    "elements": [{"id": "fox", "subject": "fox", "colour": "orange"}, {"id": "owl", "subject": "owl"}],
    "shots": [{
        "id": "s1", "frames": 72, "setting": "forest", "time": "dusk", "weather": "snow",
        "camera": {"move": "pan left", "framing": "wide"},
        "parts": [
            {"element": "fox", "side": "left", "actions": [{"verb": "walk", "direction": "right"}]},
            {"element": "owl", "side": "right", "actions": [{"verb": "land"}]},
        ],
        "sounds": [{"sound": "bell", "at_s": 1.0}],
    }],
}  # fmt: skip
BOARD = read_storyboard(CHASE)


def told(board: Storyboard) -> dict[str, Claim]:
    return {claim.kind: claim for claim in shot_claims(board, board.shots[0])}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("direction", "The fox moves to the left."), ("camera", "The camera move is: pan right."),
        ("framing", "The framing is close."), ("time", "The time of day is day."),
        ("count", "3 subjects are in the shot."), ("relation", "At the start the owl is left of the fox."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_the_fields_say(kind: str, text: str) -> None:
    claim = told(BOARD)[kind]
    foil = plan_foil(claim, request_for(BOARD, BOARD.shots[0]), np.random.default_rng(0))
    assert foil is not None
    assert (foil.text, foil.id) == (text, FOIL + claim.id)


def test_a_sound_is_restated_with_its_time() -> None:
    claim = told(BOARD)["sound"]
    assert restate(claim, number=1.4).text == "A bell is heard 1.40 s into the shot (within 0.12 s)."
    assert restate(claim, expected="engine").text == "An engine is heard 1.00 s into the shot (within 0.12 s)."


def test_foils_are_what_a_plan_of_the_foil_would_claim() -> None:
    """The plan with the foil's word in place of the right one claims the foil's sentence, letter for letter."""
    request, rng = request_for(BOARD, BOARD.shots[0]), np.random.default_rng(1)
    shot = BOARD.shots[0]
    for kind, where in (("setting", "setting"), ("time", "time"), ("weather", "weather")):
        foil = plan_foil(told(BOARD)[kind], request, rng)
        assert foil is not None
        other = BOARD.with_shot(shot.model_copy(update={where: foil.expected}))
        assert told(other)[kind].text == foil.text


def test_what_looks_alike_is_no_foil() -> None:
    request = request_for(BOARD, BOARD.shots[0])
    foils = [plan_foil(told(BOARD)["colour"].model_copy(update={"expected": "orange"}), request,
                       np.random.default_rng(seed)) for seed in range(40)]  # fmt: skip
    words = {foil.expected for foil in foils if foil is not None}
    assert words
    assert not words & {"orange", "red", "brown", "yellow", "pink"}


def test_what_another_part_of_the_plan_makes_true_is_no_foil() -> None:
    shot = BOARD.shots[0]
    walk = shot.parts[0].actions[0].model_copy(update={"end": 0.5})
    back = walk.model_copy(update={"direction": "left", "start": 0.5, "end": 1.0})
    both = BOARD.with_shot(shot.model_copy(
        update={"parts": (shot.parts[0].model_copy(update={"actions": (walk, back)}), shot.parts[1])}
    ))  # fmt: skip
    claim = next(c for c in shot_claims(both, both.shots[0]) if c.kind == "direction")
    assert plan_foil(claim, request_for(both, both.shots[0]), np.random.default_rng(0)) is None
    assert random_foil(claim, np.random.default_rng(0)) is not None
    request = request_for(BOARD, shot)
    sounds = {
        f.expected for s in range(60) if (f := plan_foil(told(BOARD)["sound"], request, np.random.default_rng(s)))
    }
    assert not sounds & {"bell", "hoot", "yip", "footstep"}


def test_kinds_without_a_certain_foil_have_none() -> None:
    request, claims = request_for(BOARD, BOARD.shots[0]), told(BOARD)
    for kind in ("flicker", "freeze", "black", "duration"):
        assert plan_foil(claims[kind], request, np.random.default_rng(0)) is None
    meet = claims["relation"].model_copy(update={"expected": "meet"})
    assert plan_foil(meet, request, np.random.default_rng(0)) is None
