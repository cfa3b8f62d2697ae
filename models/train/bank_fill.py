"""Fill the bank of the layers codec: ``python -m models.train.bank_fill --files 400 --workers 14``.

Each process paints scenes, takes them apart and lays the examples of one file of shots flat, one shard after the
other. What is there is not made again, so a stopped filling goes on and trainings may run beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from pathlib import Path

import torch

from models.codec import Codec
from models.train.bank import laid_flat, meaning_of, save_bank
from models.train.captions import learn_tokenizer
from models.train.layers_examples import LayersSource, training_codec
from models.train.quiet import quieten
from models.train.recipe import WEIGHTS
from models.train.tasks import Habits


def bank_folder(state: Path, codec: Codec, split: str = "train") -> Path:
    """Where the shards of a codec are; other tokens have another folder."""
    return state / "bank" / f"{codec.name}-{codec.meaning}" / split


def fill(state: Path, weights: Path, split: str, files: int, worker: int = 0, workers: int = 1) -> int:
    """Make the missing shards of one worker; returns how many.

    Args:
        state: shots are kept in ``shots`` below it.
        weights: folder of the codec's card.
        files: of shots, :data:`models.layers.source.SHARD` seeds each.
    """
    codec, tokenizer = training_codec(weights), learn_tokenizer(state / "words.json")
    source, folder, made = LayersSource(codec, state / "shots"), bank_folder(state, codec, split), 0
    meaning = meaning_of(codec.name, codec.meaning, tokenizer)
    for number in range(worker, files, workers):
        path = folder / f"{number:06d}.safetensors"
        if not path.exists():
            bank = laid_flat(source.of_file(number, split), codec.specs, tokenizer, Habits(), seed=number)
            save_bank(path, bank, meaning)
            made += 1
    return made


def start_filling(
    state: Path, weights: Path, split: str, files: int, workers: int
) -> list[multiprocessing.process.BaseProcess]:  # fmt: skip
    """Fill in processes of the lowest priority, which end with this one."""
    quieten(os.environ)
    context = multiprocessing.get_context("spawn")
    started: list[multiprocessing.process.BaseProcess] = []
    for worker in range(workers):
        process = context.Process(target=_quietly, args=(state, weights, split, files, worker, workers), daemon=True)
        process.start()
        started.append(process)
    return started


def _quietly(state: Path, weights: Path, split: str, files: int, worker: int, workers: int) -> None:
    os.nice(19)
    torch.set_num_threads(1)
    fill(state, weights, split, files, worker, workers)


def main() -> None:
    """Fill from the command line."""
    parser = argparse.ArgumentParser(description="Fill the bank of examples of the layers codec.")
    parser.add_argument("--state", type=Path, default=Path(".state"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of layers.json")
    parser.add_argument("--split", default="train", choices=("train", "val", "test"))
    parser.add_argument("--files", type=int, default=400, help="of a hundred scenes each")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    learn_tokenizer(chosen.state / "words.json")  # Once, before several processes would.
    workers = start_filling(chosen.state, chosen.weights, chosen.split, chosen.files, chosen.workers)
    for each in workers:
        each.join()
    if any(each.exitcode for each in workers):
        raise SystemExit("a process that fills the bank has failed; its error is printed above")


if __name__ == "__main__":
    main()
