"""Figures, their codes and their sprites."""

from __future__ import annotations

import pytest
import torch

from models.layers.parts import ARTICULATION
from models.layers.sheet import MOST_CODE, SheetCodec, SheetParams, bounded, premultiplied


@pytest.fixture
def codec() -> SheetCodec:
    torch.manual_seed(0)
    made = SheetCodec(SheetParams.tiny()).eval()
    made.start(torch.rand(20, 4, 64, 64), torch.randn(50, ARTICULATION))
    return made


def test_shapes(codec: SheetCodec) -> None:
    sheets, limbs = torch.rand(3, 4, 64, 64), torch.randn(3, ARTICULATION)
    with torch.inference_mode():
        token = codec.encode(sheets)
        code = codec.code(limbs, token)
        assert token.shape == (3, 16, 8)
        assert code.shape == (3, 4)
        assert codec.decode(token, code).shape == sheets.shape
    with pytest.raises(ValueError, match="a sheet is"):
        codec.encode(torch.rand(1, 4, 32, 32))


def test_tokens_are_normalised_at_the_start(codec: SheetCodec) -> None:
    sheets = torch.rand(20, 4, 64, 64)
    codec.start(sheets, torch.randn(50, ARTICULATION))
    token = codec.encode(sheets)
    assert token.flatten(0, 1).std(0).tolist() == pytest.approx([1.0] * 8, rel=0.1)


def test_a_token_is_made_of_its_own_quarter_row_by_row(codec: SheetCodec) -> None:
    sheet = torch.rand(1, 4, 64, 64)
    changed = sheet.clone()
    changed[:, :, 16:32, 48:64] += 0.5
    with torch.inference_mode():
        moved = (codec.encode(changed) - codec.encode(sheet)).abs().amax(-1)[0]
    assert int(moved.argmax()) == 1 * 4 + 3
    assert float(moved[0]) < 1e-5


def test_a_figure_is_prepared_once_for_all_its_poses(codec: SheetCodec) -> None:
    token, code = torch.randn(2, 16, 8), torch.randn(6, 4)
    with torch.inference_mode():
        one_by_one = codec.decode(token.repeat_interleave(3, 0), code)
        assert torch.allclose(codec.pictured(codec.figure(token).repeated(3), code), one_by_one, atol=1e-5)


def test_codes_are_bounded_and_mean_something_only_with_a_figure(codec: SheetCodec) -> None:
    assert torch.equal(bounded(torch.zeros(3)), torch.zeros(3))
    assert float(bounded(torch.tensor(1e6))) == pytest.approx(MOST_CODE)
    assert float(bounded(torch.tensor(0.5))) == pytest.approx(0.5, rel=0.01)
    limbs = torch.randn(1, ARTICULATION)
    with torch.inference_mode():
        one, other = (codec.code(limbs, token) for token in torch.randn(2, 1, 16, 8))
    assert not torch.allclose(one, other, atol=1e-3)


def test_premultiplied_colour_is_never_brighter_than_opacity() -> None:
    sprite = torch.tensor([1.4, 0.5, -0.2, 0.6])[:, None, None].expand(4, 2, 2)[None]
    assert premultiplied(sprite)[0, :, 0, 0].tolist() == pytest.approx([0.6, 0.5, 0.0, 0.6])
    clear = torch.tensor([0.3, 0.3, 0.3, -1.0])[None, :, None, None]
    assert not premultiplied(clear).any()


def test_the_network_is_about_three_millions() -> None:
    assert 2e6 < sum(each.numel() for each in SheetCodec().parameters()) < 3.5e6
