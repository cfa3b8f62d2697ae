"""Is what somebody wears in the tokens of its sheet? ``python -m evals.worn``.

Figures with and without a scarf are drawn, sent through the encoder of sheets, and a small network learns to tell from
the tokens whether one is worn and of which colour: what it can tell is there for a decoder to paint. It is asked again
with noise on the tokens, as tokens that were generated have.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

SUBJECTS = ("fox", "dog", "cat", "bear")
NOISES = (0.0, 0.1, 0.2, 0.4)
STEPS, BATCH, WIDTH = 1500, 128, 256
HELD_SHARE = 0.2


def sheets(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens of so many sheets, (N, 16 · C), and the place of their scarf's colour in the vocabulary, -1 for none."""
    from models.layers.codec import load_codec
    from models.layers.observe import sheet
    from models.world.scene import Accessory, Actor, Camera, Scene
    from models.world.vocabulary import COLOURS

    codec, rng, colours = load_codec(), np.random.default_rng(seed), tuple(COLOURS)
    scene = Scene((), "meadow", "day", "clear", Camera("static"), "storybook", 2.0)
    tokens, worn = [], []
    for n in range(count):
        tint = int(rng.integers(len(colours))) if rng.random() < 0.5 else -1
        dress = (Accessory("scarf", colours[tint]),) if tint >= 0 else ()
        own = colours[int(rng.integers(len(colours)))]
        actor = Actor(SUBJECTS[n % len(SUBJECTS)], own, "medium", dress, int(rng.integers(1 << 30)))
        with torch.inference_mode():
            tokens.append(codec.network.sheet.encode(sheet(actor, scene)[None].float() / 255.0)[0].flatten())
        worn.append(tint)
    return torch.stack(tokens).clone(), torch.tensor(worn)


def told(tokens_NC: torch.Tensor, answer_N: torch.Tensor) -> float:
    """Share of the last fifth that a small network, taught on the rest, answers rightly."""
    torch.manual_seed(0)
    held = round(HELD_SHARE * len(tokens_NC))
    mean, spread = tokens_NC[:-held].mean(0), tokens_NC[:-held].std(0) + 1e-3
    seen = (tokens_NC - mean) / spread
    answers = int(answer_N.max()) + 1
    net = nn.Sequential(nn.Linear(seen.shape[1], WIDTH), nn.ReLU(), nn.Dropout(0.5), nn.Linear(WIDTH, answers))
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.3)
    for _ in range(STEPS):
        rows = torch.randint(0, len(seen) - held, (BATCH,))
        loss = F.cross_entropy(net(seen[rows]), answer_N[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.inference_mode():
        return float((net.eval()(seen[-held:]).argmax(1) == answer_N[-held:]).float().mean())


def measure(count: int) -> dict[str, dict[str, float]]:
    """Shares told rightly by noise, in deviations of the tokens: that a scarf is worn, and which colour it has."""
    tokens, worn = sheets(count)
    generator, found = torch.Generator().manual_seed(1), dict[str, dict[str, float]]()
    for noise in NOISES:
        heard = tokens + noise * torch.randn(tokens.shape, generator=generator)
        dressed = worn >= 0
        found[f"noise {noise:g}"] = {
            "a scarf is worn": round(told(heard, dressed.long()), 3),
            "its colour": round(told(heard[dressed], worn[dressed]), 3),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sheets", type=int, default=2400)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(measure(chosen.sheets), indent=1))


if __name__ == "__main__":
    main()
