"""Everything that can be asked of the generator, with tiny networks."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models import checkpoint
from models.codec import Canvas
from models.conditions import Segment
from models.keyframes import frame_of, held, latent_count
from models.latents import LatentsRefused, from_bytes, to_bytes
from models.layers.moves import path_of
from models.reel import PLACE, Ask, Made, Reel, recalled
from tests.models.tiny_reel import tiny_codec, tiny_reel, write_tiny

SHORT = Canvas(9, 32, 48)
CODECS = ("layers", "grid")


@pytest.fixture(scope="module", params=CODECS)
def reel(request: pytest.FixtureRequest) -> Reel:
    return tiny_reel(request.param)


@pytest.fixture(scope="module")
def layers() -> Reel:
    return tiny_reel("layers")


@pytest.fixture(scope="module")
def grid() -> Reel:
    return tiny_reel("grid")


def ask(caption: str = "A red fox stands in a meadow.", canvas: Canvas = SHORT, **more: object) -> Ask:
    return replace(Ask(caption, canvas, 1), **more)  # type: ignore[arg-type]


def same(one: Made, other: Made, tolerance: float = 0.0) -> bool:
    pairs = zip(one.parts, other.parts, strict=True)
    return all(torch.allclose(a.clean_LC, b.clean_LC, atol=tolerance, rtol=0) for a, b in pairs)


def kept(part: Segment, frames: tuple[int, ...]) -> torch.Tensor:
    return part.clean_LC[torch.isin(part.frame_L, torch.tensor(frames))]


def sheet(seed: int = 0, channels: int = 4) -> torch.Tensor:
    return torch.rand(channels, 40, 30, generator=torch.Generator().manual_seed(seed))


def test_words_become_a_picture_and_a_clip(reel: Reel) -> None:
    picture, clip = reel.picture(ask()), reel.clip(ask())
    assert reel.decode(picture, 32, 48, 12).shape == (1, 32, 48, 3)
    film = reel.decode(clip, 64, 96, 24)
    assert film.shape == (18, 64, 96, 3)
    assert film.dtype == torch.uint8
    assert all(bool(torch.isfinite(part.clean_LC).all()) for part in (*picture.parts, *clip.parts))


def test_what_is_asked_decides_and_nothing_else(reel: Reel) -> None:
    first = reel.clip(ask(), 3)
    assert same(first, reel.clip(ask(), 3))
    assert not same(first, reel.clip(ask(), 4))
    assert not same(first, reel.clip(ask("A blue owl stands in the meadow."), 3))
    assert not same(first, reel.clip(ask(path=path_of("crash zoom", SHORT)), 3))
    shown = reel.clip(ask(references=((0, sheet()),)), 3)
    assert not same(first, shown)
    assert not same(shown, reel.clip(ask(references=((0, sheet(1)),)), 3))
    assert not same(first, reel.clip(ask(), 3, replace(reel.making, text=1.0)))


def test_several_shots_in_one_call_are_those_made_alone(reel: Reel) -> None:
    asks = [ask(), ask("A blue owl."), ask(references=((0, sheet()),))]
    together = reel.clips(asks, [1, 2, 3])
    for each, seed, made in zip(asks, (1, 2, 3), together, strict=True):
        assert same(made, reel.clip(each, seed), 1e-3)
    assert same(reel.pictures(asks[:1], [1])[0], reel.picture(asks[0], 1))


def test_latents_given_as_first_and_last_frame_are_kept_to_the_bit(reel: Reel) -> None:
    one, other = reel.clip(ask(), 1), reel.clip(ask(), 2)
    given = {0: frame_of(one.parts, 0), -1: frame_of(other.parts, -1)}
    made = reel.clip(ask(keyframes=given), 5)
    for part, first, last in zip(made.parts, one.parts, other.parts, strict=True):
        assert torch.equal(kept(part, (0,)), kept(first, (0,)))
        assert torch.equal(kept(part, (2,)), kept(last, (2,)))
        assert torch.equal(kept(part, (-1,)), kept(first, (-1,)))
    assert not same(made, one)


def test_a_keyframe_in_the_middle_is_kept_and_gives_what_is_timeless(reel: Reel) -> None:
    one = reel.clip(ask(), 1)
    made = reel.clip(ask(keyframes={1: frame_of(one.parts, 1)}), 5)
    for part, source in zip(made.parts, one.parts, strict=True):
        assert torch.equal(kept(part, (1, -1)), kept(source, (1, -1)))
        assert not len(kept(part, (0, 2))) or not torch.equal(kept(part, (0, 2)), kept(source, (0, 2)))


def test_a_plain_picture_begins_a_clip(grid: Reel) -> None:
    picture = torch.rand(3, 32, 48, generator=torch.Generator().manual_seed(1))
    made = grid.clip(ask(keyframes={0: picture}), 5)
    (tokens,) = grid.codec.picture(picture, SHORT, 1)
    assert torch.equal(kept(made.parts[0], (0,)), tokens.clean_LC)


def test_a_picture_of_a_part_of_a_wide_plate_gives_that_part(layers: Reel) -> None:
    picture = layers.picture(ask(), 1)
    wide = ask(path=path_of("truck right", SHORT), keyframes={0: picture.parts})
    made = layers.clip(wide, 5)
    plate, small = made.parts[0], picture.parts[0]
    assert len(plate) > len(small)
    known = {tuple(at): row for at, row in zip(small.position_L3.tolist(), small.clean_LC, strict=True)}
    held_rows = [(row, known[tuple(at)]) for at, row in zip(plate.position_L3.tolist(), plate.clean_LC, strict=True)
                 if tuple(at) in known]  # fmt: skip
    assert len(held_rows) == len(small)
    assert all(torch.equal(one, other) for one, other in held_rows)


def test_a_picture_without_a_place_in_the_clip_is_refused(reel: Reel) -> None:
    made = reel.clip(ask(), 1)
    with pytest.raises(ValueError, match="latent frame 3 of a clip of 3"):
        reel.clip(ask(keyframes={3: frame_of(made.parts)}))
    strangers = tuple(replace(part, role="other") for part in made.parts)
    with pytest.raises(ValueError, match="another canvas or codec"):
        held(made.parts, strangers, 0, timeless=True)


def test_inpainting_changes_what_is_masked_and_nothing_else(reel: Reel) -> None:
    made = reel.clip(ask(), 1)
    masks = [torch.zeros(len(part)) for part in made.parts]
    masks[0][::2] = 1.0
    painted = reel.inpaint(made, masks, 9, "A blue owl.")
    assert torch.equal(painted.parts[0].clean_LC[1::2], made.parts[0].clean_LC[1::2])
    assert not torch.equal(painted.parts[0].clean_LC[::2], made.parts[0].clean_LC[::2])
    assert all(torch.equal(a.clean_LC, b.clean_LC) for a, b in zip(painted.parts[1:], made.parts[1:], strict=True))
    assert painted.ask.caption == "A blue owl."
    with pytest.raises(ValueError, match="need a mask each"):
        reel.inpaint(made, masks + masks)


def test_a_retake_changes_its_time_and_nothing_else(reel: Reel) -> None:
    made = reel.clip(ask(references=((0, sheet()),)), 1)
    again = reel.retake(made, 0.4, 10.0, 9)
    for part, source in zip(again.parts, made.parts, strict=True):
        assert torch.equal(kept(part, (0, 1, -1)), kept(source, (0, 1, -1)))
        assert not len(kept(part, (2,))) or not torch.equal(kept(part, (2,)), kept(source, (2,)))
    with pytest.raises(ValueError, match="nothing of the clip"):
        reel.retake(made, 5.0, 6.0)


def test_an_edit_is_the_nearer_to_its_original_the_weaker_it_is(reel: Reel) -> None:
    made = reel.clip(ask(), 1)

    def away(strength: float) -> float:
        done = reel.edit(made, strength, 7, "A blue owl.")
        pairs = zip(done.parts, made.parts, strict=True)
        return sum(float((a.clean_LC - b.clean_LC).square().sum()) for a, b in pairs)

    assert 0 < away(0.1) < away(0.5) < away(1.0)


def test_a_sheet_is_one_subject_with_its_cover(layers: Reel) -> None:
    made = layers.sheet("A red fox.", 1)
    assert made.shape == (4, 64, 64)
    assert 0 <= float(made.min()) <= float(made.max()) <= 1
    assert torch.equal(made, layers.sheet("A red fox.", 1))
    assert not torch.equal(made, layers.sheet("A red fox.", 2))
    assert not torch.equal(made, layers.sheet("A red fox.", 1, reference=sheet()))


def test_a_codec_without_sheets_paints_a_picture(grid: Reel) -> None:
    made = grid.sheet("A red fox.", 1, reference=sheet())
    assert made.shape == (4, 64, 64)
    assert bool((made[3] == 1).all())


def test_a_place_has_nobody_in_it(reel: Reel) -> None:
    meadow = reel.place("A meadow by day.", SHORT, 1)
    assert meadow.shape == (3, 32, 48)
    assert torch.equal(meadow, reel.place("A meadow by day.", SHORT, 1))
    assert not torch.equal(meadow, reel.place("A red meadow.", SHORT, 1))


def test_a_place_as_a_reference(grid: Reel) -> None:
    shown = grid.clip(ask(references=((PLACE, sheet(0, 3)),)), 1)
    assert not same(shown, grid.clip(ask(), 1))


def test_references_are_told_apart_by_whose_they_are(layers: Reel) -> None:
    two = replace(ask("A red fox and a blue owl."), subjects=2)
    one = layers.clip(replace(two, references=((0, sheet()),)), 1)
    other = layers.clip(replace(two, references=((1, sheet()),)), 1)
    assert not same(one, other)


def test_pieces_are_the_whole(reel: Reel, monkeypatch: pytest.MonkeyPatch) -> None:
    import models.layers.views

    monkeypatch.setattr(models.layers.views, "PIECE_PIXELS", 5 * 32 * 48)
    made = reel.clip(ask(path=path_of("truck left", SHORT)), 1)
    parts = list(reel.pieces(made, 32, 48, 24))
    whole = reel.decode(made, 32, 48, 24)
    assert len(parts) == (4 if reel.codec.name == "layers" else 1)
    assert int((torch.cat(parts).int() - whole.int()).abs().max()) <= 1


def test_latents_survive_as_bytes(reel: Reel) -> None:
    made = reel.clip(ask(), 1)
    content = to_bytes(made.shown, {"seed": 1})
    assert content == to_bytes(made.shown, {"seed": 1})
    parts, said = from_bytes(content)
    assert said == {"seed": 1}
    for part, source in zip(parts, made.shown, strict=True):
        assert (part.role, part.modality) == (source.role, source.modality)
        for field in ("clean_LC", "mask_L", "position_L3", "frame_L"):
            assert torch.equal(getattr(part, field), getattr(source, field))
    assert same(reel.retake(recalled(content, made.ask), 0.4, 10.0, 9), reel.retake(made, 0.4, 10.0, 9))
    with pytest.raises(LatentsRefused, match="no latents"):
        from_bytes(content[:-5])
    with pytest.raises(LatentsRefused, match="another version"):
        from_bytes(content.replace(b'\\"version\\": 1', b'\\"version\\": 9'))


def test_a_frame_of_a_clip_is_a_picture(reel: Reel) -> None:
    made = reel.clip(ask(), 1)
    assert latent_count(made.parts) == 3
    assert latent_count(frame_of(made.parts, -1)) == 1
    with pytest.raises(ValueError, match="latent frame 3 asked of 3"):
        frame_of(made.parts, 3)


def test_landed_weights_are_loaded_and_named(tmp_path: Path) -> None:
    write_tiny(tmp_path, "nano")
    one, other = Reel.load("nano", tmp_path), Reel.load("nano", tmp_path)
    assert one.version == other.version
    assert same(one.clip(ask(), 1), other.clip(ask(), 1))
    write_tiny(tmp_path, "small", seed=1)
    assert Reel.load("small", tmp_path).version != one.version


def test_weights_that_are_missing_or_of_another_codec_are_refused(tmp_path: Path) -> None:
    with pytest.raises(checkpoint.CheckpointMissing, match="nano"):
        Reel.load("nano", tmp_path)
    write_tiny(tmp_path / "one", "nano")
    write_tiny(tmp_path / "other", "small", seed=1)
    for file in (tmp_path / "other").glob("layers*"):
        (tmp_path / "one" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(checkpoint.CheckpointRefused, match="the codec is layers"):
        Reel.load("nano", tmp_path / "one")
    one = tiny_reel("layers")
    with pytest.raises(ValueError, match="do not belong together"):
        Reel(one.network, one.tokenizer, tiny_codec("grid"))


def test_making_films_needs_nothing_of_the_world() -> None:
    script = (
        "import sys, models.reel, models.layers.codec, models.layers.views, models.grid.codec\n"
        "print(*[name for name in sys.modules if name.startswith('models.world')])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
