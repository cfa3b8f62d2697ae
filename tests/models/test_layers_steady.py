"""Rows glide across the seams of latent frames, and what really moves is left alone."""

from __future__ import annotations

import pytest
import torch

from models.codec import Canvas
from models.layers.observe import observe
from models.layers.parts import POSE
from models.layers.steady import KEPT, steadied
from models.shapes import latent_of
from models.world.sample import sample_scene

FRAMES = 49
LATENT_F = torch.tensor([latent_of(frame) for frame in range(FRAMES)])
MOVED = [POSE.index(name) for name in ("x", "y", "log_side")]


def rows() -> torch.Tensor:
    """A body that glides to the right and slowly up and down, and a code that swings; (49, 14)."""
    time = torch.arange(FRAMES) / 12
    made = torch.zeros(FRAMES, len(POSE) + 3)
    made[:, 0], made[:, 1] = 0.2 * time, 0.05 * (2 * time).sin()
    made[:, -1] = (1.5 * time).cos()
    return made


def bends(row_FR: torch.Tensor) -> torch.Tensor:
    return (row_FR[2:] - 2 * row_FR[1:-1] + row_FR[:-2]).abs()


def shifts(spread: float, seed: int) -> torch.Tensor:
    """One shift for all frames of each latent frame but the first two, (49, 14)."""
    drawn = spread * torch.randn(int(LATENT_F.max()) + 1, len(POSE) + 3, generator=torch.Generator().manual_seed(seed))
    drawn[:2] = 0.0
    return drawn[LATENT_F]


@pytest.mark.parametrize("seed", range(5))
def test_jumps_between_latent_frames_are_taken_back(seed: int) -> None:
    clean = rows()
    jumpy = clean + shifts(0.01, seed)
    made = steadied(jumpy)
    assert float(bends(made)[:, MOVED].mean()) < 0.3 * float(bends(jumpy)[:, MOVED].mean())
    assert float((made - clean)[:, MOVED].abs().mean()) < float((jumpy - clean)[:, MOVED].abs().mean())


def test_what_glides_or_may_jump_stays_as_it_is() -> None:
    clean = rows()
    torch.testing.assert_close(steadied(clean), clean, atol=2e-4, rtol=0)
    jumpy = clean + shifts(0.3, 1)
    kept = [POSE.index(name) for name in KEPT]
    assert torch.equal(steadied(jumpy)[:, kept], jumpy[:, kept])


def test_bounces_jumps_and_landings_of_the_world_are_no_seams() -> None:
    seen = set()
    for seed in range(9000, 9030):
        scene = sample_scene(seed, split="val", duration_s=FRAMES / 12)
        for pose, actor in zip(observe(scene, Canvas(FRAMES)).poses, scene.actors, strict=True):
            made = steadied(torch.cat([pose, torch.zeros(FRAMES, 2)], 1))[:, : len(POSE)]
            assert float((made - pose)[:, MOVED].abs().max()) < 1e-3
            seen |= {act.action for act in actor.acts}
    assert {"jump", "bounce", "walk"} <= seen


def test_short_clips_have_no_seams() -> None:
    for frames in (1, 5):
        few = rows()[:frames]
        assert torch.equal(steadied(few), few)
