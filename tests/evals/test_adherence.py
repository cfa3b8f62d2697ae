"""Scoring adherence: known paths, known rows, known tables; what was made or scored is not made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from evals.adherence import digest, made_of, report_of, run
from evals.adherence_camera import CameraPaths, asked_steps, camera_paths, camera_r, pooled_r, r_interval
from evals.adherence_identity import found_box, identity_score, pair_at, sheet_of
from evals.adherence_makers import Oracle, frozen, maker_of
from evals.adherence_measured import UNMEASURABLE
from evals.adherence_scenes import CLIP_FRAMES, Asked, World, asked_at, asked_of, read_frames, silent, world_of
from evals.adherence_score import Row, askable, energy, rows_of_clip, rows_of_picture
from evals.adherence_tables import against, summary, table
from evals.looks import TILE, Strip, drawn, moments_of, tile_of
from evals.statistics import TooFewClusters
from models.reader import Reader, ReaderParams, read
from models.world.scene import Act, Actor, Camera, Scene
from storyboards.errors import BadInput

WALK = (Act("walk", 0.0, 4.08, "right"),)
FOX = Actor("fox", "orange", "large", acts=WALK, side="left")
CLIP_S = CLIP_FRAMES / 12


def tiny() -> Reader:
    torch.manual_seed(3)
    return Reader(ReaderParams.tiny()).eval()


@pytest.fixture(scope="module")
def panned() -> tuple[Asked, World]:
    """A fox walks along a meadow while the camera pans right."""
    scene = Scene((FOX,), "city", camera=Camera("pan right"), duration_s=CLIP_S)
    return asked_of(scene, 1), world_of(scene)


class Painter:
    """Paints one colour, brighter from frame to frame, and counts how often it was asked."""

    name, version = "painter", "1"

    def __init__(self) -> None:
        self.asked = 0

    def picture(self, asked: Asked, references: Sequence[torch.Tensor] = ()) -> torch.Tensor:
        self.asked += 1
        return torch.full((3, 64, 112), 0.4)

    def clip(self, asked: Asked, first: torch.Tensor | None = None) -> torch.Tensor:
        self.asked += 1
        return torch.linspace(0.2, 0.8, CLIP_FRAMES)[:, None, None, None].expand(-1, 3, 64, 112)


def test_a_caption_is_silent_and_the_scene_is_held_out() -> None:
    asked = asked_at(6_500_003)
    assert "We hear" not in asked.caption
    assert asked.caption.endswith(".")
    assert silent("A fox. The camera pans. We hear wind.") == "A fox. The camera pans."
    assert asked.subjects == len(asked.scene.actors)
    assert asked.path.shape == (CLIP_FRAMES, 9)


def test_a_turn_moves_the_scenery_the_other_way() -> None:
    path = torch.zeros(5, 9)
    path[:, 0] = path[:, 3] = torch.arange(5) * 0.1
    path[:, 6] = 0.0
    np.testing.assert_allclose(asked_steps(path)[:, 0], -0.1, atol=1e-6)
    grown = torch.zeros(3, 9)
    grown[:, 2] = grown[:, 5] = torch.tensor([0.0, 0.2, 0.4])
    np.testing.assert_allclose(asked_steps(grown), np.tile([0.0, 0.0, 0.2, 0.0], (2, 1)), atol=1e-6)


def test_the_camera_is_measured_where_it_was_sent(panned: tuple[Asked, World]) -> None:
    asked, world = panned
    video = world.video_FCHW.float() / 255.0
    assert camera_r(video, asked.path) > 0.95
    assert camera_r(video.flip(-1), asked.path) < -0.9
    paths = camera_paths(video, asked.path, tiny())
    assert paths.measured_F4[-1, 0] == pytest.approx(paths.asked_F4[-1, 0], rel=0.2)
    assert np.isnan(camera_r(frozen(video), torch.zeros(CLIP_FRAMES, 9)))
    with pytest.raises(ValueError, match="as many"):
        camera_paths(video[:5], asked.path)


def test_the_interval_of_a_correlation_holds_it() -> None:
    rng = np.random.default_rng(0)
    asked = [rng.standard_normal((20, 4)) for _ in range(12)]
    paths = [CameraPaths(one + 0.5 * rng.standard_normal((20, 4)), one) for one in asked]
    found = r_interval(paths)
    assert pooled_r(paths) == pytest.approx(found.mean)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(1 / 1.25**0.5, abs=0.03)
    with pytest.raises(TooFewClusters):
        r_interval(paths[:3])


def test_only_what_can_be_answered_is_asked(panned: tuple[Asked, World]) -> None:
    asked, world = panned
    assert askable(asked, world, CLIP_FRAMES) == [0]
    twins = asked_of(replace(asked.scene, actors=(FOX, replace(FOX, side="right"))), 1)
    both = replace(world, visible_KF=world.visible_KF.expand(2, -1))
    assert askable(twins, both, CLIP_FRAMES) == []
    assert askable(asked, replace(world, visible_KF=0.2 * world.visible_KF), 1) == []


def test_rows_ask_for_what_the_caption_says(panned: tuple[Asked, World]) -> None:
    asked, world = panned
    video = world.video_FCHW.float() / 255.0
    rows = rows_of_clip(partial(read, tiny()), asked, world, video)
    assert {row.kind: row.asked for row in rows} == {
        "setting": "city", "time": "day", "style": "storybook", "framing": "wide", "weather": "clear",
        "subject": "fox", "colour": "orange", "camera": "pan right", "action": "walk", "way": "right",
    }  # fmt: skip
    assert all(0.0 <= row.sure <= 1.0 for row in rows)
    picture = rows_of_picture(partial(read, tiny()), asked, world, video[0])
    assert not {"camera", "action", "way"} & {row.kind for row in picture}
    inside = asked_of(replace(asked.scene, setting="room"), 1)
    assert "weather" not in {row.kind for row in rows_of_picture(partial(read, tiny()), inside, world, video[0])}


def test_a_frozen_clip_has_no_energy(panned: tuple[Asked, World]) -> None:
    video = panned[1].video_FCHW.float() / 255.0
    assert energy(video) > 1.0
    assert energy(frozen(video)) == 0.0
    assert len(read_frames(CLIP_FRAMES)) == 25


def row(seed: int, of: str, kind: str, right: bool) -> Row:
    return Row(seed, of, kind, "red", "red" if right else "blue", 0.5)


def test_tables_have_known_values() -> None:
    rows = [row(seed, "clip", "action", seed < 9) for seed in range(12)]
    rows += [row(seed, "frozen", "action", seed >= 11) for seed in range(12)]
    rows += [Row(0, "measured", "camera", "roll", UNMEASURABLE, 0.0)]
    told = summary(rows)
    assert told["clip"]["action"]["share"] == 0.75
    assert told["clip"]["action"]["interval"]["clusters"] == 12
    assert told["clip"]["action"]["mixed"] == ["red → blue (3)"]
    assert told["measured"]["camera"] | {} == {
        "share": 0.0, "rows": 0, "unmeasurable": 1, "interval": None, "mixed": [],
    }  # fmt: skip
    pairs = against(rows, "clip", "frozen", "action")
    assert pairs is not None
    assert (pairs["pairs"], pairs["only clip"], pairs["only frozen"]) == (12, 9, 1)
    assert pairs["p"] == pytest.approx(22 / 1024)
    assert against(rows, "clip", "stranger", "action") is None
    assert "| action | 0.750 [" in table(told)
    assert "unmeasurable" in table(told)


def test_what_was_made_and_scored_is_kept(tmp_path: Path) -> None:
    maker, net = Painter(), tiny()
    first = run(maker, [6_500_003, 6_500_004], "pictures", net, "r1", state=tmp_path)
    assert maker.asked == 2
    assert run(maker, [6_500_003, 6_500_004], "pictures", net, "r1", state=tmp_path) == first
    # Another reader scores the same pictures again and makes none.
    run(maker, [6_500_003, 6_500_004], "pictures", net, "r2", state=tmp_path)
    assert maker.asked == 2
    assert {row["of"] for row in first[0]["rows"]} == {"picture", "stranger"}
    assert report_of(first)["scenes"] == 2
    assert digest("a", 1) != digest("a", 2)


def test_a_clip_is_scored_beside_its_frozen_self(tmp_path: Path) -> None:
    found = run(Painter(), [6_500_003], "clips", tiny(), "r", measure=False, state=tmp_path)
    rows = found[0]["rows"]
    assert {one["of"] for one in rows} == {"clip", "frozen"}
    told = report_of(found)
    assert told["against frozen"]["camera"]["pairs"] == 1
    assert told["moves"]["stand still"] in (0.0, 1.0)
    kept = made_of(Painter(), asked_at(6_500_003), "clips", tmp_path)
    assert kept.shape == (CLIP_FRAMES, 3, 64, 112)
    assert float(kept[0, 0, 0, 0]) == pytest.approx(0.2, abs=0.5 / 255)


def test_the_oracle_is_the_world_through_a_codec(panned: tuple[Asked, World]) -> None:
    asked, world = panned
    np.testing.assert_array_equal(Oracle().clip(asked).numpy(), (world.video_FCHW.float() / 255.0).numpy())
    dimmed = Oracle(lambda video: 0.5 * video).picture(asked)
    torch.testing.assert_close(dimmed, 0.5 * Oracle().picture(asked))


def test_makers_that_are_not_there_are_refused() -> None:
    with pytest.raises(BadInput, match="no backend"):
        maker_of("film school")
    with pytest.raises(BadInput, match="round trip"):
        maker_of("oracle", "vinyl")
    from evals.adherence_makers import NoGenerator
    from evals.adherence_reel import ReelMaker

    with pytest.raises(NoGenerator, match="no such size"):
        _ = ReelMaker(size="no such size").version


def test_a_figure_is_like_itself_and_its_pair_is_another(panned: tuple[Asked, World]) -> None:
    _, world = panned
    net, picture = tiny(), world.video_FCHW[0].float() / 255.0
    box = (0.1, 0.3, 0.5, 0.9)
    assert identity_score(picture, box, picture, box, net) == pytest.approx(1.0, abs=1e-5)
    x0, y0, x1, y1 = found_box(net, picture, "fox")
    assert 0.0 <= x0 < x1 <= 1.0
    assert 0.0 <= y0 < y1 <= 1.0
    pair = pair_at(2)
    assert (pair.figure.subject, pair.figure.colour) == (pair.other.subject, pair.other.colour)
    assert pair.figure.identity != pair.other.identity
    assert not pair.told.scene.actors[0].accessories
    assert sheet_of(pair.figure).shape[0] == 4


def test_a_sheet_holds_every_tile_and_its_words() -> None:
    clip = (torch.tensor([0.0, 20.0, 120.0, 40.0, 255.0]) / 255.0)[:, None, None, None].expand(-1, 3, 64, 112)
    tiles = moments_of(clip, 3)
    assert [int(tile[0, 0, 0]) for tile in tiles] == [0, 120, 255]
    assert tile_of(clip[0]).shape == (TILE[1], TILE[0], 3)
    one = drawn([Strip(tiles, "a fox")], 3)
    four = drawn([Strip(tiles, "a fox runs " * 40)] * 4, 3)
    assert four.shape[1] > 2.9 * (one.shape[1] - 6)
    assert four.shape[0] > 1.9 * (one.shape[0] - 6)
    bare = drawn([Strip(tiles, "")], 3)
    assert (one != bare).any()
    with pytest.raises(ValueError, match="at least one"):
        drawn([], 3)
