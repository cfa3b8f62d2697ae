"""References: drawn for an element, or a person's own picture with its background taken away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storyboards.errors import BadMedia, BadStoryboard
from storyboards.shot import Element, Wear
from tools.backends.animatic import Animatic
from tools.contract import Drawing
from tools.make_reference import make_reference, read_reference, reference_key, subject_cover, take_reference
from tools.media import png_bytes
from tools.store import Store

FOX = Element(id="fox", subject="fox", colour="red", wears=(Wear(name="hat", colour="blue"),), identity=7)


def written(folder: Path, picture: np.ndarray, name: str = "mine.png") -> Path:
    path = folder / name
    path.write_bytes(png_bytes(picture))
    return path


def test_the_animatic_draws_the_cast_as_the_world_has_it(store: Store) -> None:
    made = make_reference(FOX, Animatic(), store)
    picture = read_reference(store.verify(made.sha256))
    assert picture.shape == (64, 64, 4)
    assert made.recipe["caption"] == "A red fox wearing a blue hat."
    seen = picture[..., 3] > 200
    assert 0.05 < seen.mean() < 0.8
    red, _, blue = picture[seen][:, :3].astype(float).T
    assert (red > blue + 40).mean() > 0.2, "the fox is red"
    assert (blue > red + 20).mean() > 0.01, "and its hat blue"
    assert make_reference(FOX, Animatic(), store).sha256 == made.sha256


def test_a_place_is_drawn_with_nobody_in_it(store: Store) -> None:
    place = Element(id="wood", kind="place", subject="forest")
    picture = read_reference(store.path(make_reference(place, Animatic(), store).sha256))
    assert picture.shape == (64, 112, 4)
    assert picture[..., :3].std() > 10
    assert (picture[..., 3] == 255).all()
    with pytest.raises(BadStoryboard, match="kitchen"):
        make_reference(place.model_copy(update={"subject": "kitchen"}), Animatic(), store)


def test_only_what_is_drawn_changes_the_key() -> None:
    key = reference_key(FOX, Animatic())
    assert reference_key(FOX.model_copy(update={"id": "rusty", "name": "Rusty", "voice": "anna"}), Animatic()) == key
    for change in ({"colour": "blue"}, {"wears": ()}, {"identity": 8}, {"size": "large"}, {"subject": "cat"}):
        assert reference_key(FOX.model_copy(update=change), Animatic()) != key


def test_a_pictures_own_transparency_is_kept(tmp_path: Path, store: Store) -> None:
    picture = np.zeros((80, 120, 4), np.uint8)
    picture[20:60, 40:80] = (200, 30, 30, 255)
    made = take_reference(written(tmp_path, picture), store)
    cut = read_reference(store.path(made.sha256))
    assert cut.shape == (44, 44, 4), "cut to the subject, with a margin"
    assert (cut[2:42, 2:42] == (200, 30, 30, 255)).all()
    assert made.note == "mine.png: its own transparency is kept"


def test_a_subject_of_the_world_is_cut_from_its_background(tmp_path: Path, store: Store) -> None:
    from models.world.render import Film
    from models.world.scene import Actor, Camera, Scene

    scene = Scene(actors=(Actor("fox", "red"),), setting="snowfield", camera=Camera("static", "medium"), duration_s=0.5)
    frame = Film(scene, 256, 144, 4.0).block(0)[0].numpy()
    made = take_reference(written(tmp_path, frame), store)
    cut = read_reference(store.path(made.sha256))
    assert "background was removed" in made.note
    assert cut.shape[0] * cut.shape[1] < 0.6 * 256 * 144
    seen = cut[cut[..., 3] > 200][:, :3].astype(float)
    assert (seen[:, 0] > seen[:, 2] + 30).mean() > 0.6, "what is left is red, the snow is gone"


def test_a_picture_without_a_subject_is_kept_whole_and_said_so(tmp_path: Path, store: Store) -> None:
    grey = np.full((90, 160, 3), 128, np.uint8)
    assert subject_cover(grey) is None
    made = take_reference(written(tmp_path, grey), store)
    assert made.note == "mine.png: no subject was found in it, so its background is kept"
    assert (read_reference(store.path(made.sha256)) == (128, 128, 128, 255)).all()


def test_a_large_picture_is_made_smaller(tmp_path: Path, store: Store) -> None:
    made = take_reference(written(tmp_path, np.full((300, 1200, 3), 90, np.uint8)), store)
    assert read_reference(store.path(made.sha256)).shape == (128, 512, 4)


def test_what_is_no_picture_is_refused(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "fox.png"
    path.write_text("no picture")
    with pytest.raises(BadMedia, match=r"fox\.png"):
        take_reference(path, store)


def test_any_artist_may_draw(store: Store) -> None:
    class Painter:
        name, version = "painter", "1"

        def draw(self, element: Element) -> Drawing:
            return Drawing(np.full((8, 8, 4), 9, np.uint8), f"A {element.subject}.", 3)

    made = make_reference(FOX, Painter(), store)
    assert made.recipe == {"artist": "painter", "version": "1", "caption": "A fox.", "seed": 3}
