"""Train the transformer where nothing but torch is installed: ``python -m models.train video --size small``.

``storyreel train`` is the same with clearer words; this one needs no other package than the networks do. On a GPU,
examples are painted by processes of their own and drawn from a bank (:mod:`models.train.feeds`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from models.train.bank_fill import start_filling
from models.train.captions import learn_tokenizer
from models.train.loop import train
from models.train.planned import Plan, sitting_of
from models.train.recipe import SIZES, STAGES, WEIGHTS

FILES = 2000
"""Files of a hundred scenes that are painted at most while a training runs."""


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description="Train the transformer.")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--size", default="nano", choices=SIZES)
    parser.add_argument("--codec", default="layers", choices=("layers", "grid"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=("cpu", "cuda"))
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--adamw", action="store_true", help="without Muon, for the comparison")
    parser.add_argument("--land", action="store_true")
    parser.add_argument("--start", type=Path, help="card of weights to begin with")
    parser.add_argument("--anneal", type=float, default=0.0)
    parser.add_argument(
        "--shortcut", type=int, default=0, help="every so many steps learn long ones (half of the time)"
    )
    parser.add_argument("--bank", action="store_true", help="draw examples from the bank; always so on a GPU")
    parser.add_argument("--painters", type=int, default=0, help="processes that fill the bank meanwhile")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--eager", action="store_true", help="do not compile")
    parser.add_argument("--state", type=Path, default=Path(".state"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    a = parser.parse_args()
    bank = a.codec == "layers" and (a.bank or a.device == "cuda")
    plan = Plan(
        a.stage, a.size, a.codec, a.device, a.minutes, a.fresh, not a.adamw, a.land, a.start, a.anneal, False, bank,
        not a.eager, a.state, a.weights, a.shortcut,
    )  # fmt: skip
    if bank and a.painters:
        learn_tokenizer(a.state / "words.json")
        start_filling(a.state, a.weights, "train", FILES, a.painters)
    train(sitting_of(plan), a.processes, a.device)


if __name__ == "__main__":
    main()
