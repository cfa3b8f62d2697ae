"""Guidance against its definitions."""

from __future__ import annotations

import pytest
import torch

from models import conditions
from models.guidance import Guidance, GuidedVelocity, by_sample, guided, projected, rescaled
from models.objective import NetworkVelocity
from models.packing import pack
from models.sampler import Sampling, sample
from tests.models import tiny

SAMPLE = torch.tensor([0, 0, 0, 1, 1])


def asked() -> list[conditions.Sequence]:
    """One with references and sound, one without."""
    read = tiny.TOKENIZER.encode
    first = conditions.image_to_video(read("red fox runs"), tiny.video(seed=1), tiny.audio(seed=2))
    second = conditions.text_to_video(read("ball"), tiny.video(2, seed=3))
    return [conditions.with_references(first, [tiny.video(1, seed=4)]), second]


def velocity_of(sequences: list[conditions.Sequence], x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    network = tiny.stirred_network()
    return NetworkVelocity(network, pack(sequences, tiny.SPECS))(x, t, t)


def states(sequences: list[conditions.Sequence], time: float = 0.5) -> tuple[torch.Tensor, torch.Tensor]:
    batch = pack(sequences, tiny.SPECS)
    return tiny.random(batch.elements, seed=8), batch.by_element(batch.mask_BL) * time


@torch.no_grad()
def test_a_scale_of_1_is_the_network_itself() -> None:
    sequences = asked()
    x, t = states(sequences)
    guidance = Guidance({"text": 1.0, "reference": 1.0}, rescale=0.7, parallel=0.0)
    velocity = GuidedVelocity(tiny.stirred_network(), sequences, guidance)
    assert velocity.members == {}
    assert torch.equal(velocity(x, t, t), velocity_of(sequences, x, t))


def test_what_is_not_given_is_not_guided() -> None:
    free = [conditions.without(conditions.without(each, "text"), "reference") for each in asked()]
    guidance = Guidance({"text": 5.0, "reference": 3.0, "history": 2.0})
    assert GuidedVelocity(tiny.stirred_network(), free, guidance).members == {}
    assert GuidedVelocity(tiny.stirred_network(), asked(), guidance).members == {"text": [0, 1], "reference": [0]}


@torch.no_grad()
@pytest.mark.parametrize("scale", [0.0, 4.0])
def test_text_alone_is_classifier_free_guidance(scale: float) -> None:
    sequences = asked()
    x, t = states(sequences)
    said = GuidedVelocity(tiny.stirred_network(), sequences, Guidance({"text": scale}))(x, t, t)
    conditional = velocity_of(sequences, x, t)
    free = velocity_of([conditions.without(each, "text") for each in sequences], x, t)
    wanted = free + scale * (conditional - free)
    noisy = t > 0
    assert (conditional - free).abs().max() > 1e-3
    torch.testing.assert_close(said[noisy], wanted[noisy], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_each_condition_adds_what_it_changes() -> None:
    sequences = asked()[:1]
    x, t = states(sequences)
    said = GuidedVelocity(tiny.stirred_network(), sequences, Guidance({"text": 3.0, "reference": 2.0}))(x, t, t)
    batch = pack(sequences, tiny.SPECS)
    bare = [conditions.without(sequences[0], "reference")]
    kept = ~batch.by_element((batch.role_BL == batch.roles.index("reference")).float()).bool()
    conditional, free = velocity_of(sequences, x, t), velocity_of([conditions.without(sequences[0], "text")], x, t)
    without = conditional.clone()
    without[kept] = velocity_of(bare, x[kept], t[kept])
    wanted = conditional + 2 * (conditional - free) + (conditional - without)
    noisy = t > 0
    torch.testing.assert_close(said[noisy], wanted[noisy], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_sound_that_is_being_made_can_guide_the_picture() -> None:
    sequences = [conditions.text_to_video(tiny.TOKENIZER.encode("fox"), tiny.video(seed=1), tiny.audio(seed=2))]
    x, t = states(sequences)
    said = GuidedVelocity(tiny.stirred_network(), sequences, Guidance({"audio": 3.0}))(x, t, t)
    plain = velocity_of(sequences, x, t)
    batch = pack(sequences, tiny.SPECS)
    heard = batch.by_element((batch.role_BL == batch.roles.index("audio")).float()).bool()
    silent = velocity_of([conditions.without(sequences[0], "audio")], x[~heard], t[~heard])
    torch.testing.assert_close(said[heard], plain[heard], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(said[~heard], plain[~heard] + 2 * (plain[~heard] - silent), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_guidance_acts_inside_its_interval_only() -> None:
    sequences = asked()
    velocity = GuidedVelocity(tiny.stirred_network(), sequences, Guidance({"text": 5.0}, interval=(0.3, 0.6)))
    for time, acts in ((0.1, False), (0.3, True), (0.5, True), (0.9, False)):
        x, t = states(sequences, time)
        difference = (velocity(x, t, t) - velocity_of(sequences, x, t)).abs().max()
        assert bool(difference > 1e-3) == acts


def test_tokens_outside_the_interval_keep_the_plain_velocity() -> None:
    plain, update, x = tiny.random(5, 4, seed=1), tiny.random(5, 4, seed=2), tiny.random(5, 4, seed=3)
    t = torch.tensor([0.2, 0.5, 0.9, 0.5, 0.0])
    said = guided(plain, update, x, t, SAMPLE, Guidance({"text": 2.0}, interval=(0.4, 0.6)))
    assert torch.equal(said - plain != 0, (t == 0.5)[:, None].expand(5, 4))
    torch.testing.assert_close(said[t == 0.5], (plain + update)[t == 0.5])


def test_the_sum_of_a_sample_is_its_own() -> None:
    assert by_sample(torch.tensor([1.0, 2, 3, 4, 5]), SAMPLE).tolist() == [6, 6, 6, 9, 9]


def test_a_projected_update_is_orthogonal_to_the_prediction_of_each_sample() -> None:
    update, prediction = tiny.random(5, 4, seed=1), tiny.random(5, 4, seed=2)
    across = projected(update, prediction, SAMPLE, parallel=0.0, limit=float("inf"))
    for rows in (slice(0, 3), slice(3, 5)):
        assert float((across[rows] * prediction[rows]).sum().abs()) < 1e-5
        along = update[rows] - across[rows]
        share = (along * prediction[rows]).sum() / prediction[rows].square().sum()
        torch.testing.assert_close(along, share * prediction[rows])
    torch.testing.assert_close(projected(update, prediction, SAMPLE, 1.0, float("inf")), update)


def test_an_update_is_no_longer_than_its_limit() -> None:
    update = torch.cat([100 * tiny.random(3, 4, seed=1), 0.01 * tiny.random(2, 4, seed=2)])
    short = projected(update, tiny.random(5, 4, seed=3), SAMPLE, parallel=1.0, limit=0.5)
    assert float(short[:3].square().mean().sqrt()) == pytest.approx(0.5)
    torch.testing.assert_close(short[3:], update[3:])


def test_apg_of_a_velocity_is_orthogonal_in_clean_latents() -> None:
    plain, update, x = tiny.random(5, 4, seed=1), tiny.random(5, 4, seed=2), tiny.random(5, 4, seed=3)
    t = torch.tensor([0.9, 0.5, 0.0, 0.9, 0.9])
    said = guided(plain, update, x, t, SAMPLE, Guidance({"text": 2.0}, parallel=0.0))
    assert torch.equal(said[2], plain[2])
    change, prediction = -t[:, None] * (said - plain), x - t[:, None] * plain
    for rows in ([0, 1], [3, 4]):
        assert float((change[rows] * prediction[rows]).sum().abs()) < 1e-5
        assert change[rows].abs().max() > 0.1
    unlimited = guided(plain, update, x, t, SAMPLE, Guidance({"text": 2.0}, limit=1e9))
    torch.testing.assert_close(unlimited[t > 0], (plain + update)[t > 0])


def test_rescaling_brings_the_deviation_back() -> None:
    plain = tiny.random(5, 40, seed=1)
    burnt = 3 * plain + 1
    back = rescaled(burnt, plain, SAMPLE, 1.0)
    for rows in (slice(0, 3), slice(3, 5)):
        assert float(back[rows].std(correction=0)) == pytest.approx(float(plain[rows].std(correction=0)), rel=1e-4)
    assert torch.equal(rescaled(burnt, plain, SAMPLE, 0.0), burnt)


def test_guided_samples_keep_clean_tokens() -> None:
    sequences = asked()
    guidance = Guidance({"text": 4.0, "reference": 2.0}, parallel=0.2, rescale=0.5, limit=1.0)
    for before, after in zip(
        sequences, sample(tiny.stirred_network(), sequences, [1, 2], Sampling(3), guidance), strict=True
    ):
        for one, other in zip(before.segments, after.segments, strict=True):
            clean = one.mask_L == 0
            assert torch.equal(one.clean_LC[clean], other.clean_LC[clean])
            assert bool(torch.isfinite(other.clean_LC).all())


@pytest.mark.parametrize(
    "wrong", [{"interval": (0.6, 0.3)}, {"interval": (0.0, 2.0)}, {"rescale": 1.2}, {"limit": 0.0}]
)
def test_impossible_guidance_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="guidance has"):
        Guidance(**wrong)  # type: ignore[arg-type]
