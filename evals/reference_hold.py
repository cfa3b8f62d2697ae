"""Is a figure the one of its reference, in every scene? Told from how it stands: ``python -m evals.reference_hold``.

Each figure has a double of its kind and colour that wears and is marked otherwise, and is asked for in held-out scenes
whose captions say neither. Pictures are made with its own reference, with none, and with its double's. The sheet that a
picture's figure is drawn from is decoded standing, as references stand, and compared with the true figure and the
double by what can be seen: colours part by part and the outline. A network's likeness is not asked
(:mod:`evals.adherence_identity` asks one), so nothing here was learned.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from evals.adherence_identity import Pair, pair_at, sheet_of
from evals.adherence_scenes import CLIP_FRAMES, FIRST_SEED, FPS, Asked, asked_of
from evals.concepts import off
from evals.statistics import cluster_bootstrap, cluster_interval

if TYPE_CHECKING:
    from evals.adherence_reel import ReelMaker
    from models.world.scene import Actor, Scene

ELSEWHERE = 8_000_000
WAYS = ("reference", "none", "double's")


def unlike(made_4SS: torch.Tensor, true_4SS: torch.Tensor) -> float:
    """How much two standing figures differ: root mean square of their premultiplied colours and covers over all pixels
    that either covers, lights made equal. 0 for the same, about 1 for white on nothing.

    Args:
        made_4SS, true_4SS: premultiplied RGBA of one size, 0 to 1.
    """
    both = (made_4SS[3:] * true_4SS[3:]).clamp_min(0)
    gain = (true_4SS[:3] * both).sum() / (made_4SS[:3] * both).sum().clamp_min(1e-3)
    even = torch.cat([made_4SS[:3] * gain, made_4SS[3:]])
    either = torch.maximum(made_4SS[3:], true_4SS[3:])
    return float(((even - true_4SS).square().mean(0) * (either[0] > 0.02)).sum().div((either > 0.02).sum()).sqrt())


def outline(made_4SS: torch.Tensor, true_4SS: torch.Tensor) -> float:
    """Intersection over union of what two standing figures cover."""
    first, second = made_4SS[3], true_4SS[3]
    return float(torch.minimum(first, second).sum() / torch.maximum(first, second).sum().clamp_min(1e-3))


def standing(actor: Actor) -> torch.Tensor:
    """A figure as it stands in plain light, premultiplied RGBA (4, 64, 64)."""
    painted = sheet_of(actor)
    return torch.cat([painted[:3] * painted[3:], painted[3:]])


def places_of(pair: Pair, seed: int, scenes: int) -> list[Asked]:
    """Held-out scenes with the figure alone in each; captions say its kind and colour, no clothes and no marks."""
    from models.reader_cache import lead_elsewhere

    plain = replace(pair.figure, accessories=())
    asked = []
    for n in range(scenes):
        first = ELSEWHERE + 100_000 * n + 3000 * seed
        scene: Scene = lead_elsewhere(replace(pair.scene, actors=(plain,)), first, "test", CLIP_FRAMES / FPS)
        lone = replace(scene.actors[0], acts=()) if any(a.target >= 0 for a in scene.actors[0].acts) else None
        alone = replace(scene, actors=(lone or scene.actors[0],), focus=0, cues=())
        asked.append(asked_of(alone, FIRST_SEED + 10 * seed + n))
    return asked


def made_sheets(maker: ReelMaker, asked: Iterable[Asked], references: list[torch.Tensor]) -> list[torch.Tensor]:
    """Of a picture of each scene, the sheet of its figure, standing."""
    from models.layers.codec import LayersCodec
    from models.layers.views import sheet_picture

    codec, sheets = maker.reel.codec, []
    assert isinstance(codec, LayersCodec)
    for one in asked:
        made = maker.reel.picture(maker.ask(one, references), one.seed)
        sheets.append(sheet_picture(codec, next(part for part in made.parts if part.role == "sheet")))
    return sheets


def measure(maker: ReelMaker, figures: int, scenes: int) -> dict[str, object]:
    """What is told of ``figures`` in ``scenes`` each; 95 % intervals are clustered by figure."""
    rows: dict[str, list[float]] = defaultdict(list)
    alike: dict[str, list[float]] = defaultdict(list)
    clusters, among = [], []
    for seed in range(figures):
        pair = pair_at(seed)
        true, double = standing(pair.figure), standing(pair.other)
        asked = places_of(pair, seed, scenes)
        clusters += [seed] * scenes
        among += [seed] * (scenes * (scenes - 1) // 2)
        for way, given in zip(WAYS, ([pair.figure], [], [pair.other]), strict=True):
            sheets = made_sheets(maker, asked, [sheet_of(actor) for actor in given])
            rows[f"{way}: unlike"] += [unlike(made, true) for made in sheets]
            rows[f"{way}: colours off"] += [off(made, true) for made in sheets]
            rows[f"{way}: outline"] += [outline(made, true) for made in sheets]
            rows[f"{way}: nearer"] += [float(unlike(made, true) < unlike(made, double)) for made in sheets]
            alike[way] += [unlike(a, b) for a, b in itertools.combinations(sheets, 2)]
    told: dict[str, object] = {"figures": figures, "scenes": scenes}
    for name, values in rows.items():
        told[name] = str((cluster_interval if name.endswith("nearer") else cluster_bootstrap)(values, clusters))
    for way in WAYS:
        told[f"{way}: unlike from scene to scene"] = str(cluster_bootstrap(alike[way], among))
    for way in WAYS[1:]:
        for what in ("unlike", "nearer", "outline"):
            gain = [a - b for a, b in zip(rows[f"reference: {what}"], rows[f"{way}: {what}"], strict=True)]
            told[f"reference less {way}: {what}"] = str(cluster_bootstrap(gain, clusters))
        gain = [a - b for a, b in zip(alike["reference"], alike[way], strict=True)]
        told[f"reference less {way}: from scene to scene"] = str(cluster_bootstrap(gain, among))
    return told


def main() -> None:
    from evals.adherence_reel import ReelMaker

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--figures", type=int, default=60)
    parser.add_argument("--scenes", type=int, default=4)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if chosen.figures < 8 or chosen.scenes < 2:
        parser.error("it takes eight figures at least, each in two scenes at least")
    torch.set_num_threads(1)
    told = measure(ReelMaker(size=chosen.size), chosen.figures, chosen.scenes)
    print(json.dumps(told, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
