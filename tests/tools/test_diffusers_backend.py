"""diffusers as a backend: tiny pipelines with random weights are loaded from disk and film real shots."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap import choose_backend, names_of
from app.settings import read_settings
from storyboards.clock import FrameRate
from storyboards.errors import BackendUnavailable, BadInput, GenerationFailed, UnknownName
from tests.fakes import tiny_board
from tools.contract import Reference, ShotRequest, quiet, request_for
from tools.generate_video import check_picture
from tools.media import png_bytes, read_frames

WORDS = {"STORYREEL_DIFFUSERS_MODEL": "somewhere", "STORYREEL_DIFFUSERS_STEPS": "2"}


def request(frames: int = 8, **changes: object) -> ShotRequest:
    board = tiny_board(1, frames)
    return replace(request_for(board, board.shots[0]), **changes)  # type: ignore[arg-type]


def is_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("diffusers", "transformers"))


def needs_diffusers() -> None:
    if not is_installed():
        pytest.skip("the extra [diffusers] is not installed")


def test_the_settings_name_the_pipeline(tmp_path: Path) -> None:
    settings = read_settings(WORDS | {"STORYREEL_DIFFUSERS_SIZE": "832x480"}, tmp_path)
    assert settings.diffusers is not None
    assert (settings.diffusers.steps, settings.diffusers.size) == (2, (832, 480))
    assert "diffusers" in names_of(settings)
    nothing = read_settings({}, tmp_path)
    assert "diffusers" not in names_of(nothing)
    with pytest.raises(UnknownName, match="STORYREEL_DIFFUSERS_MODEL"):
        choose_backend("diffusers", nothing)
    with pytest.raises(BadInput, match="DIFFUSERS_DTYPE"):
        read_settings(WORDS | {"STORYREEL_DIFFUSERS_DTYPE": "int4"}, tmp_path)


@pytest.mark.skipif(is_installed(), reason="diffusers is installed")
def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        choose_backend("diffusers", read_settings(WORDS, tmp_path))
    assert "storyreel[diffusers]" in caught.value.next_step


@pytest.fixture(scope="module")
def wan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_diffusers()
    from tests.tools.tiny_pipelines import save_wan

    return save_wan(tmp_path_factory.mktemp("wan") / "model")


@pytest.fixture(scope="module")
def ltx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_diffusers()
    from tests.tools.tiny_pipelines import save_ltx

    return save_ltx(tmp_path_factory.mktemp("ltx") / "model")


def filmed(folder: Path, out: Path, asked: ShotRequest, **how: object) -> tuple[np.ndarray, object]:
    from tools.backends.diffusers import DiffusersBackend
    from tools.backends.pipeline_plan import Filmer

    backend = DiffusersBackend(str(folder), Filmer(steps=2, device="cpu", **how))  # type: ignore[arg-type]
    made = backend.film(asked, out, "key", quiet)
    check_picture(out, asked, "diffusers")
    return np.stack(list(read_frames(out))), made


def test_wan_films_a_shot_in_its_own_steps_and_the_shots_form(wan: Path, tmp_path: Path) -> None:
    asked = request(20, width=64, height=48, rate=FrameRate(numerator=24))
    first, made = filmed(wan, tmp_path / "a.mp4", asked)
    again, _ = filmed(wan, tmp_path / "b.mp4", asked)
    other, _ = filmed(wan, tmp_path / "c.mp4", replace(asked, shot=asked.shot.model_copy(update={"seed": 5})))
    assert first.shape == (20, 48, 64, 3)
    assert (first == again).all()
    assert (first != other).any(), "another seed is another film"
    recipe = made.recipe  # type: ignore[attr-defined]
    assert (recipe["pipeline"], recipe["frames"], recipe["fps"], recipe["size"]) == ("WanPipeline", 17, 16.0, [64, 48])
    assert "orange fox" in recipe["caption"]


def test_what_it_cannot_make_is_fitted_and_said(wan: Path, tmp_path: Path) -> None:
    _, made = filmed(wan, tmp_path / "a.mp4", request(24, width=64, height=40), most_frames=12, size=(48, 48))
    slower, cropped = made.notes  # type: ignore[attr-defined]
    assert "3.0 s are filmed as 9 frames" in slower
    assert "3.0 a second instead of 16" in slower
    assert "put on black for 64x40" in cropped


def test_ltx_is_told_the_rate_of_the_shot(ltx: Path, tmp_path: Path) -> None:
    asked = request(10, width=66, height=50, rate=FrameRate(numerator=10))
    frames, made = filmed(ltx, tmp_path / "a.mp4", asked)
    recipe = made.recipe  # type: ignore[attr-defined]
    assert (recipe["frames"], recipe["fps"], recipe["size"]) == (13, 10.0, [96, 64])
    assert frames.shape == (10, 50, 66, 3)


def test_steps_are_told_and_a_cancelled_run_stops_at_one(ltx: Path, tmp_path: Path) -> None:
    from tools.backends.diffusers import DiffusersBackend
    from tools.backends.pipeline_plan import Filmer

    class StoppedError(Exception):
        pass

    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        if share > 0.2:
            raise StoppedError

    backend = DiffusersBackend(str(ltx), Filmer(steps=4, device="cpu"))
    with pytest.raises(StoppedError):
        backend.film(request(), tmp_path / "a.mp4", "key", stop)
    assert told == pytest.approx([0.0, 0.225])
    assert not (tmp_path / "a.mp4").exists()
    backend.film(request(), tmp_path / "a.mp4", "key", told.append)
    assert told[-1] == 1.0, "the pipeline films again after it was stopped"


def test_a_pipeline_that_begins_with_a_picture_is_given_it(tmp_path: Path) -> None:
    needs_diffusers()
    from tests.tools.tiny_pipelines import save_ltx

    folder = save_ltx(tmp_path / "model", from_picture=True)
    with pytest.raises(GenerationFailed, match="begins with a picture"):
        filmed(folder, tmp_path / "a.mp4", request())
    films = []
    for grey in (0, 255):
        look = np.full((64, 64, 4), (grey, grey, grey, 255), np.uint8)
        place = tmp_path / f"{grey}.png"
        place.write_bytes(png_bytes(look))
        shown = request(references=(Reference("fox", "0" * 64, place, given=True),))
        films.append(filmed(folder, tmp_path / f"{grey}.mp4", shown)[0])
    assert (films[0] != films[1]).any()


def test_the_version_is_that_of_the_weights_and_the_way(wan: Path, tmp_path: Path) -> None:
    from tools.backends.diffusers import DiffusersBackend
    from tools.backends.pipeline_plan import Filmer

    def version(folder: Path, **how: object) -> str:
        return DiffusersBackend(str(folder), Filmer(**how)).version  # type: ignore[arg-type]

    copy = tmp_path / "copy"
    shutil.copytree(wan, copy)
    (copy / "README.md").write_text("words")
    assert version(copy) == version(wan)
    assert version(copy) != version(copy, steps=3)
    weights = next((copy / "transformer").glob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    assert version(copy) != version(wan)


def test_a_pipeline_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    needs_diffusers()
    from tools.backends.diffusers import DiffusersBackend

    with pytest.raises(BackendUnavailable, match=r"not in the cache; STORYREEL_DIFFUSERS_DOWNLOADS=1"):
        _ = DiffusersBackend("nobody/nothing-of-this-name").version
    with pytest.raises(BackendUnavailable, match=r"no model_index\.json"):
        _ = DiffusersBackend(str(tmp_path)).uses_references
