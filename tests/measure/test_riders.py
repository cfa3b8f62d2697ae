"""Two that overlap: measured by their colours where the plan's differ, and never failed for being seen as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals.scenes import board_of
from evals.truth import film_frames, put_on_disk
from models.world.scene import Act, Actor, Camera, Scene
from storyboards.claims import shot_claims
from storyboards.critique import Verdict
from tools.contract import Footage, request_for
from tools.measure import Measurements
from tools.measure.riders import aboard, hangs
from tools.measure.witness import witness_of

ROBOT = Scene(
    actors=(Actor("robot", "purple", acts=(Act("ride", 0.0, 2.0, target=1),), side="left"),
            Actor("dog", "orange", acts=(Act("walk", 0.0, 2.0, "right"),), side="left")),
    setting="meadow", camera=Camera("static"), duration_s=2.0, seed=21,
)  # fmt: skip
APART = replace(ROBOT, actors=(replace(ROBOT.actors[0], acts=(Act("stand", 0.0, 2.0),), side="right"), ROBOT.actors[1]))
ALONE = replace(ROBOT, actors=ROBOT.actors[1:])


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Footage]:
    scenes = {"riding": ROBOT, "apart": APART, "alone": ALONE}
    return {name: shown(scene, tmp_path_factory.mktemp(name)) for name, scene in scenes.items()}


def shown(scene: Scene, folder: Path) -> Footage:
    frames, _ = film_frames(scene, 320, 180)
    return put_on_disk(frames, None, folder)


def judged(footage: Footage, scene: Scene = ROBOT) -> dict[str, Verdict]:
    board = board_of(scene)
    claims = tuple(c for c in shot_claims(board, board.shots[0]) if c.kind in ("relation", "colour", "count"))
    verdicts = Measurements().judge(footage, claims, request_for(board, board.shots[0]))
    return {f"{claim.kind} {claim.element}".strip(): verdict for claim, verdict in zip(claims, verdicts, strict=True)}


def test_who_rides_is_seen_to_ride_and_nothing_of_it_fails(takes: dict[str, Footage]) -> None:
    found = judged(takes["riding"])
    assert found["relation robot-1"].outcome == "pass"
    assert "fail" not in {verdict.outcome for verdict in found.values()}


def test_a_colour_that_nobody_planned_is_not_affirmed(takes: dict[str, Footage]) -> None:
    board = board_of(ROBOT)
    claim = next(c for c in shot_claims(board, board.shots[0]) if c.kind == "colour")
    foil = claim.model_copy(update={"expected": "green"})
    (verdict,) = Measurements().judge(takes["riding"], (foil,), request_for(board, board.shots[0]))
    assert verdict.outcome != "pass"


def test_who_stands_elsewhere_does_not_ride(takes: dict[str, Footage]) -> None:
    assert judged(takes["apart"])["relation robot-1"].outcome == "fail"


def test_who_is_not_there_is_not_seen_to_ride(takes: dict[str, Footage]) -> None:
    found = judged(takes["alone"])
    assert found["relation robot-1"].outcome == "unmeasurable"
    assert found["colour robot-1"].outcome == "unmeasurable"


@pytest.mark.parametrize(("mine", "below"), [("purple", "purple"), ("red", "orange"), ("white", "blue")])
def test_colours_that_cannot_be_told_apart_say_nothing(takes: dict[str, Footage], mine: str, below: str) -> None:
    robot, dog = ROBOT.actors
    board = board_of(replace(ROBOT, actors=(replace(robot, colour=mine), replace(dog, colour=below))))
    seen = witness_of(takes["riding"], request_for(board, board.shots[0]))
    assert aboard(seen, "robot-1", "dog-2") == ()
    assert not hangs(seen, "dog-2")
