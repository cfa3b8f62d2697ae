"""Takes of the generator that go on, with tiny weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.codec import Canvas
from models.latents import from_bytes
from models.layers.moves import path_of
from models.windows import FLASH
from storyboards.cutting import grown_shot
from storyboards.shot import Shot
from tests.models.tiny_reel import QUICK, tiny_reel, write_tiny
from tests.tools.test_reel_backend import FOX, REQUEST, SHOT
from tools.backends.reel import ReelBackend
from tools.backends.reel_grown import ahead
from tools.contract import Base, ShotRequest
from tools.generate_video import FilmedPicture, generate_video
from tools.media import read_frames
from tools.store import Store


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> ReelBackend:
    folder = tmp_path_factory.mktemp("weights")
    write_tiny(folder)
    return ReelBackend(folder=folder, making=QUICK)


def going_on(store: Store, filmed: FilmedPicture, shot: Shot = SHOT, frames: int = 68) -> ShotRequest:
    base = Base("k" * 64, filmed.video_sha256, store.path(filmed.latents_sha256))
    return replace(REQUEST, shot=grown_shot(shot, frames), base=base)


def frames_of(store: Store, sha256: str) -> np.ndarray:
    return np.stack(list(read_frames(store.path(sha256)))).astype(float)


def test_what_was_shown_stays_and_more_of_it_is_made(reel: ReelBackend, store: Store) -> None:
    short = generate_video(REQUEST, reel, store, "k" * 64)
    longer = generate_video(going_on(store, short), reel, store, "l" * 64)
    anew = generate_video(replace(going_on(store, short), base=None), reel, store, "m" * 64)
    assert not [note for note in longer.notes if "filmed anew" in note]
    assert longer.recipe["grown"] == "k" * 64
    shown, after, other = (frames_of(store, each.video_sha256) for each in (short, longer, anew))
    assert len(shown) == 24
    assert len(after) == 72
    assert np.abs(after[:24] - shown).mean() < 2.0
    assert np.abs(other[:24] - shown).mean() > 2 * np.abs(after[:24] - shown).mean()
    before, now = (from_bytes(store.path(each.latents_sha256).read_bytes())[0] for each in (short, longer))
    for role in ("sheet", "look"):
        pairs = [[part.clean_LC for part in parts if part.role == role] for parts in (before, now)]
        assert all(torch.equal(first, second) for first, second in zip(*pairs, strict=True))
    assert [len(part) for part in now if part.role == "pose"] == [10, 10]


def test_a_take_that_is_long_enough_already_is_shown_further(reel: ReelBackend, store: Store) -> None:
    short = generate_video(REQUEST, reel, store, "k" * 64)
    longer = generate_video(going_on(store, short, frames=21), reel, store, "l" * 64)
    assert len(frames_of(store, longer.video_sha256)) == 25


def test_what_cannot_go_on_is_filmed_anew_and_says_why(reel: ReelBackend, store: Store, tmp_path: Path) -> None:
    short = generate_video(REQUEST, reel, store, "k" * 64)
    request = going_on(store, short)
    assert request.base is not None
    spoilt = store.path(store.put_bytes(b"no latents", ".latents"))
    for latents, why in ((None, "the shorter take was made of was not kept"), (spoilt, "cannot be gone on from")):
        base = replace(request.base, latents=latents)
        filmed = generate_video(replace(request, base=base), reel, store, "l" * 64)
        (said,) = (note for note in filmed.notes if why in note)
        assert said.endswith("all of it is filmed anew")
        assert len(frames_of(store, filmed.video_sha256)) == 72
    alone = replace(REQUEST, shot=SHOT.model_copy(update={"parts": SHOT.parts[:1]}), elements=(FOX,))
    lonely = generate_video(alone, reel, store, "n" * 64)
    base = Base("n" * 64, lonely.video_sha256, store.path(lonely.latents_sha256))
    assert any("fewer subjects" in n for n in generate_video(replace(request, base=base), reel, store, "o" * 64).notes)
    small = replace(request, width=96, height=96)
    assert any("another size" in note for note in generate_video(small, reel, store, "p" * 64).notes)
    stranger = ReelBackend(folder=tmp_path)
    write_tiny(tmp_path)
    stranger._reel = tiny_reel("layers", seed=4)
    assert any("another generator" in note for note in generate_video(request, stranger, store, "q" * 64).notes)


def test_a_camera_goes_on_as_fast_as_it_ended_and_a_hand_as_it_shakes() -> None:
    short, whole = Canvas(25), Canvas(49)
    pan, planned = path_of("pan right", short), path_of("pan right", whole)
    planned[40, FLASH] = 0.7
    longer = ahead(pan, planned)
    assert torch.equal(longer[:25], pan)
    steps = longer[24:, 0].diff()
    assert bool((steps > 0).all())
    assert torch.allclose(steps, steps[:1].expand(24), atol=1e-5)
    assert float(steps[0]) == pytest.approx(float(pan[20:25, 0].diff().mean()), abs=1e-5)
    assert float(longer[40, FLASH]) == pytest.approx(0.7)
    assert torch.allclose(ahead(path_of("static", short), path_of("static", whole)), path_of("static", whole))
    hand = ahead(path_of("handheld", short), path_of("handheld", whole), shaken=True)
    assert torch.allclose(hand[:, 0], path_of("handheld", whole)[:, 0], atol=1e-5)
    assert torch.equal(ahead(planned, pan), planned)
