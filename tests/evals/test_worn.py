"""What a small network can tell from tokens: all of what is there, and nothing of what is not."""

from __future__ import annotations

import torch

from evals.worn import sheets, told


def test_a_word_that_is_in_the_tokens_is_told_and_one_that_is_not_is_guessed() -> None:
    tokens = torch.randn(400, 32, generator=torch.Generator().manual_seed(3))
    assert told(tokens, (tokens[:, 5] > 0).long()) > 0.85
    assert told(tokens, (torch.arange(400) * 7 % 13 > 6).long()) < 0.68


def test_half_of_the_figures_wear_a_scarf() -> None:
    tokens, worn = sheets(24)
    assert tokens.shape == (24, 512)
    assert 4 <= int((worn >= 0).sum()) <= 20
