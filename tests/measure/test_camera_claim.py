"""The claim about the camera's move: what is a failure, and what cannot be told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from storyboards.claims import Claim
from tools.measure import camera_claim


def seen() -> Any:
    look = SimpleNamespace(frames_THWC=np.zeros((12, 4, 4, 3), np.uint8), duration_s=1.0)
    return SimpleNamespace(
        look=look, camera="a reading", request=SimpleNamespace(shot=SimpleNamespace(weather="clear", setting=""))
    )


@pytest.mark.parametrize(
    ("planned", "found", "outcome"),
    [
        ("truck right", {"truck right"}, "pass"),
        ("truck right", {"pan right"}, "unmeasurable"),
        ("truck right", {"pan left"}, "fail"),
        ("truck right", {"truck left"}, "fail"),
        ("truck right", {"static"}, "fail"),
        ("tilt up", {"crane up"}, "unmeasurable"),
        ("tilt up", {"crane up", "static"}, "fail"),
        ("tilt up", {"tilt up", "crane up"}, "pass"),
    ],
)
def test_a_turn_taken_for_a_travel_of_the_same_way_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, planned: str, found: set[str], outcome: str
) -> None:
    monkeypatch.setattr(camera_claim, "possible_moves", lambda *reading: frozenset(found))
    claim = Claim(id="s1.camera", kind="camera", text="The camera move is.", shot_id="s1", expected=planned)
    assert camera_claim.camera(claim, seen()).outcome == outcome
