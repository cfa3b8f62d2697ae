"""Training of the sound codec on the world's sounds: ``python -m models.train.sound_codec --minutes 20 --land``."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.layers.codec import grade
from models.optim import Ema, rate_scale
from models.sound.codec import WEIGHTS, SoundCodec, SoundNetwork, SoundParams, save_sound
from models.sound.spectrum import bands, bend, level, spectra, waves
from models.train.recipe import commit
from models.train.resumable import Run, log
from models.train.sound_quality import metrics
from models.train.sound_waves import batch, fill
from models.train_finder import world_digest

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".state" / "sound"
SAVE_EVERY_S, SHOW_EVERY_S = 60.0, 150.0
BATCH, TOKENS = 10, 18
NOISE = 0.15
"""Most deviation of what is added to graded latents in training: sampled ones are not exact."""
RESOLUTIONS = (128, 256, 512, 1024, 2048)
"""Windows of the spectra that are compared, in samples; each is moved by a quarter."""
ENVELOPE = 60
"""Samples whose strength makes a point of the envelope, 2.5 ms."""
SIZES = {"tiny": SoundParams.tiny(), "nano": SoundParams()}


Waves = dict[str, list[np.ndarray]]


def begun(size: str) -> Run[SoundNetwork]:
    """A training of a size at its first step."""
    params = SIZES[size]
    return Run(lambda: SoundNetwork(params), params, "sound-run", rate=2e-3)


def train(
    minutes: float, resume: bool = True, folder: Path | None = None, size: str = "nano", out: Path | None = None,
    counts: dict[str, int] | None = None,
) -> dict[str, float]:  # fmt: skip
    """Train the codec and write its weights.

    Args:
        minutes: of the processor's own time, in all runs together; making the waves is not counted.
        resume: go on with a stopped training of this folder.
        folder: of waves, state and progress (``log.jsonl``); ``.state/sound`` if None.
        size: ``tiny`` or ``nano``.
        out: card of the weights; ``sound.json`` in the folder if None.
        counts: waves of each kind, if not as many as ``sound_waves.COUNTS`` says.

    Returns:
        What was measured on waves that were never trained on; see :func:`models.train.sound_quality.metrics`.
    """
    folder = folder or STATE
    held, taught = fill(folder, "val", counts), fill(folder, "train", counts)
    run, state = begun(size), folder / f"training-{size}.json"
    if resume and state.exists():
        run.resume(state)
    else:
        run.net.start(batch(taught, 256, TOKENS, np.random.default_rng(5)))
        run.average = Ema(run.net, run.average.decay)
    _learn(run, minutes * 60.0, taught, held, folder, state)
    run.save(state)
    net = run.averaged()
    fit_normaliser(net, taught)
    recipe = {
        "waves": {kind: len(each) for kind, each in taught.items()}, "steps": run.step, "batch": BATCH,
        "tokens": TOKENS, "noise": NOISE, "rate": run.optimiser.params.rate, "average": run.average.decay,
        "world": world_digest(),
    }  # fmt: skip
    measured = metrics(SoundCodec(net), held)
    card = checkpoint.Card("", {}, recipe, round(run.spent_s / 60.0, 1), commit(), measured)
    save_sound(out or folder / "sound.json", net, card)
    return measured


def _learn(run: Run[SoundNetwork], budget_s: float, taught: Waves, held: Waves, folder: Path, state: Path) -> None:
    rng, generator = np.random.default_rng([7, run.step]), torch.Generator().manual_seed(run.step)
    before_s, began = run.spent_s, time.process_time()
    saved = shown = time.perf_counter()
    while run.spent_s < budget_s:
        parts = losses(run.net, batch(taught, BATCH, TOKENS, rng), generator)
        torch.stack(list(parts.values())).sum().backward()
        run.optimiser.step(rate_scale(run.step, run.spent_s / budget_s))
        run.average.update(run.net)
        run.step += 1
        run.spent_s = before_s + time.process_time() - began
        if run.step % 50 == 0:
            shares = {name: round(float(part.detach()), 4) for name, part in parts.items()}
            log(folder, {"step": run.step, "s": round(run.spent_s), **shares})
        if time.perf_counter() - saved > SAVE_EVERY_S:
            run.save(state)
            saved = time.perf_counter()
        if time.perf_counter() - shown > SHOW_EVERY_S:
            net = run.averaged()
            fit_normaliser(net, taught)
            log(folder, {"step": run.step, **metrics(SoundCodec(net), held)})
            shown = time.perf_counter()


@torch.no_grad()
def fit_normaliser(net: SoundNetwork, taught: Waves) -> None:
    """Take the mean and the deviation of the latents as they now are; what is decoded does not change."""
    latent_BTC = net.encode(batch(taught, 192, TOKENS, np.random.default_rng(6))) * net.scale_C
    net.normaliser.fit(latent_BTC.flatten(0, 1))


def losses(net: SoundNetwork, wave_BN: torch.Tensor, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Parts of the loss, to be added: spectra at several resolutions, bands, envelope, frequencies, size of latents.

    The spectra are compared as :func:`models.sound.spectrum.level`, L1, as in multi-resolution losses since Yamamoto
    et al. 2020 (arXiv:1910.11480).
    """
    latent = net.encode(wave_BN)
    share = torch.rand(len(wave_BN), 1, 1, generator=generator) * NOISE
    noise = torch.randn(latent.shape, generator=generator) / grade(net.scale_C)
    spectrum, bent = net.spectrum(latent + share * noise)
    made = waves(spectrum)
    found, banded = _spectral(made, wave_BN)
    true = spectra(wave_BN)
    heard = level(true.abs()) / 6.0
    off = F.smooth_l1_loss(bent, bend(true), reduction="none", beta=0.2) * heard * (heard > 0.5)
    excess = F.relu(latent.square().mean((0, 1)) - 1.2)
    return {
        "spectra": found, "bands": banded, "envelope": 0.5 * (_envelope(made) - _envelope(wave_BN)).abs().mean(),
        "frequency": 2.0 * off.mean(), "size": 0.1 * excess.mean(),
    }  # fmt: skip


def _spectral(made_BN: torch.Tensor, true_BN: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean differences of levels, of single bins and of bands."""
    single, banded = made_BN.new_zeros(()), made_BN.new_zeros(())
    for size in RESOLUTIONS:
        shape = torch.hann_window(size)
        both = torch.cat([made_BN, true_BN])
        whole = torch.stft(both, size, size // 4, window=shape, center=True, return_complex=True, pad_mode="constant")
        power = (whole * (2.0 / shape.sum())).abs().square() + 1e-12
        made, true = level(power.sqrt()).chunk(2)
        single = single + (made - true).abs().mean() / len(RESOLUTIONS)
        if 256 <= size <= 1024:
            wide = torch.einsum("kf,bft->bkt", bands(size, 48), power)
            made, true = level((wide + 1e-12).sqrt()).chunk(2)
            banded = banded + (made - true).abs().mean() / 2.0
    return single, banded


def _envelope(wave_BN: torch.Tensor) -> torch.Tensor:
    power = F.avg_pool1d(wave_BN[:, None].square(), ENVELOPE, ENVELOPE)
    return level((power + 1e-10).sqrt())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--size", choices=list(SIZES), default="nano")
    parser.add_argument("--fresh", action="store_true", help="do not go on with a stopped training")
    parser.add_argument("--land", action="store_true", help="write the weights where the program looks for them")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    measured = train(chosen.minutes, not chosen.fresh, None, chosen.size, WEIGHTS if chosen.land else None)
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
