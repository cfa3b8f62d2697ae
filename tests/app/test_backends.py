"""Choosing who films, and giving pictures on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.bootstrap import BACKENDS, SIZED, artist_of, build_director, choose_backend
from app.briefs import read_pictures
from app.cli import app
from app.settings import read_settings
from storyboards.errors import BadInput, UnknownName
from tests.fakes import PaintedBackend
from tools.backends.reel import ReelBackend


def test_every_backend_that_is_named_can_be_chosen() -> None:
    assert [choose_backend(name).name for name in BACKENDS] == list(BACKENDS)
    assert [choose_backend(name).name for name in SIZED] == list(SIZED)
    with pytest.raises(UnknownName, match="animatic, reel"):
        choose_backend("kodak")


def test_who_films_by_default_is_a_setting(tmp_path: Path) -> None:
    assert build_director(read_settings({}, tmp_path)).crew.backend.name == "reel"
    chosen = read_settings({"STORYREEL_BACKEND": "animatic"}, tmp_path)
    assert build_director(chosen).crew.backend.name == "animatic"
    assert build_director(chosen, "reel").crew.backend.name == "reel", "who is named films"
    with pytest.raises(UnknownName, match="no backend 'kodak'"):
        build_director(read_settings({"STORYREEL_BACKEND": "kodak"}, tmp_path))


def test_the_size_of_the_reel_is_a_setting(tmp_path: Path) -> None:
    settings = read_settings({"STORYREEL_REEL_SIZE": "nano"}, tmp_path)
    sized, named = choose_backend("reel", settings), choose_backend("reel-small", settings)
    assert isinstance(sized, ReelBackend)
    assert isinstance(named, ReelBackend)
    assert (sized.name, sized.size) == ("reel", "nano")
    assert (named.name, named.size) == ("reel-small", "small"), "who names a size has it"
    with pytest.raises(BadInput, match="STORYREEL_REEL_SIZE"):
        read_settings({"STORYREEL_REEL_SIZE": "huge"}, tmp_path)


def test_who_films_draws_the_cast_if_it_can() -> None:
    for name in BACKENDS:
        artist = artist_of(choose_backend(name))
        assert artist is not None
        assert artist.name == name
    assert artist_of(PaintedBackend()) is None


def test_pictures_are_named() -> None:
    assert read_pictures(["fox=a.png", " The Owl =b=c.png"]) == {"fox": Path("a.png"), "The Owl": Path("b=c.png")}
    for row in ("fox.png", "=fox.png", "fox="):
        with pytest.raises(BadInput, match="NAME=FILE"):
            read_pictures([row])
    with pytest.raises(BadInput, match="two references are given for 'fox'"):
        read_pictures(["fox=a.png", "fox=b.png"])


@pytest.mark.parametrize("row", ["fox", "fox=nowhere.png"])
def test_a_picture_that_cannot_be_read_is_bad_input(row: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["make", "A fox.", "--home", str(tmp_path), "--reference", row, "--json"])
    assert done.exit_code == 2
    assert "error" in done.stdout
