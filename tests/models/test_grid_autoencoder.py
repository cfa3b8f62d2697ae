"""The grid autoencoder: it starts as principal components, looks back only, and does not care about size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.flow import Normaliser
from models.grid.autoencoder import GridAutoencoder, GridParams
from models.grid.patches import Moments, PatchBasis, align, patches_of, pictures_of


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def stirred(channels: int = 6, seed: int = 0) -> GridAutoencoder:
    """A tiny autoencoder with every parameter moved and orthonormal bases, so that each input matters."""
    torch.manual_seed(seed)
    net = GridAutoencoder(GridParams.tiny(channels))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.08 * torch.randn(parameter.shape))
        for basis in (net.first, net.later):
            basis.basis_CE.copy_(torch.linalg.qr(torch.randn(basis.basis_CE.shape[1], channels)).Q.T)
        net.scale_C.copy_(torch.linspace(0.5, 2.0, channels))
    return net.eval()


def test_patches_come_back() -> None:
    video = noise(2, 3, 4, 32, 48)
    assert patches_of(video).shape == (2, 2, 3, 3072)
    assert torch.equal(pictures_of(patches_of(video), 4), video)


def test_the_start_is_the_closed_form() -> None:
    # Patches on a plane of 9 dimensions with little noise; numpy's decomposition is the answer.
    generator = torch.Generator().manual_seed(1)
    spread = torch.randn(9, 768, generator=generator) * torch.linspace(3.0, 0.5, 9)[:, None]
    rows = torch.randn(400, 9, generator=generator) @ spread / 30 + 0.5
    rows += 0.01 * torch.randn(400, 768, generator=generator)
    moments = Moments(768)
    for part in rows.split(100):
        moments.add(part, torch.ones(len(part)))
    net = GridAutoencoder(GridParams.tiny(6))
    net.first.fit(moments)

    exact = rows.double().numpy()
    mean = exact.mean(0)
    right = np.linalg.svd(exact - mean, full_matrices=False)[2][:6]
    expected = (exact - mean) @ right.T @ right + mean
    pictures = pictures_of(rows.view(400, 1, 1, 768), 1)
    with torch.no_grad():
        made = patches_of(net.decode(net.encode(pictures))).view(400, 768)
    assert np.abs(made.numpy() - expected).max() < 1e-5


def test_weights_of_moments_count_like_copies() -> None:
    rows = noise(30, 12)
    weighted, copied = Moments(12), Moments(12)
    weighted.add(rows, torch.tensor([3.0] * 10 + [1.0] * 20))
    copied.add(torch.cat([rows, rows[:10], rows[:10]]), torch.ones(50))
    for one, other in zip(weighted.components(4), copied.components(4), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_components_need_patches() -> None:
    with pytest.raises(ValueError, match="at least as many patches"):
        Moments(12).components(4)


def test_a_picture_that_stands_still_keeps_its_latent() -> None:
    # The later basis is the first one's, standing still, but turned at random: aligning must find the turn.
    generator = torch.Generator().manual_seed(2)
    first, later = PatchBasis(1, 6), PatchBasis(4, 6)
    first.basis_CE.copy_(torch.linalg.qr(torch.randn(768, 6, generator=generator)).Q.T)
    standing = first.basis_CE.view(6, 3, 1, 256).expand(-1, -1, 4, -1).reshape(6, 3072) / 2
    turned = torch.linalg.qr(torch.randn(6, 6, generator=generator)).Q @ standing
    later.basis_CE.copy_(turned)
    picture = noise(1, 3, 1, 16, 16)
    still = picture.expand(-1, -1, 4, -1, -1)
    reached = later.decode(later.encode(still))
    assert not torch.allclose(later.encode(still), first.encode(picture), atol=1e-2)
    align(first, later)
    assert torch.allclose(later.encode(still), first.encode(picture), atol=1e-4)
    assert torch.allclose(later.decode(later.encode(still)), reached, atol=1e-4)


@pytest.mark.parametrize(("height", "width", "frames"), [(32, 48, 13), (33, 50, 9), (16, 16, 5), (40, 20, 1)])
def test_streaming_is_whole_decoding(height: int, width: int, frames: int) -> None:
    net = stirred()
    with torch.no_grad():
        z = net.encode(noise(2, 3, frames, height, width))
        whole = net.decode(z)
        streamed = torch.cat(list(net.stream(z.unbind(1))), 2)
    assert z.shape == (2, 1 + (frames - 1) // 4, 6, -(-height // 16), -(-width // 16))
    assert net.decode(z, height, width).shape == (2, 3, frames, height, width)
    assert (streamed - whole).abs().max() <= 1e-6


def test_nothing_looks_ahead_and_the_last_latent_matters() -> None:
    net = stirred()
    z = noise(1, 4, 6, 2, 3)
    other = z.clone()
    other[:, 2] += 1.0
    with torch.no_grad():
        before, after = net.decode(z), net.decode(other)
    changed = (before - after).abs().amax((0, 1, 3, 4)) > 1e-6
    # Latent 2 holds frames 5 to 8; latent 3, frames 9 to 12, looks back at it.
    assert not changed[:5].any()
    assert changed[5:].all()


def test_the_first_frame_is_alone() -> None:
    net = stirred()
    clip = noise(1, 3, 9, 32, 32)
    with torch.no_grad():
        z = net.encode(clip)
        alone = net.encode(clip[:, :, :1])
        assert torch.allclose(z[:, :1], alone, atol=1e-6)
        assert torch.allclose(net.decode(z)[:, :, :1], net.decode(alone), atol=1e-6)


def test_the_decoder_needs_the_latent_before() -> None:
    net = stirred()
    z = noise(1, 2, 6, 2, 2)
    moved = z.clone()
    moved[:, 0] += 1.0
    with torch.no_grad():
        assert (net.decode(z)[:, :, 1:] - net.decode(moved)[:, :, 1:]).abs().max() > 1e-3


def test_a_wider_picture_has_the_same_middle() -> None:
    net = stirred()
    wide = noise(1, 3, 5, 16, 16 * 24)
    with torch.no_grad():
        whole, part = net.encode(wide), net.encode(wide[..., 64:-64])
        assert torch.allclose(whole[..., 4:-4][..., 7:-7], part[..., 7:-7], atol=1e-6)
        film, piece = net.decode(whole), net.decode(whole[..., 4:-4])
        assert torch.allclose(film[..., 64:-64][..., 96:-96], piece[..., 96:-96], atol=1e-5)


def test_odd_sizes_repeat_their_border() -> None:
    net = stirred()
    picture = noise(1, 3, 1, 20, 20)
    filled = torch.cat([picture, picture[..., -1:, :].expand(-1, -1, -1, 12, -1)], 3)
    filled = torch.cat([filled, filled[..., -1:].expand(-1, -1, -1, -1, 12)], 4)
    with torch.no_grad():
        assert torch.equal(net.encode(picture), net.encode(filled))


def test_a_length_that_is_not_one_and_fours_is_refused() -> None:
    with pytest.raises(ValueError, match="1 \\+ 4k"):
        stirred().encode(noise(1, 3, 8, 16, 16))


def test_the_normaliser_is_part_of_the_network() -> None:
    net = stirred()
    assert isinstance(net.normaliser, Normaliser)
    assert {"normaliser.mean_C", "normaliser.deviation_C", "path.mean_C"} <= set(net.state_dict())
