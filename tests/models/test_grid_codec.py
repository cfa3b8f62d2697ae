"""The grid codec keeps what a codec promises: tokens with places and times, pictures at any size and rate."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from models import checkpoint
from models.checkpoint import Card, CheckpointRefused
from models.codec import Canvas, Codec
from models.conditions import image_to_video, with_references
from models.finisher import Finisher, FinisherParams
from models.grid.autoencoder import GridAutoencoder, GridParams
from models.grid.codec import KIND, GridCodec, finishing, reference_cells, resized, retimed
from models.packing import modalities_of
from models.shapes import latent_times
from tests.models.test_grid_autoencoder import noise, stirred


def codec() -> GridCodec:
    net = stirred()
    with torch.no_grad():
        net.normaliser.fit(net.encode(noise(8, 3, 5, 32, 32)).movedim(2, -1).reshape(-1, 6))
        net.path.fit(noise(50, 9) * 3 - 1)
    return GridCodec(net)


CANVAS = Canvas(9, 40, 56)


def test_it_is_a_codec() -> None:
    made: Codec = codec()
    assert made.name == "grid"
    assert modalities_of(made.specs) == {"camera": 36, "video": 6}
    assert {spec.role for spec in made.specs} == {"reference", "history", "camera", "video"}


def test_tokens_have_places_times_and_frames() -> None:
    (part,) = codec().encode(noise(3, 9, 40, 56))
    assert (part.role, part.modality, part.clean_LC.shape) == ("video", "video", (3 * 3 * 4, 6))
    assert part.frame_L.tolist() == [0] * 12 + [1] * 12 + [2] * 12
    assert part.position_L3[::12, 0].tolist() == latent_times(3).tolist()
    # The middle of the picture is at 0: three rows, four columns.
    assert part.position_L3[0].tolist() == [1.0, -1.0, -1.5]
    assert part.position_L3[-1, 1:].tolist() == [1.0, 1.5]
    assert bool((part.mask_L == 1).all())
    (blank,) = codec().blank(CANVAS, 2, torch.zeros(9, 9))
    assert torch.equal(blank.position_L3, part.position_L3)
    assert torch.equal(blank.frame_L, part.frame_L)
    assert not blank.clean_LC.any()


def test_latents_are_normalised() -> None:
    made = codec()
    latents = made.latents(noise(8, 3, 5, 32, 32)).reshape(-1, 6)
    assert torch.allclose(latents.mean(0), torch.zeros(6), atol=1e-4)
    assert torch.allclose(latents.std(0), torch.ones(6), atol=1e-4)


def test_what_is_encoded_is_decoded_at_its_own_size() -> None:
    made = codec()
    clip = noise(3, 9, 40, 56)
    film = made.decode(made.encode(clip), CANVAS, 40, 56, 12.0)
    with torch.no_grad():
        net = made.network
        expected = net.decode(net.encode(clip[None]), 40, 56)[0].clamp(0, 1).permute(1, 2, 3, 0)
    assert film.dtype == torch.uint8
    assert film.shape == (9, 40, 56, 3)
    assert (film.float() - expected * 255).abs().max() <= 0.5 + 1e-2


def test_a_picture_is_a_clip_of_one_frame() -> None:
    made = codec()
    picture = noise(3, 40, 56)
    (first,) = made.picture(picture, CANVAS, 1)
    (clip,) = made.encode(picture[:, None])
    (longer,) = made.encode(torch.cat([picture[:, None], noise(3, 8, 40, 56, seed=3)], 1))
    assert torch.equal(first.clean_LC, clip.clean_LC)
    assert torch.allclose(longer.clean_LC[:12], first.clean_LC, atol=1e-5)
    assert torch.equal(longer.position_L3[:12], first.position_L3)
    film = made.decode((clip,), Canvas(1, 40, 56), 40, 56, 12.0)
    assert film.shape == (1, 40, 56, 3)


def test_a_picture_of_another_size_is_brought_to_the_canvas() -> None:
    made = codec()
    flat = torch.full((3, 100, 200), 0.25)
    assert torch.allclose(
        made.picture(flat, CANVAS, 1)[0].clean_LC, made.picture(flat[:, :40, :56], CANVAS, 1)[0].clean_LC, atol=1e-4
    )


def test_what_is_transparent_is_grey() -> None:
    made = codec()
    colour, cover = noise(3, 64, 64), torch.zeros(1, 64, 64)
    hidden = made.reference(torch.cat([colour, cover]))
    assert torch.equal(hidden.clean_LC, made.reference(torch.full((3, 64, 64), 0.5)).clean_LC)
    shown = made.reference(torch.cat([colour, cover + 1]))
    assert torch.equal(shown.clean_LC, made.reference(colour).clean_LC)
    assert (shown.clean_LC - hidden.clean_LC).abs().max() > 0.1
    assert (hidden.role, hidden.modality) == ("reference", "video")
    assert not hidden.mask_L.any()
    with pytest.raises(ValueError, match="RGB or RGBA"):
        made.reference(noise(2, 64, 64))


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(64, 112, (4, 7)), (512, 512, (5, 5)), (300, 100, (9, 3)), (10, 1000, (1, 28))]
)
def test_references_keep_their_shape(height: int, width: int, expected: tuple[int, int]) -> None:
    assert reference_cells(height, width) == expected


def test_references_and_first_frames_enter_a_sequence() -> None:
    made = codec()
    sequence = image_to_video(torch.tensor([1, 2]), *made.encode(noise(3, 9, 40, 56)))
    sequence = with_references(sequence, [made.reference(noise(4, 30, 30)), made.reference(noise(3, 64, 112))])
    assert [part.role for part in sequence.segments] == ["reference", "reference", "video"]
    assert sequence.generated == 24


def test_the_camera_is_four_frames_to_a_token() -> None:
    made = codec()
    path = noise(9, 9, seed=5)
    part = made.camera(path, CANVAS)
    assert part.clean_LC.shape == (3, 36)
    assert part.frame_L.tolist() == [0, 1, 2]
    assert not part.mask_L.any()
    back = made.network.path.undo(part.clean_LC.view(12, 9))
    assert torch.allclose(back[3:], path, atol=1e-5)
    assert torch.allclose(back[:3], path[:1].expand(3, -1), atol=1e-5)
    with pytest.raises(ValueError, match="9 × 9"):
        made.camera(path[:8], CANVAS)


def test_between_two_instants_frames_are_mixed() -> None:
    ramp = torch.arange(5.0)[:, None, None, None].expand(5, 3, 2, 2) / 4
    twice = retimed(ramp, 12, 24, 10)[:, 0, 0, 0] * 4
    assert torch.allclose(twice, torch.tensor([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4]))
    assert torch.allclose(retimed(ramp, 12, 8, 3)[:, 0, 0, 0] * 4, torch.tensor([0, 1.5, 3.0]))
    assert retimed(ramp, 12, 12, 5) is ramp


def test_it_decodes_to_any_size_and_rate() -> None:
    made = codec()
    parts = made.encode(noise(3, 9, 40, 56))
    assert made.decode(parts, CANVAS, 90, 126, 24.0).shape == (18, 90, 126, 3)
    assert made.decode(parts, CANVAS, 20, 31, 8.0).shape == (6, 20, 31, 3)
    with pytest.raises(ValueError, match="36 tokens"):
        made.decode((parts[0].only(parts[0].frame_L < 2),), CANVAS, 40, 56, 12.0)


def test_a_finisher_is_asked_for_the_size_and_the_rate() -> None:
    made = codec()

    def doubled(video_F3HW: torch.Tensor, height: int, width: int, fps: float, wanted_fps: float) -> tuple[
        torch.Tensor, float
    ]:  # fmt: skip
        white = torch.ones_like(resized(video_F3HW, height, width))
        return white.repeat_interleave(2, 0), 2 * fps if wanted_fps > fps else fps

    made.finish = doubled
    parts = made.encode(noise(3, 9, 40, 56))
    film = made.decode(parts, CANVAS, 80, 112, 24.0)
    assert film.shape == (18, 80, 112, 3)
    assert bool((film == 255).all())


def test_the_finisher_fits_the_hook() -> None:
    made = codec()
    parts = made.encode(noise(3, 9, 40, 56))
    plain = made.decode(parts, CANVAS, 160, 224, 24.0)
    own = made.decode(parts, CANVAS, 40, 56, 12.0)
    made.finish = finishing(Finisher(FinisherParams.tiny()).eval())
    # An untrained finisher is bicubic and the mean of neighbours: what the codec does by itself.
    finished = made.decode(parts, CANVAS, 160, 224, 24.0)
    assert finished.shape == (18, 160, 224, 3)
    assert (finished[:, 16:-16, 16:-16].float() - plain[:, 16:-16, 16:-16]).abs().max() <= 1
    assert torch.equal(made.decode(parts, CANVAS, 40, 56, 12.0), own)


def saved(folder: Path, net: GridAutoencoder) -> Path:
    card = folder / "grid.json"
    checkpoint.save(card, net.state_dict(), Card(KIND, asdict(net.params)))
    return card


def test_a_checkpoint_comes_back_whole(tmp_path: Path) -> None:
    made = codec()
    loaded = GridCodec.load(saved(tmp_path, made.network))
    assert loaded.network.params == GridParams.tiny()
    assert loaded.version == made.version
    clip = noise(3, 5, 32, 32)
    assert torch.equal(loaded.encode(clip)[0].clean_LC, made.encode(clip)[0].clean_LC)
    with torch.no_grad():
        made.network.decoder.alone[0] += 1
    assert GridCodec(made.network).version != loaded.version


def test_a_changed_checkpoint_is_refused(tmp_path: Path) -> None:
    card = saved(tmp_path, codec().network)
    (shard,) = tmp_path.glob("grid-*.safetensors")
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    with pytest.raises(CheckpointRefused):
        GridCodec.load(card)


def test_a_checkpoint_of_another_size_is_refused(tmp_path: Path) -> None:
    card = saved(tmp_path, codec().network)
    card.write_text(card.read_text().replace('"channels": 6', '"channels": 7'))
    with pytest.raises(CheckpointRefused, match="network has"):
        GridCodec.load(card)
