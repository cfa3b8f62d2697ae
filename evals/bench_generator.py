"""What one clip of our generator costs: run as a process of its own, so that its memory is that of this alone.

``python -m evals.bench_generator`` films four seconds with one subject and a camera that moves, as the landed weights
know it, decodes them to 448 × 256 at 24 frames a second, and prints the cost as JSON. With the layers codec nothing is
left to be finished after that: layers are drawn at the size and the rate of the film.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

import torch

from models.codec import Canvas
from models.layers.moves import path_of
from models.reel import Ask, Making, Reel

HEIGHT, WIDTH, FPS = 256, 448, 24
CAPTION = "A red fox walks to the right in a snowy forest at night in clear weather. The camera pans right."
CAMERA = "pan right"
FRAMES = 49
"""At the codec's 12 frames a second: 4.08 s, 98 frames when decoded."""

T = TypeVar("T")


@dataclass(frozen=True)
class ClipCost:
    """CPU seconds of this process for one clip, and how many frames it has; ``load_s`` is paid once a process."""

    load_s: float
    sample_s: float
    decode_s: float
    frames: int

    @property
    def clip_s(self) -> float:
        return self.sample_s + self.decode_s


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of the process, all its threads, and what the call gave."""
    began = time.process_time()
    result = call()
    return time.process_time() - began, result


def asked(frames: int = FRAMES) -> Ask:
    """The clip that is measured."""
    canvas = Canvas(frames)
    return Ask(CAPTION, canvas, 1, path_of(CAMERA, canvas))


def quick(steps: int) -> Making:
    """So many steps for the first frame and as many for the rest, guided by the caption."""
    return Making(steps, steps)


def film(reel: Reel, making: Making, ask: Ask | None = None, load_s: float = 0.0) -> ClipCost:
    """Make one clip and decode it; nothing is warmed up before."""
    ask = ask or asked()
    sample_s, made = timed(lambda: reel.clip(ask, 1, making))
    decode_s, frames = timed(lambda: reel.decode(made, HEIGHT, WIDTH, FPS))
    return ClipCost(load_s, sample_s, decode_s, len(frames))


def main(words: list[str] | None = None) -> int:
    """Film one clip on one thread and print its cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=0, help="for the first frame and the rest; 0: as films are made")
    options = parser.parse_args(words)
    torch.set_num_threads(1)
    load_s, reel = timed(Reel.load)
    cost = film(reel, quick(options.steps) if options.steps else reel.making, load_s=load_s)
    print(json.dumps(asdict(cost)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
