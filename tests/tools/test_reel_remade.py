"""Retakes that make some of a take anew and keep the rest, with tiny weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.conditions import Segment
from models.latents import from_bytes
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, CameraWork, Remake
from tests.models.tiny_reel import QUICK, tiny_reel, write_tiny
from tests.tools.test_reel_backend import REQUEST, SHOT
from tools.backends.reel import ReelBackend
from tools.contract import Base, ShotRequest
from tools.generate_video import FilmedPicture, generate_video
from tools.store import Store

TAKE = "a" * 64


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> ReelBackend:
    folder = tmp_path_factory.mktemp("weights")
    write_tiny(folder)
    return ReelBackend(folder=folder, making=QUICK)


def retake(store: Store, filmed: FilmedPicture, *what: str, **changes: object) -> ShotRequest:
    base = Base(TAKE, filmed.video_sha256, store.path(filmed.latents_sha256))
    shot = SHOT.model_copy(update={"seed": 77, "remake": Remake(take=TAKE, what=what), **changes})
    return replace(REQUEST, shot=shot, base=base)


def parts_of(store: Store, filmed: FilmedPicture) -> list[Segment]:
    _, *parts = from_bytes(store.path(filmed.latents_sha256).read_bytes())[0]
    return list(parts)


@pytest.mark.parametrize(
    ("what", "anew"),
    [((f"{LOOKS}owl",), {("sheet", 1)}), ((f"{DEEDS}fox",), {("pose", 0)}),
     ((PLACE, LIGHT), {("plate", 0), ("look", 0)}), ((f"{LOOKS}fox", f"{DEEDS}owl"), {("sheet", 0), ("pose", 1)})],
)  # fmt: skip
def test_what_is_named_is_made_anew_and_the_rest_stays_to_the_bit(
    reel: ReelBackend, store: Store, what: tuple[str, ...], anew: set[tuple[str, int]]
) -> None:
    first = generate_video(REQUEST, reel, store, "k" * 64)
    second = generate_video(retake(store, first, *what), reel, store, "l" * 64)
    counts: dict[str, int] = {}
    changed = set()
    for before, after in zip(parts_of(store, first), parts_of(store, second), strict=True):
        number = counts[before.role] = counts.get(before.role, -1) + 1
        if not torch.equal(before.clean_LC, after.clean_LC):
            changed.add((before.role, number))
    assert changed == anew
    assert second.recipe["remade"] == TAKE
    assert not any("filmed anew" in note for note in second.notes)


def test_a_retake_that_cannot_keep_anything_is_a_whole_one_and_says_why(
    reel: ReelBackend, store: Store, tmp_path: Path
) -> None:
    first = generate_video(REQUEST, reel, store, "k" * 64)
    request = retake(store, first, PLACE)
    assert request.base is not None
    spoilt = store.path(store.put_bytes(b"no latents", ".latents"))
    other = ReelBackend(folder=tmp_path)
    write_tiny(tmp_path)
    other._reel = tiny_reel("layers", seed=4)
    grid = ReelBackend(folder=tmp_path)
    grid._reel = tiny_reel("grid")
    slow = replace(retake(store, first, f"{DEEDS}fox", frames=24 * 8), handle_frames=0)
    cases = [
        (replace(request, base=replace(request.base, latents=None)), reel, "was not kept"),
        (replace(request, base=None), reel, "was not kept"),
        (replace(request, base=replace(request.base, latents=spoilt)), reel, "cannot be read"),
        (request, other, "another generator"),
        (request, grid, "does not tell places from figures"),
        (slow, reel, "window by window"),
        (retake(store, first, f"{LOOKS}cat"), reel, "another cast"),
    ]
    for number, (asked, backend, why) in enumerate(cases):
        filmed = generate_video(asked, backend, store, f"{number}" * 64)
        (said,) = (note for note in filmed.notes if why in note)
        assert said.endswith("all of it is filmed anew")


def test_another_view_sees_a_place_as_large_as_its_path_and_the_same_figures(reel: ReelBackend, store: Store) -> None:
    first = generate_video(REQUEST, reel, store, "k" * 64)
    wider = CameraWork(move=SHOT.camera.move, strength=2.0)
    second = generate_video(
        retake(store, first, PLACE, f"{DEEDS}fox", f"{DEEDS}owl", camera=wider), reel, store, "l" * 64
    )
    assert not any("filmed anew" in note for note in second.notes)
    old, new = ({part.role: part for part in parts_of(store, each)} for each in (first, second))
    assert len(new["plate"]) > len(old["plate"])
    assert torch.equal(new["sheet"].clean_LC, old["sheet"].clean_LC)
    assert torch.equal(new["look"].clean_LC, old["look"].clean_LC)
    (camera, *_), _ = from_bytes(store.path(second.latents_sha256).read_bytes())
    (before, *_), _ = from_bytes(store.path(first.latents_sha256).read_bytes())
    assert not torch.equal(camera.clean_LC, before.clean_LC)
