"""`storyreel train` refuses what it cannot do before anything is spent, and hands on what it can."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.train import Asked, TrainingFailed, sitting_of, train
from models.train import loop, state
from storyboards.errors import BadInput, UnknownName
from tests.models import toy

runner = CliRunner()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["nothing"], "no subject 'nothing'"),
        (["image", "--size", "huge"], "no size 'huge'"),
        (["image", "--codec", "jpeg"], "no codec 'jpeg'"),
        (["image", "--device", "tpu"], "no device 'tpu'"),
        (["image", "--optimiser", "sgd"], "no optimiser 'sgd'"),
        (["image", "--minutes", "0"], "more than 0 minutes"),
        (["image", "--processes", "-1"], "--processes is 0 or more"),
        (["image", "--anneal", "2"], "--anneal 0 to 1"),
        (["video", "--shortcut", "-1"], "--shortcut is 0 or more"),
        (["codec", "--shortcut", "4"], "only the network on pictures or clips"),
        (["image", "--from", "/no/such/card.json"], "no card"),
        (["codec", "--size", "small"], "sizes tiny and nano"),
    ],
)
def test_it_refuses(tmp_path: Path, options: list[str], complaint: str) -> None:
    result = runner.invoke(app, ["train", *options, "--state", str(tmp_path / "state")])
    assert result.exit_code == 2, result.output
    assert complaint in " ".join(result.stderr.split())
    assert not (tmp_path / "state").exists()


def test_a_gpu_that_is_not_there_is_refused() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(BadInput, match="no GPU"):
        train(Asked("image", device="cuda"))


def test_what_is_asked_reaches_the_loop(tmp_path: Path) -> None:
    asked = Asked("video", "tiny", "grid", minutes=7, optimiser="adamw", anneal=0.3, land=True, state=tmp_path)
    sitting = sitting_of(asked, "cpu")
    assert sitting.folder == tmp_path / "train" / "grid-tiny-video"
    assert (sitting.recipe.size, sitting.recipe.stage, sitting.recipe.anneal) == ("tiny", "video", 0.3)
    assert not sitting.recipe.optimiser.muon
    assert sitting.recipe.shortcut == 0
    assert sitting_of(replace(asked, shortcut=4), "cpu").recipe.shortcut == 4
    assert (sitting.minutes, sitting.fresh, sitting.compiled) == (7, False, False)
    assert sitting.landing == sitting.warm
    assert not sitting_of(replace(asked, land=False), "cpu").landing


def test_clips_begin_with_what_pictures_have_taught(tmp_path: Path) -> None:
    before = tmp_path / "train" / "layers-tiny-image" / "average.json"
    before.parent.mkdir(parents=True)
    before.touch()
    assert sitting_of(Asked("video", "tiny", state=tmp_path), "cpu").warm == before
    assert sitting_of(Asked("image", "tiny", state=tmp_path), "cpu").warm != before


def test_a_busy_folder_is_an_error_in_words(tmp_path: Path) -> None:
    asked = Asked("image", "tiny", "grid", "cpu", processes=1, state=tmp_path)
    with (
        state.only_one(asked.folder),
        pytest.raises(TrainingFailed, match=f"process {os.getpid()} already trains"),
    ):
        train(asked)


def test_an_unknown_word_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="layers, grid"):
        Asked("image", codec="wavelet")


def test_a_trained_toy_has_what_a_stage_begins_with(tmp_path: Path) -> None:
    """The loop's own folder layout is what the command looks for."""
    asked = Asked("image", "tiny", state=tmp_path)
    loop.train(loop.Sitting(toy.build, toy.recipe("image"), asked.folder, steps=1, say=lambda text: None))
    assert sitting_of(replace(asked, subject="video"), "cpu").warm == asked.folder / "average.json"
