"""What concepts are measured by: files of which it is known what they teach, and measures that know it again."""

from __future__ import annotations

import numpy as np
import torch

from evals.adherence_camera import camera_paths, pooled_r
from evals.concept_lessons import FRAMES, MOVES, ODD, STYLES, moved_clip, still, true_path, true_sheet
from evals.concepts import HELD, named, nearest_style, off


def test_a_file_of_a_move_makes_that_move_and_no_other() -> None:
    clip = moved_clip("eight", 900_002)
    assert clip.shape == (FRAMES, 3, 144, 252)
    right = {name: pooled_r([camera_paths(clip, true_path(name))]) for name in MOVES}
    assert right["eight"] > HELD
    assert max(r for name, r in right.items() if name != "eight") < 0.5


def test_a_path_begins_where_the_picture_does() -> None:
    for name in MOVES:
        path = true_path(name)
        assert torch.equal(path[0], torch.zeros(9))
        assert float(path.abs().max()) > 0.1
        assert np.allclose(path[:, :3], path[:, 3:6])


def test_the_true_filter_is_the_nearest_and_nothing_is_nearest_to_the_plain_picture() -> None:
    plain = still(900_000)
    assert nearest_style(plain, plain) == ""
    for name, style in STYLES.items():
        assert nearest_style(style(plain[None])[0].clamp(0, 1), plain) == name


def test_a_figure_is_known_in_any_light_and_told_from_what_its_words_say() -> None:
    for name, odd in ODD.items():
        own = true_sheet(odd.subject, odd.colour, odd.identity, odd.channels)
        twin = true_sheet(odd.subject, odd.said, odd.identity)
        dim = torch.cat([0.5 * own[:3], own[3:]])
        assert named(dim, name)
        assert not named(twin, name)
        assert off(dim, own) < 0.01 < off(twin, own)
