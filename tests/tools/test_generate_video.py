"""A backend's file is checked before it counts as a take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.world.sample import sample_scene
from storyboards.clock import FrameRate
from storyboards.errors import BackendUnavailable, TakeCorrupt
from storyboards.shot import Shot
from tools import faults
from tools.backends.animatic import Animatic, blocks_of
from tools.contract import Progress, ShotRequest
from tools.generate_video import generate_video
from tools.media import FrameWriter, probe, read_frames
from tools.store import Store

REQUEST = ShotRequest(
    shot=Shot(id="s1", frames=12, setting="meadow"), elements=(), style="storybook", width=96, height=64,
    rate=FrameRate(numerator=24), place_seed=5, handle_frames=3,
)  # fmt: skip


@dataclass
class Painter:
    """Films one colour; `spoil` changes what it was asked for, `after` changes the finished file."""

    name: str = "painter"
    version: str = "1"
    spoil: Callable[[ShotRequest], ShotRequest] = lambda request: request
    after: Callable[[Path], None] = lambda path: None
    keys: list[str] = field(default_factory=list)

    def price_usd(self, request: ShotRequest) -> float:
        return 0.25

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        self.keys.append(idempotency_key)
        asked = self.spoil(request)
        with FrameWriter(out, asked.width, asked.height, asked.rate) as writer:
            for frame in range(asked.frames):
                writer.write(np.full((asked.height, asked.width, 3), 200, np.uint8))
                progress((frame + 1) / asked.frames)
        self.after(out)


def test_a_good_picture_is_kept_with_its_handle(store: Store) -> None:
    seen: list[float] = []
    painter = Painter()
    filmed = generate_video(REQUEST, painter, store, "k" * 64, seen.append)
    assert filmed.frames == 15
    assert filmed.cost_usd == 0.25
    assert probe(store.verify(filmed.video_sha256)).frames == 15
    assert painter.keys == ["k" * 64]
    assert seen[-1] == 1.0


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_the_end(path: Path) -> None:
    """Overwrite the pictures but not the tables: it still looks like an mp4 of the right length."""
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = bytes(len(content) - start)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("painter", "says"),
    [
        (Painter(spoil=lambda r: replace(r, handle_frames=2)), "14 frames instead of 15"),
        (Painter(spoil=lambda r: replace(r, width=64)), "64x64 instead of 96x64"),
        (Painter(spoil=lambda r: replace(r, rate=FrameRate(numerator=25))), "25 frames a second instead of 24"),
        (Painter(after=cut_in_half), "damaged"),
        (Painter(after=spoil_the_end), "damaged"),
        (Painter(after=lambda path: path.write_bytes(b"")), "no picture"),
        (Painter(after=lambda path: path.write_text("ffconcat version 1.0\nfile x.mp4\n") and None), "damaged"),
        (Painter(after=lambda path: path.unlink()), "no picture"),
    ],
)
def test_a_wrong_picture_is_refused_and_not_kept(store: Store, painter: Painter, says: str) -> None:
    with pytest.raises(TakeCorrupt, match=says) as caught:
        generate_video(REQUEST, painter, store, "k" * 64)
    assert caught.value.shot_id == "s1"
    assert not list((store.root / "objects").rglob("*.mp4"))


def test_a_cancelled_shot_leaves_nothing(store: Store) -> None:
    class Cancelled(Exception):
        pass

    def cancel(_: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        generate_video(REQUEST, Painter(), store, "k" * 64, cancel)
    assert not list(store.root.rglob("*.mp4"))


def test_a_backend_s_own_error_passes_through(store: Store) -> None:
    def away(_: ShotRequest) -> ShotRequest:
        raise BackendUnavailable("nobody answers.")

    with pytest.raises(BackendUnavailable):
        generate_video(REQUEST, Painter(spoil=away), store, "k" * 64)


def test_filming_announces_its_points(store: Store) -> None:
    points: list[str] = []
    faults.watch(points.append)
    generate_video(REQUEST, Painter(), store, "k" * 64)
    assert points[:2] == ["video.film.before", "video.film.after"]
    assert points[-2:] == ["store.rename.before", "store.rename.after"]


def test_the_animatic_films_the_same_bytes_twice_and_other_bytes_for_another_shot(store: Store) -> None:
    animatic = Animatic()
    first = generate_video(REQUEST, animatic, store, "k" * 64)
    assert generate_video(REQUEST, animatic, store, "k" * 64).video_sha256 == first.video_sha256
    night = replace(REQUEST, shot=REQUEST.shot.model_copy(update={"time": "night"}))
    other = generate_video(night, animatic, store, "k" * 64)
    bright, dark = (
        np.mean([frame.mean() for frame in read_frames(store.path(filmed.video_sha256))]) for filmed in (first, other)
    )
    assert dark < bright - 20
    assert animatic.version == Animatic().version


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_threads_draw_the_same_frames_as_one(seed: int) -> None:
    scene = replace(sample_scene(seed), duration_s=1.0)
    one, two = (torch.cat(list(blocks_of(scene, (160, 90, 24.0), hands))) for hands in (1, 2))
    assert one.shape == (24, 90, 160, 3)
    assert torch.equal(one, two)
