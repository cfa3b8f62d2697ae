"""What is saved comes back, and what is not exactly that is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from models import checkpoint
from models.checkpoint import Card, CheckpointRefused
from tests.models import tiny

CARD = Card("toy", {"width": 4}, {"seed": 1}, 2.5, "abc123", {"loss": 0.25})


def toy(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3, bias=False))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "toy.json"
    checkpoint.save(path, toy().state_dict(), CARD)
    return path


def shard_of(path: Path) -> Path:
    (shard,) = path.parent.glob("toy-*.safetensors")
    return shard


def sha_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads(path.read_text(encoding="utf-8"))
    change(card)
    path.write_text(json.dumps(card), encoding="utf-8")


def test_what_is_saved_comes_back(saved: Path) -> None:
    other = toy(seed=5)
    assert checkpoint.load_into(other, saved, kind="toy") == CARD
    for name, value in toy().state_dict().items():
        assert torch.equal(other.state_dict()[name], value)
    assert sorted(file.suffix for file in saved.parent.iterdir()) == [".json", ".safetensors"]


def test_large_matrices_are_stored_in_bytes_and_come_back_near(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(3)
    rows = 10.0 ** torch.linspace(-3, 2, 200)[:, None]
    tensors = {"large": torch.randn(200, 130, generator=generator) * rows, "small": torch.randn(8, 8)}
    path = tmp_path / "bytes.json"
    checkpoint.save(path, tensors, CARD, in_bytes=True)
    found, _ = checkpoint.load(path)
    assert set(found) == set(tensors)
    assert torch.equal(found["small"], tensors["small"])
    most = tensors["large"].abs().amax(1, keepdim=True) / 254
    assert bool(((found["large"] - tensors["large"]).abs() <= most * 1.001).all())
    (shard,) = tmp_path.glob("bytes-*.safetensors")
    assert shard.stat().st_size < 200 * 130 + 200 * 4 + 8 * 8 * 4 + 2000


def test_a_scale_without_its_matrix_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    checkpoint.save(path, {"large": torch.randn(200, 130)}, CARD, in_bytes=True)
    shard = shard_of(path)
    save_file({"large//scale": load_file(shard)["large//scale"]}, shard)
    rewrite(path, lambda card: card["shards"][0].update(sha256=sha_of(shard), bytes=shard.stat().st_size))
    with pytest.raises(checkpoint.KeysDiffer, match="no matrix"):
        checkpoint.load(path)


def test_half_precision_is_stored_and_widened(tmp_path: Path) -> None:
    network = tiny.stirred_network()
    card = Card("transformer", network.params.card())
    checkpoint.save(tmp_path / "half.json", network.state_dict(), card, dtype=torch.float16)
    other = tiny.new_network()
    checkpoint.load_into(other, tmp_path / "half.json")
    for name, value in network.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value, atol=2e-3, rtol=2e-3)
        assert other.state_dict()[name].dtype == torch.float32


@pytest.mark.parametrize("place", [0, 100, -1])
def test_one_flipped_bit_is_refused(saved: Path, place: int) -> None:
    shard = shard_of(saved)
    content = bytearray(shard.read_bytes())
    content[place] ^= 1
    shard.write_bytes(content)
    before = {name: value.clone() for name, value in toy(3).state_dict().items()}
    other = toy(3)
    with pytest.raises(checkpoint.WeightsDiffer, match=shard.name) as refused:
        checkpoint.load_into(other, saved)
    assert "again" in str(refused.value)
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())


def test_a_shard_cut_short_or_gone_is_refused(saved: Path) -> None:
    shard = shard_of(saved)
    shard.write_bytes(shard.read_bytes()[:-8])
    with pytest.raises(checkpoint.WeightsDiffer):
        checkpoint.load(saved)
    shard.unlink()
    with pytest.raises(checkpoint.CheckpointMissing, match=shard.name):
        checkpoint.load(saved)


def test_a_missing_and_an_extra_key_are_refused(tmp_path: Path) -> None:
    tensors = toy().state_dict()
    tensors["strange.weight"] = tensors.pop("2.weight")
    checkpoint.save(tmp_path / "toy.json", tensors, CARD)
    with pytest.raises(checkpoint.KeysDiffer, match=r"missing 2\.weight; extra strange\.weight"):
        checkpoint.load_into(toy(), tmp_path / "toy.json")


@pytest.mark.parametrize("wrong", [torch.zeros(3, 9), torch.zeros(24), torch.zeros(3, 8, dtype=torch.long)])
def test_a_wrong_shape_or_kind_is_refused(tmp_path: Path, wrong: torch.Tensor) -> None:
    checkpoint.save(tmp_path / "toy.json", {**toy().state_dict(), "2.weight": wrong}, CARD)
    with pytest.raises(checkpoint.ShapesDiffer, match=r"2\.weight is .* the network has \(3, 8\) float32"):
        checkpoint.load_into(toy(), tmp_path / "toy.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.update(version=2),
        lambda card: card.pop("version"),
        lambda card: card.pop("kind"),
        lambda card: card.update(colour="red"),
        lambda card: card.pop("shards"),
        lambda card: card["shards"][0].pop("sha256"),
        lambda card: card["shards"][0].update(file="../elsewhere.safetensors"),
    ],
    ids=["version", "no version", "no kind", "more", "no shards", "no hash", "outside"],
)
def test_an_unknown_card_is_refused(saved: Path, change: Callable[[dict[str, Any]], object]) -> None:
    rewrite(saved, change)
    with pytest.raises(checkpoint.CardUnreadable, match=r"toy\.json"):
        checkpoint.load(saved)


def test_no_card_broken_card_and_wrong_kind_are_refused(saved: Path) -> None:
    with pytest.raises(checkpoint.CardUnreadable, match="this is a toy, not a transformer"):
        checkpoint.load(saved, kind="transformer")
    saved.write_text("{", encoding="utf-8")
    with pytest.raises(checkpoint.CardUnreadable, match="not JSON"):
        checkpoint.load(saved)
    saved.unlink()
    with pytest.raises(checkpoint.CheckpointMissing):
        checkpoint.load(saved)


def test_a_hash_that_fits_other_content_is_refused_by_its_keys(saved: Path) -> None:
    """Even a card that was rewritten to fit the file cannot bring in other tensors."""
    shard = shard_of(saved)
    tensors = load_file(shard)
    tensors["extra"] = torch.zeros(1)
    save_file(tensors, shard)
    content = shard.read_bytes()
    digest = checkpoint.hashlib.sha256(content).hexdigest()
    rewrite(saved, lambda card: card["shards"][0].update(sha256=digest, bytes=len(content)))
    with pytest.raises(checkpoint.KeysDiffer, match="extra extra"):
        checkpoint.load_into(toy(), saved)


def test_large_weights_lie_in_shards_of_at_most_16_mib(tmp_path: Path) -> None:
    tensors = {"big": tiny.random(3000, 2000), "middle": tiny.random(1500, 1000), "small": torch.tensor(3)}
    path = tmp_path / "large.json"
    checkpoint.save(path, tensors, CARD)
    shards = list(tmp_path.glob("large-*.safetensors"))
    assert len(shards) >= 2
    assert all(shard.stat().st_size <= 16 * 2**20 for shard in shards)
    loaded, _ = checkpoint.load(path)
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    rewrite(path, lambda card: card["shards"].pop(0))
    with pytest.raises(checkpoint.KeysDiffer, match="pieces of big"):
        checkpoint.load(path)


def test_saving_again_replaces_and_leaves_nothing_behind(saved: Path) -> None:
    first = shard_of(saved)
    checkpoint.save(saved, toy(seed=9).state_dict(), CARD)
    assert shard_of(saved) != first
    checkpoint.load_into(toy(), saved)


@pytest.mark.parametrize("renames", [0, 1])
def test_a_save_killed_at_any_rename_leaves_the_old_checkpoint(
    saved: Path, renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = checkpoint.os.replace, [renames]

    def dies(source: Path, target: Path) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)

    monkeypatch.setattr(checkpoint.os, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(saved, toy(seed=9).state_dict(), CARD)
    monkeypatch.undo()
    other = toy(seed=5)
    checkpoint.load_into(other, saved)
    assert torch.equal(other.state_dict()["2.weight"], toy().state_dict()["2.weight"])


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not finite"):
        checkpoint.save(tmp_path / "toy.json", {"w": torch.tensor([1.0, float("nan")])}, CARD)
    with pytest.raises(ValueError, match=r"not finite as torch\.float16"):
        checkpoint.save(tmp_path / "toy.json", {"w": torch.tensor([1e6])}, CARD, dtype=torch.float16)
    assert not (tmp_path / "toy.json").exists()


def test_every_refusal_is_a_value_error() -> None:
    assert issubclass(CheckpointRefused, ValueError)
    with pytest.raises(ValueError, match=r"ends in \.json"):
        checkpoint.save(Path("weights.safetensors"), {}, CARD)
