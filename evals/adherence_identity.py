"""Does a reference hold: is the figure in a generated picture the one that was shown, more than without, or another?

``python -m evals.adherence_identity --backend reel --pairs 100``. Each pair is a figure of the world (its reference: a
sheet in plain light) and another scene with it in, told by a caption that leaves its clothes and marks unsaid.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from evals.adherence_makers import BACKENDS, Maker, maker_of
from evals.adherence_scenes import CLIP_FRAMES, FIRST_SEED, FPS, Asked, asked_of, world_of
from evals.statistics import cluster_bootstrap
from models.likeness import prints
from models.reader import Reader, fitted, load_reader, places
from models.reader_parts import moments
from models.world.sample import sample_scene
from models.world.scene import Accessory, Actor, Scene
from models.world.vocabulary import ACCESSORIES, COLOURS, SUBJECTS

Box = tuple[float, float, float, float]
REACH = 1.8
"""Deviations of a figure's cells from its middle to the edge of its box."""


@torch.inference_mode()
def identity_score(
    picture_a: torch.Tensor, box_a: Box, picture_b: torch.Tensor, box_b: Box, net: Reader | None = None
) -> float:
    """How alike the figures in two boxes are, -1 to 1, whatever their pose, light and place.

    Args:
        picture_a, picture_b: (3, H, W), 0 to 1.
        box_a, box_b: x0, y0, x1, y1 as shares of the frame.
        net: the reader; the shipped one if None.
    """
    likeness = (net or load_reader()).likeness
    first = prints(likeness, picture_a[None], torch.tensor([box_a]))
    second = prints(likeness, picture_b[None], torch.tensor([box_b]))
    return float((first * second).sum())


@torch.inference_mode()
def found_box(net: Reader, picture_3HW: torch.Tensor, subject: str) -> Box:
    """Where the reader sees a subject, or what is most like it."""
    seen = net.eye(fitted(picture_3HW[None]))
    weight = places(seen.subject_NShw, torch.tensor([[list(SUBJECTS).index(subject)]]))
    middle, spread = (part[0, 0] for part in moments(weight))
    ends = torch.cat([middle - REACH * spread, middle + REACH * spread]).clamp(-1.0, 1.0) * 0.5 + 0.5
    x0, y0, x1, y1 = ends.tolist()
    return x0, y0, x1, y1


@dataclass(frozen=True)
class Pair:
    """A figure, another that only shares its kind and colour, and a scene with the first in.

    Attributes:
        told: the scene as it is asked for: the figure's kind and colour are said, its clothes and marks are not.
    """

    figure: Actor
    other: Actor
    scene: Scene
    told: Asked


def pair_at(seed: int) -> Pair:
    """A pair, drawn from a seed; a figure alone in a test scene, well in view in its first frame."""
    for attempt in range(200):
        scene = sample_scene(FIRST_SEED + 1000 * seed + attempt, split="test", duration_s=CLIP_FRAMES / FPS)
        if len(scene.actors) != 1 or float(world_of(scene, 1).visible_KF[0, 0]) < 0.8:
            continue
        figure = scene.actors[0]
        plain = replace(scene, actors=(replace(figure, accessories=()),))
        return Pair(figure, _double(figure, seed), scene, asked_of(plain, FIRST_SEED + seed))
    raise AssertionError("most scenes have one actor")


def _double(figure: Actor, seed: int) -> Actor:
    """Of the same kind, colour and size, but another: other proportions and marks, other clothes."""
    worn = (Accessory(ACCESSORIES[seed % len(ACCESSORIES)], tuple(COLOURS)[seed % len(COLOURS)]),)
    dressed = SUBJECTS[figure.subject].body in ("biped", "quadruped", "bird", "turtle", "dragon")
    clothes = () if figure.accessories or not dressed else worn
    return replace(figure, identity=figure.identity + 7, accessories=clothes)


def sheet_of(actor: Actor) -> torch.Tensor:
    """A reference of a figure: standing, in plain light, RGBA (4, H, W), 0 to 1, not premultiplied."""
    from models.layers.observe import sheet

    plain = Scene((replace(actor, acts=()),), "meadow", "day", "clear", style="storybook")
    painted = sheet(plain.actors[0], plain).float() / 255.0
    return torch.cat([(painted[:3] / painted[3:].clamp_min(1 / 255)).clamp(0.0, 1.0), painted[3:]])


def pair_scores(maker: Maker, pair: Pair, net: Reader) -> dict[str, float]:
    """Likeness to the true figure of what is made with its reference, with none, and with the other figure's."""
    world = world_of(pair.scene, 1)
    true = world.video_FCHW[0].float() / 255.0
    x0, y0, x1, y1 = world.boxes_KF4[0, 0].tolist()
    scores = {}
    for name, references in (
        ("reference", [sheet_of(pair.figure)]), ("none", []), ("wrong", [sheet_of(pair.other)])
    ):  # fmt: skip
        made = maker.picture(pair.told, references)
        scores[name] = identity_score(true, (x0, y0, x1, y1), made, found_box(net, made, pair.figure.subject), net)
    return scores


def ceiling_scores(pair: Pair, net: Reader) -> dict[str, float]:
    """The same three for the world itself: the figure elsewhere, one of its kind and colour, the other figure there."""
    from models.reader_cache import lead_elsewhere

    world = world_of(pair.scene, 1)
    true = world.video_FCHW[0].float() / 255.0
    x0, y0, x1, y1 = world.boxes_KF4[0, 0].tolist()
    there = lead_elsewhere(
        replace(pair.scene, actors=(pair.figure,)), 3_000_000 + pair.told.seed, "train", CLIP_FRAMES / FPS
    )
    lone = replace(there, actors=there.actors[:1], focus=0, cues=())
    bare = replace(pair.figure, accessories=(), identity=pair.figure.identity + 11)
    scores = {}
    for name, actor in (("reference", pair.figure), ("none", bare), ("wrong", pair.other)):
        acted = replace(actor, acts=lone.actors[0].acts, side=lone.actors[0].side, depth=lone.actors[0].depth)
        if any(act.target >= 0 for act in acted.acts):
            acted = replace(acted, acts=())
        seen = world_of(replace(lone, actors=(acted,)), 1)
        box = tuple(seen.boxes_KF4[0, 0].tolist())
        if box == (0.0, 0.0, 0.0, 0.0):
            return {}
        scores[name] = identity_score(
            true, (x0, y0, x1, y1), seen.video_FCHW[0].float() / 255.0, (box[0], box[1], box[2], box[3]), net
        )
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", choices=BACKENDS, default="reel")
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    net = load_reader()
    maker = None if chosen.backend == "oracle" else maker_of(chosen.backend, size=chosen.size)
    rows = []
    for seed in range(chosen.pairs):
        pair = pair_at(seed)
        scores = ceiling_scores(pair, net) if maker is None else pair_scores(maker, pair, net)
        rows += [{"seed": seed, **scores}] if scores else []
    seeds = [row["seed"] for row in rows]
    told: dict[str, object] = {"backend": chosen.backend, "pairs": len(rows), "rows": rows}
    for name in ("reference", "none", "wrong"):
        told[name] = str(cluster_bootstrap([row[name] for row in rows], seeds))
    for name in ("none", "wrong"):
        told[f"above {name}"] = str(cluster_bootstrap([row["reference"] - row[name] for row in rows], seeds))
        told[f"wins over {name}"] = str(cluster_bootstrap([float(row["reference"] > row[name]) for row in rows], seeds))
    print(json.dumps({name: value for name, value in told.items() if name != "rows"}, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
