"""Training of the enlarger: exact pairs, losses with known answers, a run that learns and goes on where it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F  # noqa: N812

from models.checkpoint import Card
from models.codec import Canvas
from models.layers.codec import LayersNetwork, LayersParams, save_codec
from models.layers.crisp import CrispNetwork, CrispParams, load_crisp
from models.layers.observe import backdrop, observe, sprites
from models.layers.parts import ARTICULATION
from models.train.crisp import Recipe, Run, train
from models.train.crisp_losses import picture_loss, quality, sprite_loss, strength
from models.train.crisp_pairs import Decoding, Pairs, Rows, fill, recoloured, rendered
from models.world.sample import sample_scene

CPU = torch.device("cpu")


def rows(count: int = 4) -> Rows:
    """Discs over stripes, exactly at both sizes."""
    line = (torch.arange(448) + 0.5) / 256
    y, x = line[:256, None], line[None]
    made: dict[str, list[torch.Tensor]] = {"plate": [], "sprite": []}
    for n in range(count):
        stripes = ((x + 0.3 * y) % (0.2 + 0.05 * n) < 0.1).float()
        made["plate"].append(torch.stack([stripes, 1 - stripes, 0.5 + 0 * stripes]))
        disc = ((x[:, :256] - 0.5) ** 2 + (y - 0.5) ** 2 < (0.2 + 0.04 * n) ** 2).float()
        made["sprite"].append(torch.stack([disc, 0.3 * disc, 0 * disc, disc]))
    fine, posed_fine = torch.stack(made["plate"]), torch.stack(made["sprite"])
    posed = F.avg_pool2d(posed_fine, 4)
    plate = torch.cat([F.avg_pool2d(fine, 4), torch.ones(count, 1, 64, 112)], 1)
    pictures = {"plate": plate, "plate_fine": fine, "sheet": posed, "posed": posed, "posed_fine": posed_fine}
    return {name: (255 * value).round().byte() for name, value in pictures.items()} | {
        "articulation": torch.zeros(count, ARTICULATION)
    }


def painted(folder: Path) -> list[Path]:
    """Files where ``fill`` looks for them."""
    files = [folder / f"pairs-{split}-00000.safetensors" for split in ("train", "val")]
    for file in files:
        save_file(rows(), file)
    return files


def network() -> LayersNetwork:
    torch.manual_seed(0)
    return LayersNetwork(LayersParams.tiny())


def run(folder: Path) -> Run:
    torch.manual_seed(3)
    recipe = Recipe(plates=1, sprites=2, rate=1e-2)
    pairs = Pairs(painted(folder)[:1], CPU)
    return Run(CrispNetwork(CrispParams.tiny()), recipe, pairs, Decoding(network(), CPU, 0.1, 1.0), CPU)


def test_a_scene_is_painted_twice_as_the_codec_sees_it_and_finer() -> None:
    made = rendered(range(3, 5), "val")
    assert made["plate"].shape == (2, 4, 64, 112)
    assert made["plate_fine"].shape == (2, 3, 256, 448)
    assert made["posed_fine"].shape[1:] == (4, 256, 256)
    assert len(made["posed"]) == len(made["posed_fine"]) == len(made["sheet"]) == len(made["articulation"])
    for small, fine in (("plate", "plate_fine"), ("posed", "posed_fine")):
        shrunk = F.avg_pool2d(made[fine].float(), 4)
        off = [
            float((shrunk.roll((y, x), (2, 3)) - made[small][:, : shrunk.shape[1]]).abs().mean())
            for y in (-1, 0, 1)
            for x in (-1, 0, 1)
        ]
        assert off.index(min(off)) == 4
        assert off[4] < 5
    assert bool((made["posed_fine"][:, :3] <= made["posed_fine"][:, 3:]).all())


def test_the_small_plate_is_what_the_codec_is_shown() -> None:
    scene = sample_scene(5, split="val")
    assert torch.equal(backdrop(scene, 1.75), observe(scene, Canvas(1)).plate)
    draw = [sprites([scene], torch.Generator().manual_seed(2), 2, *pixels) for pixels in ((), (64,))]
    assert torch.equal(draw[0].posed, draw[1].posed)


def test_nothing_is_painted_twice_and_what_is_half_written_is_not_there(tmp_path: Path) -> None:
    files = painted(tmp_path)
    (tmp_path / "pairs-train-00001.safetensors.7.part").write_bytes(b"half")
    before = files[0].stat().st_mtime_ns
    assert fill(tmp_path, "train", 1) == files[:1]
    assert files[0].stat().st_mtime_ns == before


def test_who_is_right_loses_nothing_and_a_blurred_edge_loses_more_than_a_faint_wash() -> None:
    edge = torch.zeros(1, 4, 16, 16)
    edge[..., 8:] = 1.0
    blurred = F.avg_pool2d(edge, (1, 5), 1, (0, 2), count_include_pad=False)
    washed = edge + (blurred - edge).abs().mean()
    ground = torch.rand(1, 3)
    assert float(sprite_loss(edge, edge, ground)) == pytest.approx(1e-3)
    assert float(picture_loss(blurred, edge)) > 1.5 * float(picture_loss(washed, edge))
    # Premultiplied colour and opacity that are both too strong by a ground's colour do not show over it.
    wrong = torch.cat([ground[..., None, None].expand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)], 1)
    assert float(sprite_loss(edge + wrong, edge, ground)) == pytest.approx(0.25, abs=2e-3)


def test_an_edge_beside_its_place_is_better_than_none() -> None:
    edge, beside = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    edge[..., 9:] = beside[..., 10:] = 1.0
    soft = F.avg_pool2d(edge, (1, 7), 1, (0, 3), count_include_pad=False)
    assert torch.equal(strength(edge), strength(beside))
    assert float((strength(soft) - strength(edge)).abs().mean()) > 0.02
    assert float(strength(edge)[..., 0].max()) < 0.01


def test_colours_are_exchanged_alike_in_all_pictures_of_an_example() -> None:
    shown = Pairs.__new__(Pairs)
    shown.rows, shown.device = rows(2), CPU
    given = shown.figures(np.array([0, 1]))
    made = recoloured(given, np.random.default_rng(2))
    torch.testing.assert_close(F.avg_pool2d(made["posed_fine"], 4), made["posed"], atol=0.005, rtol=0)
    assert torch.equal(made["posed"][:, 3], given["posed"][:, 3])
    assert float((made["posed"][:, :3] - given["posed"][:, :3]).abs().max()) > 0.05
    assert made["articulation"] is given["articulation"]


def test_a_few_steps_are_sharper_than_bicubic(tmp_path: Path) -> None:
    learning = run(tmp_path)
    for _ in range(120):
        learning.learn(0.3)
    found = quality(learning.averaged(), Decoding(network(), CPU, clean=1.0), learning.pairs)
    for kind in ("plate", "sprite"):
        assert found[f"{kind}_db"] > found[f"bicubic_{kind}_db"]
        assert found[f"{kind}_sharp"] > 1.1 * found[f"bicubic_{kind}_sharp"]


def test_a_stopped_run_goes_on_exactly_where_it_was(tmp_path: Path) -> None:
    first = run(tmp_path)
    first.learn(0.1)
    first.learn(0.1)
    first.save(tmp_path / "training.json")
    second = run(tmp_path)
    second.resume(tmp_path / "training.json")
    assert second.step == 2
    assert first.learn(0.2) == second.learn(0.2)
    for a, b in zip(first.average.shadow.values(), second.average.shadow.values(), strict=True):
        assert torch.equal(a, b)


def test_a_training_leaves_weights_their_card_and_pictures(tmp_path: Path) -> None:
    painted(tmp_path)
    codec, out = tmp_path / "codec.json", tmp_path / "kept" / "crisp.json"
    save_codec(codec, network(), Card(""))
    recipe = Recipe(shards=1, held=1, plates=1, sprites=2)
    found = [
        train(minutes, folder=tmp_path, codec=codec, out=out, recipe=recipe, params=CrispParams.tiny())
        for minutes in (0.01, 0.02)
    ]
    assert load_crisp(out).network.params == CrispParams.tiny()
    assert set(found[1]) == {
        f"{way}_{of}" for way in ("bicubic_plate", "plate", "bicubic_sprite", "steep_sprite", "sprite")
        for of in ("db", "edge", "sharp")
    }  # fmt: skip
    for sheet in ("plates.png", "sprites.png"):
        assert (tmp_path / sheet).read_bytes().startswith(b"\x89PNG")
    steps = [line for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines() if "sharp" in line]
    assert len(steps) == 2
