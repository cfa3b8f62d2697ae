"""Ours beside diffusers' Wan and LTX at our size: ``python -m evals.bench_peers`` (extra ``[peers]``, 20 CPU minutes).

Every network has random weights but ours, and nothing is downloaded. CPU seconds of one process on one thread, fp32.

Equal: width, depth, heads, the length of the caption and the number of tokens to be made, all of one 4 s clip as our
layers codec says it; a multi-layer perceptron of as many multiplications as ours; guidance, so two evaluations at each
of 8 steps. No side reads its caption within a forward: ours once a clip, theirs in a text encoder that is not counted.

Not equal, and why both tables are printed:

* Ours puts the caption into the stream (self-attention over words and tokens); theirs looks at it by cross-attention.
* Ours takes the first frame and then the rest: 8 and 8 steps, 16 calls of which 14 hold two sequences. Theirs count as
  16 forwards of one sequence, with no scheduler and no arithmetic of guidance.
* The codecs. Ours has one plate, one sheet and a pose a latent frame, and knows nothing but its own world; theirs take
  any video. With their own codecs they need far more tokens for the clip: "own tokens".
* VAEs have the width of their default configuration, as released. Wan films 16 frames a second, LTX 24, ours 24.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from evals.bench_generator import FPS, HEIGHT, WIDTH, asked, film, quick, timed
from models.conditions import text_to_video, with_given
from models.objective import NetworkVelocity
from models.packing import pack
from models.reel import Ask, Reel

STEPS = 8
FORWARDS = 2 * STEPS
"""Evaluations of a finished clip of theirs: each step with the caption and without."""
FORWARD_GOAL, CLIP_GOAL = 1.2, 5.0
"""How many times as much theirs must cost."""
MISSING = """\
diffusers is not installed; it is needed for this comparison alone. Install it into an environment of its own:
  python -m pip install 'diffusers>=0.42'      or      python -m pip install -e '.[peers]'"""

Grid = tuple[int, int, int]
"""Frames, rows and columns of tokens."""


@dataclass(frozen=True)
class Size:
    """What is made equal: the stream, the tokens to be made, and the words of the caption."""

    width: int
    depth: int
    heads: int
    tokens: int
    words: int


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one contender.

    Attributes:
        parameters: of the transformer.
        forward_s: one evaluation at our tokens.
        own_tokens, own_forward_s: what the clip needs in its own codec, and an evaluation of that.
        decode_s: latents of the whole clip to ``frames`` frames.
        clip_s, own_clip_s: all evaluations and the decoding, at our tokens and at its own.
    """

    name: str
    parameters: int
    forward_s: float
    own_tokens: int
    own_forward_s: float
    decode_s: float
    frames: int
    clip_s: float
    own_clip_s: float


class Peer(Protocol):
    """A generator of diffusers: ``frames`` of 4 s as its codec counts them, ``own`` the tokens they become."""

    name: str
    frames: int
    own: Grid

    def network(self, size: Size) -> torch.nn.Module:
        """The transformer at our size, random weights."""

    def inputs(self, grid: Grid, size: Size) -> dict[str, Any]:
        """What its forward takes for one sequence."""

    def decoder(self) -> Callable[[], torch.Tensor]:
        """A call that decodes random latents of the whole clip to (1, 3, F, H, W)."""


class Wan:
    """Wan 2.1: 8 × 8 × 4 latents of 16 channels, patches of 2 × 2, 16 frames a second."""

    name, frames = "Wan", 65
    own: Grid = (17, HEIGHT // 16, WIDTH // 16)

    def network(self, size: Size) -> torch.nn.Module:
        from diffusers import WanTransformer3DModel

        network: torch.nn.Module = WanTransformer3DModel(
            num_attention_heads=size.heads, attention_head_dim=size.width // size.heads, text_dim=size.width,
            ffn_dim=4 * size.width, num_layers=size.depth,
        )  # fmt: skip
        return network

    def inputs(self, grid: Grid, size: Size) -> dict[str, Any]:
        frames, rows, columns = grid
        return {
            "hidden_states": torch.randn(1, 16, frames, 2 * rows, 2 * columns),
            "timestep": torch.tensor([500]),
            "encoder_hidden_states": torch.randn(1, size.words, size.width),
        }

    def decoder(self) -> Callable[[], torch.Tensor]:
        from diffusers import AutoencoderKLWan

        vae = AutoencoderKLWan().eval()
        latent_BCFHW = torch.randn(1, 16, self.own[0], HEIGHT // 8, WIDTH // 8)
        return lambda: vae.decode(latent_BCFHW).sample


class Ltx:
    """LTX-Video 0.9: 32 × 32 × 8 latents of 128 channels, one token each, 24 frames a second."""

    name, frames = "LTX", 97
    own: Grid = (13, HEIGHT // 32, WIDTH // 32)

    def network(self, size: Size) -> torch.nn.Module:
        from diffusers import LTXVideoTransformer3DModel

        network: torch.nn.Module = LTXVideoTransformer3DModel(
            num_attention_heads=size.heads, attention_head_dim=size.width // size.heads, num_layers=size.depth,
            cross_attention_dim=size.width, caption_channels=size.width,
        )  # fmt: skip
        return network

    def inputs(self, grid: Grid, size: Size) -> dict[str, Any]:
        frames, rows, columns = grid
        return {
            "hidden_states": torch.randn(1, math.prod(grid), 128),
            "timestep": torch.tensor([500]),
            "encoder_hidden_states": torch.randn(1, size.words, size.width),
            "encoder_attention_mask": torch.ones(1, size.words),
            "num_frames": frames, "height": rows, "width": columns,
        }  # fmt: skip

    def decoder(self) -> Callable[[], torch.Tensor]:
        from diffusers import AutoencoderKLLTXVideo

        vae = AutoencoderKLLTXVideo().eval()
        latent_BCFHW = torch.randn(1, 128, *self.own)
        return lambda: vae.decode(latent_BCFHW).sample


PEERS: dict[str, Peer] = {"wan": Wan(), "ltx": Ltx()}


def our_forward(reel: Reel, ask: Ask) -> tuple[Size, Callable[[], object]]:
    """Our size at this clip, and one evaluation of it as the sampler asks for it, the caption read before."""
    parts = reel.codec.blank(ask.canvas, ask.subjects, ask.along())
    sequence = text_to_video(reel.tokenizer.encode(ask.caption), *parts)
    sequence = with_given(sequence, reel.codec.camera(ask.along(), ask.canvas))
    params, words = reel.network.params, len(sequence.caption)
    size = Size(params.width, params.depth, params.heads, len(sequence) - words, words)
    velocity = NetworkVelocity(reel.network, pack([sequence], params.specs))
    x_E = torch.randn(velocity.batch.elements)
    t_E = velocity.batch.by_element(velocity.batch.times(torch.tensor([0.5])))
    return size, lambda: velocity(x_E, t_E, t_E)


def medians(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each call, the calls taking turns, so that a busy minute slows all of them alike."""
    for call in calls.values():
        call()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(timed(call)[0])
    return {name: statistics.median(times) for name, times in taken.items()}


def our_cost(reel: Reel, ask: Ask, size: Size, forward_s: float, rounds: int) -> Cost:
    """Ours: the clip is made whole at 8 and 8 steps, the median of some after a first."""
    film(reel, quick(STEPS), ask)
    costs = sorted((film(reel, quick(STEPS), ask) for _ in range(rounds)), key=lambda cost: cost.clip_s)
    middle = costs[len(costs) // 2]
    parameters, clip_s = reel.network.params.parameters, middle.clip_s
    return Cost(
        "ours", parameters, forward_s, size.tokens, forward_s, middle.decode_s, middle.frames, clip_s, clip_s
    )  # fmt: skip


def peer_cost(peer: Peer, network: torch.nn.Module, size: Size, forward_s: float) -> Cost:
    """A peer: an evaluation at its own tokens (median of 3), and its VAE once over the whole clip."""
    own = peer.inputs(peer.own, size)
    own_s = statistics.median(timed(lambda: network(**own))[0] for _ in range(3))
    decode_s, video_BCFHW = timed(peer.decoder())
    assert video_BCFHW.shape == (1, 3, peer.frames, HEIGHT, WIDTH), f"{peer.name} decoded {tuple(video_BCFHW.shape)}"
    return Cost(
        peer.name, sum(each.numel() for each in network.parameters()), forward_s, math.prod(peer.own), own_s, decode_s,
        peer.frames, FORWARDS * forward_s + decode_s, FORWARDS * own_s + decode_s,
    )  # fmt: skip


@torch.inference_mode()
def measure(reel: Reel, peers: list[Peer], rounds: int) -> tuple[Size, list[Cost]]:
    """Ours first, then each peer; the forwards at equal tokens take turns."""
    ask = asked()
    size, forward = our_forward(reel, ask)
    networks = {peer.name: peer.network(size).eval() for peer in peers}
    calls: dict[str, Callable[[], object]] = {"ours": forward}
    for peer in peers:
        calls[peer.name] = _asking(networks[peer.name], peer.inputs((size.tokens, 1, 1), size))
    forwards = medians(calls, rounds)
    costs = [our_cost(reel, ask, size, forwards["ours"], min(rounds, 5))]
    for peer in peers:
        costs.append(peer_cost(peer, networks[peer.name], size, forwards[peer.name]))
    return size, costs


def _asking(network: torch.nn.Module, inputs: dict[str, Any]) -> Callable[[], object]:
    return lambda: network(**inputs)


def table(size: Size, costs: list[Cost]) -> str:
    """Two tables and the goals, in CPU seconds; the first row is ours."""
    ours, *peers = costs
    lines = [
        f"width {size.width}, depth {size.depth}, heads {size.heads}; 4 s at {WIDTH}x{HEIGHT}; CPU s on one thread",
        "",
        f"{'':<6}{'params':>9}{f'forward, {size.tokens} tokens + {size.words} words':>34}"
        f"{'decode':>10}{'frames':>8}{'clip':>10}",
    ]
    for cost in costs:
        lines.append(
            f"{cost.name:<6}{cost.parameters / 1e6:>8.1f}M{cost.forward_s:>34.4f}{cost.decode_s:>10.2f}"
            f"{cost.frames:>8}{cost.clip_s:>10.2f}"
        )
    lines += ["", f"{'':<6}{'own tokens':>12}{'forward':>10}{'clip':>10}"]
    for cost in costs:
        lines.append(f"{cost.name:<6}{cost.own_tokens:>12}{cost.own_forward_s:>10.3f}{cost.own_clip_s:>10.2f}")
    lines.append("")
    for cost in peers:
        lines.append(_goal(f"forward of {cost.name} / ours", cost.forward_s / ours.forward_s, FORWARD_GOAL))
        lines.append(_goal(f"clip of {cost.name} / ours", cost.clip_s / ours.clip_s, CLIP_GOAL))
    return "\n".join(lines)


def _goal(name: str, ratio: float, goal: float) -> str:
    return f"{name:<24}{ratio:>8.2f}x  goal ≥ {goal:g}x  {'met' if ratio >= goal else 'SHORT'}"


def main(words: list[str] | None = None) -> int:
    """Print the tables; exit 2 without diffusers, 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(PEERS), help="one peer alone")
    parser.add_argument("--rounds", type=int, default=15, help="forwards of each at equal tokens (default 15)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    options = parser.parse_args(words)
    if importlib.util.find_spec("diffusers") is None:
        print(MISSING, file=sys.stderr)
        return 2
    os.environ["HF_HUB_OFFLINE"] = "1"
    torch.set_num_threads(1)
    torch.manual_seed(0)
    peers = [PEERS[options.only]] if options.only else list(PEERS.values())
    size, costs = measure(Reel.load(), peers, options.rounds)
    print(table(size, costs))
    if options.json:
        written = {"size": asdict(size), "fps": FPS, "costs": [asdict(cost) for cost in costs]}
        options.json.write_text(json.dumps(written, indent=2) + "\n")
    ours, *others = costs
    met = all(_met(cost, ours) for cost in others)
    return 0 if met else 1


def _met(cost: Cost, ours: Cost) -> bool:
    return cost.forward_s >= FORWARD_GOAL * ours.forward_s and cost.clip_s >= CLIP_GOAL * ours.clip_s


if __name__ == "__main__":
    sys.exit(main())
