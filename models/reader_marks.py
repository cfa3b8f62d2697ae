"""How well the reader reads true pictures and clips that it was never shown: ``python -m models.reader_marks``."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from models.likeness import prints
from models.reader import QUESTIONS, Reader, Reading, load_reader, read
from models.reader_cache import STATE, Shots, shards
from models.reader_lessons import MOVE, of_clips
from models.reader_parts import WAYS
from models.world.vocabulary import ACTIONS, CAMERA_MOVES, COLOURS, SUBJECTS

BINS = 10
LEAST_VIEWS = 3
"""Frames of a clip in which a subject has to be seen for questions about it."""


def marks(net: Reader, parts: Sequence[Shots]) -> dict[str, dict[str, float]]:
    """Shares of right answers, ``pictures`` (first frames) and ``clips``, their calibration, and the likeness's.

    ``within`` is half of a share's 95 % interval, by pairs of clips that share a lead. ``calibration`` is the expected
    gap between the probability of the first answer and how often it is right (ECE, Guo et al. 2017, eq. 3);
    ``likeness`` the chance that the same figure elsewhere is more alike than another one.
    """
    held: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    clusters: dict[str, list[int]] = defaultdict(list)
    for number, shots in enumerate(parts):
        for n in range(len(shots)):
            for kind, first, last in (("pictures", 0, 1), ("clips", 0, shots.video.shape[1])):
                for name, right, sure in _answers(net, shots, n, first, last):
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


def _answers(net: Reader, shots: Shots, n: int, first: int, last: int) -> Iterator[tuple[str, bool, float]]:
    """(question, whether it is right, its probability) for everything that can be asked about these frames."""
    names = list(SUBJECTS)
    kinds = [int(kind) for kind in shots.subjects[n] if kind >= 0]
    enough = min(last - first, LEAST_VIEWS)
    clear = [
        k for k, kind in enumerate(kinds)
        if kinds.count(kind) == 1 and (shots.visible[n, first:last, k] > 0.5).sum() >= enough
    ]  # fmt: skip
    video = torch.from_numpy(np.array(shots.video[n, first:last]))
    reading = read(net, video, [names[kinds[k]] for k in clear])
    for column, (question, words) in enumerate(QUESTIONS.items()):
        if question != "count":
            yield question, *_first(reading.words[question], words[shots.words[n, column]])
    if reading.camera:
        yield "camera", *_first(reading.camera, CAMERA_MOVES[shots.words[n, MOVE]])
    everyone = {names[kind] for kind in kinds}
    for k in clear:
        subject = names[kinds[k]]
        # With the others that are there set aside, is it the likeliest?
        rivals = {name: p for name, p in reading.present.items() if name == subject or name not in everyone}
        yield "subject", max(rivals, key=rivals.__getitem__) == subject, reading.present[subject]
        yield "colour", *_first(reading.colours[subject], tuple(COLOURS)[shots.colours[n, k]])
        yield from _acts(reading, subject, shots, n, k)


def _acts(reading: Reading, subject: str, shots: Shots, n: int, k: int) -> Iterator[tuple[str, bool, float]]:
    if subject not in reading.actions:
        return
    for question, answers, words, truth in (
        ("action", reading.actions, ACTIONS, shots.actions), ("way", reading.ways, WAYS, shots.ways)
    ):  # fmt: skip
        for value in np.unique(truth[n, :, k]):
            during = torch.from_numpy(truth[n, :, k] == value)
            if int(during.sum()) >= LEAST_VIEWS:
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
        batch = of_clips(shots)
        best = batch.cover_BFKhw[:, :, 0].sum((-1, -2)).argmax(1)
        rows = torch.arange(len(shots))
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
    other = ~torch.eye(len(score), dtype=torch.bool)
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
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(marks(load_reader(), shards("test", chosen.clips, STATE)), indent=1))


if __name__ == "__main__":
    main()
