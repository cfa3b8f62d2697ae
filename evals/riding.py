"""Does whoever is to ride sit in its seat? ``python -m evals.riding``.

Every carrier is ridden by somebody in shots that are filmed twice from the same seeds: with riders kept in their seats
(:mod:`models.layers.riding`) and without. Told from the rows of pose of what was made: how far a rider is from its
seat, in sides of its own box; and by the measurements, which know nothing of rows: whether the claim is kept.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from evals.scenes import board_of
from evals.statistics import cluster_interval
from evals.truth import film_frames, put_on_disk
from models.world.scene import Act
from storyboards.claims import shot_claims
from tools.contract import Footage, request_for
from tools.generate_video import generate_video
from tools.measure.judge import Measurements
from tools.store import Store

if TYPE_CHECKING:
    from models.world.scene import Scene
    from tools.backends.reel import ReelBackend

SIZE = (320, 180)
MOST_OFF = 0.25
"""Of its own box's side that a rider's middle may be away from its seat."""
FIRST_SEED, MEASURED_SEED = 880_000, 395_000
DRAWN = (("fox", "boat"), ("knight", "horse"), ("child", "balloon"), ("woman", "car"), ("child", "dragon"),
         ("rabbit", "turtle"))  # fmt: skip


@dataclass
class Found:
    """What one way of filming came to."""

    off: list[float] = field(default_factory=list)
    carriers: list[str] = field(default_factory=list)
    claims: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, object]:
        seated = [float(off < MOST_OFF) for off in self.off]
        return {
            "seated": str(cluster_interval(seated, self.carriers)),
            "off, sides of its box, median": round(float(np.median(self.off)), 3),
            "claims": dict(self.claims), "shots": len(self.off),
        }  # fmt: skip


def scenes_of(count: int) -> list[Scene]:
    """Scenes in which one rides another, of seeds that no seat was fitted from: the carriers in turn."""
    from models.train.seats import riders, scene_of
    from models.world.vocabulary import RIDDEN

    who, carriers = riders(), tuple(RIDDEN)
    made = []
    for n in range(count):
        rider, carrier = who[(5 * n) % len(who)], carriers[n % len(carriers)]
        if rider != carrier:
            made.append(scene_of(rider, carrier, 0, ("medium", "medium"), FIRST_SEED + 4 * n))
    return made


def measure(count: int, size: str) -> dict[str, object]:
    """What is told of about ``count`` shots; intervals are clustered by carrier."""
    from models.reel import WEIGHTS
    from tools.backends.reel import ReelBackend

    with tempfile.TemporaryDirectory() as folder:
        for path in WEIGHTS.glob("*"):
            if not path.name.startswith("seats"):
                (Path(folder) / path.name).symlink_to(path)
        ways = {"kept in their seats": ReelBackend(size), "left to the generator": ReelBackend(size, Path(folder))}
        found = {way: Found() for way in ways}
        for scene in scenes_of(count):
            for way, backend in ways.items():
                off, outcome = filmed(scene, backend)
                found[way].off.append(off)
                found[way].carriers.append(scene.actors[-1].subject)
                found[way].claims[outcome] += 1
    return {way: one.told() for way, one in found.items()}


def filmed(scene: Scene, backend: ReelBackend) -> tuple[float, str]:
    """How far the rider is from its seat, in its own sides, and what the measurements say of the claim."""
    from models.latents import from_bytes
    from models.layers.codec import load_codec
    from models.layers.seats import Seats, seated
    from tools.backends.reel_words import rides_of, spoken

    board = board_of(scene, *SIZE)
    request = request_for(board, board.shots[0])
    said = spoken(request)
    (ride,), _ = rides_of(said, Seats.load())
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        take = generate_video(request, backend, store, f"{scene.seed:064d}")
        claims = tuple(claim for claim in shot_claims(board, board.shots[0]) if claim.kind == "relation")
        footage = Footage(store.path(take.video_sha256), None, board.rate, take.frames)
        outcomes = {verdict.outcome for verdict in Measurements().judge(footage, claims, request)}
        parts, _ = from_bytes(store.path(take.latents_sha256).read_bytes())
    (rider_FR, carrier_FR), _ = load_codec().rows(parts, said.canvas)
    put_FR = seated(rider_FR, carrier_FR, ride.seat_V, torch.ones(len(rider_FR)))
    off = (put_FR[:, :2] - rider_FR[:, :2]).norm(dim=1) / put_FR[:, 2].exp()
    return float(off.mean()), outcomes.pop() if len(outcomes) == 1 else "mixed"


def draw(path: Path, size: str) -> None:
    """A picture of the rides of ``DRAWN``: a row each, begin and end, without seats and with, of two seeds."""
    from PIL import Image

    from models.layers.seats import Seats
    from models.reel import Ask, Reel
    from models.train.seats import scene_of
    from tools.backends.reel_words import rides_of, spoken

    reel, seats, rows = Reel.load(size), Seats.load(), list[np.ndarray]()
    for n, (rider, carrier) in enumerate(DRAWN):
        board = board_of(scene_of(rider, carrier, 0, ("medium", "medium"), FIRST_SEED + 40 + 8 * n), *SIZE)
        said = spoken(request_for(board, board.shots[0]))
        rides = tuple(rides_of(said, seats)[0])
        pair = []
        for seed in (1, 2):
            for kept in ((), rides):
                made = reel.clip(Ask(said.caption, said.canvas, said.subjects, said.path, rides=kept), seed)
                frames = reel.decode(made, SIZE[1], SIZE[0], 6.0)
                pair += [frames[len(frames) // 2].numpy()]
        rows.append(np.concatenate(pair, 1))
    Image.fromarray(np.concatenate(rows)).save(path, quality=88)


def measured(count: int) -> dict[str, object]:
    """What the measurements say of the world's own rides, and of the same scenes with the rider standing elsewhere or
    not there: outcomes of the claims of relation, of the rider's colour, and of number."""
    found: dict[str, Counter[str]] = {}
    for scene in world_rides(count):
        rider, *others = scene.actors
        elsewhere = "left" if others[0].side != "left" else "right"
        stands = replace(rider, side=elsewhere, acts=(Act("stand", 0.0, scene.duration_s),))
        ways = {"rides": scene.actors, "stands elsewhere": (stands, *others), "is not there": tuple(others)}
        board = board_of(scene, *SIZE)
        request = request_for(board, board.shots[0])
        first = request.shot.parts[0].element
        claims = tuple(
            claim for claim in shot_claims(board, board.shots[0])
            if claim.kind == "count" or (claim.kind, claim.element) in (("relation", first), ("colour", first))
        )  # fmt: skip
        for way, actors in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                frames, _ = film_frames(replace(scene, actors=actors, cues=()), *SIZE)
                verdicts = Measurements().judge(put_on_disk(frames, None, Path(folder)), claims, request)
            for claim, verdict in zip(claims, verdicts, strict=True):
                found.setdefault(f"{way}: {claim.kind}", Counter())[verdict.outcome] += 1
    return {name: dict(counts) for name, counts in found.items()}


def world_rides(count: int) -> list[Scene]:
    """Test scenes whose first actor rides the second, in another colour, from the first seed on."""
    from models.world.sample import sample_scene

    made: list[Scene] = []
    seed = MEASURED_SEED
    while len(made) < count:
        seed += 1
        scene = sample_scene(seed, split="test")
        acts = scene.actors[0].acts if len(scene.actors) > 1 else ()
        if acts and acts[0].action == "ride" and scene.actors[0].colour != scene.actors[1].colour:
            made.append(replace(scene, focus=0))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--shots", type=int, default=60)
    parser.add_argument(
        "--measured", action="store_true", help="ask what the measurements say of the world's own rides"
    )
    parser.add_argument("--sheet", type=Path, help="draw some rides, without seats and with, and nothing else")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.sheet is not None:
        draw(chosen.sheet, chosen.size)
    elif chosen.measured:
        print(json.dumps(measured(chosen.shots), indent=1))
    else:
        print(json.dumps(measure(chosen.shots, chosen.size), indent=1))


if __name__ == "__main__":
    main()
