"""Who is it, and in which colour? Figures that the generator makes, named by a network that learned on other seeds.

``python -m evals.figures --captions 200 --json figures.json`` renders standing and posed figures of seeds that nothing
else uses, trains a small network on them (some processor minutes, kept under ``.state/figures``), and asks it about
figures of held-out captions: the world's own through the codec, what the reference generator makes of a name alone,
and the figures inside pictures made of whole captions.
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from evals.statistics import cluster_interval
from models.codec import Canvas
from models.layers.codec import LayersCodec
from models.layers.observe import KINDS, sprites
from models.layers.source import casts, named
from models.layers.views import sheet_picture
from models.reel import Ask, Reel
from models.world.caption import captions
from models.world.sample import sample_scene
from models.world.scene import Scene
from models.world.vocabulary import COLOURS

FIRST_TRAIN, FIRST_TEST = 6_000_000, 6_500_000
STATE = Path(".state/figures")
COLOUR_NAMES = tuple(COLOURS)


class FigureReader(nn.Module):
    """Premultiplied RGBA (B, 4, 64, 64) over grey to logits of kind and colour."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        sizes = (4, width, 2 * width, 3 * width, 4 * width)
        rows: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            rows += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
            rows += [nn.Conv2d(after, after, 3, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
        self.trunk = nn.Sequential(*rows)
        self.kind = nn.Linear(4 * width, len(KINDS))
        self.colour = nn.Linear(4 * width, len(COLOUR_NAMES))

    def forward(self, figure_B4SS: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = self.trunk(figure_B4SS)
        pooled = seen.mean((2, 3)) + seen.amax((2, 3))
        return self.kind(pooled), self.colour(pooled)


@dataclass(frozen=True)
class Figures:
    """(N, 4, 64, 64) uint8 premultiplied, and the numbers of kind and colour."""

    pictures: torch.Tensor
    kinds: torch.Tensor
    colours: torch.Tensor


def rendered(first: int, count: int) -> Figures:
    """Figures of ``count`` scenes, standing and in a pose, in the light of their scenes."""
    pictures, kinds, colours = [], [], []
    generator = torch.Generator().manual_seed(first)
    for seed in range(first, first + count):
        scene = sample_scene(seed, split="train", duration_s=4.0)
        if not scene.actors:
            continue
        made = sprites([scene], generator, per_actor=1)
        own = torch.tensor([COLOUR_NAMES.index(actor.colour) for actor in scene.actors])
        pictures += [made.sheets, made.posed]
        kinds += [made.kinds, made.kinds]
        colours += [own, own]
    return Figures(torch.cat(pictures), torch.cat(kinds), torch.cat(colours))


def trained(scenes: int = 4000, steps: int = 900, state: Path = STATE) -> FigureReader:
    """A reader of figures, trained once for these numbers and kept."""
    torch.manual_seed(0)
    net, kept = FigureReader(), state / f"reader-{scenes}-{steps}.pt"
    if kept.exists():
        net.load_state_dict(torch.load(kept, weights_only=True))
        return net.eval()
    data = rendered(FIRST_TRAIN, scenes)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02)
    generator = torch.Generator().manual_seed(1)
    for step in range(steps):
        chosen = torch.randint(len(data.kinds), (64,), generator=generator)
        figure = smeared(data.pictures[chosen].float() / 255, generator)
        kind, colour = net(figure)
        loss = F.cross_entropy(kind, data.kinds[chosen]) + F.cross_entropy(colour, data.colours[chosen])
        optimiser.zero_grad()
        loss.backward()
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1.0, 1.02 - step / steps)
        optimiser.step()
    state.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), kept)
    return net.eval()


def smeared(figure_B4SS: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Blurred, shifted and noised at random, so that softness is no clue."""
    draw = torch.rand(3, generator=generator)
    if float(draw[0]) < 0.7:
        size = 3 if float(draw[0]) < 0.35 else 5
        figure_B4SS = F.avg_pool2d(figure_B4SS, size, 1, size // 2)
    by = (torch.rand(2, generator=generator) * 13 - 6).round().long().tolist()
    figure_B4SS = torch.roll(figure_B4SS, by, (2, 3))
    noise = torch.randn(figure_B4SS.shape, generator=generator) * 0.05 * float(draw[1])
    return (figure_B4SS + noise).clamp(0, 1)


@torch.no_grad()
def answers(net: FigureReader, figures: list[torch.Tensor]) -> tuple[list[int], list[int]]:
    """Kind and colour of each premultiplied figure (4, 64, 64), 0 to 1."""
    kind, colour = net(torch.stack(figures))
    return kind.argmax(1).tolist(), colour.argmax(1).tolist()


def scored(
    net: FigureReader, figures: list[torch.Tensor], wanted: list[tuple[str, str]], captions_of: list[int]
) -> dict[str, list[float]]:
    """Shares of right kinds and colours with 95 % intervals clustered by caption: right, low, high."""
    kinds, colours = answers(net, figures)
    right = {
        "subject": [float(KINDS[k] == name) for k, (name, _) in zip(kinds, wanted, strict=True)],
        "colour": [float(COLOUR_NAMES[c] == name) for c, (_, name) in zip(colours, wanted, strict=True)],
    }
    found = {name: cluster_interval(values, captions_of) for name, values in right.items()}
    return {name: [round(each.mean, 4), round(each.low, 4), round(each.high, 4)] for name, each in found.items()}


def premultiplied(rgba_4HW: torch.Tensor) -> torch.Tensor:
    return torch.cat([rgba_4HW[:3] * rgba_4HW[3:], rgba_4HW[3:]])


def through_codec(codec: LayersCodec, scene: Scene) -> list[torch.Tensor]:
    """The scene's own sheets, encoded and decoded."""
    from models.layers.observe import observe

    parts = codec.encode(observe(scene, Canvas(1)), Canvas(1))
    return [sheet_picture(codec, part) for part in parts if part.role == "sheet"]


def measure(reel: Reel, count: int, net: FigureReader) -> dict[str, dict[str, list[float]]]:
    """All rows of the table over ``count`` held-out captions."""
    codec = reel.codec
    assert isinstance(codec, LayersCodec)
    world: list[torch.Tensor] = []
    alone: list[torch.Tensor] = []
    inside: list[torch.Tensor] = []
    wanted: list[tuple[str, str]] = []
    clusters: list[int] = []
    for seed in range(FIRST_TEST, FIRST_TEST + count):
        scene = casts(seed, "test", Canvas(49), recasts=0)[0]
        said = captions(scene, sound=False).full
        wanted += [(actor.subject, actor.colour) for actor in scene.actors]
        clusters += [seed] * len(scene.actors)
        world += through_codec(codec, scene)
        alone += [premultiplied(reel.sheet(named(actor), seed)) for actor in scene.actors]
        made = reel.picture(Ask(said, Canvas(1), len(scene.actors)), seed)
        inside += [sheet_picture(codec, part) for part in made.parts if part.role == "sheet"]
    rows = {"world through the codec": world, "reference generator": alone, "inside pictures": inside}
    return {name: scored(net, figures, wanted, clusters) for name, figures in rows.items()} | {
        "figures": {"count": [len(wanted)]}
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, default=200)
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    rows = measure(Reel.load(chosen.size), chosen.captions, trained())
    for name, row in rows.items():
        print(f"{name:26}", "  ".join(f"{what} {value}" for what, value in row.items()))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
