"""What is taught, as files; a style and a figure out of pictures of which it is known what they show."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from models.codec import Canvas
from models.concepts import MOST_BYTES, PATH, Concept, ConceptRefused, base_of
from models.figure import NothingSeen, View, best_way, coloured, learn_figure
from models.grade import Grade, edges, learn_grade
from models.layers.codec import LayersCodec
from models.layers.plain import PlainLayers, latents_digest
from models.layers.plain_nets import PlainNetwork, PlainParams
from tests.models.tiny_reel import tiny_codec

RAMP = torch.linspace(0, 1, 49)[:, None] * torch.tensor([0.5, 0, 0.2, 0.5, 0, 0.2, 0.1, 0, 0])


def camera(name: str = "spiral") -> Concept:
    return Concept(name, "camera", base_of("camera"), {PATH: RAMP}, {"metrics": {"agreement": 1.0}})


def test_a_concept_comes_back_from_its_file_and_equal_ones_give_equal_bytes() -> None:
    content = camera().to_bytes()
    back = Concept.from_bytes(content)
    assert (back.name, back.kind, back.card) == ("spiral", "camera", {"metrics": {"agreement": 1.0}})
    assert torch.equal(back.tensors[PATH], RAMP)
    assert back.to_bytes() == content
    assert camera("other").to_bytes() != content


def test_what_is_damaged_or_of_another_generator_is_refused_in_words() -> None:
    content = camera().to_bytes()
    with pytest.raises(ConceptRefused, match="damaged"):
        Concept.from_bytes(content[:-40])
    with pytest.raises(ConceptRefused, match="damaged"):
        Concept.from_bytes(b"no concept at all")
    stale = dataclasses.replace(camera(), base="0123456789abcdef")
    with pytest.raises(ConceptRefused, match="another generator"):
        Concept.from_bytes(stale.to_bytes())


def test_a_concept_of_over_a_megabyte_and_a_half_is_not_written() -> None:
    large = dataclasses.replace(camera(), tensors={PATH: torch.zeros(MOST_BYTES // 4 + 1)})
    with pytest.raises(ValueError, match="at most"):
        large.to_bytes()


def test_a_path_takes_as_long_as_the_clip_does() -> None:
    for frames in (1, 13, 49, 97):
        path = camera().path_on(Canvas(frames))
        assert path.shape == (frames, 9)
    assert torch.allclose(camera().path_on(Canvas(97))[::2], RAMP, atol=1e-6)
    style = Concept("s", "style", base_of("style"), {})
    with pytest.raises(ConceptRefused, match="moves no camera"):
        style.path_on(Canvas(13))
    with pytest.raises(ConceptRefused, match="no style"):
        camera().grade()


def _scenes(first: int, count: int) -> list[torch.Tensor]:
    """Soft coloured pictures, all of one kind."""
    made = []
    for seed in range(first, first + count):
        generator = torch.Generator().manual_seed(seed)
        coarse = torch.rand(1, 3, 6, 10, generator=generator)
        made.append(torch.nn.functional.interpolate(coarse, (64, 112), mode="bicubic")[0].clamp(0, 1))
    return made


def _toned(picture: torch.Tensor) -> torch.Tensor:
    light = (picture * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(-3, keepdim=True)
    return light * torch.tensor([0.7, 0.5, 0.3])[:, None, None] + 0.2


def test_a_style_of_other_pictures_is_laid_over_new_ones() -> None:
    grade = learn_grade([_toned(p) for p in _scenes(0, 8)], _scenes(100, 8))
    new = torch.stack(_scenes(200, 4))
    wanted = _toned(new)
    before, after = (float((each - wanted).square().mean()) for each in (new, grade.applied(new)))
    assert after < before / 20
    assert not bool(grade.edge_2.any())
    again = Grade.of(grade.tensors()).applied(new)
    assert float((again - grade.applied(new)).abs().max()) < 2e-3


def test_lines_are_drawn_where_the_new_picture_has_edges_and_in_the_colour_of_the_lines() -> None:
    def inked(picture: torch.Tensor) -> torch.Tensor:
        lined = torch.full_like(picture, 0.9)
        lined[:, :, ::9] = 0.1
        return lined

    grade = learn_grade([inked(p) for p in _scenes(0, 4)], _scenes(100, 4))
    assert float((grade.line_3 - 0.1).abs().max()) < 0.25
    step = torch.full((1, 3, 64, 112), 0.2)
    step[..., 56:] = 0.8
    drawn = grade.applied(step)[0].mean(0)
    assert float(drawn[:, 55:57].mean()) < float(drawn[:, 20:30].mean()) - 0.3
    assert int(edges(step)[0, 0, 10].argmax()) in (55, 56)


def _figure(colour: tuple[float, float, float], head: float) -> torch.Tensor:
    """An upright block with a light head to the right, premultiplied."""
    sheet = torch.zeros(4, 64, 64)
    sheet[:3, 20:56, 24:40], sheet[3, 20:56, 24:40] = torch.tensor(colour)[:, None, None], 1.0
    sheet[:3, 12:24, 34:48], sheet[3, 12:24, 34:48] = head, 1.0
    return sheet


def test_a_figure_is_turned_the_way_it_is_drawn_and_coloured_part_by_part() -> None:
    drawn, seen = _figure((0.2, 0.2, 0.2), 0.8), _figure((0.1, 0.6, 0.2), 0.9)
    right, left = best_way(seen, drawn), best_way(seen.flip(-1), drawn)
    assert torch.equal(left.cut_4SS, right.cut_4SS)
    made = coloured(drawn, [View(seen, 1.0)])
    assert torch.equal(made[3], drawn[3])
    assert torch.allclose(made[:3, 40, 32], torch.tensor([0.1, 0.6, 0.2]), atol=0.05)
    assert float(made[:3, 16, 44].min()) > 0.75


def test_pictures_without_anybody_teach_no_figure() -> None:
    codec = tiny_codec("layers")
    assert isinstance(codec, LayersCodec)
    with pytest.raises(ValueError, match="plain pictures"):
        learn_figure(codec, _scenes(0, 3), [_figure((0.2, 0.2, 0.2), 0.8)])
    codec.plain = PlainLayers(PlainNetwork(PlainParams.tiny()), latents_digest(codec.network), steps=0)
    with pytest.raises(NothingSeen):
        learn_figure(codec, _scenes(0, 3), [torch.zeros(4, 64, 64)])


def test_the_card_is_in_the_file_and_is_json() -> None:
    content = camera().to_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["concept"])
    assert header["card"] == {"metrics": {"agreement": 1.0}}
    assert header["base"] == base_of("camera")
