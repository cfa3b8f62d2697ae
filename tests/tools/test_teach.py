"""Teaching from files: the move of a camera as it was made, and what is refused; a shot filmed with what was taught."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.concepts import PATH, Concept, base_of
from models.grade import learn_grade
from storyboards.clock import FrameRate
from storyboards.errors import BadInput, BadMedia
from storyboards.shot import CameraWork, Element, Part, Shot, Taught
from tests.models.tiny_reel import QUICK, write_tiny
from tools.backends.reel import ReelBackend
from tools.backends.reel_taught import FIGURE_GUIDANCE
from tools.backends.reel_words import spoken
from tools.contract import ConceptFile, Reference, ShotRequest, quiet, take_key
from tools.measure.motion import measure_flow
from tools.media import FrameWriter, png_bytes, read_frames
from tools.teach import Lesson, teach
from tools.teach_camera import measure_move, travelled

FOX = Element(id="fox", subject="fox", colour="red", identity=7)
SHOT = Shot(id="s1", frames=12, setting="meadow", camera=CameraWork(move="pan left"), parts=(Part(element="fox"),))
REQUEST = ShotRequest(
    shot=SHOT, elements=(FOX,), style="storybook", width=128, height=72, rate=FrameRate(numerator=12), place_seed=5
)  # fmt: skip


def _ground(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    made = sum(
        torch.nn.functional.interpolate(torch.rand(1, 3, h, 2 * h, generator=generator), (240, 480), mode="bicubic")
        for h in (6, 15, 40)
    )
    return ((made - made.min()) / (made.max() - made.min()))[0]  # type: ignore[union-attr]


def _clip(path: Path, seed: int, moves: bool = True, frames: int = 25) -> Path:
    """A window that goes right by a third of its height and back to the middle, over a still ground."""
    ground = _ground(seed)
    with FrameWriter(path, 160, 90, FrameRate(numerator=12)) as writer:
        for f in range(frames):
            x = round(120 + (30 * np.sin(np.pi * f / (frames - 1)) if moves else 0))
            writer.write((ground[:, 60:150, x : x + 160] * 255).byte().permute(1, 2, 0).contiguous())
    return path


def _never() -> object:
    raise AssertionError("a move of the camera is taught without a generator")


def test_a_move_is_taught_as_it_was_made_and_told_from_the_files_alone(tmp_path: Path) -> None:
    files = tuple(_clip(tmp_path / f"{n}.mp4", n) for n in range(3))
    learned = teach(Lesson("bow", files), load=_never)  # type: ignore[arg-type]
    concept = Concept.from_bytes(learned.content)
    assert learned.card == concept.card
    assert concept.kind == "camera"
    path = concept.tensors[PATH]
    wanted = torch.sin(torch.pi * torch.linspace(0, 1, 49)) * 30 / 90
    assert float((path[:, 0] - wanted).abs().max()) < 0.04
    assert float(path[:, (1, 2, 6)].abs().max()) < 0.03
    assert concept.card["metrics"]["agreement"] > 0.95
    assert [row["sha256"] for row in concept.card["files"]] == [
        hashlib.sha256(f.read_bytes()).hexdigest() for f in files
    ]


def test_what_cannot_be_taught_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    still.write_bytes(png_bytes((_ground(1)[:, :90, :160] * 255).byte().permute(1, 2, 0).numpy()))
    standing = tuple(_clip(tmp_path / f"s{n}.mp4", n, moves=False, frames=9) for n in range(3))
    with pytest.raises(BadInput, match="from 3 to 10"):
        teach(Lesson("bow", standing[:2]), load=_never)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="has to be said"):
        teach(Lesson("bow", (still, still, still)), load=_never)  # type: ignore[arg-type]
    with pytest.raises(BadMedia, match="stands still"):
        teach(Lesson("bow", standing, "camera"), load=_never)  # type: ignore[arg-type]
    with pytest.raises(BadMedia, match="is a picture"):
        teach(Lesson("bow", (*standing[:2], still), "camera"), load=_never)  # type: ignore[arg-type]
    blank = tmp_path / "blank.mp4"
    with FrameWriter(blank, 160, 90, FrameRate(numerator=12)) as writer:
        writer.write(np.full((9, 90, 160, 3), 128, np.uint8))
    with pytest.raises(BadMedia, match="too little to follow"):
        measure_move([blank, blank, blank])


@pytest.mark.parametrize("near", [1.0, 2.0])
def test_a_camera_that_travels_is_told_from_one_that_turns(near: float) -> None:
    """Below the middle the ground moves ``near`` times as fast as above."""
    far_ground, near_ground = _ground(1), _ground(2)
    frames = []
    for f in range(13):
        frame = far_ground[:, :120, 100 + 2 * f : 260 + 2 * f].clone()
        at = 100 + round(2 * near * f)
        frame[:, 60:] = near_ground[:, 60:120, at : at + 160]
        frames.append((frame * 255).byte().permute(1, 2, 0).numpy())
    flow = measure_flow(np.stack(frames))
    sideways, _ = travelled(flow, np.ones_like(flow.trust_PRC))
    assert sideways > 0.8 if near > 1 else sideways < 0.2


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> ReelBackend:
    folder = tmp_path_factory.mktemp("weights")
    write_tiny(folder)
    return ReelBackend(folder=folder, making=QUICK)


def _kept(concept: Concept, folder: Path) -> tuple[Taught, ConceptFile]:
    content = concept.to_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256}.concept"
    path.write_bytes(content)
    assert concept.kind != "character"
    return Taught(name=concept.name, kind=concept.kind, sha256=sha256), ConceptFile(
        concept.name, concept.kind, sha256, path
    )


def _with(request: ShotRequest, *kept: tuple[Taught, ConceptFile]) -> ShotRequest:
    taught, files = zip(*kept, strict=True)
    return replace(request, shot=request.shot.model_copy(update={"taught": taught}), concepts=files)


def _style() -> Concept:
    pictures = [_ground(n) for n in range(3)]
    warm = torch.tensor([0.55, 0.3, 0.05])[:, None, None]
    grade = learn_grade([0.4 * p.mean(0, keepdim=True) + warm for p in pictures], pictures)
    return Concept("warm", "style", base_of("style"), grade.tensors())


def _move() -> Concept:
    path = torch.zeros(49, 9)
    path[:, 0] = path[:, 3] = torch.linspace(0, 0.4, 49)
    return Concept("slide", "camera", base_of("camera"), {PATH: path})


def test_a_taught_move_is_the_path_and_the_caption_says_nothing_of_the_camera(tmp_path: Path) -> None:
    plain, moved = spoken(REQUEST), spoken(_with(REQUEST, _kept(_move(), tmp_path)))
    assert "pans left" in plain.caption
    assert "camera" not in moved.caption.lower()
    assert torch.allclose(moved.path[-1, :2], torch.tensor([0.4, 0.0]))


def test_a_style_is_laid_over_what_is_filmed_and_the_base_stays_bit_equal(reel: ReelBackend, tmp_path: Path) -> None:
    def film(name: str, request: ShotRequest) -> tuple[bytes, bytes, np.ndarray]:
        out = tmp_path / f"{name}.mp4"
        filming = reel.film(request, out, "", quiet)
        return out.read_bytes(), filming.latents[-2000:], np.stack(list(read_frames(out)))

    before = film("before", REQUEST)
    styled_request = _with(REQUEST, _kept(_style(), tmp_path))
    styled = film("styled", styled_request)
    both = film("both", _with(REQUEST, _kept(_style(), tmp_path), _kept(_move(), tmp_path)))
    after = film("after", REQUEST)
    assert after[0] == before[0]
    assert styled[1] == before[1], "a style changes no latents"
    assert both[1] != before[1]
    wanted = _style().grade().applied(torch.from_numpy(before[2]).permute(0, 3, 1, 2).float() / 255).permute(0, 2, 3, 1)
    shown, expected, unstyled = (
        np.asarray(each, float).reshape(-1, 9, 8, 16, 8, 3).mean((2, 4)).ravel()
        for each in (styled[2], wanted * 255, before[2])
    )
    assert np.abs(shown - expected).mean() < 0.2 * np.abs(shown - unstyled).mean()
    assert styled[0] != before[0]


def test_the_key_of_a_take_follows_what_it_is_filmed_with(tmp_path: Path) -> None:
    keys = {
        take_key(request, "reel", "1")
        for request in (REQUEST, _with(REQUEST, _kept(_style(), tmp_path)), _with(REQUEST, _kept(_move(), tmp_path)))
    }
    assert len(keys) == 3
    assert "taught" not in REQUEST.picture_recipe()["shot"]  # type: ignore[operator]


def test_a_taught_figure_is_kept_to_more_closely_and_that_is_another_take(reel: ReelBackend, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (40, 30, 4), np.uint8)
    content = png_bytes(pixels)
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(content)
    given = Reference("fox", hashlib.sha256(content).hexdigest(), sheet, given=True)
    recipes, keys = [], set()
    for reference in (given, replace(given, taught=True), given):
        request = replace(REQUEST, references=(reference,))
        recipes.append(reel.film(request, tmp_path / "f.mp4", "", quiet).recipe["making"]["reference"])  # type: ignore[index]
        keys.add(take_key(request, "reel", "1"))
    shown = [
        tuple(reel._shown(replace(REQUEST, references=(each,)), reel._loaded())[0][0][1].shape)
        for each in (given, replace(given, taught=True))
    ]
    assert shown[0][1] == shown[0][2], "a given figure is put into the square in which drawn ones stand"
    assert shown[1] == (4, 40, 30), "a taught one stands in its own sheet already"
    assert recipes == [QUICK.reference, FIGURE_GUIDANCE, QUICK.reference]
    assert len(keys) == 2


def test_a_concept_that_is_gone_or_stale_is_an_error_that_says_what_to_do(reel: ReelBackend, tmp_path: Path) -> None:
    taught, file = _kept(_move(), tmp_path)
    gone = replace(_with(REQUEST, (taught, file)), concepts=())
    with pytest.raises(BadInput, match=r"'slide' cannot be used.*gone.*storyreel teach"):
        spoken(gone)
    stale = _kept(replace(_move(), base="0" * 16), tmp_path)
    with pytest.raises(BadInput, match=r"another generator.*forget 'slide'.*teach it again"):
        spoken(_with(REQUEST, stale))
