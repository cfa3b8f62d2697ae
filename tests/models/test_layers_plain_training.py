"""Training of the plain encoder: losses with known answers, and a run that goes on where it was."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.codec import LayersCodec, LayersNetwork, LayersParams
from models.layers.parts import ARTICULATION, LOOK, POSE
from models.layers.plain_found import places
from models.layers.plain_nets import PlainNetwork, Seen
from models.train.plain_data import Pictures, disturbed, floats
from models.train.plain_layers import Recipe, Run, params_of
from models.train.plain_losses import close_losses, whole_losses
from models.train.plain_quality import quality
from models.train.plain_rendered import Rows, rendered


def rows(count: int = 4) -> Rows:
    """Pictures with one square each, in other places."""
    made: Rows = {
        "picture": torch.full((count, 3, 128, 224), 0.3), "masks": torch.zeros(count, 3, 64, 112),
        "plate": torch.full((count, 4, 64, 112), 0.3), "sheets": torch.zeros(count, 3, 4, 64, 64),
        "poses": torch.zeros(count, 3, len(POSE)), "articulation": torch.rand(count, 3, ARTICULATION),
        "look": torch.zeros(count, len(LOOK)), "count": torch.ones(count, dtype=torch.long),
    }  # fmt: skip
    made["sheets"][:, 0, :, 16:48, 16:48] = 0.9
    for n in range(count):
        left, top = 10 + 20 * n, 8 + 6 * n
        made["masks"][n, 0, top : top + 24, left : left + 24] = 1.0
        made["picture"][n, :, 2 * top : 2 * top + 48, 2 * left : 2 * left + 48] = 0.9
        x, y = (left + 12 - 56) / 64, (32 - top - 12) / 64
        pose = (x, y, math.log(0.75), 0.0, 1.0, 1.0, -1.0, -0.5, 0.25, 0.0, 0.5)
        made["poses"][n, 0] = torch.tensor(pose)
    return made


def codec() -> LayersCodec:
    torch.manual_seed(0)
    return LayersCodec(LayersNetwork(LayersParams.tiny()))


def perfect(of: Rows) -> Seen:
    """What a network without faults would say."""
    place = places(32, 56, 1.75)
    cover = of["masks"][:, 0]
    pose = of["poses"][:, 0]
    vote = torch.cat([pose[:, :2, None, None] - place, pose[:, 2:3, None, None].expand(-1, 1, 32, 56)], 1)
    away = (place[0] - pose[:, 0, None, None]) ** 2 + (place[1] - pose[:, 1, None, None]) ** 2
    heat = torch.exp(-away / (2 * 0.075**2)).clamp(1e-6, 1 - 1e-6)
    return Seen(
        40 * cover - 20, 40 * cover - 20, torch.zeros(4, 3, 64, 112), of["plate"][:, 3], (heat / (1 - heat)).log(),
        vote, of["look"],
    )  # fmt: skip


def test_who_says_what_is_true_loses_nothing() -> None:
    shown = rows()
    parts = whole_losses(perfect(shown), shown, F.avg_pool2d(shown["picture"], 2))
    for name in ("cover", "votes", "behind", "parallax", "look"):
        assert float(parts[name]) < 0.01, name


@pytest.mark.parametrize(("field", "part"), [(0, "cover"), (5, "votes"), (3, "parallax"), (6, "look"), (2, "behind")])
def test_every_fault_is_lost_by(field: int, part: str) -> None:
    shown = rows()
    small = F.avg_pool2d(shown["picture"], 2)
    right = perfect(shown)
    wrong = right._replace(**{Seen._fields[field]: -right[field] + 0.3})
    assert float(whole_losses(wrong, shown, small)[part]) > 3 * float(whole_losses(right, shown, small)[part]) + 0.01


def test_a_picture_without_anybody_has_no_close_looks() -> None:
    shown, generator = rows(), torch.Generator().manual_seed(0)
    net, sheet = PlainNetwork(params_of("tiny", codec())), codec().network.sheet
    assert float(close_losses(net, sheet, shown, 4, generator)["token"].detach()) > 0
    shown["masks"].zero_()
    assert close_losses(net, sheet, shown, 4, generator) == {}


def test_mirrored_pictures_have_mirrored_poses() -> None:
    shown = disturbed(rows(), np.random.default_rng(3))
    place = places(64, 112, 1.75)
    cover = shown["masks"][:, 0]
    middle = (place[None] * cover[:, None]).sum((2, 3)) / cover.sum((1, 2))[:, None]
    torch.testing.assert_close(middle, shown["poses"][:, 0, :2], atol=1e-4, rtol=0)
    turned = shown["poses"][:, 0, 5] < 0
    assert 0 < int(turned.sum()) < 4


def test_a_stopped_run_goes_on_exactly_where_it_was(tmp_path: Path) -> None:
    held = {name: (value * 255).byte() if name in ("picture", "masks", "plate", "sheets") else value
            for name, value in rows().items()}  # fmt: skip

    def run() -> Run:
        torch.manual_seed(5)
        made = codec()
        recipe = Recipe(pictures=3, subjects=2, composed=0.0)
        network = PlainNetwork(params_of("tiny", made))
        return Run(network, made, Pictures(held, None, 0.0), recipe, tmp_path, "cpu")

    first = run()
    first.learn(0.1)
    first.learn(0.1)
    first.save()
    second = run()
    second.resume()
    assert second.steps == 2
    assert first.learn(0.2) == second.learn(0.2)
    for a, b in zip(first.ema.shadow.values(), second.ema.shadow.values(), strict=True):
        assert torch.equal(a, b)


def test_a_rendered_picture_knows_what_is_in_it() -> None:
    shown = floats({name: value[None] for name, value in rendered(3, "val").items()})
    seen = shown["masks"][0].sum((1, 2))
    assert int((seen > 20).sum()) == int(shown["count"])
    small = F.avg_pool2d(shown["picture"], 2)[0]
    free = shown["masks"][0].sum(0) < 0.01
    assert float((small - shown["plate"][0, :3]).abs().mean(0)[free].median()) < 0.06
    made = codec()
    run = Run(PlainNetwork(params_of("tiny", made)), made, Pictures(shown, None), Recipe(), Path("/nowhere"), "cpu")
    measured = quality(run.averaged(), made, shown)
    assert measured["db"] < 60
    assert measured["left_out_db"] < 40
