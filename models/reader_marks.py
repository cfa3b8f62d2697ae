"""How well the reader reads true pictures and clips that it was never shown: ``python -m models.reader_marks``."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from models.likeness import prints
from models.reader import QUESTIONS, WEIGHTS, Reader, Reading, answered, load_reader, reading_of
from models.reader_cache import STATE, Shots, shards
from models.reader_lessons import MOVE, of_clips
from models.reader_parts import WAYS
from models.world.vocabulary import ACTIONS, CAMERA_MOVES, COLOURS, SUBJECTS

BINS = 10
LEAST_VIEWS = 5
"""Frames of a clip in which a subject has to be seen for questions about it."""
SEEN = 0.5
"""Share of it that has to be in view."""
_NAMES = tuple(SUBJECTS)
AT_ONCE = {"cpu": 5, "cuda": 25}
"""Clips that are read together."""


def marks(net: Reader, parts: Sequence[Shots]) -> dict[str, dict[str, float]]:
    """Shares of right answers, ``pictures`` (first frames) and ``clips``, their calibration, and the likeness's.

    ``within`` is half of a share's 95 % interval, by pairs of clips that share a lead. ``calibration`` is the expected
    gap between the probability of the first answer and how often it is right (ECE, Guo et al. 2017, eq. 3);
    ``likeness`` the chance that the same figure elsewhere is more alike than another one.
    """
    held: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    clusters: dict[str, list[int]] = defaultdict(list)
    for number, shots in enumerate(parts):
        for kind, last in (("pictures", 1), ("clips", shots.video.shape[1])):
            for n, name, right, sure in _answers(net, shots, last):
                held[f"{kind}/{name}"].append((right, sure))
                clusters[f"{kind}/{name}"].append(1000 * number + n // 2)
    told: dict[str, dict[str, float]] = {"pictures": {}, "clips": {}, "within": {}, "calibration": {}}
    for key, rows in held.items():
        kind, _, name = key.partition("/")
        told[kind][name] = round(float(np.mean([right for right, _ in rows])), 4)
        told["within"][key] = round(half_width([float(right) for right, _ in rows], clusters[key]), 4)
        if kind == "clips" or name in ("setting", "subject", "colour"):
            told["calibration"][key] = round(calibration_gap(rows), 4)
    told["likeness"] = likeness_marks(net, parts)
    return told


def half_width(values: Sequence[float], clusters: Sequence[int]) -> float:
    """1.96 standard errors of a mean of values that come in clusters (ratio estimator, Cochran 1977, ch. 6.3)."""
    rests: dict[int, float] = defaultdict(float)
    mean = float(np.mean(values))
    for value, cluster in zip(values, clusters, strict=True):
        rests[cluster] += value - mean
    count = len(rests)
    if count < 2:
        return 1.0
    return 1.96 * float(np.sqrt(count / (count - 1) * sum(rest**2 for rest in rests.values()))) / len(values)


def calibration_gap(rows: Sequence[tuple[bool, float]]) -> float:
    """Mean distance of confidence from the share that is right, over ``BINS`` equal bins, by their size."""
    right, sure = np.array([r for r, _ in rows], float), np.array([s for _, s in rows])
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [(place == k).mean() * abs(right[place == k].mean() - sure[place == k].mean()) for k in np.unique(place)]
    return float(np.sum(gaps))


def _answers(net: Reader, shots: Shots, last: int) -> Iterator[tuple[int, str, bool, float]]:
    """(clip, question, whether it is right, its probability) for all that the first ``last`` frames can be asked."""
    device = net.verdict.device
    at_once = AT_ONCE.get(device.type, 5)
    for start in range(0, len(shots), at_once):
        rows = range(start, min(start + at_once, len(shots)))
        clear = [_clear(shots, n, last) for n in rows]
        most = max(map(len, clear))
        asked = [
            [int(shots.subjects[n, k]) for k in ks] + [-1] * (most - len(ks)) for n, ks in zip(rows, clear, strict=True)
        ]
        video = torch.from_numpy(np.array(shots.video[rows.start : rows.stop, :last])).to(device).float() / 255.0
        named = torch.tensor(asked, dtype=torch.long, device=device).view(len(rows), most)
        answers = answered(net, video, named)
        for row, (n, ks) in enumerate(zip(rows, clear, strict=True)):
            subjects = [_NAMES[int(shots.subjects[n, k])] for k in ks]
            for question, right, sure in _of_clip(reading_of(answers, row, subjects), shots, n, ks):
                yield n, question, right, sure


def _clear(shots: Shots, n: int, last: int) -> list[int]:
    """Actors of a clip that are the only one of their kind and in view in the first ``last`` frames."""
    kinds = shots.subjects[n].tolist()
    enough = min(last, LEAST_VIEWS)
    return [
        k for k, kind in enumerate(kinds)
        if kind >= 0 and kinds.count(kind) == 1 and (shots.visible[n, :last, k] > SEEN).sum() >= enough
    ]  # fmt: skip


def _of_clip(reading: Reading, shots: Shots, n: int, clear: Sequence[int]) -> Iterator[tuple[str, bool, float]]:
    for column, (question, words) in enumerate(QUESTIONS.items()):
        if question != "count":
            yield question, *_first(reading.words[question], words[shots.words[n, column]])
    if reading.camera:
        yield "camera", *_first(reading.camera, CAMERA_MOVES[shots.words[n, MOVE]])
    everyone = {_NAMES[int(kind)] for kind in shots.subjects[n] if kind >= 0}
    for k in clear:
        subject = _NAMES[int(shots.subjects[n, k])]
        # With the others that are there set aside, is it the likeliest?
        rivals = {name: p for name, p in reading.present.items() if name == subject or name not in everyone}
        yield "subject", max(rivals, key=rivals.__getitem__) == subject, reading.present[subject]
        yield "colour", *_first(reading.colours[subject], tuple(COLOURS)[shots.colours[n, k]])
        yield from _acts(reading, subject, shots, n, k)


def _acts(reading: Reading, subject: str, shots: Shots, n: int, k: int) -> Iterator[tuple[str, bool, float]]:
    """What it does over the frames of a span in which it is in view, and where to, if the world was told where."""
    if subject not in reading.actions:
        return
    for question, answers, words, truth in (
        ("action", reading.actions, ACTIONS, shots.actions), ("way", reading.ways, WAYS, shots.ways)
    ):  # fmt: skip
        for value in np.unique(truth[n, :, k]):
            during = torch.from_numpy((truth[n, :, k] == value) & (shots.visible[n, :, k] > SEEN))
            if words[value] and int(during.sum()) >= min(len(during), LEAST_VIEWS):
                mean = answers[subject][during].mean(0)
                yield question, *_first(dict(zip(words, mean.tolist(), strict=True)), words[value])


def _first(told: Mapping[str, float], truth: str) -> tuple[bool, float]:
    best = max(told, key=told.__getitem__)
    return best == truth, told[best]


@torch.inference_mode()
def likeness_marks(net: Reader, parts: Sequence[Shots]) -> dict[str, float]:
    """Chance of the same figure elsewhere being more alike than any other, one of its kind, one of its colour too."""
    found, kinds, colours = [], [], []
    for shots in parts:
        batch = of_clips(shots, device=net.verdict.device)
        best = batch.cover_BFKhw[:, :, 0].sum((-1, -2)).argmax(1)
        rows = torch.arange(len(shots), device=best.device)
        seen = batch.seen_BFK[rows, best, 0]
        both = (seen[::2] & seen[1::2]).repeat_interleave(2)
        marks_ = prints(net.likeness, batch.video_BFCHW[rows, best], batch.boxes_BFK4[rows, best, 0])
        found.append(marks_[both])
        kinds.append(batch.subjects_BK[both, 0])
        colours.append(batch.colours_BK[both, 0])
    if not found or not sum(map(len, found)):
        return {}
    all_, kind, colour = torch.cat(found), torch.cat(kinds), torch.cat(colours)
    first, second, kind, colour = all_[::2], all_[1::2], kind[::2], colour[::2]
    score = first @ second.T
    same = score.diagonal()[:, None]
    other = ~torch.eye(len(score), dtype=torch.bool, device=score.device)
    alike = kind[:, None] == kind[None]
    twins = alike & (colour[:, None] == colour[None])
    beats = (same > score).float()
    told = {"pairs": float(len(score))}
    for name, chosen in (("any", other), ("same kind", other & alike), ("same kind and colour", other & twins)):
        if bool(chosen.any()):
            told[name] = round(float(beats[chosen].mean()), 4)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    net = load_reader(chosen.weights).to(chosen.device)
    print(json.dumps(marks(net, shards("test", chosen.clips, chosen.state)), indent=1))


if __name__ == "__main__":
    main()
