"""Ours and LTX's transformer, taught the same for the same time: ``python -m evals.peer_training`` (extra ``[peers]``).

Both are of nano's width and depth, begin from nothing, and take the steps of our own training on the same examples in
one order (``models.train``), for equal CPU minutes of one thread. Then both are looked at alike: the loss on fixed
noise and times, and how well pictures of held-out captions keep them, read by the reader, in as many Euler steps.
``--who ours --size tiny`` (or ``small``) teaches another size alike, for the loss against compute; it needs no extra.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from models.train.loop import Studio, rate_scale
from models.train.recipe import SIZES, Recipe
from models.transformer import Transformer

WHO = ("ours", "ours-adamw", "ltx", "ltx-adamw")
TELL_EVERY = 50


def learned(
    who: str, studio: Studio, recipe: Recipe, minutes: float, steps: int | None = None
) -> tuple[Any, dict[str, Any]]:  # fmt: skip
    """Teach one of ``WHO`` for so many CPU minutes, or ``steps``; its average, and what there is to say of it."""
    from models.train import state
    from models.train.batches import Position, Stream
    from models.train.feeds import StreamFeed
    from models.train.parallel import Group
    from models.train.stepping import Trainer

    recipe = replace(recipe, optimiser=replace(recipe.optimiser, muon=not who.endswith("adamw")))
    if who.endswith("adamw"):
        recipe = replace(recipe, optimiser=replace(recipe.optimiser, rate=0.5 * recipe.optimiser.rate))
    torch.manual_seed(recipe.seed)
    network = _new(who, studio, recipe)
    learner = state.Learner.new(network, studio.tokenizer, recipe)
    feed = StreamFeed(Stream(studio.source, 0, 1, Position(0)), studio.tokenizer, studio.codec.specs, recipe)
    trainer = Trainer(learner, feed, studio.codec, recipe, Group())
    began_s, spent = time.process_time(), 0.0
    while spent < 1.0 and (steps is None or learner.progress.steps < steps):
        done = learner.progress.steps
        stepped = trainer.step(rate_scale(recipe, done, spent), torch.zeros(0), spent)
        spent = (time.process_time() - began_s) / (60 * minutes)
        if (done + 1) % TELL_EVERY == 0:
            print(who, done + 1, {name: round(loss, 3) for name, loss in stepped.losses.items()}, flush=True)
    mean = _new(who, studio, recipe)
    learner.ema.copy_to(mean)
    told = {
        "parameters": sum(each.numel() for each in network.parameters()), "steps": learner.progress.steps,
        "examples": learner.progress.examples, "cpu minutes": round((time.process_time() - began_s) / 60, 1),
    }  # fmt: skip
    return mean.eval().requires_grad_(False), told


def _new(who: str, studio: Studio, recipe: Recipe) -> Any:
    params = recipe.params(tuple(studio.codec.specs), studio.tokenizer.size)
    if who.startswith("ours"):
        return Transformer(params)
    from evals.peer_network import LtxNetwork

    return LtxNetwork(params)


def looked_at(network: Any, studio: Studio, recipe: Recipe) -> dict[str, float]:
    """Losses on fixed examples, times and noise: mean of ``val``, and of combinations that are never trained."""
    from models.train.validate import SPLITS, Validation

    told = {}
    for split, name in SPLITS.items():
        check = Validation(
            studio.source, split, studio.tokenizer, studio.codec.specs, recipe.stage, recipe.checking, recipe.batching
        )
        told[name] = check.losses(network)["mean"]
    return told


def kept(who: str, network: Any, studio: Studio, captions: int, state: Path) -> dict[str, Any]:
    """Share of right answers of the reader about pictures of held-out captions, by question, with 95 % intervals."""
    from evals.adherence import digest, report_of, run
    from evals.adherence_reel import ReelMaker
    from evals.adherence_scenes import FIRST_SEED
    from models.reader import WEIGHTS, load_reader
    from models.reel import Making, Reel

    reel = Reel(network, studio.tokenizer, studio.codec)
    maker = ReelMaker(reel, making=Making(12, 12, text=2.5))
    seeds: Sequence[int] = range(FIRST_SEED, FIRST_SEED + captions)
    found = run(
        maker,
        seeds,
        "pictures",
        load_reader(),
        digest(WEIGHTS.read_text(encoding="utf-8")),
        strangers=False,
        state=state / who,
    )
    return dict(report_of(found)["questions"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--who", default="ours,ltx", help=f"of {', '.join(WHO)}")
    parser.add_argument("--size", default="nano", choices=SIZES, help="of all of them")
    parser.add_argument("--minutes", type=float, default=15.0, help="of one processor, for each")
    parser.add_argument("--captions", type=int, default=60)
    parser.add_argument("--state", type=Path, default=Path(".state"))
    parser.add_argument("--out", type=Path, default=Path(".state/peer_training"))
    chosen = parser.parse_args()
    unknown = set(chosen.who.split(",")) - set(WHO)
    if unknown:
        parser.error(f"nobody is called {sorted(unknown)[0]}; there are {', '.join(WHO)}")
    torch.set_num_threads(1)
    from models.train.studios import open_studio

    studio = open_studio("layers", chosen.state, cached=False)
    recipe = replace(Recipe.of(chosen.size, "video"), anneal=0.4, ema=0.99)
    teach = partial(learned, studio=studio, recipe=recipe, minutes=chosen.minutes)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for who in chosen.who.split(","):
        network, told = teach(who)
        told |= {"loss": looked_at(network, studio, recipe)}
        told |= {"kept": kept(who, network, studio, chosen.captions, chosen.out)}
        name = who if chosen.size == "nano" else f"{who}-{chosen.size}"
        (chosen.out / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        print(who, json.dumps(told, indent=1), flush=True)


if __name__ == "__main__":
    main()
