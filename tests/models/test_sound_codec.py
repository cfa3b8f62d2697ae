"""The sound codec: shapes, whole tokens, silence, one clock, and what the committed weights keep of a click."""

from __future__ import annotations

import math
import shutil

import pytest
import torch

from models.checkpoint import Card, WeightsDiffer
from models.shapes import FPS
from models.sound.codec import (
    CHANNELS,
    HOP,
    RATE,
    WEIGHTS,
    SoundCodec,
    SoundNetwork,
    SoundParams,
    load_sound,
    save_sound,
)
from models.sound.spectrum import bend, phases, spectra, waves


def _noise(count: int, seed: int = 3) -> torch.Tensor:
    return 0.2 * torch.randn(count, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def tiny() -> SoundCodec:
    torch.manual_seed(1)
    network = SoundNetwork(SoundParams.tiny())
    network.start(torch.stack([_noise(40 * HOP, seed) * 0.1**seed for seed in range(4)]))
    return SoundCodec(network)


@pytest.fixture(scope="module")
def landed() -> SoundCodec:
    return load_sound()


def _strength(wave_N: torch.Tensor, size: int = 24) -> torch.Tensor:
    return wave_N[: len(wave_N) // size * size].unflatten(0, (-1, size)).square().mean(1).sqrt()


def test_a_token_is_a_base_frame():
    assert RATE == FPS * HOP


def test_spectra_are_turned_back_exactly():
    wave_BN = torch.stack([_noise(6 * HOP), _noise(6 * HOP, 4)])
    assert torch.allclose(waves(spectra(wave_BN)), wave_BN, atol=1e-5)


def test_a_sine_is_found_at_its_frequency_and_made_again_from_it():
    wave = 0.5 * torch.sin(2 * math.pi * 730.0 * torch.arange(6 * HOP) / RATE)
    spectrum = spectra(wave[None])
    nearest = round(730.0 / RATE * 512)
    off = bend(spectrum)
    assert float(off[0, nearest, 20]) == pytest.approx(730.0 / RATE * 512 - nearest, abs=0.01)
    again = spectra(waves(torch.polar(spectrum.abs(), phases(off))))
    assert float(again.abs()[0, nearest, 20]) == pytest.approx(float(spectrum.abs()[0, nearest, 20]), rel=0.15)


@pytest.mark.parametrize(("samples", "tokens"), [(1, 1), (HOP, 1), (HOP + 1, 2), (5 * HOP, 5)])
def test_a_wave_is_filled_up_to_whole_tokens(tiny: SoundCodec, samples: int, tokens: int):
    wave = _noise(samples)
    latent_TC = tiny.encode(wave)
    assert latent_TC.shape == (tokens, 8)
    padded = torch.cat([wave, torch.zeros(tokens * HOP - samples)])
    assert torch.equal(latent_TC, tiny.encode(padded))
    assert tiny.decode(latent_TC).shape == (tokens * HOP,)


def test_a_batch_is_its_rows_and_every_time_the_same(tiny: SoundCodec):
    wave_BN = torch.stack([_noise(3 * HOP), _noise(3 * HOP, 9)])
    latent_BTC = tiny.encode_batch(wave_BN)
    assert torch.allclose(latent_BTC[1], tiny.encode(wave_BN[1]), atol=1e-5)
    made = tiny.decode_batch(latent_BTC)
    assert torch.equal(made, tiny.decode_batch(latent_BTC))
    assert torch.allclose(made[1], tiny.decode(latent_BTC[1]), atol=1e-5)


@pytest.mark.parametrize("shape", [(2, HOP), (0,)])
def test_what_is_no_mono_wave_is_refused(tiny: SoundCodec, shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="mono wave"):
        tiny.encode(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(3, 9), (0, 8)])
def test_latents_of_another_shape_are_refused(tiny: SoundCodec, shape: tuple[int, int]):
    with pytest.raises(ValueError, match="latents are"):
        tiny.decode(torch.zeros(shape))


def test_the_meaning_changes_with_the_encoder_and_not_with_the_decoder():
    torch.manual_seed(2)
    network = SoundNetwork(SoundParams.tiny())
    before = SoundCodec(network)
    with torch.no_grad():
        network.head.bias.add_(0.5)  # type: ignore[union-attr]
    refined = SoundCodec(network)
    assert (refined.meaning, refined.version == before.version) == (before.meaning, False)
    with torch.no_grad():
        network.seen[-1].bias.add_(0.5)  # type: ignore[operator, union-attr]
    assert SoundCodec(network).meaning != before.meaning


def test_a_saved_codec_is_the_same_codec(tiny: SoundCodec, tmp_path):
    halved = SoundNetwork(tiny.network.params)
    learned = dict(tiny.network.named_parameters())
    state = tiny.network.state_dict().items()
    halved.load_state_dict({name: value.half().float() if name in learned else value for name, value in state})
    save_sound(tmp_path / "sound.json", tiny.network, Card(""))
    again = load_sound(tmp_path / "sound.json")
    wave = _noise(4 * HOP)
    assert again.version == SoundCodec(halved).version
    assert torch.equal(again.decode(again.encode(wave)), SoundCodec(halved).decode(again.encode(wave)))


def test_a_flipped_byte_is_refused(tmp_path):
    for file in WEIGHTS.parent.glob("sound*"):
        shutil.copy(file, tmp_path / file.name)
    (shard,) = tmp_path.glob("sound-*.safetensors")
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(bytes(content))
    with pytest.raises(WeightsDiffer):
        load_sound(tmp_path / "sound.json")


def test_the_landed_codec_keeps_silence(landed: SoundCodec):
    made = landed.decode(landed.encode(torch.zeros(RATE)))
    assert landed.encode(torch.zeros(RATE)).shape == (FPS, CHANNELS)
    assert 20 * math.log10(float(made.square().mean().sqrt()) + 1e-12) < -60.0


@pytest.mark.parametrize("at_s", [0.31, 0.5, 0.777])
def test_the_landed_codec_keeps_a_click_where_it_was(landed: SoundCodec, at_s: float):
    wave = torch.zeros(RATE)
    first = round(at_s * RATE)
    wave[first : first + 240] = 0.5 * _noise(240) / 0.2 * torch.linspace(1.0, 0.0, 240)
    made = landed.decode(landed.encode(wave))
    strength = _strength(made)
    begins_s = float((strength > 0.25 * strength.max()).int().argmax()) * 24 / RATE
    assert abs(begins_s - at_s) < 0.02
    assert float(strength.max()) > 0.25 * float(_strength(wave).max())


def test_the_landed_latents_are_graded(landed: SoundCodec):
    from models.train.sound_waves import made

    latents = torch.cat([landed.encode(torch.from_numpy(made("single", n, "val"))) for n in range(32)])
    power = float(latents.square().mean())
    assert 0.3 < power < 3.0
    assert float(latents.std(0)[:8].mean()) > 1.5 * float(latents.std(0)[-8:].mean())
