"""Does the generator show what the caption says: ``python -m evals.adherence --backend reel --captions 500 --clips``.

Held-out captions (combinations that are never trained) are made into pictures or clips, and the reader, which learned
from other seeds, is asked what it sees. The oracle is the world's own clip: the ceiling. Beside every clip stand its
frozen first frame and the clip of another caption. Whatever was made or scored is kept by the content of its recipe,
so that a stopped run goes on and a better reader scores the same clips again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evals.adherence_camera import CHANNELS, CameraPaths, camera_paths, r_interval
from evals.adherence_makers import BACKENDS, Maker, bytes_of, frozen, maker_of
from evals.adherence_measured import measured_rows
from evals.adherence_scenes import FIRST_SEED, READ_HZ, Asked, asked_at, world_of
from evals.adherence_score import RULES_VERSION, Eye, Row, energy, rows_of_clip, rows_of_picture
from evals.adherence_tables import against, summary, table
from evals.statistics import LEAST_CLUSTERS, cluster_bootstrap
from models.checkpoint import load
from models.judge.network import ROLES, card_path, load_sight
from models.judge.reading import read_by
from models.reader import KIND, WEIGHTS, Reader, load_reader, read

STATE = Path(__file__).parent.parent / ".state" / "adherence"
STILL = 0.25
"""A clip that moves less than this share of what the world's own moves counts as standing still."""


def digest(*parts: object) -> str:
    """16 letters that change with any part."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def written(path: Path, content: bytes) -> None:
    """Write under another name and rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    draft.write_bytes(content)
    draft.replace(path)


def made_of(maker: Maker, asked: Asked, what: str, state: Path = STATE) -> torch.Tensor:
    """The picture or clip (F, 3, H, W), 0 to 1 in steps of 1/255, made now or kept."""
    name = f"{asked.seed}-{digest(asked.caption)}.npz"
    path = state / "made" / digest(maker.name, maker.version, what) / name
    if path.exists():
        with np.load(path) as archive:
            frames = archive["frames"]
    else:
        video = maker.picture(asked)[None] if what == "pictures" else maker.clip(asked)
        frames = bytes_of(video)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part.npz")
        np.savez_compressed(draft, frames=frames)
        draft.replace(path)
    return torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255.0


def score_one(
    maker: Maker, asked: Asked, what: str, net: Reader, eye: Eye, measure: bool, state: Path = STATE
) -> dict[str, Any]:  # fmt: skip
    """Everything that is found out about one caption: rows, and for clips how much moves and where the camera went."""
    video = made_of(maker, asked, what, state)
    if what == "pictures":
        return {"rows": [row.document() for row in rows_of_picture(eye, asked, world_of(asked.scene, 1), video[0])]}
    world = world_of(asked.scene)
    rows = rows_of_clip(eye, asked, world, video)
    rows += rows_of_clip(eye, asked, world, frozen(video), "frozen")
    if measure:
        rows += measured_rows(asked, video)
    paths = camera_paths(video, asked.path, net)
    return {
        "rows": [row.document() for row in rows], "energy": energy(video),
        "world energy": energy(world.video_FCHW), "move": asked.scene.camera.move,
        "measured": paths.measured_F4.round(5).tolist(), "asked": paths.asked_F4.round(5).tolist(),
    }  # fmt: skip


def stranger_rows(maker: Maker, asked: Asked, other: Asked, what: str, eye: Eye, state: Path = STATE) -> list[Row]:
    """This caption's questions, asked about what was made for another one."""
    video = made_of(maker, other, what, state)
    if what == "pictures":
        rows = rows_of_picture(eye, asked, world_of(asked.scene, 1), video[0])
        return [Row(row.seed, "stranger", row.kind, row.asked, row.said, row.sure) for row in rows]
    return rows_of_clip(eye, asked, world_of(asked.scene), video, "stranger")


def run(
    maker: Maker, seeds: Sequence[int], what: str, net: Reader, reader_version: str, *, eye: Eye | None = None,
    split: str = "test", measure: bool = True, strangers: bool = True, state: Path = STATE, say: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Score every seed that is not scored yet; what was found out about all, in their order.

    ``eye`` answers the questions instead of the reader, who still leaves subjects out of the camera's path.
    """
    key = digest(maker.name, maker.version, what, split, reader_version, RULES_VERSION, measure, strangers)
    looking = eye or partial(read, net)
    found = []
    for place, seed in enumerate(seeds):
        path = state / "scored" / key / f"{seed}.json"
        if not path.exists():
            asked = asked_at(seed, split)
            one = score_one(maker, asked, what, net, looking, measure, state)
            if strangers and len(seeds) > 1:
                other = asked_at(seeds[(place + 1) % len(seeds)], split)
                rows = stranger_rows(maker, asked, other, what, looking, state)
                one["rows"] += [row.document() for row in rows]
            written(path, json.dumps(one).encode())
        found.append(json.loads(path.read_text(encoding="utf-8")))
        if say and (place + 1) % 25 == 0:
            print(f"{place + 1} of {len(seeds)}", flush=True)
    return found


def report_of(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The numbers of a run: by question, clips against frozen ones, what moves, and the camera's path."""
    rows = [Row(**row) for one in found for row in one["rows"]]
    told: dict[str, Any] = {"scenes": len(found), "questions": summary(rows)}
    clips = [one for one in found if "energy" in one]
    if not clips:
        return told
    told["against frozen"] = {kind: against(rows, "clip", "frozen", kind) for kind in ("camera", "action", "way")}
    ratios = [one["energy"] / one["world energy"] for one in clips if one["world energy"] > 0.0]
    told["moves"] = {
        "median share of the world's motion": round(float(np.median(ratios)), 3),
        "stand still": round(float(np.mean([ratio < STILL for ratio in ratios])), 4),
    }  # fmt: skip
    if len(ratios) >= LEAST_CLUSTERS:
        told["moves"]["mean"] = asdict(cluster_bootstrap(ratios, range(len(ratios))))
    paths = [CameraPaths(np.array(one["measured"]), np.array(one["asked"])) for one in clips]
    if len(paths) >= LEAST_CLUSTERS:
        told["camera r"] = {name or "all": asdict(r_interval(paths, name)) for name in ("", *CHANNELS)}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", choices=BACKENDS, default="reel")
    parser.add_argument("--size", default="", help="of the generator; the largest that was trained if not said")
    parser.add_argument("--making", default="", help='steps and guidance, such as "4 4 map 1.5" or "24 12 euler 2.5"')
    parser.add_argument("--captions", type=int, default=500)
    parser.add_argument("--split", choices=("test", "val"), default="test")
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument(
        "--codec", default="", help="send the oracle's clips through this codec and back (layers, grid)"
    )
    parser.add_argument("--pictures", dest="what", action="store_const", const="pictures")
    parser.add_argument("--clips", dest="what", action="store_const", const="clips")
    parser.add_argument("--no-measure", action="store_true", help="leave out the measurements of tier T1")
    parser.add_argument("--no-strangers", action="store_true", help="leave out the clips of other captions")
    parser.add_argument("--reader", type=Path, default=WEIGHTS, help="the card of another reader")
    parser.add_argument("--eye", choices=("reader", *ROLES), default="reader", help="who answers the questions")
    parser.add_argument("--json", type=Path)
    parser.set_defaults(what="pictures")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    _, card = load(chosen.reader, kind=KIND)
    version = digest(chosen.reader.read_text(encoding="utf-8"))
    eye: Eye | None = None
    if chosen.eye != "reader":
        eye = partial(read_by, load_sight(card_path(chosen.eye))[0], rate_hz=READ_HZ)
        version = digest(version, card_path(chosen.eye).read_text(encoding="utf-8"))
    seeds = range(chosen.seed, chosen.seed + chosen.captions)
    maker = maker_of(chosen.backend, chosen.codec, chosen.size, chosen.making)
    found = run(
        maker, seeds, chosen.what, load_reader(chosen.reader), version, eye=eye, split=chosen.split,
        measure=not chosen.no_measure, strangers=not chosen.no_strangers, say=True,
    )  # fmt: skip
    told = {
        "backend": maker.name, "version": maker.version, "what": chosen.what, "split": chosen.split,
        "first seed": chosen.seed, "eye": chosen.eye, "reader": version,
        "reader commit": card.commit, **report_of(found),
    }  # fmt: skip
    if chosen.json:
        written(chosen.json, (json.dumps(told, indent=1) + "\n").encode())
    print(table(told["questions"]))
    print(json.dumps({key: value for key, value in told.items() if key != "questions"}, indent=1))


if __name__ == "__main__":
    main()
