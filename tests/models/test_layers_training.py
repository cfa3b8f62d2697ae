"""How the layers codec is trained: closed forms of its parts, and a tiny run that is stopped and goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.codec import Canvas
from models.flow import Normaliser
from models.layers.codec import LayersParams, load_codec
from models.layers.parts import ARTICULATION, Layers, Sprites
from models.layers.plate import DEPTH_WEIGHT
from models.train.codec_layers import start, train
from models.train.layers_cache import SHARD, Cache, write_clips, write_figures
from models.train.layers_data import Data, Plates, noised, partly_recoloured, recoloured
from models.train.layers_losses import boxed_error, decibel, figure_loss, figure_quality, plate_loss
from models.train.layers_rendering import Job, jobs, render
from models.train.layers_run import Nets, Recipe, Run, follow, lay_out

RECIPE = Recipe(figure_shards=1, clip_shards=1, figures=4, plates=2)


def ellipses(count: int, seed: int) -> Sprites:
    """Plain ellipses, wide as they stand, and turned into high ones by their first limb."""
    generator = torch.Generator().manual_seed(seed)
    colour = torch.rand(count, 3, 1, 1, generator=generator)
    bend = torch.rand(count, generator=generator)
    line = (torch.arange(64) - 31.5) / 32

    def drawn(amount: torch.Tensor) -> torch.Tensor:
        wide, high = (0.8 - 0.4 * amount)[:, None, None], (0.4 + 0.4 * amount)[:, None, None]
        alpha = (12 * (1 - (line / wide) ** 2 - (line[:, None] / high) ** 2)).clamp(0, 1)[:, None]
        return (torch.cat([colour * alpha, alpha], 1) * 255).byte()

    limbs = torch.zeros(count, ARTICULATION)
    limbs[:, 0] = bend
    return Sprites(drawn(0 * bend), drawn(bend), limbs, torch.zeros(count, ARTICULATION), torch.arange(count) % 3)


def clips(seed: int) -> list[Layers]:
    """Plates of stripes with one ellipse each."""
    generator = torch.Generator().manual_seed(seed)
    figures = ellipses(SHARD, seed)
    made = []
    for index in range(SHARD):
        stripes = torch.rand(4, 4, 7, generator=generator).repeat_interleave(16, 1).repeat_interleave(16, 2)
        pose = torch.randn(1, 5, 11, generator=generator)
        camera = 0.1 * torch.randn(5, 9, generator=generator)
        made.append(
            Layers(
                (stripes * 255).byte(), (0, 0), figures.sheets[index : index + 1], pose,
                figures.articulation[index].expand(1, 5, -1), figures.kinds[index : index + 1], camera,
                torch.rand(15, generator=generator),
            )
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose examples are already there, so that nothing is rendered."""
    made = tmp_path_factory.mktemp("layers")
    for number, split in enumerate(("train", "val")):
        cache = Cache(made, split)
        write_clips(cache.clip_file(0), clips(number))
        for shard in range(2 if split == "val" else 1):
            write_figures(cache.figure_file(shard), ellipses(40, 10 * number + shard))
    return made


def test_what_is_kept_is_what_was_made(folder: Path) -> None:
    kept, made = Cache(folder).clips(0), clips(0)
    assert kept[7].corner == (0, 0)
    for one, two in zip(kept, made, strict=True):
        assert torch.equal(one.plate, two.plate)
        assert torch.equal(one.poses, two.poses)
    assert torch.equal(Cache(folder).figures(0).posed, ellipses(40, 0).posed)


def test_other_colours_are_the_same_in_all_pictures_of_an_example() -> None:
    picture = torch.rand(6, 4, 3, 3) * 0.6
    one, two = recoloured([picture, picture.flip(2)], torch.Generator().manual_seed(0), 1.0)
    assert torch.allclose(one, two.flip(2), atol=1e-6)
    assert torch.equal(one[:, 3], picture[:, 3])
    assert (one[:, :3] - picture[:, :3]).abs().amax((1, 2, 3)).min() > 0.02
    (same,) = recoloured([picture], torch.Generator().manual_seed(0), 0.0)
    assert torch.allclose(same, picture, atol=1e-6)


def test_a_part_of_the_examples_keeps_its_colours() -> None:
    picture = torch.rand(8, 4, 3, 3) * 0.6
    (made,) = partly_recoloured([picture], torch.Generator().manual_seed(0), 0.25)
    assert torch.equal(made[2:], picture[2:])
    assert (made[:2] - picture[:2]).abs().amax((1, 2, 3)).min() > 0.02


def test_pieces_are_cut_from_plates_of_any_size_and_half_are_mirrored() -> None:
    plates = [torch.randint(256, (4, *size), dtype=torch.uint8) for size in ((64, 112), (65, 112), (64, 115))]
    places = [plate[:, top:, left:] for plate in plates for top in range(2) for left in range(4)]
    windows = {w[:, :64, :112].numpy().tobytes() for w in places if w.shape[1] >= 64 and w.shape[2] >= 112}
    pieces = Plates(plates).pieces(200, (4, 7), torch.Generator().manual_seed(0))
    as_they_are, mirrored = (
        [piece.contiguous().numpy().tobytes() for piece in (turned * 255).round().byte()]
        for turned in (pieces, pieces.flip(3))
    )
    assert {*as_they_are, *mirrored} >= windows
    assert all(one in windows or other in windows for one, other in zip(as_they_are, mirrored, strict=True))
    assert 70 < sum(one in windows for one in as_they_are) < 130


def test_turning_hues_keeps_grey_grey_but_for_the_strength_of_channels() -> None:
    grey = torch.full((200, 4, 1, 1), 0.5)
    (made,) = recoloured([grey], torch.Generator().manual_seed(0), 1.0)
    assert float(made[:, :3].min()) > 0.5 * 0.7 - 1e-4
    assert float(made[:, :3].max()) < 0.5 * 1.2 + 1e-4


def test_a_normaliser_that_follows_arrives() -> None:
    normaliser = Normaliser(2)
    generator = torch.Generator().manual_seed(0)
    for _ in range(600):
        raw = torch.randn(256, 2, generator=generator) * torch.tensor([3.0, 0.2]) + torch.tensor([5.0, -1.0])
        follow(normaliser, normaliser(raw), 0.03)
    assert normaliser.mean_C.tolist() == pytest.approx([5.0, -1.0], abs=0.2)
    assert normaliser.deviation_C.tolist() == pytest.approx([3.0, 0.2], rel=0.1)


def test_noise_has_one_level_an_example_up_to_the_most() -> None:
    latent = torch.zeros(400, 5000)
    level = noised(latent, 0.2, torch.Generator().manual_seed(0)).std(1)
    assert 0.19 < float(level.max()) < 0.21
    assert float(level.min()) < 0.01
    assert float(level.mean()) == pytest.approx(0.1, abs=0.01)


def test_losses_of_known_errors() -> None:
    plate = torch.rand(2, 4, 16, 16)
    assert float(plate_loss(plate, plate)) == 0.0
    # A constant error e has no differences: |e| + e²/2, parallax at its weight.
    off = plate + torch.tensor([0.1, 0.1, 0.1, 0.1 / DEPTH_WEIGHT])[:, None, None]
    assert float(plate_loss(off, plate)) == pytest.approx(0.1 + 0.005, rel=1e-4)
    ghost = torch.zeros(1, 4, 64, 64)
    ghost[:, 3] = 0.2
    black, white = torch.zeros(2, 1, 3), torch.ones(2, 1, 3)
    nothing = torch.zeros(1, 4, 64, 64)
    # Black glass over black shows only as opacity, over white as an error of its own.
    assert float(figure_loss(ghost, nothing, black)) == pytest.approx((0.1 + 0.02) / 3, rel=1e-4)
    assert float(figure_loss(ghost, nothing, white)) == pytest.approx(0.1 + 0.02, rel=1e-4)


def test_errors_are_measured_in_the_box_of_the_figure() -> None:
    wanted = torch.zeros(1, 4, 64, 64)
    wanted[:, 3, 10:20, 30:50] = 1.0
    made = wanted.clone()
    made[:, :3, 10:15, 30:50] = 0.2
    made[:, :3, 40:, :] = 1.0
    assert float(boxed_error(made, wanted)[0]) == pytest.approx(0.5 * 0.04)
    assert decibel(0.01) == pytest.approx(20.0)


def test_a_run_that_is_stopped_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    data, params = Data(folder, 1, 1, RECIPE.crop), LayersParams.tiny()

    def run() -> Run:
        torch.manual_seed(0)
        nets = Nets(params.plate, params.sheet)
        start(nets, data)
        return Run(nets, data, RECIPE, tmp_path, "cpu")

    first = run()
    for _ in range(6):
        first.learn(0.0)
    first.save()
    second = run()
    second.resume()
    assert second.steps == first.steps
    assert min(second.steps.values()) > 0
    # Which of the two networks is next depends on the clock, so both ask for the same one.
    for each in (first, second):
        each.spending.spent = {"plate": 1.0, "sheet": 0.0}
    assert [first.learn(0.5) for _ in range(1)] == [second.learn(0.5) for _ in range(1)]
    for one, two in zip(first.averaged().parameters(), second.averaged().parameters(), strict=True):
        assert torch.equal(one, two)


def test_half_precision_learns_the_same_with_weights_and_latents_in_single(folder: Path, tmp_path: Path) -> None:
    data, params = Data(folder, 1, 1, RECIPE.crop), LayersParams.tiny()
    losses: dict[bool, list[float]] = {False: [], True: []}
    for half in (False, True):
        torch.manual_seed(0)
        nets = Nets(params.plate, params.sheet)
        start(nets, data)
        run = Run(nets, data, replace(RECIPE, half=half), tmp_path, "cpu")
        for name in ("sheet", "plate") * 3:
            run.spending.spent = {"plate": float(name == "sheet"), "sheet": float(name == "plate")}
            losses[half].append(float(run.learn(0.0)[1]))
        assert {each.dtype for each in run.nets.state_dict().values()} == {torch.float32}
        assert run.figures_loss(run.generator([0])).dtype == torch.float32
        assert [latents.dtype for _, latents, _ in run.seen] == [torch.float32] * 2
    assert losses[True] == pytest.approx(losses[False], rel=0.05)
    assert losses[True] != losses[False]


def test_moments_lie_as_their_parameters_do(folder: Path, tmp_path: Path) -> None:
    data, params = Data(folder, 1, 1, RECIPE.crop), LayersParams.tiny()
    run = Run(Nets(params.plate, params.sheet), data, RECIPE, tmp_path, "cpu")
    run.learn(0.0)
    run.nets.to(memory_format=torch.channels_last)
    optimiser = run.optimiser["sheet"]
    lay_out(optimiser)
    (member,) = optimiser.members
    for parameter, state in member.state.items():
        assert state["exp_avg"].stride() == parameter.stride()


def test_what_is_missing_is_rendered_in_an_order_that_can_be_cut_anywhere(folder: Path, tmp_path: Path) -> None:
    asked = jobs(tmp_path, 4, 2)
    assert [job.split for job in asked] == ["val"] * 3 + ["train"] * 6
    assert [job.what for job in asked[3:]] == ["figures", "clips", "figures", "figures", "clips", "figures"]
    assert jobs(folder, 1, 1) == []
    assert jobs(folder, 2, 1) == [Job(folder, "train", "figures", 1)]
    assert render(folder, 1, 1, 2) == (0, 0)


def test_workers_render_until_the_time_is_over_and_what_is_there_is_learned_from(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    assert render(tmp_path, 2, 1, 1, seconds=0.0) == (0, 1)
    assert len(Data(tmp_path, 2, 1, RECIPE.crop, kept=True).figures.sheets) == 40
    assert render(tmp_path, 2, 1, 1) == (1, 0)
    assert len(Data(tmp_path, 2, 1, RECIPE.crop, kept=True).figures.sheets) > 80
    with pytest.raises(FileNotFoundError, match="no examples"):
        Data(tmp_path / "nowhere", 2, 1, RECIPE.crop, kept=True)


def test_learning_finds_the_silhouette(folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    data, params = Data(folder, 1, 1, RECIPE.crop), LayersParams.tiny()
    made = Run(Nets(params.plate, params.sheet), data, RECIPE, tmp_path, "cpu")
    start(made.nets, data)
    before = figure_quality(made.nets.sheet, data.held_figures)["silhouette"]
    for _ in range(80):
        made.spending.spent = {"plate": 1.0, "sheet": 0.0}
        made.learn(0.0)
    after = figure_quality(made.nets.sheet, data.held_figures)["silhouette"]
    assert float(after) > float(before) + 0.3


def test_training_leaves_a_codec_with_a_card(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "layers.json"
    measured = train(1e-9, folder=folder, size="tiny", recipe=RECIPE, out=out)
    again = train(1e-9, folder=folder, size="tiny", recipe=RECIPE, out=out)
    assert again == measured
    card = json.loads(out.read_text())
    assert card["kind"] == "layers-codec"
    assert card["recipe"]["steps"] == {"plate": 0, "sheet": 1}
    assert card["metrics"]["rows"]["place_px"] == measured["rows"]["place_px"]
    assert (folder / "tiny" / "figures.png").stat().st_size > 1000
    codec, canvas = load_codec(out), Canvas(5)
    parts = (*codec.encode(clips(5)[0], canvas), codec.camera(torch.zeros(5, 9), canvas))
    assert codec.decode(parts, canvas, 32, 56, 12).shape == (5, 32, 56, 3)


def test_held_encoders_keep_the_latents_and_let_the_pictures_change(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    train(1e-9, folder=folder, size="tiny", recipe=RECIPE, out=first)
    train(0.02, folder=folder, size="tiny", recipe=RECIPE, out=second, held=first, resume=False)
    one, two, canvas = load_codec(first), load_codec(second), Canvas(5)
    clip = clips(5)[0]
    for mine, other in zip(one.encode(clip, canvas), two.encode(clip, canvas), strict=True):
        assert torch.equal(mine.clean_LC, other.clean_LC)
    assert one.version != two.version
    parts = one.encode(clip, canvas)
    assert not torch.equal(one.decode(parts, canvas, 32, 56, 12), two.decode(parts, canvas, 32, 56, 12))
