"""How well a sight sees clips of combinations that nobody trained on: ``python -m models.judge.marks CARD``."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from models.judge.clips import SHARD, STATE, Clips, kept, make_shard, read_shard, shard_path
from models.judge.network import Sight, load_sight
from models.judge.watch import Somebody, Stretch, watch_moments
from models.world.vocabulary import CAMERA_MOVES, SUBJECTS

COLUMNS = ("setting", "time", "weather", "style", "framing", "exposure")
NEAR = 0.12
"""A followed somebody is an actor if their middles are this near on the mean, as a share of the frame."""


def marks(net: Sight, role: str, clips: int, state: Path = STATE) -> dict[str, float]:
    """Share of right answers, each forced to one word: of every question on whole clips, and of every actor that is
    well in view what it is, its colour, its acts and ways by moment, and whether it was found at all."""
    for number in range(-(-clips // SHARD)):
        if not shard_path(role, number, state).exists():
            make_shard(role, number, state)
    found: dict[str, list[float]] = defaultdict(list)
    for number in kept(role, state)[: -(-clips // SHARD)]:
        shard = read_shard(role, number, state)
        before: Somebody | None = None
        for n in range(len(shard)):
            stretch = _watched(net, shard, n)
            _whole(stretch, shard, n, found)
            lead = _actors(stretch, shard, n, found)
            if n % 2 and lead is not None and before is not None:
                found["likeness"].append(float((lead.print_C * before.print_C).sum()))
            before = lead
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(found.items())}


def _watched(net: Sight, shard: Clips, n: int) -> Stretch:
    first = torch.from_numpy(np.array(shard.frames[n])).float() / 255.0
    later = torch.from_numpy(np.array(shard.later[n])).float() / 255.0
    return watch_moments(net, first, later, float(shard.gap_s[n]), torch.arange(len(first)))


def _whole(stretch: Stretch, shard: Clips, n: int, found: dict[str, list[float]]) -> None:
    for column, name in enumerate(COLUMNS):
        found[name].append(float(int(stretch.words[name].mean(0).argmax()) == shard.words[n, column]))
    found["camera"].append(float(CAMERA_MOVES[int(stretch.moves_K.argmax())] == CAMERA_MOVES[shard.words[n, 6]]))
    seen = (shard.visible[n] > 0.3) & (shard.masks[n].sum((-1, -2)) > 255 * 1.2)
    exact = stretch.words["count"].argmax(-1).numpy() == seen.sum(1)
    found["count by moment"].append(float(exact.mean()))


def _actors(stretch: Stretch, shard: Clips, n: int, found: dict[str, list[float]]) -> Somebody | None:
    """Marks of every actor; the followed lead, if it is followed."""
    lead = None
    for k in range(3):
        seen = torch.from_numpy((shard.visible[n, :, k] > 0.3) & (shard.masks[n, :, k].sum((-1, -2)) > 255 * 1.2))
        if shard.subjects[n, k] < 0 or float(seen.float().mean()) < 0.4:
            continue
        who = _who_is(stretch, torch.from_numpy(shard.boxes[n, :, k]), seen)
        found["found"].append(float(who is not None))
        if who is None:
            continue
        lead = who if k == 0 else lead
        both = who.there_M & seen
        found["subject"].append(float(int(who.who_K[: len(SUBJECTS)].argmax()) == shard.subjects[n, k]))
        found["colour"].append(float(int(who.tint_K.argmax()) == shard.colours[n, k]))
        for name, said, truth in (("action", who.deeds_MK, shard.actions), ("way", who.ways_MK, shard.ways)):
            found[f"{name} by moment"] += (said[both].argmax(-1).numpy() == truth[n, :, k][both.numpy()]).tolist()
    return lead


def _who_is(stretch: Stretch, boxes_M4: torch.Tensor, seen_M: torch.Tensor) -> Somebody | None:
    middle = 0.5 * (boxes_M4[:, :2] + boxes_M4[:, 2:])
    best: tuple[float, Somebody | None] = (NEAR, None)
    for who in stretch.people:
        both = who.there_M & seen_M
        if int(both.sum()) >= 2:
            off = 0.5 * (who.boxes_M4[both, :2] + who.boxes_M4[both, 2:]) - middle[both]
            away = float(off.norm(dim=-1).mean())
            if away < best[0]:
                best = (away, who)
    return best[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("card", type=Path)
    parser.add_argument("--clips", type=int, default=320)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(marks(load_sight(chosen.card)[0], "held", chosen.clips), indent=1))


if __name__ == "__main__":
    main()
