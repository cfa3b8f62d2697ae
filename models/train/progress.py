"""What a training shows while it runs: a line now and then, a log of JSON lines, and its curve as a picture."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

LINE_EVERY_S = 20.0
CURVE_PX = (480, 960)
INKS = ((30, 30, 30), (200, 60, 40), (40, 110, 200), (40, 150, 70), (190, 130, 20), (130, 60, 170), (20, 150, 160))


class Reporter:
    """Collects steps and says what they came to.

    Args:
        folder: gets ``log.jsonl`` and ``curve.png``.
        say: prints a line.
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = print, every_s: float = LINE_EVERY_S) -> None:
        self.folder, self.say, self.every_s = folder, say, every_s
        self.sums: dict[str, float] = {}
        self.shown: dict[str, int] = {}
        self.examples, self.norm, self.steps = 0, 0.0, 0
        self.since = time.monotonic()

    def add(self, losses: Mapping[str, float], examples: int, norm: float) -> None:
        """One step: its loss by modality, examples of all processes, and norm of the gradient before clipping."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.shown[name] = self.shown.get(name, 0) + 1
        self.examples += examples
        self.norm += norm
        self.steps += 1

    @property
    def due(self) -> bool:
        return self.steps > 0 and time.monotonic() - self.since >= self.every_s

    def line(self, step: int, examples: int, minutes: float, rate: float) -> None:
        """Say and log what the steps since the last line came to."""
        if not self.steps:
            return
        now = time.monotonic()
        losses = {name: self.sums[name] / self.shown[name] for name in sorted(self.sums)}
        speed, norm = self.examples / max(1e-9, now - self.since), self.norm / self.steps
        self.log(kind="train", step=step, examples=examples, minutes=minutes, per_s=speed, rate=rate, norm=norm,
                 loss=losses)  # fmt: skip
        parts = "  ".join(f"{name} {value:.4f}" for name, value in losses.items())
        self.say(
            f"step {step:>7}  {examples:>9} examples  {speed:6.1f}/s  {parts}  rate {rate:.2e}  norm {norm:.2f}  "
            f"{minutes:.1f} min"
        )
        self.sums, self.shown, self.examples, self.norm, self.steps = {}, {}, 0, 0.0, 0
        self.since = now

    def checked(self, step: int, examples: int, minutes: float, losses: Mapping[str, Mapping[str, float]]) -> None:
        """Say and log validation losses by split, and draw the curve anew."""
        self.log(kind="check", step=step, examples=examples, minutes=minutes, loss=losses)
        for split, found in losses.items():
            parts = "  ".join(f"{name} {value:.4f}" for name, value in found.items())
            self.say(f"step {step:>7}  {split}: {parts}")
        draw_curve(self.folder / "log.jsonl", self.folder / "curve.png")

    def log(self, **row: Any) -> None:
        """Add a line to the log."""
        rounded = json.loads(json.dumps(row), parse_float=lambda text: float(f"{float(text):.6g}"))
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(rounded) + "\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """Rows of a log; a last line that was cut short by a kill is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def draw_curve(log: Path, target: Path) -> None:
    """Losses over examples, both on log scales: thin the training's modalities, thick the validation's means."""
    from models.world.sheet import write_png

    lines: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in read_log(log):
        if row["kind"] == "train":
            for name, value in row["loss"].items():
                lines.setdefault(("train", name), []).append((row["examples"], value))
        elif row["kind"] == "check":
            for split, found in row["loss"].items():
                lines.setdefault(("check", split), []).append((row["examples"], found["mean"]))
    drawn = plotted(lines)
    if drawn is not None:
        write_png(target, drawn)


def plotted(lines: Mapping[tuple[str, str], list[tuple[float, float]]]) -> np.ndarray | None:
    """The lines as a picture (H, W, 3) uint8; None if there is nothing to draw."""
    points = [(math.log(1 + x), math.log(y)) for line in lines.values() for x, y in line if y > 0]
    if len(points) < 2:
        return None
    low, high = np.min(points, 0), np.max(points, 0)
    height, width = CURVE_PX
    picture = np.full((height, width, 3), 255, np.uint8)
    span = np.maximum(high - low, 1e-9)
    for level in range(math.floor(low[1] / math.log(2)), math.ceil(high[1] / math.log(2)) + 1):
        y = (level * math.log(2) - low[1]) / span[1]
        if 0 <= y <= 1:
            picture[round((1 - y) * (height - 21)) + 10, :] = 225
    for number, ((kind, _), line) in enumerate(sorted(lines.items())):
        held = np.array([(math.log(1 + x), math.log(y)) for x, y in line if y > 0]).reshape(-1, 2)
        place = (held - low) / span * (width - 21, height - 21) + 10
        thick = 2 if kind == "check" else 0
        for start, end in pairwise(place):
            count = int(np.abs(end - start).max()) + 2
            for x, y in np.linspace(start, end, count):
                column, row = round(x), round(height - 1 - y)
                picture[row - thick : row + thick + 1, column - thick : column + thick + 1] = INKS[number % len(INKS)]
    return picture
