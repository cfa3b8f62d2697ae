"""Words and bytes: nothing is lost, known words are short, padding is not read."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from models.text import BYTES, CAPITAL, NULL, WORDS, TextEncoder, Tokenizer, null_caption

CAPTIONS = [
    "A small red fox runs to the left, then jumps. The camera pans left.",
    "A red fox runs through the forest at dusk. Low-angle, close up.",
    "In the forest, the red fox jumps. Low-angle.",
]
TOKENIZER = Tokenizer.learn(CAPTIONS)


@given(st.text(st.characters(), max_size=60))
@example("  two  spaces\n\tand a tab ")
@example("\ud800 lone")
@example("İstanbul ǆ ß A AA aA")
@example("a" * 3)
def test_any_text_comes_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@given(st.lists(st.sampled_from(["fox", "Fox", "FOX", " ", "red", ",", "\x00", "狐", "the", "The"]), max_size=20))
def test_known_and_unknown_words_mix(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_known_words_are_one_number_and_capitals_share_it() -> None:
    fox, raised = TOKENIZER.encode("fox"), TOKENIZER.encode("Fox")
    assert len(fox) == 1
    assert raised.tolist() == [CAPITAL, *fox.tolist()]
    assert int(fox) >= WORDS


def test_unknown_words_are_spelled() -> None:
    assert TOKENIZER.encode("yak").tolist() == [BYTES + byte for byte in b" yak"]


def test_rare_words_are_not_learned() -> None:
    assert " dusk" not in TOKENIZER.words
    assert " forest" in TOKENIZER.words


def test_learning_does_not_depend_on_the_order_of_the_captions() -> None:
    assert Tokenizer.learn(reversed(CAPTIONS)) == TOKENIZER


def test_spelling_on_purpose_reads_the_same() -> None:
    text = CAPTIONS[0]
    spelled = TOKENIZER.encode(text, spell=0.5, seed=1)
    assert len(spelled) > len(TOKENIZER.encode(text))
    assert TOKENIZER.decode(spelled) == text
    assert torch.equal(spelled, TOKENIZER.encode(text, spell=0.5, seed=1))
    assert not torch.equal(spelled, TOKENIZER.encode(text, spell=0.5, seed=2))


def test_the_null_caption_is_the_empty_one() -> None:
    assert torch.equal(TOKENIZER.encode(""), null_caption())
    assert null_caption().tolist() == [NULL]
    assert TOKENIZER.decode(null_caption()) == ""


def test_a_number_of_another_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="another tokenizer"):
        TOKENIZER.decode([TOKENIZER.size])


def test_a_repeated_word_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        Tokenizer((" a", " a"))


def test_padding_changes_nothing_and_order_does() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(TOKENIZER.size, 32, 48, heads=2).eval()
    long, short = TOKENIZER.encode(CAPTIONS[0]), TOKENIZER.encode("the red fox")
    padded = torch.zeros(2, len(long), dtype=torch.long)
    padded[0], padded[1, : len(short)] = long, short
    together = encoder(padded)
    torch.testing.assert_close(together[1, : len(short)], encoder(short[None])[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(together[0], encoder(long[None])[0], atol=1e-5, rtol=1e-4)
    assert bool(torch.isfinite(together).all())
    turned = encoder(short.flip(0)[None])[0].flip(0)
    assert (turned - together[1, : len(short)]).abs().max() > 1e-2
