"""The plate codec starts as the closed form and never knows where a cell lies."""

from __future__ import annotations

import pytest
import torch

from models.layers.plate import PlateCodec, PlateParams, from_patches, patches, principal


def plates_of_rank(rank: int, count: int = 12) -> torch.Tensor:
    """Plates whose patches are a mean and ``rank`` patterns."""
    generator = torch.Generator().manual_seed(3)
    patterns = torch.randn(rank, 1024, generator=generator) * 0.1
    amounts = torch.randn(count, rank, 2, 3, generator=generator)
    return from_patches(torch.einsum("rp,brhw->bphw", patterns, amounts) + 0.5)


def started(params: PlateParams | None = None) -> PlateCodec:
    torch.manual_seed(0)
    codec = PlateCodec(params or PlateParams.tiny()).eval()
    codec.start(plates_of_rank(8))
    return codec


def stirred(codec: PlateCodec) -> PlateCodec:
    """With weights where training would have put some."""
    torch.manual_seed(1)
    for parameter in codec.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    return codec


def test_patches_come_back() -> None:
    plate = torch.rand(2, 4, 32, 48)
    assert torch.equal(from_patches(patches(plate)), plate)
    assert torch.equal(patches(plate)[1, :, 1, 2].reshape(4, 16, 16), plate[1, :, 16:32, 32:48])


def test_principal_directions_of_a_known_cloud() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(4000, 3, generator=generator) * torch.tensor([1.0, 3.0, 0.2]) + torch.tensor([5.0, 0.0, 1.0])
    mean, directions, deviation = principal(rows, 2)
    assert mean.tolist() == pytest.approx([5.0, 0.0, 1.0], abs=0.2)
    assert directions.abs()[0].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=0.05)
    assert deviation.tolist() == pytest.approx([3.0, 1.0], rel=0.05)
    with pytest.raises(ValueError, match="directions"):
        principal(rows[:1], 2)


def test_a_started_codec_is_exact_where_the_patterns_fit_into_its_channels() -> None:
    codec, plates = started(), plates_of_rank(8)
    with torch.inference_mode():
        latent = codec.encode(plates)
        assert torch.allclose(codec.decode(latent), plates, atol=2e-5)
        assert torch.allclose(codec.linear(plates), plates, atol=2e-5)
    assert latent.shape == (12, 8, 2, 3)
    assert latent.movedim(1, -1).reshape(-1, 8).std(0).tolist() == pytest.approx([1.0] * 8, rel=0.05)


def test_what_does_not_fit_is_lost_by_the_start() -> None:
    codec, plates = started(), plates_of_rank(20)
    with torch.inference_mode():
        assert float((codec.decode(codec.encode(plates)) - plates).abs().max()) > 0.05


def test_a_piece_of_a_plate_is_coded_like_the_whole_away_from_the_border() -> None:
    codec = stirred(started())
    generator = torch.Generator().manual_seed(2)
    latent = torch.randn(1, 8, 12, 14, generator=generator)
    plate = torch.rand(1, 4, 192, 224, generator=generator)
    with torch.inference_mode():
        whole, piece = codec.decode(latent), codec.decode(latent[..., 1:11, 2:12])
        inner = whole[..., 5 * 16 : 7 * 16, 6 * 16 : 8 * 16]
        assert torch.allclose(piece[..., 4 * 16 : 6 * 16, 4 * 16 : 6 * 16], inner, atol=1e-4)
        assert not torch.allclose(piece[..., :16, :16], whole[..., 16:32, 32:48], atol=1e-4)
        coded, part = codec.encode(plate), codec.encode(plate[..., 16:176, 32:192])
        assert torch.allclose(part[..., 4:6, 4:6], coded[..., 5:7, 6:8], atol=1e-4)


def test_any_grid_of_whole_cells_and_nothing_else() -> None:
    codec = started()
    for rows, columns in ((1, 1), (9, 16), (7, 4)):
        plate = torch.rand(1, 4, 16 * rows, 16 * columns)
        assert codec.decode(codec.encode(plate)).shape == plate.shape
    for shape in ((1, 4, 64, 100), (1, 3, 64, 64)):
        with pytest.raises(ValueError, match="a plate is"):
            codec.encode(torch.rand(shape))


def test_the_network_is_about_three_millions() -> None:
    assert 2e6 < sum(each.numel() for each in PlateCodec().parameters()) < 3.5e6
