"""Rows: what is packed together answers as if it were alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models import conditions
from models.packing import NOBODY, TokenSpec, modalities_of, pack, roles_of, unpack
from models.transformer import Transformer
from tests.models import tiny


def asked() -> list[conditions.Sequence]:
    """Sequences of five lengths with every modality among them."""
    read = tiny.TOKENIZER.encode
    folded = conditions.segment("history", tiny.random(2, 8), torch.zeros(2, 3), modality="folded")
    clip = conditions.text_to_video(read("red fox"), tiny.video(seed=1), tiny.audio(seed=2))
    return [
        clip,
        conditions.text_to_image(read("the blue ball rolls"), tiny.video(1, seed=3)),
        conditions.with_references(conditions.image_to_video(read(""), tiny.video(2, seed=4)), [tiny.video(1, seed=5)]),
        conditions.with_history(conditions.text_to_video(read("fox"), tiny.video(seed=6)), folded),
        conditions.with_given(clip, tiny.camera(seed=7)),
    ]


def answers(network: Transformer, sequences: list[conditions.Sequence], row_tokens: int | None) -> list[torch.Tensor]:
    """Velocities of each sequence's tokens, the latents of each standing for their noised selves."""
    batch = pack(sequences, tiny.SPECS, row_tokens=row_tokens)
    t_BL = batch.times(torch.full((len(sequences),), 0.6))
    with torch.no_grad():
        said = network(batch, batch.clean, t_BL, t_BL)
    return [
        torch.cat([said[place.modality][place.start : place.end].flatten() for place in places])
        for places in batch.places
    ]


@pytest.mark.parametrize("row_tokens", [None, 50, 64, 500])
def test_packed_answers_are_those_of_each_sequence_alone(row_tokens: int | None) -> None:
    network, sequences = tiny.stirred_network(), asked()
    together = answers(network, sequences, row_tokens)
    for sequence, said in zip(sequences, together, strict=True):
        (alone,) = answers(network, [sequence], None)
        assert alone.abs().max() > 0.05
        torch.testing.assert_close(said, alone, atol=1e-5, rtol=1e-4)


def test_rows_are_filled_and_every_token_has_one_place() -> None:
    sequences = asked()
    batch = pack(sequences, tiny.SPECS, row_tokens=64)
    assert batch.mask_BL.shape[0] < len(sequences)
    for index, sequence in enumerate(sequences):
        assert int((batch.sample_BL == index).sum()) == len(sequence)
        assert len({int(row) for row in (batch.sample_BL == index).nonzero()[:, 0]}) == 1
    slots = torch.cat([batch.caption_slots, *batch.slots.values()])
    assert len(slots.unique()) == len(slots) == sum(map(len, sequences))
    assert bool((batch.sample_BL.flatten()[slots] != NOBODY).all())


def test_equal_sequences_need_no_mask() -> None:
    clip = asked()[0]
    assert pack([clip, clip], tiny.SPECS).attention_mask() is None
    assert pack([clip, clip], tiny.SPECS, row_tokens=100).attention_mask() is not None
    assert pack(asked(), tiny.SPECS).attention_mask() is not None


def test_unpacking_gives_the_sequences_back() -> None:
    sequences = asked()
    batch = pack(sequences, tiny.SPECS, row_tokens=64)
    flat = batch.flatten(batch.clean)
    for before, after in zip(sequences, unpack(batch, batch.unflatten(flat), sequences), strict=True):
        for one, other in zip(before.segments, after.segments, strict=True):
            assert torch.equal(one.clean_LC, other.clean_LC)
            assert torch.equal(one.mask_L, other.mask_L)


def test_a_token_runs_at_its_mask_times_its_clock() -> None:
    sequences = [
        conditions.edited(asked()[2], 0.5),
        conditions.text_to_video(torch.tensor([1]), tiny.video(1), tiny.audio(1)),
    ]
    batch = pack(sequences, tiny.SPECS)
    time_BL = batch.times(torch.tensor([0.8, 0.4]), {"audio": torch.tensor([0.0, 0.1])})
    assert time_BL[0].unique().tolist() == pytest.approx([0.0, 0.4])
    by_role = {role: time_BL[1][batch.role_BL[1] == batch.roles.index(role)] for role in ("video", "audio")}
    assert by_role["video"].tolist() == pytest.approx([0.4] * 4)
    assert by_role["audio"].tolist() == pytest.approx([0.1] * 2)
    time_E = batch.by_element(time_BL)
    assert time_E.shape == (batch.elements,)
    assert torch.equal(batch.in_rows(time_E), time_BL)


def test_what_does_not_fit_is_refused() -> None:
    sequences = asked()
    with pytest.raises(ValueError, match="does not fit into a row of 10"):
        pack(sequences, tiny.SPECS, row_tokens=10)
    with pytest.raises(ValueError, match="at least one sequence"):
        pack([], tiny.SPECS)
    with pytest.raises(ValueError, match="role audio"):
        pack(sequences, tiny.SPECS[:-1])
    part = sequences[0].segments[0]
    wide = sequences[0].with_segments([replace(part, clean_LC=torch.zeros(len(part), 5))])
    with pytest.raises(ValueError, match="4 channels, got 5"):
        pack([wide], tiny.SPECS)


def test_roles_and_modalities_have_an_order() -> None:
    assert roles_of(tiny.SPECS) == ("caption", "reference", "history", "camera", "video", "audio")
    assert list(modalities_of(tiny.SPECS)) == ["audio", "camera", "folded", "video"]
    with pytest.raises(ValueError, match="another number"):
        modalities_of((TokenSpec("video", 4), TokenSpec("reference", 5, "video")))
