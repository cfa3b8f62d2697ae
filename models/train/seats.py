"""Fit the seats of riders: ``python -m models.train.seats --land``.

Every rider is put on every carrier in scenes of the world, in all sizes, alone and with another; what a seat is comes
from the rows of pose of both, as medians over frames. What is left is measured on scenes of other seeds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models import checkpoint
from models.codec import Canvas
from models.layers.observe import BOXES, poses_of
from models.layers.parts import POSE, RIMMED
from models.layers.seats import COMPANY, VALUES, WEIGHTS, Seats, seated
from models.world.draw import View, paint_into, place
from models.world.ensemble import only
from models.world.figures import draw_actor, table_of
from models.world.figures.channels import CHANNELS
from models.world.figures.seats import seat_of
from models.world.performance import Track
from models.world.scene import Act, Actor, Camera, Scene
from models.world.vocabulary import RIDDEN, SIZES, SUBJECTS

CANVAS = Canvas(13, 64, 112)
DURATION_S = 4.0
FINE = 256
"""Pixels of a carrier's side when its rim is looked for."""
LEAST_LEAN = 1e-3
"""Square radians over a scene's frames from which on a carrier leans."""
_SETTINGS = {"water": "river", "air": "mountain", "space": "space", "ground": "meadow"}


@dataclass(frozen=True)
class Recipe:
    """How the table is fitted.

    Attributes:
        scenes: of each pair, company and sizes.
        held: scenes that are measured afterwards, drawn at random.
        seed: of the scenes.
    """

    scenes: int = 2
    held: int = 400
    seed: int = 53


def riders() -> tuple[str, ...]:
    """Who can ride."""
    return tuple(name for name, kind in SUBJECTS.items() if "ride" in kind.actions)


def scene_of(rider: str, carrier: str, company: int, sizes: tuple[str, str], seed: int) -> Scene:
    """A rider, or two of its kind, on a carrier that travels or stays."""
    rng = np.random.default_rng([seed, 7])
    how = RIDDEN.get(carrier, "walk")
    stays = rng.random() < 0.3 or how not in SUBJECTS[carrier].actions
    way = str(rng.choice(["left", "right"]))
    count = 1 if company == 0 else 2
    act = Act("stand" if stays else how, 0.0, DURATION_S, "" if stays else way)
    below = Actor(carrier, "blue", sizes[1], (), seed, (act,), "centre")
    above = [
        Actor(rider, "red", sizes[0], (), seed + 1 + n, (Act("ride", 0.0, DURATION_S, target=count),), "centre")
        for n in range(count)
    ]
    setting = _SETTINGS.get(SUBJECTS[carrier].home, "meadow")
    return Scene((*above, below), setting, "day", "clear", Camera("static", "wide", 1.0), "storybook",
                 DURATION_S, 0.0, (), -1, seed)  # fmt: skip


def rows_of(scene: Scene, company: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of pose of the rider in question and of its carrier, (F, len(POSE)) each."""
    rows_KFP = poses_of(scene, CANVAS)
    return rows_KFP[max(0, company - 1)], rows_KFP[-1]


def seat_in(rider_FP: torch.Tensor, carrier_FP: torch.Tensor) -> torch.Tensor:
    """The seats that the frames show, (F, VALUES)."""
    at = {name: POSE.index(name) for name in POSE}
    side_F = carrier_FP[:, at["log_side"]].exp()
    lean_F = torch.atan2(carrier_FP[:, at["sin_lean"]], carrier_FP[:, at["cos_lean"]])
    dx, dy = ((rider_FP[:, at[name]] - carrier_FP[:, at[name]]) / side_F for name in ("x", "y"))
    facing = carrier_FP[:, at["facing"]]
    facing = torch.where(facing < 0, facing.clamp(max=-0.2), facing.clamp(min=0.2))
    along, above = (dx * lean_F.cos() + dy * lean_F.sin()) / facing, dy * lean_F.cos() - dx * lean_F.sin()
    own_F = torch.atan2(rider_FP[:, at["sin_lean"]], rider_FP[:, at["cos_lean"]])
    # The larger leans decide; a carrier that hardly leans says nothing of the share.
    much = float(lean_F.square().sum())
    share = torch.full_like(lean_F, float((own_F * lean_F).sum()) / much if much > LEAST_LEAN else float("nan"))
    turns = (rider_FP[:, at["facing"]] * carrier_FP[:, at["facing"]] > 0).float()
    log_side = rider_FP[:, at["log_side"]] - carrier_FP[:, at["log_side"]]
    same = [rider_FP[:, at[name]] for name in VALUES[5:]]
    return torch.stack([along, above, log_side, share.clamp(0.0, 1.0), turns, *same], 1)


def rim_of(carrier: str, along: float) -> float | None:
    """What hides a rider below it, above the middle of its carrier's box in sides of the box; None where nothing does.

    Inside a carrier that is the top of what is painted over the rider, behind a pane the lower edge of the pane.
    """
    manner = seat_of(carrier).manner
    if manner == "on":
        return None
    actor, one = Actor(carrier, "blue", "medium", (), 1, ()), torch.ones(1)
    still = Track(0 * one, 0 * one, 0 * one, one, one, 0 * one, torch.zeros(1, len(CHANNELS)))
    strokes, table = draw_actor(actor, still, one, ridden=True), table_of(actor, ridden=True)
    middle, half = BOXES[carrier]
    pixels = torch.zeros(1, 4, FINE, FINE)
    shown = only(strokes, table.front_K if manner == "in" else table.window_K)
    paint_into(pixels, place(shown, View(0 * one, middle * one, FINE / (2 * half) * one, 0 * one, FINE, FINE)))
    there = pixels[0, 3] > 0.5
    columns = there.any(0).nonzero()[:, 0]
    # Two who ride together may sit at a post between two panes.
    column = columns[(columns - round((along + 0.5) * FINE)).abs().argmin()]
    rows = there[:, column].nonzero()
    return 0.5 - float(rows[0] if manner == "in" else rows[-1] + 1) / FINE


def behind_rim(seat_V: torch.Tensor, carrier: str) -> torch.Tensor:
    """The seat with what is below its carrier's rim hidden."""
    at = {name: VALUES.index(name) for name in VALUES}
    rim = rim_of(carrier, float(seat_V[at["along"]]))
    if rim is None:
        return seat_V
    hidden = seat_V.clone()
    hidden[at["water"]] = ((rim - seat_V[at["above"]]) / seat_V[at["log_side"]].exp()).clamp(-0.85, 0.85)
    hidden[at["shadow"]] = RIMMED
    return hidden


def fitted(recipe: Recipe) -> Seats:
    """The table."""
    who, below, sizes = riders(), tuple(SUBJECTS), tuple(SIZES)
    table = torch.zeros(len(who), len(below), COMPANY, len(sizes), len(sizes), len(VALUES))
    seed = recipe.seed * 1_000_000
    for index in np.ndindex(*table.shape[:-1]):
        r, c, company, mine, others = index
        shown = []
        for _ in range(recipe.scenes):
            seed += 4
            scene = scene_of(who[r], below[c], company, (sizes[mine], sizes[others]), seed)
            shown.append(seat_in(*rows_of(scene, company)))
        table[index] = behind_rim(torch.cat(shown).nanmedian(0).values.nan_to_num(1.0), below[c])
    return Seats(who, below, sizes, table)


def measured(seats: Seats, recipe: Recipe) -> dict[str, object]:
    """How far from where the world puts riders the table does, in scenes of other seeds."""
    rng = np.random.default_rng([recipe.seed, 11])
    off, grown = [], []
    for n in range(recipe.held):
        rider, carrier = str(rng.choice(seats.riders)), str(rng.choice(list(RIDDEN)))
        mine, below = (str(size) for size in rng.choice(seats.sizes, 2))
        company = int(rng.integers(COMPANY))
        scene = scene_of(rider, carrier, company, (mine, below), recipe.seed * 1_000_000 + 500_000_000 + 4 * n)
        true_FP, carrier_FP = rows_of(scene, company)
        seat = seats.find(rider, carrier, (mine, below), company)
        put_FP = seated(true_FP, carrier_FP, seat, torch.ones(len(true_FP)))
        side_F = true_FP[:, 2].exp()
        off.append(float(((put_FP[:, :2] - true_FP[:, :2]).norm(dim=1) / side_F).mean()))
        grown.append(float((put_FP[:, 2] - true_FP[:, 2]).abs().mean()))
    at = np.percentile(off, [50, 95])
    return {"off in rider's sides, median": round(float(at[0]), 4), "95th percentile": round(float(at[1]), 4),
            "log side, 95th percentile": round(float(np.percentile(grown, 95)), 4), "scenes": recipe.held}  # fmt: skip


def main() -> None:
    """Fit from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--land", action="store_true", help="write the weights that come with this package")
    parser.add_argument("--out", type=Path, help="card of the weights, if they are not to land")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    recipe, began = Recipe(), time.process_time()
    seats = fitted(recipe)
    minutes = (time.process_time() - began) / 60
    metrics = measured(seats, recipe)
    print(json.dumps(metrics), flush=True)
    out = WEIGHTS if chosen.land else chosen.out
    if out is not None:
        command = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout
        card = checkpoint.Card("", {}, vars(recipe), round(minutes, 1), commit.strip(), metrics)
        seats.save(out, card)


if __name__ == "__main__":
    main()
