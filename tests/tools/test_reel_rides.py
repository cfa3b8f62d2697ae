"""Shots in which somebody rides, with tiny weights: kept in the seat, in windows too, or left and said to be."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.latents import from_bytes
from models.layers.seats import WEIGHTS, Seats, seated
from storyboards.clock import FrameRate
from storyboards.errors import BackendUnavailable
from storyboards.shot import Action, CameraWork, Element, Part, Shot
from tests.models.tiny_reel import QUICK, tiny_reel, write_tiny
from tools.backends.reel import ReelBackend
from tools.backends.reel_words import canvas_of, spoken
from tools.contract import ShotRequest
from tools.generate_video import FilmedPicture, generate_video
from tools.store import Store

CAST = (Element(id="fox", subject="fox", colour="red", identity=7), Element(id="boat", subject="boat", identity=8))
PARTS = (
    Part(element="fox", side="left", actions=(Action(verb="ride", target="boat"),)),
    Part(element="boat", side="left", actions=(Action(verb="swim", direction="right"),)),
)
SHOT = Shot(id="s1", frames=24, setting="river", camera=CameraWork(), parts=PARTS)
REQUEST = ShotRequest(
    shot=SHOT, elements=CAST, style="storybook", width=128, height=72, rate=FrameRate(numerator=24), place_seed=5,
    handle_frames=0,
)  # fmt: skip
LONG = replace(REQUEST, shot=SHOT.model_copy(update={"frames": 24 * 7}))


def backend(folder: Path, seats: bool) -> ReelBackend:
    folder.mkdir()
    write_tiny(folder)
    for path in WEIGHTS.parent.glob("seats*") if seats else ():
        shutil.copy(path, folder / path.name)
    return ReelBackend(folder=folder, making=QUICK)


def off(reel: ReelBackend, request: ShotRequest, filmed: FilmedPicture, store: Store) -> float:
    """How far the rider is from its seat in the worst frame, in frame heights; codes are rounded by tiny weights."""
    parts, _ = from_bytes(store.path(filmed.latents_sha256).read_bytes())
    rows_KFR, _ = reel._loaded().codec.rows(parts, canvas_of(request))  # type: ignore[attr-defined]
    seat_V = Seats.load().find("fox", "boat", ("medium", "medium"))
    put_FR = seated(rows_KFR[0], rows_KFR[1], seat_V, torch.ones(rows_KFR.shape[1]))
    return float((put_FR[:, :2] - rows_KFR[0, :, :2]).norm(dim=1).mean())


@pytest.mark.parametrize("request_", [REQUEST, LONG], ids=["at once", "in windows"])
def test_whoever_rides_is_nearer_to_its_seat_with_the_table(
    request_: ShotRequest, tmp_path: Path, store: Store
) -> None:
    with_seats, without = backend(tmp_path / "with", True), backend(tmp_path / "without", False)
    kept = generate_video(request_, with_seats, store, "k" * 64)
    left = generate_video(request_, without, store, "l" * 64)
    assert off(with_seats, request_, kept, store) < 0.5 * off(without, request_, left, store)
    assert kept.recipe["rides"] == [["fox", "boat"]]
    assert "rides" not in left.recipe
    assert not any("left to the generator" in note for note in kept.notes)
    assert any("no table of seats is there" in note for note in left.notes)


def test_the_table_is_part_of_the_version_and_a_spoilt_one_is_refused(tmp_path: Path, store: Store) -> None:
    reel = backend(tmp_path / "with", True)
    assert reel.version != backend(tmp_path / "without", False).version
    for path in (tmp_path / "with").glob("seats-*"):
        path.write_bytes(b"spoilt")
    with pytest.raises(BackendUnavailable, match="seats"):
        generate_video(REQUEST, reel, store, "k" * 64)


def test_a_generator_that_does_not_tell_figures_apart_says_so(tmp_path: Path, store: Store) -> None:
    reel = backend(tmp_path / "grid", True)
    reel._reel = tiny_reel("grid")
    filmed = generate_video(REQUEST, reel, store, "k" * 64)
    assert "rides" not in filmed.recipe
    assert any("where riders are is left to it" in note for note in filmed.notes)


def test_the_words_are_those_of_a_ride() -> None:
    assert "rides in the boat" in spoken(REQUEST).caption
