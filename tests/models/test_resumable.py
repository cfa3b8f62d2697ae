"""A small training that is stopped goes on as if it had not been."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from models.checkpoint import CheckpointRefused
from models.train.resumable import Run, log


@dataclass(frozen=True)
class Width:
    width: int = 3


def begun(width: int = 3, kind: str = "line-run") -> Run[nn.Linear]:
    return Run(lambda: nn.Linear(width, 1), Width(width), kind, rate=1e-2)


def learn(run: Run[nn.Linear], steps: int) -> None:
    """Steps towards the sum of the inputs, each drawn by its number."""
    for _ in range(steps):
        x = torch.randn(8, run.net.in_features, generator=torch.Generator().manual_seed(run.step))
        (run.net(x) - x.sum(1, keepdim=True)).square().mean().backward()
        run.optimiser.step(1.0)
        run.average.update(run.net)
        run.step += 1
        run.spent_s += 0.25


def test_a_stopped_one_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole, first, second = begun(), begun(), begun()
    learn(whole, 12)
    learn(first, 5)
    first.save(tmp_path / "run.json")
    second.resume(tmp_path / "run.json")
    assert (second.step, second.spent_s) == (5, 1.25)
    learn(second, 7)
    for mine, theirs in ((second.net, whole.net), (second.averaged(), whole.averaged())):
        torch.testing.assert_close(dict(mine.state_dict()), dict(theirs.state_dict()), rtol=0, atol=0)
    assert not torch.equal(whole.averaged().weight, whole.net.weight), "the average lags behind"


def test_what_is_of_another_training_is_refused(tmp_path: Path) -> None:
    begun().save(tmp_path / "run.json")
    with pytest.raises(CheckpointRefused):
        begun(kind="curve-run").resume(tmp_path / "run.json")
    with pytest.raises(RuntimeError, match="size mismatch"):
        begun(width=4).resume(tmp_path / "run.json")


def test_every_row_of_the_log_is_kept(tmp_path: Path) -> None:
    for step in (1, 2):
        log(tmp_path, {"step": step})
    assert [json.loads(row) for row in (tmp_path / "log.jsonl").read_text().splitlines()] == [{"step": 1}, {"step": 2}]
