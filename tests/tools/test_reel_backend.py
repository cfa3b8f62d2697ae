"""The generator as a backend, with tiny weights that were landed as training lands them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.codec import Canvas
from models.latents import from_bytes
from models.reel import Ask, Making, Reel
from storyboards.clock import FrameRate
from storyboards.errors import BackendUnavailable, BadStoryboard, GenerationFailed
from storyboards.shot import Action, CameraWork, Element, Part, Patch, Shot, SoundCue
from tests.models.tiny_reel import QUICK, tiny_reel, write_tiny
from tools.backends.animatic import Animatic
from tools.backends.reel import ReelBackend, boxed
from tools.backends.reel_long import NoHistory, history_of
from tools.backends.reel_words import canvas_of, spoken
from tools.contract import Base, Opening, Reference, ShotRequest, quiet
from tools.generate_video import generate_video
from tools.make_reference import make_reference, read_reference
from tools.media import png_bytes, probe, read_frames
from tools.own_judge import OwnJudge
from tools.store import Store

FOX = Element(id="fox", subject="fox", colour="red", identity=7)
OWL = Element(id="owl", subject="owl", colour="blue", identity=8)
SHOT = Shot(
    id="s1", frames=20, setting="meadow", camera=CameraWork(move="pan left"),
    parts=(Part(element="fox", side="left", actions=(Action(verb="walk", direction="right"),)),
           Part(element="owl", side="right", actions=(Action(verb="stand"),))),
)  # fmt: skip
REQUEST = ShotRequest(
    shot=SHOT, elements=(FOX, OWL), style="storybook", width=128, height=72, rate=FrameRate(numerator=24),
    place_seed=5, handle_frames=4,
)  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_tiny(folder)
    return folder


@pytest.fixture(scope="module")
def reel(weights: Path) -> ReelBackend:
    return ReelBackend(folder=weights, making=QUICK)


def picture(store: Store, seed: int) -> tuple[str, Path]:
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 30, 4), np.uint8)
    sha256 = store.put_bytes(png_bytes(pixels), ".png")
    return sha256, store.path(sha256)


def test_a_shot_is_filmed_at_the_size_and_rate_that_were_asked(reel: ReelBackend, store: Store) -> None:
    shares: list[float] = []
    filmed = generate_video(REQUEST, reel, store, "k" * 64, shares.append)
    facts = probe(store.verify(filmed.video_sha256))
    assert (facts.frames, facts.width, facts.height) == (24, 128, 72)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    frames = np.stack(list(read_frames(store.path(filmed.video_sha256))))
    assert frames.std() > 1.0
    assert filmed.notes == ()


def test_the_recipe_says_how_the_take_was_made(reel: ReelBackend, store: Store) -> None:
    sha256, path = picture(store, 1)
    shown = replace(REQUEST, references=(Reference("owl", sha256, path, given=True),))
    recipe = generate_video(shown, reel, store, "k" * 64).recipe
    assert recipe["caption"] == spoken(REQUEST).caption
    assert recipe["seed"] == 5
    assert recipe["references"] == [{"element": "owl", "sha256": sha256, "given": True}]
    assert recipe["making"] == QUICK.card()
    assert recipe["canvas"] == {"frames": 13, "height": 64, "width": 112, "fps": 12}
    assert recipe["codec"]["name"] == "layers"  # type: ignore[index]
    loaded = Reel.load("nano", reel._folder)
    assert recipe["weights"] == loaded.version


def test_the_latents_are_kept_and_decode_to_the_picture(reel: ReelBackend, store: Store) -> None:
    filmed = generate_video(REQUEST, reel, store, "k" * 64)
    parts, said = from_bytes(store.verify(filmed.latents_sha256).read_bytes())
    assert said["caption"] == filmed.recipe["caption"]
    codec = Reel.load("nano", reel._folder).codec
    film = codec.decode(parts, canvas_of(REQUEST), 72, 128, 24.0)[: REQUEST.frames]
    frames = np.stack(list(read_frames(store.path(filmed.video_sha256))))
    # An untrained picture is all fine colour, of which the encoder keeps a quarter; its tiles are what can be compared.
    tiles = [clip.astype(float).reshape(24, 9, 8, 16, 8, 3).mean((2, 4, 5)) for clip in (film.numpy(), frames)]
    assert np.corrcoef(tiles[0].ravel(), tiles[1].ravel())[0, 1] > 0.97


def test_the_same_request_gives_the_same_bytes_and_a_seed_others(weights: Path, tmp_path: Path) -> None:
    digests = []
    for name, request in (("a", REQUEST), ("b", REQUEST), ("c", replace(REQUEST, place_seed=6))):
        backend = ReelBackend(folder=weights, making=QUICK)
        filming = backend.film(request, tmp_path / f"{name}.mp4", "", quiet)
        video = hashlib.sha256((tmp_path / f"{name}.mp4").read_bytes()).hexdigest()
        digests.append((video, hashlib.sha256(filming.latents).hexdigest()))
    assert digests[0] == digests[1]
    assert digests[0][1] != digests[2][1]


def test_a_reference_changes_the_shot_and_whose_it_is_matters(
    reel: ReelBackend, store: Store, tmp_path: Path
) -> None:  # fmt: skip
    sha256, path = picture(store, 1)

    def latents(*references: Reference) -> bytes:
        out = tmp_path / "x.mp4"
        return reel.film(replace(REQUEST, references=references), out, "", quiet).latents[-4000:]

    plain, fox, owl = latents(), latents(Reference("fox", sha256, path)), latents(Reference("owl", sha256, path))
    assert len({plain, fox, owl}) == 3


def test_a_place_that_cannot_be_shown_is_said(reel: ReelBackend, store: Store, tmp_path: Path) -> None:
    sha256, path = picture(store, 1)
    shown = replace(REQUEST, references=(Reference("meadow", sha256, path),))
    notes = reel.film(shown, tmp_path / "x.mp4", "", quiet).notes
    assert notes == ("the picture of the place 'meadow' cannot be shown to this generator",)


def test_a_given_reference_is_part_of_the_recipe_and_a_drawn_one_follows_from_it(store: Store) -> None:
    sha256, path = picture(store, 1)
    drawn = replace(REQUEST, references=(Reference("fox", sha256, path),))
    given = replace(REQUEST, references=(Reference("fox", sha256, path, given=True),))
    assert drawn.picture_recipe() == REQUEST.picture_recipe()
    assert given.picture_recipe() != REQUEST.picture_recipe()


def test_the_cast_is_drawn_by_the_same_hand(reel: ReelBackend, store: Store) -> None:
    made = make_reference(FOX, reel, store)
    assert made.recipe == {"artist": "reel", "version": reel.version, "caption": "A red fox.", "seed": 7}
    assert make_reference(FOX, reel, store).sha256 == made.sha256
    assert make_reference(FOX.model_copy(update={"identity": 9}), reel, store).sha256 != made.sha256
    assert (
        make_reference(Element(id="p", kind="place", subject="forest"), reel, store)
        .recipe["caption"]
        .startswith("Storybook")
    )


def test_the_version_is_that_of_weights_and_sampling(weights: Path, tmp_path: Path) -> None:
    version = ReelBackend(folder=weights).version
    assert ReelBackend(folder=weights).version == version
    assert ReelBackend(folder=weights, making=Making(text=4.0)).version != version
    write_tiny(tmp_path, seed=3)
    assert ReelBackend(folder=tmp_path).version != version


def test_missing_weights_say_how_to_make_them(tmp_path: Path) -> None:
    backend = ReelBackend(folder=tmp_path)
    for ask in (lambda: backend.version, lambda: backend.film(REQUEST, tmp_path / "x.mp4", "", quiet)):
        with pytest.raises(BackendUnavailable, match=r"storyreel train image --size nano.*--backend animatic"):
            ask()
    assert not (tmp_path / "x.mp4").exists()
    (tmp_path / "nano.json").write_text("[]")
    with pytest.raises(BackendUnavailable, match="is not a card"):
        _ = backend.version


def test_a_caption_names_the_subjects_in_order_and_nothing_that_is_heard() -> None:
    said = spoken(REQUEST)
    assert said.subjects == 2
    assert said.caption.index("red fox") < said.caption.index("blue owl")
    assert "hear" not in said.caption
    assert "pan" in said.caption
    assert torch.equal(said.path[0, :7], torch.zeros(7))
    assert said.unsaid == ()


def test_what_the_words_cannot_say_is_listed() -> None:
    moved = Part(element="fox", actions=(Action(verb="walk", end=0.5), Action(verb="jump", start=0.5)))
    shot = SHOT.model_copy(update={"exposure": 0.7, "parts": (moved, SHOT.parts[1])})
    said = spoken(replace(REQUEST, shot=shot))
    assert "bright" in said.caption
    assert said.unsaid[0].startswith("an exposure of +0.7 stops is")
    assert "fox's actions" in said.unsaid[1]
    assert "too little" in spoken(replace(REQUEST, shot=SHOT.model_copy(update={"exposure": 0.1}))).unsaid[0]


def test_a_word_that_was_not_learned_is_refused_before_anything_is_made(reel: ReelBackend, tmp_path: Path) -> None:
    with pytest.raises(BadStoryboard, match="volcano"):
        reel.film(replace(REQUEST, shot=SHOT.model_copy(update={"setting": "volcano"})), tmp_path / "x", "", quiet)


@pytest.mark.parametrize(
    ("size", "shape"), [((1280, 720), (64, 112)), ((720, 1280), (112, 64)), ((512, 512), (64, 64))]
)
def test_a_canvas_has_the_shape_of_the_film(size: tuple[int, int], shape: tuple[int, int]) -> None:
    canvas = canvas_of(replace(REQUEST, width=size[0], height=size[1]))
    assert (canvas.height, canvas.width) == shape


def test_lightning_is_told_to_the_generator_as_it_is_heard() -> None:
    thunder = (SoundCue(sound="thunder", at_s=1.5),)
    storm = SHOT.model_copy(update={"weather": "storm", "frames": 24 * 5, "sounds": thunder})
    bright = spoken(replace(REQUEST, shot=storm)).path[:, 8]
    assert 1.0 < float(bright.argmax()) / 12 <= 1.6
    assert float(bright.max()) > 0.3
    assert float(spoken(REQUEST).path[:, 8].max()) == 0.0


def test_a_given_figure_stands_where_a_drawn_one_would(store: Store) -> None:
    drawn = read_reference(store.path(make_reference(FOX, Animatic(), store).sha256))
    rows, columns = np.nonzero(drawn[..., 3] > 8)
    cut = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    large = cut.repeat(3, 0).repeat(3, 1)
    square = boxed(large, "fox")
    assert square.shape[0] == square.shape[1]
    at = [np.nonzero(picture[..., 3] > 8)[0].max() / len(picture) for picture in (square, drawn)]
    assert abs(at[0] - at[1]) < 0.08, "its feet are where they were"
    tall = [np.ptp(np.nonzero(picture[..., 3] > 8)[0]) / len(picture) for picture in (square, drawn)]
    assert 0.8 < tall[0] / tall[1] < 1.25
    whole = np.full((20, 30, 4), 255, np.uint8)
    assert boxed(whole, "fox") is whole


def test_a_region_is_filmed_anew_and_the_rest_of_the_plate_stays_to_the_bit(reel: ReelBackend, store: Store) -> None:
    filmed = generate_video(REQUEST, reel, store, "k" * 64)
    base = Base("k" * 64, filmed.video_sha256, store.path(filmed.latents_sha256))
    patched = SHOT.model_copy(update={"patch": Patch(left=0.0, top=0.0, right=0.5, bottom=1.0, seed=1)})
    again = generate_video(replace(REQUEST, shot=patched, base=base), reel, store, "n" * 64)
    (_, before, *_), _ = from_bytes(store.path(filmed.latents_sha256).read_bytes())
    (_, after, *_), _ = from_bytes(store.path(again.latents_sha256).read_bytes())
    assert before.role == after.role == "plate"
    same_L = (before.clean_LC == after.clean_LC).all(1)
    left_L = before.position_L3[:, 2] < 0
    assert 0 < int(left_L.sum()) < len(left_L)
    assert not bool(same_L[left_L & (before.position_L3[:, 2] > -3.5)].any())
    assert bool(same_L[~left_L].all())
    assert again.recipe["patched"] == base.name
    nowhere = SHOT.model_copy(update={"patch": Patch(left=0.0, top=0.0, right=0.001, bottom=0.001)})
    with pytest.raises(GenerationFailed, match="nothing of the shot lies in that region"):
        generate_video(replace(REQUEST, shot=nowhere, base=base), reel, store, "o" * 64)
    spoilt = store.path(store.put_bytes(b"no latents", ".latents"))
    with pytest.raises(GenerationFailed, match="these are no latents"):
        generate_video(replace(REQUEST, shot=patched, base=replace(base, latents=spoilt)), reel, store, "p" * 64)


def test_a_shot_begins_with_the_picture_it_is_given(tmp_path: Path, store: Store, reel: ReelBackend) -> None:
    write_tiny(tmp_path)
    grid = ReelBackend(folder=tmp_path)
    grid._reel = tiny_reel("grid")
    pixels = np.random.default_rng(3).integers(0, 255, (72, 128, 3), np.uint8)
    sha256 = store.put_bytes(png_bytes(pixels), ".png")
    opened = replace(REQUEST, opening=Opening(store.path(sha256), sha256))
    latents = {}
    for name, request in (("plain", REQUEST), ("one", opened), ("other seed", replace(opened, place_seed=9))):
        filmed = generate_video(request, grid, store, "k" * 64)
        (_, video, *_), _ = from_bytes(store.path(filmed.latents_sha256).read_bytes())
        latents[name] = video.clean_LC[video.frame_L == 0]
    assert torch.equal(latents["one"], latents["other seed"])
    assert not torch.equal(latents["one"], latents["plain"])
    with pytest.raises(BackendUnavailable, match="no encoder of plain pictures"):
        reel.film(opened, tmp_path / "out.mp4", "k" * 64, quiet)


def test_a_long_shot_is_filmed_in_windows_each_told_what_happens_then(reel: ReelBackend, tmp_path: Path) -> None:
    walks = (Action(verb="walk", direction="right", end=0.5), Action(verb="sleep", start=0.5))
    shot = SHOT.model_copy(update={"frames": 24 * 8, "parts": (Part(element="fox", actions=walks),)})
    request = replace(REQUEST, shot=shot, elements=(FOX,), handle_frames=0)
    said = spoken(request)
    assert (said.canvas.frames, said.canvas.fps) == (97, 12)
    assert "walks" in said.told(0.0, 4.0)
    assert "sleeps" not in said.told(0.0, 4.0)
    assert "sleeps" in said.told(4.0, 8.1)
    shares: list[float] = []
    filming = reel.film(request, tmp_path / "long.mp4", "", shares.append)
    assert probe(tmp_path / "long.mp4").frames == 192
    assert sum(0.0 < share < 0.7 for share in shares) > 0, "it is written while it is made"
    assert shares[-1] == 1.0
    parts, _ = from_bytes(filming.latents)
    assert [len(part) for part in parts if part.role == "pose"] == [25]


def test_a_shot_goes_on_from_what_the_one_before_was_made_of(reel: ReelBackend, store: Store, tmp_path: Path) -> None:
    before = generate_video(REQUEST, reel, store, "k" * 64)
    last = list(read_frames(store.path(before.video_sha256)))[-1]
    sha256 = store.put_bytes(png_bytes(last), ".png")
    opening = Opening(
        store.path(sha256), before.video_sha256, store.path(before.latents_sha256), ("fox", "owl"), REQUEST.frames
    )
    alone = SHOT.model_copy(update={"id": "s2", "continues": True, "parts": (Part(element="owl"),), "frames": 24})
    request = replace(REQUEST, shot=alone, elements=(OWL,), opening=opening, handle_frames=0)
    filmed = generate_video(request, reel, store, "l" * 64)
    assert filmed.notes == ()
    (sheet,) = (part for part in from_bytes(store.path(filmed.latents_sha256).read_bytes())[0] if part.role == "sheet")
    _, owl = (part for part in from_bytes(store.path(before.latents_sha256).read_bytes())[0] if part.role == "sheet")
    assert torch.equal(sheet.clean_LC, owl.clean_LC), "the owl is in the first place now, and is the same owl"
    assert not torch.equal(sheet.position_L3, owl.position_L3)
    assert filmed.recipe["falling"]["since_s"] == pytest.approx((REQUEST.frames - 1) / 24)  # type: ignore[index]
    spoilt = replace(opening, latents=store.path(store.put_bytes(b"no latents", ".latents")))
    with pytest.raises(BackendUnavailable, match="no encoder of plain pictures"):
        reel.film(replace(request, opening=spoilt), tmp_path / "x.mp4", "", quiet)


def test_history_that_cannot_be_gone_on_from_says_why(reel: ReelBackend, store: Store) -> None:
    filmed = generate_video(REQUEST, reel, store, "k" * 64)
    path = store.path(filmed.latents_sha256)
    opening = Opening(path, filmed.video_sha256, path, ("fox", "owl"), REQUEST.frames)
    generator, ask = reel._loaded(), Ask("", canvas_of(REQUEST), 2)
    strip, at_s = history_of(generator, opening, REQUEST, ask)
    assert strip.unseen == frozenset()
    assert at_s == pytest.approx(23 / 24)
    stranger = Element(id="cat", subject="cat")
    strip, _ = history_of(generator, opening, replace(REQUEST, elements=(stranger, FOX)), ask)
    assert strip.unseen == {0}
    other = tiny_reel("layers", seed=4)
    for wrong, why in ((replace(opening, latents=None), "was not kept"), (replace(opening, frames=0), "was not kept")):
        with pytest.raises(NoHistory, match=why):
            history_of(generator, wrong, REQUEST, ask)
    with pytest.raises(NoHistory, match="another generator"):
        history_of(other, opening, REQUEST, ask)
    with pytest.raises(NoHistory, match="another size"):
        history_of(generator, opening, REQUEST, Ask("", Canvas(13, 64, 64), 2))


def test_what_is_known_of_the_landed_weights_is_of_them() -> None:
    """After other weights are landed, ``python -m app.study keeps`` says anew what they keep."""
    backend = ReelBackend()
    assert backend.keeps, "tools/backends/reel_keeps.json is of other weights"
    assert all(0.0 < share < 1.0 for share in backend.keeps.values())
    assert backend.rated_by == OwnJudge("critic").version, "tools/backends/reel_keeps.json is by another critic"
    other = ReelBackend(making=Making())
    assert (other.keeps, other.rated_by) == ({}, ""), "other steps make other takes"
