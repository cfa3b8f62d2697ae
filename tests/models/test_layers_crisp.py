"""The enlarger of decoded layers: plain until it is trained, as large as is shown, and of no weight for tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from models.checkpoint import Card, CheckpointRefused
from models.codec import Canvas
from models.conditions import Segment
from models.layers.codec import LayersCodec, LayersNetwork, LayersParams, load_codec, save_codec
from models.layers.compose import sharpened
from models.layers.crisp import (
    FACTOR,
    Crisp,
    CrispNetwork,
    CrispParams,
    Sharpener,
    SharpenerParams,
    bicubic,
    factor,
    load_crisp,
    save_crisp,
)
from models.layers.decoded import Decoded
from models.layers.parts import CAMERA, LOOK, POSE
from models.layers.sheet import premultiplied
from models.layers.views import pieces
from models.reel import load_codec as codec_of

CANVAS = Canvas(5)
PATH = torch.zeros(CANVAS.frames, len(CAMERA))


def restless(seed: int = 0) -> CrispNetwork:
    """With weights that change everything."""
    torch.manual_seed(seed)
    net = CrispNetwork(CrispParams.tiny())
    for head in (net.plate.head, net.sprite.head):
        torch.nn.init.normal_(head.weight, std=0.2)
    return net


def codec_network() -> LayersNetwork:
    torch.manual_seed(0)
    return LayersNetwork(LayersParams.tiny())


def drawn(codec: LayersCodec, subjects: int = 2) -> tuple[Segment, ...]:
    """Some clip of the codec."""
    generator = torch.Generator().manual_seed(1)
    blank = codec.blank(CANVAS, subjects, PATH)
    made = [part.filled(torch.randn(part.clean_LC.shape, generator=generator)) for part in blank]
    return (codec.camera(PATH, CANVAS), *made)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (5, 9), (1, 1), (64, 112)])
def test_untrained_it_is_bicubic_enlargement_at_any_size(height: int, width: int) -> None:
    picture = torch.rand(2, 4, height, width, generator=torch.Generator().manual_seed(0))
    wanted = F.interpolate(picture, scale_factor=4.0, mode="bicubic")
    torch.testing.assert_close(bicubic(picture), wanted, atol=2e-6, rtol=0)
    torch.testing.assert_close(Sharpener(4, SharpenerParams.tiny(), bicubic)(picture), wanted, atol=2e-6, rtol=0)


def test_untrained_sprites_are_as_steep_as_films_show_them() -> None:
    sprites = premultiplied(torch.rand(2, 4, 16, 16, generator=torch.Generator().manual_seed(0)))
    wanted = torch.stack([sharpened(each, 4.0) for each in bicubic(sprites)])
    torch.testing.assert_close(CrispNetwork(CrispParams.tiny()).sprite(sprites), wanted, atol=2e-6, rtol=0)


def test_a_piece_is_enlarged_like_the_whole_away_from_its_border() -> None:
    net, wide = restless().plate.eval(), torch.rand(1, 3, 64, 128)
    with torch.no_grad():
        whole, piece = net(wide), net(wide[..., 16:112])
    inner = slice(4 * 40, 4 * 56)
    torch.testing.assert_close(whole[..., inner], piece[..., 4 * 24 : 4 * 40], atol=1e-5, rtol=0)


def test_how_much_it_enlarges_depends_on_how_large_it_is_shown() -> None:
    assert [factor(x) for x in (0.2, 1.29, 1.3, 3.0, 3.01, 11.0, math.inf, math.nan)] == [1, 1, 2, 2, 4, 4, 4, 4]
    crisp = Crisp(restless())
    plate, sprites = torch.rand(4, 32, 48), premultiplied(torch.rand(3, 4, 64, 64))
    for rows, times in ((64.0, 1), (120.0, 2), (720.0, 4)):
        assert crisp.plate(plate, rows).shape == (4, 32 * times, 48 * times)
        assert crisp.sprites(sprites, rows).shape == (3, 4, 64 * times, 64 * times)
    assert crisp.plate(plate, 64.0) is plate
    assert crisp.sprites(sprites, 80.0) is sprites


def test_what_comes_out_may_be_laid_over_a_picture() -> None:
    crisp = Crisp(restless())
    for rows in (100.0, 400.0):
        sprites = crisp.sprites(premultiplied(torch.rand(20, 4, 64, 64)), rows)
        assert float(sprites.min()) >= 0.0
        assert float(sprites.max()) <= 1.0
        assert bool((sprites[:, :3] <= sprites[:, 3:]).all())
        plate = crisp.plate(torch.rand(4, 32, 48), rows)
        assert 0.0 <= float(plate.min()) <= float(plate.max()) <= 1.0


def test_parallax_is_only_interpolated() -> None:
    plate = torch.rand(4, 32, 48)
    made = Crisp(restless()).plate(plate, 720.0)
    torch.testing.assert_close(made[3:], F.interpolate(plate[None, 3:], scale_factor=4.0, mode="bilinear")[0])
    assert float((made[:3] - bicubic(plate[None, :3])[0]).abs().mean()) > 0.01


def test_many_sprites_are_enlarged_like_each_alone() -> None:
    crisp, sprites = Crisp(restless()), premultiplied(torch.rand(19, 4, 64, 64))
    together = crisp.sprites(sprites, 300.0)
    alone = torch.cat([crisp.sprites(each[None], 300.0) for each in sprites])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_a_codec_that_enlarges_makes_other_films_of_the_same_tokens() -> None:
    network = codec_network()
    plain, fine = LayersCodec(network), LayersCodec(network, crisp=Crisp(restless()))
    assert fine.version != plain.version
    assert fine.version != LayersCodec(network, crisp=Crisp(restless(1))).version
    assert (fine.meaning, fine.specs) == (plain.meaning, plain.specs)
    parts = drawn(plain)
    a, b = (codec.decode(parts, CANVAS, 144, 252, 12.0) for codec in (plain, fine))
    assert a.shape == b.shape == (5, 144, 252, 3)
    assert float((a.float() - b.float()).abs().mean()) > 1.0
    small = [codec.decode(parts, CANVAS, 64, 112, 12.0) for codec in (plain, fine)]
    assert float((small[0].float() - small[1].float()).abs().mean()) < 1.0


def test_a_film_in_pieces_is_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.layers.views.PIECE_PIXELS", 2 * 144 * 252)
    codec = LayersCodec(codec_network(), crisp=Crisp(restless()))
    parts = drawn(codec)
    whole = codec.decode(parts, CANVAS, 144, 252, 12.0)
    made = list(pieces(codec, parts, CANVAS, 144, 252, 12.0))
    assert [len(piece) for piece in made] == [2, 2, 1]
    assert int((torch.cat(made).int() - whole.int()).abs().max()) <= 1


class Remembering:
    """An enlarger that repeats pixels and knows what it was asked."""

    version = "repeats"

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def plate(self, plate_4HW: torch.Tensor, rows: float) -> torch.Tensor:
        self.asked.append(("plate", rows))
        return plate_4HW.repeat_interleave(2, 1).repeat_interleave(2, 2)

    def sprites(self, sprite_F4SS: torch.Tensor, rows: float) -> torch.Tensor:
        self.asked.append(("sprites", rows))
        return sprite_F4SS.repeat_interleave(3, 2).repeat_interleave(3, 3)


def layers(sides: Sequence[float]) -> Decoded:
    """Squares of these sides, the camera twice as near in the second of two frames."""
    poses = torch.zeros(len(sides), 2, len(POSE))
    poses[..., 2] = torch.tensor(sides).log()[:, None]
    poses[..., 4] = poses[..., 5] = 1.0
    poses[..., 6] = -1.0
    camera = torch.zeros(2, len(CAMERA))
    camera[1, 2] = camera[1, 5] = math.log(2.0)
    sprite = torch.zeros(len(sides), 2, 4, 64, 64)
    sprite[:, :, (0, 3), 16:48, 16:48] = 1.0
    plate = torch.full((4, 64, 112), 0.5)
    return Decoded(plate, (0, 0), sprite, poses, camera, torch.zeros(len(LOOK)))


def test_an_enlarger_is_asked_for_what_is_shown_and_moves_nothing() -> None:
    by, given = Remembering(), layers([0.5, 0.25])
    finer = given.finer_plate(by, 240).finer_sprites(by, given.rows(240))
    assert by.asked == [("plate", 240.0), ("sprites", pytest.approx(240.0)), ("sprites", pytest.approx(120.0))]
    assert finer.density == 128.0
    times = torch.arange(2) / 24
    a, b = (each.composed(240, 420, times).float() for each in (given, finer))
    # Only where the squares' edges are steeper than before.
    assert float(((a - b).abs() > 8).float().mean()) < 0.01


def test_untrained_it_hardly_changes_a_smooth_film() -> None:
    given = layers([])
    given.plate_4HW[:3] = torch.linspace(0, 1, 112) ** 2
    finer = given.finer_plate(Crisp(CrispNetwork(CrispParams.tiny())), 240)
    assert finer.density == 256.0
    a, b = (each.composed(240, 420, torch.arange(2) / 24).float() for each in (given, finer))
    assert float((a - b).abs().mean()) < 1.0


def test_sprites_of_other_sizes_lie_in_one_film() -> None:
    given = layers([0.5, 0.25])
    crisp = Crisp(CrispNetwork(CrispParams.tiny()))
    finer = given.finer_sprites(crisp, [240.0, 70.0])
    assert [sprite.shape[-1] for sprite in finer.sprites_KF4SS] == [256, 64]
    assert finer.composed(240, 420, torch.arange(2) / 24).shape == (2, 240, 420, 3)
    assert [len(sprite) for sprite in finer.at(torch.tensor([1])).sprites_KF4SS] == [1, 1]


def test_saved_weights_are_the_same_and_a_changed_byte_is_refused(tmp_path: Path) -> None:
    card, net = tmp_path / "crisp.json", restless()
    save_crisp(card, net, Card("", recipe={"steps": 1}))
    first, second = load_crisp(card), load_crisp(card)
    assert first.version == second.version
    sprites = premultiplied(torch.rand(2, 4, 64, 64))
    torch.testing.assert_close(first.sprites(sprites, 256.0), Crisp(net).sprites(sprites, 256.0), atol=0.02, rtol=0)
    (weights,) = tmp_path.glob("*.safetensors")
    content = bytearray(weights.read_bytes())
    content[-3] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointRefused):
        load_crisp(card)


def test_the_codec_of_a_folder_enlarges_if_the_weights_lie_there(tmp_path: Path) -> None:
    save_codec(tmp_path / "layers.json", codec_network(), Card(""))
    plain: Any = codec_of("layers", tmp_path)
    assert plain.crisp is None
    assert plain.version == load_codec(tmp_path / "layers.json").version
    save_crisp(tmp_path / "crisp.json", restless(), Card(""))
    fine: Any = codec_of("layers", tmp_path)
    assert fine.version == f"{plain.version}+{load_crisp(tmp_path / 'crisp.json').version}"
    assert fine.meaning == plain.meaning
    (tmp_path / "crisp.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CheckpointRefused):
        codec_of("layers", tmp_path)


def test_it_enlarges_by_four() -> None:
    assert FACTOR == 4
