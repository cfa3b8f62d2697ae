"""The parts: rotation is relative, masks hide, new blocks do nothing."""

from __future__ import annotations

import torch
from torch import nn

from models import blocks


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def scores(position_BL3: torch.Tensor, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    by = blocks.turns(position_BL3, q.shape[-1])
    return blocks.turn(q, by) @ blocks.turn(k, by).mT


def test_rotary_scores_depend_on_differences_of_position_only() -> None:
    q, k, place = random(1, 2, 6, 32, seed=1), random(1, 2, 6, 32, seed=2), random(1, 6, 3, seed=3) * 5
    moved = place + torch.tensor([411.5, -3.25, 8.0])
    torch.testing.assert_close(scores(moved, q, k), scores(place, q, k), atol=2e-3, rtol=0)
    stretched = place * 1.5
    assert (scores(stretched, q, k) - scores(place, q, k)).abs().max() > 0.5


def test_every_axis_turns_and_lengths_are_kept() -> None:
    q = random(1, 1, 1, 32)
    for axis in range(3):
        place = torch.zeros(1, 1, 3)
        place[..., axis] = 2.5
        turned = blocks.turn(q, blocks.turns(place, 32))
        assert (turned - q).abs().max() > 0.1
        torch.testing.assert_close(turned.norm(), q.norm())


def test_an_angle_in_closed_form() -> None:
    """The first pair turns with time, one radian a unit."""
    q = torch.zeros(1, 1, 1, 32)
    q[..., 0] = 1.0
    turned = blocks.turn(q, blocks.turns(torch.tensor([[[0.5, 0.0, 0.0]]]), 32))[0, 0, 0]
    torch.testing.assert_close(turned[0], torch.tensor(0.5).cos())
    torch.testing.assert_close(turned[16], torch.tensor(0.5).sin())


def test_bf16_activations_are_turned_in_fp32() -> None:
    q = random(1, 1, 2, 32)
    by = blocks.turns(torch.tensor([[[5000.0, 3, 4], [5001.0, 3, 4]]]), 32)
    assert by.cos.dtype == torch.float32
    assert blocks.turn(q.bfloat16(), by).dtype == torch.bfloat16
    torch.testing.assert_close(blocks.turn(q.bfloat16(), by).float(), blocks.turn(q, by), atol=0.03, rtol=0.02)


def test_a_norm_has_root_mean_square_1_even_of_tiny_bf16() -> None:
    x = random(4, 64) * torch.tensor([1e-1, 1.0, 10.0, 1e4])[:, None]
    torch.testing.assert_close(blocks.RMSNorm(64, gain=False)(x).square().mean(-1), torch.ones(4), atol=1e-3, rtol=0)
    assert blocks.RMSNorm(64)(x.bfloat16()).dtype == torch.bfloat16


def test_queries_of_any_length_give_the_same_attention() -> None:
    attention = blocks.Attention(32, 2)
    x, by = random(1, 5, 32), blocks.turns(random(1, 5, 3), 16)
    before = attention(x, by)
    with torch.no_grad():
        attention.qkv.weight[:32] *= 50
    torch.testing.assert_close(attention(x, by), before, atol=1e-4, rtol=1e-3)


def test_a_masked_token_cannot_be_seen() -> None:
    attention = blocks.Attention(32, 2)
    x, by = random(1, 4, 32), blocks.turns(random(1, 4, 3), 16)
    mask = torch.ones(1, 1, 4, 4, dtype=torch.bool)
    mask[..., :3, 3] = False
    changed = x.clone()
    changed[:, 3] += 10
    torch.testing.assert_close(attention(x, by, mask)[:, :3], attention(changed, by, mask)[:, :3])
    assert (attention(x, by)[:, :3] - attention(changed, by)[:, :3]).abs().max() > 1e-3


def test_a_new_block_is_the_identity_and_learns_from_its_gates() -> None:
    block = blocks.Block(32, 2, roles=3)
    x, shared, role = random(2, 5, 32), torch.zeros(2, 5, 192), torch.randint(0, 3, (2, 5))
    by = blocks.turns(random(2, 5, 3), 16)
    y = block(x, shared, role, by)
    assert torch.equal(y, x)
    (y * random(2, 5, 32, seed=9)).sum().backward()
    gradient = block.table.rows.grad
    assert gradient is not None
    gates = gradient.view(3, 6, 32)[:, [2, 5]]
    assert gates.abs().max() > 0


def test_roles_differ_by_their_rows_only() -> None:
    block = blocks.Block(32, 2, roles=2)
    nn.init.normal_(block.table.rows, std=0.5)
    x, shared, by = random(1, 4, 32), random(1, 4, 192, seed=5), blocks.turns(random(1, 4, 3), 16)
    one, other = (block(x, shared, torch.full((1, 4), role), by) for role in (0, 1))
    assert (one - other).abs().max() > 0.1
    with torch.no_grad():
        block.table.rows[1] = block.table.rows[0]
    assert torch.equal(block(x, shared, torch.ones(1, 4, dtype=torch.long), by), one)


def test_the_span_is_not_heard_before_it_is_taught() -> None:
    embedding = blocks.TimeEmbedding(32)
    t = torch.tensor([0.9, 0.2])
    assert torch.equal(embedding(t, t), embedding(t, t * 0))
    assert (embedding(t, t)[0] - embedding(t, t)[1]).abs().max() > 1e-3
    last = embedding.of_span[-1]
    assert isinstance(last, nn.Linear)
    embedding(t, t * 0).square().sum().backward()
    assert last.weight.grad is not None
    assert last.weight.grad.abs().max() > 0
