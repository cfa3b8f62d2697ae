"""Training a toy: it learns, goes on exactly where it was, and begins with what has landed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models import checkpoint
from models.train import loop, state
from models.train.loop import Sitting, rate_scale
from models.train.progress import read_log
from models.train.recipe import Batching, Checking, landed
from tests.models import toy

ROOT = Path(__file__).parents[2]


def silence(text: str) -> None:
    pass


def sitting(folder: Path, steps: int | None, **changes: object) -> Sitting:
    own = Sitting(toy.build, toy.recipe(), folder, steps=steps, say=silence)
    return replace(own, **changes)  # type: ignore[arg-type]


def kept(folder: Path) -> dict[str, torch.Tensor]:
    return checkpoint.load(state.card_of(folder))[0]


def same(one: Path, other: Path) -> bool:
    left, right = kept(one), kept(other)
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def gaussian_bound(times: tuple[float, ...]) -> float:
    """Least loss of whoever knows mean and variance of every cell and nothing else: σ²/((1 − t)²σ² + t²)."""
    clips = [toy.clip_of(c, p)[1].clean_LC for c in toy.COLOURS for p in toy.CORNERS if not toy.held_out(c, p)]
    variance = torch.stack(clips).var(0, unbiased=False)
    return float(torch.stack([variance / ((1 - t) ** 2 * variance + t**2) for t in times]).mean())


def test_a_toy_is_learned_better_than_by_its_variances(tmp_path: Path) -> None:
    recipe = toy.recipe(checking=Checking(12, (0.3, 0.7)), batching=Batching(16, 800))
    loop.train(sitting(tmp_path, 120, recipe=recipe))
    checks = [row for row in read_log(tmp_path / "log.jsonl") if row["kind"] == "check"]
    assert checks[-1]["loss"]["val"]["text_to_video/cell"] < 0.5 * gaussian_bound((0.3, 0.7))
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_long_steps_are_learned_from_the_share_of_the_sitting_on_that_the_recipe_says(tmp_path: Path) -> None:
    for name, recipe in (
        ("never", toy.recipe()),
        ("late", toy.recipe(shortcut=2, shortcut_from=0.9)),
        ("always", toy.recipe(shortcut=2, shortcut_from=0.0)),
    ):
        loop.train(sitting(tmp_path / name, 6, recipe=recipe))
    assert same(tmp_path / "never", tmp_path / "late")
    assert not same(tmp_path / "never", tmp_path / "always")


def test_two_sittings_are_one(tmp_path: Path) -> None:
    loop.train(sitting(tmp_path / "whole", 8))
    loop.train(sitting(tmp_path / "parts", 5))
    loop.train(sitting(tmp_path / "parts", 3))
    assert same(tmp_path / "whole", tmp_path / "parts")
    loop.train(sitting(tmp_path / "parts", 1))
    assert not same(tmp_path / "whole", tmp_path / "parts")


def test_samples_and_looks_do_not_change_the_training(tmp_path: Path) -> None:
    loop.train(sitting(tmp_path / "quiet", 4))
    eager = toy.recipe(checking=Checking(6, (0.5,), every_min=0.0, samples_every_min=0.0))
    from functools import partial

    loop.train(sitting(tmp_path / "busy", 4, recipe=eager, build=partial(toy.build, True), save_every_s=0.0))
    assert same(tmp_path / "quiet", tmp_path / "busy")
    assert (tmp_path / "busy" / "samples" / "3.txt").read_text() == f"{len(toy.TOKENIZER.words)} False"


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.models import toy
from models.train import loop
one = loop.Sitting(toy.build, toy.recipe(), Path(sys.argv[1]), steps=int(sys.argv[3]), save_every_s=0.0)
loop.train(one, processes=int(sys.argv[2]))
"""


def child(folder: Path, steps: int, processes: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(processes), str(steps)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip


def wait_for(done: Path, running: subprocess.Popen[str]) -> None:
    while not done.exists():
        assert running.poll() is None, running.communicate()[0]
        time.sleep(0.02)


def test_a_killed_run_goes_on_where_its_last_state_was(tmp_path: Path) -> None:
    running = child(tmp_path / "killed", 100_000)
    wait_for(state.card_of(tmp_path / "killed"), running)
    running.kill()
    running.wait()
    steps = checkpoint.load(state.card_of(tmp_path / "killed"))[1].metrics["progress"]["steps"]
    loop.train(sitting(tmp_path / "killed", 2))
    loop.train(sitting(tmp_path / "whole", steps + 2))
    assert same(tmp_path / "whole", tmp_path / "killed")


def test_a_signal_saves_and_ends(tmp_path: Path) -> None:
    running = child(tmp_path, 100_000, processes=2)
    wait_for(state.card_of(tmp_path), running)
    running.send_signal(signal.SIGTERM)
    said = running.communicate()[0]
    assert running.returncode == 0, said
    assert (tmp_path / "average.json").exists()


def test_a_file_called_stop_ends_it(tmp_path: Path) -> None:
    running = child(tmp_path, 100_000)
    wait_for(state.card_of(tmp_path), running)
    (tmp_path / state.STOP).touch()
    assert running.wait() == 0
    assert not (tmp_path / state.STOP).exists()


def test_only_one_trains_in_a_folder(tmp_path: Path) -> None:
    with state.only_one(tmp_path), pytest.raises(state.Busy, match=str(os.getpid())), state.only_one(tmp_path):
        pass
    loop.train(sitting(tmp_path, 1))


def test_two_processes_agree_and_resume(tmp_path: Path) -> None:
    for folder, parts in ((tmp_path / "whole", (4,)), (tmp_path / "parts", (2, 2))):
        for steps in parts:
            running = child(folder, steps, processes=2)
            said = running.communicate()[0]
            assert running.returncode == 0, said
    assert same(tmp_path / "whole", tmp_path / "parts")
    card = json.loads(state.card_of(tmp_path / "whole").read_text())
    assert card["metrics"]["progress"]["examples"] == 4 * 16
    assert card["metrics"]["positions"] == [[64, 0], [65, 0]]


def test_what_has_landed_is_where_the_next_training_begins(tmp_path: Path) -> None:
    card = tmp_path / "weights" / "tiny.json"
    loop.train(sitting(tmp_path / "first", 6, landing=card))
    network, tokenizer, said = landed(card, toy.ToyCodec())
    assert tokenizer == toy.TOKENIZER
    assert said.recipe["steps"] == 6
    assert said.recipe["examples"] == 96
    average = {name: value for name, value in kept(tmp_path / "first").items() if name.startswith("ema/")}
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, average[f"ema/{name}"], atol=2e-3, rtol=2e-3)
    learner = state.begin(
        tmp_path / "new", toy.ToyCodec(), toy.recipe("image"), tokenizer, torch.device("cpu"), card, False
    )
    for name, value in learner.network.state_dict().items():
        assert torch.equal(value, network.state_dict()[name])
        assert torch.equal(learner.ema.shadow[name], value)
    assert learner.progress.steps == learner.progress.born == 6


def test_weights_of_another_codec_or_size_are_refused(tmp_path: Path) -> None:
    card = tmp_path / "tiny.json"
    loop.train(sitting(tmp_path / "first", 1, landing=card))
    with pytest.raises(checkpoint.CheckpointRefused, match="toy 2"):
        landed(card, toy.ToyCodec("2"))
    with pytest.raises(checkpoint.CheckpointRefused, match="not the nano one"):
        state.warm_start(card, toy.ToyCodec(), toy.recipe(size="nano"), torch.device("cpu"))
    with pytest.raises(checkpoint.CheckpointRefused, match="toy 2"):
        state.resume(tmp_path / "first", toy.ToyCodec("2"), toy.recipe(), torch.device("cpu"))
    with pytest.raises(ValueError, match="began with muon"):
        state.resume(tmp_path / "first", toy.ToyCodec(), toy.recipe(muon=False), torch.device("cpu"))


def test_adamw_alone_trains_too(tmp_path: Path) -> None:
    loop.train(sitting(tmp_path, 3, recipe=toy.recipe(muon=False)))
    assert not any(name.endswith("//momentum") for name in kept(tmp_path))


def test_the_rate_rises_then_stays_and_falls_only_if_asked() -> None:
    recipe = toy.recipe(warm_up=10, floor=0.1)
    assert rate_scale(recipe, 0, 0.0) == pytest.approx(0.1)
    assert rate_scale(recipe, 10, 0.5) == rate_scale(recipe, 99, 1.0) == 1.0
    falling = replace(recipe, anneal=0.2)
    assert rate_scale(falling, 99, 0.7) == 1.0
    assert rate_scale(falling, 99, 0.9) == pytest.approx(0.5)
    assert rate_scale(falling, 99, 1.0) == pytest.approx(0.1)
